#![allow(clippy::unwrap_used, clippy::expect_used)]

mod file;
mod rows;
mod torn;

use std::path::PathBuf;

use tempfile::TempDir;
use uuid::Uuid;

use super::{Journal, JournalError, RowDigest};
use crate::client::answer::Answer;
use crate::number::Number;

const SERVER: &str = "http://127.0.0.1:7400";

/// A folder of its own, and where the journal lies in it. In memory where there is such a place: these tests bring
/// thousands of files to the disk.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let path = folder.path().join("births.csv.journal");
    (folder, path)
}

fn open(path: &std::path::Path) -> Result<Journal, JournalError> {
    Journal::open(path, SERVER, false)
}

/// A digest that stands for the content `n`.
fn row(n: u64) -> RowDigest {
    RowDigest::from_hex(&format!("{n:032x}")).unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn issued(serial: u32) -> Answer {
    Answer::Issued {
        number: Number::parse(&format!("001226{serial:06}")).unwrap(),
        state: "ISSUED".into(),
        position: u64::from(serial) + 1,
        replayed: false,
    }
}

fn under_review() -> Answer {
    Answer::UnderReview {
        case_id: id(77).to_string(),
        position: 9,
        replayed: true,
    }
}

fn rejected() -> Answer {
    Answer::Rejected {
        reason: "NOT_ELIGIBLE".into(),
    }
}

fn refused() -> Answer {
    Answer::Refused {
        code: "INVALID_ARGUMENT".into(),
        reason: "INVALID_FIELD".into(),
        fields: vec!["registration.child.full_name".into(), "registration.place_code".into()],
    }
}

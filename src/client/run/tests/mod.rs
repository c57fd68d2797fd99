#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ends;
mod resuming;
mod told;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{End, Report, RunError, report, send, survey};
use crate::client::journal::{Journal, path_beside};
use crate::client::tests::QUICK;
use crate::client::tests::script::{Script, Seen};
use crate::client::{Client, Outcome};
use crate::shell::{Clock, SystemClock};

const HEADER: &str = "office_code,role,book_year,entry_number,kind,registered_on,place_code,child_name,date_of_birth,\
    sex,nationalities";

/// A row of its own for each entry number.
fn row(entry: u64) -> String {
    format!("26734,,2026,{entry},ON_TIME,2026-03-17,079,Nguyễn Văn An,2026-03-09,MALE,VN")
}

/// A file of births, with its journal and report beside it.
struct Desk {
    _folder: TempDir,
    file: PathBuf,
    out: PathBuf,
}

impl Desk {
    fn new(rows: impl IntoIterator<Item = String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self {
            file: folder.path().join("births.csv"),
            out: folder.path().join("births.result.csv"),
            _folder: folder,
        };
        desk.write(rows);
        desk
    }

    fn of(rows: u64) -> Self {
        Self::new((1..=rows).map(row))
    }

    fn write(&self, rows: impl IntoIterator<Item = String>) {
        let rows: Vec<String> = rows.into_iter().collect();
        std::fs::write(&self.file, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    }

    fn journal(&self, script: &Script) -> Journal {
        Journal::open(&path_beside(&self.file), script.address().as_str(), false).unwrap()
    }

    /// Surveys, sends and reports, as the command does.
    async fn run(&self, script: &Script) -> Result<(End, Report), RunError> {
        self.run_until(&script.client(8, QUICK).await, script, &CancellationToken::new())
            .await
    }

    async fn run_until(
        &self,
        client: &Client,
        script: &Script,
        stop: &CancellationToken,
    ) -> Result<(End, Report), RunError> {
        let mut journal = self.journal(script);
        let expected = survey(&self.file, &journal)?.to_send();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let mut told = 0;
        let mut watch = |_: Outcome| told += 1;
        let end = send(&self.file, &mut journal, client, &clock, stop, &mut watch).await?;
        if end == End::Finished {
            assert_eq!(told, expected, "every row that was sent is told of");
        }
        Ok((end, report(&self.file, &mut journal, &self.out).unwrap()))
    }

    /// The cells of the report, without its header.
    fn result(&self) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(&self.out).unwrap();
        let rows = reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect());
        rows.collect()
    }
}

/// The request ids that the server saw, by entry number.
fn ids(script: &Script) -> BTreeMap<u64, Vec<String>> {
    let mut ids: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for seen in script.seen() {
        let known = ids.entry(entry(&seen)).or_default();
        if !known.contains(&seen.request.request_id) {
            known.push(seen.request.request_id);
        }
    }
    ids
}

fn entry(seen: &Seen) -> u64 {
    let registration = seen.request.registration.as_ref().unwrap();
    registration.r#ref.as_ref().unwrap().entry_number.parse().unwrap()
}

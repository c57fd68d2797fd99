//! The file itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::client::journal::{answers, path_beside};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn only_its_owner_may_read_it() {
    let (_folder, path) = place();
    drop(open(&path).unwrap());
    assert_eq!(mode(&path), 0o600);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(&path).unwrap());
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn it_lies_beside_its_file() {
    assert_eq!(
        path_beside("data/births.csv".as_ref()),
        PathBuf::from("data/births.csv.journal")
    );
}

#[test]
fn it_has_one_writer() {
    let (_folder, path) = place();
    let journal = open(&path).unwrap();
    assert!(matches!(open(&path), Err(JournalError::InUse)));
    drop(journal);
    assert!(open(&path).is_ok());
}

#[test]
fn it_belongs_to_one_service() {
    let (_folder, path) = place();
    drop(open(&path).unwrap());
    let other = "http://127.0.0.1:7500";
    assert!(matches!(
        Journal::open(&path, other, false),
        Err(JournalError::OtherServer { .. })
    ));
    assert!(Journal::open(&path, other, true).is_ok());
}

#[test]
fn what_is_no_journal_is_left_alone() {
    let (_folder, path) = place();
    let long = "x".repeat(100_000);
    for content in [
        "hello",
        "hello\n",
        "{}\n",
        "{\"kind\":\"intent\"}\n",
        "{\"kind\":\"journal\",\"version\":x}\n",
        &long,
    ] {
        fs::write(&path, content).unwrap();
        assert!(matches!(open(&path), Err(JournalError::NotAJournal)), "{content:.40}");
        assert!(matches!(answers(&path).map(drop), Err(JournalError::NotAJournal)));
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    fs::write(&path, "{\"kind\":\"journal\",\"version\":2,\"more\":[]}\n").unwrap();
    assert!(matches!(open(&path), Err(JournalError::Version(2))));

    assert!(answers(&path.with_extension("none")).is_err());
}

#[test]
fn a_broken_line_is_named() {
    let (_folder, path) = place();
    let head = format!("{{\"kind\":\"journal\",\"version\":1,\"server\":\"{SERVER}\"}}\n");
    let intent = |line, request: u128| {
        let (row, request) = (row(1).hex(), id(request));
        format!("{{\"kind\":\"intent\",\"line\":{line},\"row\":\"{row}\",\"request_id\":\"{request}\"}}\n")
    };
    let rejection = |line, request: u128, outcome| {
        let request = id(request);
        format!(
            "{{\"kind\":\"answer\",\"line\":{line},\"office\":\"1\",\"request_id\":\"{request}\",\
             \"outcome\":\"{outcome}\",\"reason\":\"NOT_ELIGIBLE\"}}\n"
        )
    };
    let good = head.clone() + &intent(2, 1) + &rejection(2, 1, "rejected");
    fs::write(&path, &good).unwrap();
    open(&path).unwrap();

    let broken = [
        ("not JSON", "hello\n".to_owned()),
        ("an empty line", "\n".to_owned()),
        ("half a line", intent(3, 2).split_off(20)),
        ("a second head", head),
        ("a second id", intent(2, 2)),
        ("an id that is none", intent(3, 2).replace("-0000-", "-")),
        ("a digest that is none", intent(3, 2).replace("0000000000000000", "+")),
        ("an answer without intent", rejection(3, 2, "rejected")),
        ("a second answer", rejection(2, 1, "rejected")),
        ("an outcome that is none", intent(3, 2) + &rejection(3, 2, "eaten")),
        (
            "an answer that lacks something",
            intent(3, 2) + &rejection(3, 2, "issued"),
        ),
        (
            "an unknown field",
            intent(3, 2).replace("\"line\"", "\"page\":1,\"line\""),
        ),
        ("a row beyond the bound", intent(10_000_001, 2)),
    ];
    for (what, lines) in broken {
        fs::write(&path, good.clone() + &lines).unwrap();
        let expected = 3 + lines.lines().count() as u64;
        let error = open(&path).map(drop).unwrap_err();
        assert!(
            matches!(error, JournalError::Broken { line, .. } if line == expected),
            "{what}: {error}"
        );
    }
}

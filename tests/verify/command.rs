//! `dinhdanh verify` as a command: what it prints and how it ends.

use std::path::Path;
use std::process::{Command, Output};

use super::sample::{Sample, keys_file, run, unguarded};
use crate::support::server::BINARY;

fn verify(folder: &Path, words: &[&str]) -> Output {
    Command::new(BINARY)
        .arg("verify")
        .arg("--data")
        .arg(folder)
        .args(words)
        .output()
        .unwrap()
}

#[tokio::test]
async fn a_whole_store_ends_well_and_stays_as_it_was() {
    let copy = Sample::make().await.copy().await;
    keys_file(copy.path());
    let before = files(copy.path());

    let output = verify(copy.path(), &[]);

    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("10 entries checked, epoch 1\n"), "{said}");
    assert!(said.ends_with("\nEverything holds.\n"), "{said}");
    assert_eq!(files(copy.path()), before);
}

#[tokio::test]
async fn a_broken_store_ends_with_one_and_a_list() {
    let copy = Sample::make().await.copy().await;
    keys_file(copy.path());
    run(&mut unguarded(copy.path()).await, "UPDATE entries SET officer = 'x'").await;

    let output = verify(copy.path(), &[]);
    let json = verify(copy.path(), &["--json"]);

    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("\n10 checks failed:\n  leaves: position 1: "), "{said}");
    let json_said: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json.status.code(), Some(1));
    assert_eq!(json_said["clean"], false);
    assert_eq!(json_said["findings"].as_array().unwrap().len(), 10);
    assert_eq!(json_said["findings"][9]["place"], "position 10");
}

#[tokio::test]
async fn what_cannot_be_checked_ends_with_two_and_the_reason() {
    let copy = Sample::make().await.copy().await;
    let empty = tempfile::tempdir().unwrap();
    let said = |output: Output| {
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };

    assert!(said(verify(empty.path(), &[])).contains("there is no store in"));
    assert!(said(verify(copy.path(), &[])).contains("keys.toml"));
    keys_file(copy.path());
    assert!(said(verify(copy.path(), &["--answers", "no-such-journal"])).contains("no-such-journal"));
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                std::fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

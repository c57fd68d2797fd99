//! A look at what a server wrote, past the server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dinhdanh::ledger::{Entry, EntryKind};
use dinhdanh::store::Reader;
use dinhdanh::store::postgres::{PgOptions, PgReader};
use dinhdanh::store::sqlite::SqliteReader;

use super::backend;

/// Every entry of a data folder's ledger, in order.
pub async fn entries(folder: &Path) -> Vec<Entry> {
    match backend::database(folder) {
        Some(url) => {
            let options = PgOptions::new(url.parse().unwrap());
            entries_of(&PgReader::open(&options).await.unwrap()).await
        }
        None => entries_of(&SqliteReader::open(folder).await.unwrap()).await,
    }
}

/// Every entry of a ledger, in order.
pub async fn entries_of(reader: &impl Reader) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.position);
        let more = reader.entries_after(after, 5_000).await.unwrap();
        if more.is_empty() {
            break;
        }
        entries.extend(more.into_iter().map(|known| known.entry));
    }
    let positions = entries.iter().map(|entry| entry.position);
    assert!(
        positions.eq(1..=i64::try_from(entries.len()).unwrap()),
        "positions have gaps"
    );
    entries
}

/// How many entries of each kind there are.
pub async fn counts(folder: &Path) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for entry in entries(folder).await {
        let kind = match entry.kind {
            EntryKind::Genesis => "genesis",
            EntryKind::Issued => "issued",
            EntryKind::UnderReview => "under review",
            EntryKind::Rejected => "rejected",
            EntryKind::Bound => "bound",
            other => other.name(),
        };
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

/// The numbers given, each of which must have been given once.
pub async fn numbers(folder: &Path) -> BTreeSet<String> {
    numbers_of(&entries(folder).await)
}

/// The numbers that entries gave, each of which must have been given once.
pub fn numbers_of(entries: &[Entry]) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Issued) {
        let (_, number) = entry.number.expect("an issued number");
        assert!(numbers.insert(number.to_string()), "a number was given twice");
    }
    numbers
}

/// Says of a data folder that was put elsewhere that it holds all that was ever answered.
pub fn vouch(folder: &Path) {
    let mut command = std::process::Command::new(super::server::BINARY);
    let vouched = command
        .args(["recover", "--nothing-lost", "--data"])
        .arg(folder)
        .output()
        .unwrap();
    assert!(vouched.status.success(), "{vouched:?}");
}

/// Has the project's own checker look over a data folder, as a process, with further arguments.
pub fn verify(folder: &Path, arguments: &[&str]) {
    let mut command = std::process::Command::new(super::server::BINARY);
    command.arg("verify").args(arguments);
    match backend::shared(folder) {
        Some(settings) => command.envs(settings),
        None => command.arg("--data").arg(folder),
    };
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "verify found: {said}");
}

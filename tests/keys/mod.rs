//! Where keys come from, and how the key of sealing is changed while servers run.

mod hanging;
mod rekey;
mod several;
mod sources;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::server::{BINARY, Server};
use crate::support::{backend, ledger, until};

/// A command on the store of a folder, as a server of it is configured.
fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(words);
    match backend::shared(folder) {
        Some(settings) => command.envs(settings),
        None => command.arg("--data").arg(folder),
    };
    command
}

/// Runs it: whether it went well, and all that it said.
fn run(folder: &Path, words: &[&str]) -> (bool, String) {
    let output = command(folder, words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// Runs it, and sees that it went well.
fn says(folder: &Path, words: &[&str]) -> String {
    let (well, said) = run(folder, words);
    assert!(well, "{words:?}: {said}");
    said
}

/// The ids of the seal keys in the key file of a folder, the oldest first.
fn seals(folder: &Path) -> Vec<String> {
    listed(&says(folder, &["keys", "show"]))
}

/// The ids of the seal keys that `keys show` tells.
fn listed(shown: &str) -> Vec<String> {
    let seals = shown.lines().filter_map(|line| line.strip_prefix("seal "));
    seals.map(|id| id.trim().to_owned()).collect()
}

/// Waits until a server has a key that it had not.
async fn took_in(server: &Server, key: &str) {
    until("the server takes the key in", async || {
        let taken = format!("took in a seal key key={key}");
        server.said().contains(&taken).then_some(())
    })
    .await;
}

/// The ids of all keys that entries are sealed with.
async fn sealed_with(folder: &Path) -> BTreeSet<String> {
    let entries = ledger::entries(folder).await;
    entries.iter().map(|entry| entry.sealed.key.to_string()).collect()
}

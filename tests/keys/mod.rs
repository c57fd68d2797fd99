//! Where keys come from, and how they are changed while servers run.

mod hanging;
mod index;
mod rekey;
mod several;
mod sources;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::SmallRng;
use tonic::transport::Channel;

use crate::support::load::Load;
use crate::support::server::{BINARY, Launch, Server};
use crate::support::{backend, ledger, setting, until};

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
    listed(&says(folder, &["keys", "show"]), "seal ")
}

/// The ids of the index keys in the key file of a folder, the oldest first.
fn indexes(folder: &Path) -> Vec<String> {
    listed(&says(folder, &["keys", "show"]), "index ")
}

/// Waits until the load has so many more answers.
async fn more(load: &Load, answers: usize) {
    let enough = load.answered().len() + answers;
    until("there are more answers", async || {
        (load.answered().len() >= enough).then_some(())
    })
    .await;
}

/// Begins to change keys again and again, and kills that each time. Not to wait for anything: the moment of the kill is what is
/// drawn by lot.
async fn kill_now_and_then(folder: &Path, random: &mut SmallRng) {
    for _ in 0..setting("DINHDANH_TEST_KILLS", 6) {
        let mut rekey = command(folder, &["rekey"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_micros(random.random_range(1_000..200_000))).await;
        let _ = rekey.kill();
        rekey.wait().unwrap();
    }
}

/// The ids of the keys of a name that `keys show` tells.
fn listed(shown: &str, name: &str) -> Vec<String> {
    let ids = shown.lines().filter_map(|line| line.strip_prefix(name));
    ids.map(|id| id.trim().to_owned()).collect()
}

/// Waits until a server has a key that it had not.
async fn took_in(server: &Server, key: &str) {
    until("the server takes the key in", async || {
        let taken = format!("took in a key key={key}");
        server.said().contains(&taken).then_some(())
    })
    .await;
}

/// The ids of all keys that entries are sealed with.
async fn sealed_with(folder: &Path) -> BTreeSet<String> {
    let entries = ledger::entries(folder).await;
    entries.iter().map(|entry| entry.sealed.key.to_string()).collect()
}

/// A server that is not brought the key that `adds` adds, while the others change to it: it writes nothing and says why, and goes on
/// once it has it. Its key file lies in the folder `elsewhere`, and what was sent to it is in the load.
async fn goes_without(folder: &Path, elsewhere: &Path, adds: &str, why: &str) -> (Server, Channel, Arc<Load>) {
    backend::make(folder);
    if backend::database(folder).is_none() {
        drop(Server::start(folder));
    }
    // A copy of the file, as another machine has it, which nobody brings up to date.
    let copy = elsewhere.join("keys.toml");
    std::fs::copy(folder.join("keys.toml"), &copy).unwrap();
    let server = Launch::on(folder).set("KEYS", copy.to_str().unwrap()).start();
    let channel = server.connect().await;
    let load = Load::new();
    assert!(load.send(&channel, 1).await);

    says(folder, &["keys", adds]);
    says(folder, &["rekey"]);

    assert!(
        !load.send(&channel, 2).await,
        "it must not write by a key that is no longer in use"
    );
    until("it says why", async || server.said().contains(why).then_some(())).await;
    std::fs::copy(folder.join("keys.toml"), &copy).unwrap();
    until("it has the key and goes on", async || {
        load.send(&channel, 2).await.then_some(())
    })
    .await;
    (server, channel, load)
}

//! The command `load`: what it sends, counts, notes and settles.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::desk::{mode, said, url};
use crate::support::blocker::Blocker;
use crate::support::ledger::{counts, verify};
use crate::support::server::{BINARY, Server};

/// A folder for what loads leave, with a server.
struct Bench {
    folder: TempDir,
    server: Server,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"));
        Self { folder, server }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn load(&self, arguments: &str) -> Output {
        load(&url(&self.server), arguments)
            .arg("--json")
            .arg(self.path("result.json"))
            .arg("--journal")
            .arg(self.path("journal"))
            .output()
            .unwrap()
    }

    /// Runs a load that must end well, and answers its figures.
    fn figures(&self, arguments: &str) -> Value {
        let output = self.load(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        self.result()
    }

    fn result(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("result.json")).unwrap()).unwrap()
    }

    /// Sees that what was told stands in the ledger, and that each of so many children has one entry.
    async fn check(&self, children: usize) {
        verify(&self.data(), &["--answers", self.path("journal").to_str().unwrap()]);
        let counts = counts(&self.data()).await;
        let entries = |kind| counts.get(kind).copied().unwrap_or_default();
        assert_eq!(
            entries("issued") + entries("under review") + entries("rejected"),
            children
        );
        let told = &self.result()["children"];
        let sum = ["issued", "under_review", "rejected"].map(|kind| number(&told[kind]));
        assert_eq!((sum.iter().sum::<u64>(), number(&told["open"])), (children as u64, 0));
    }
}

fn load(server: &str, arguments: &str) -> Command {
    let mut command = Command::new(BINARY);
    command.args(["load", "--server", server]).args(arguments.split(' '));
    command
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_of_an_open_loop_is_counted_and_every_answer_noted() {
    let bench = Bench::new();
    let figures = bench.figures("--steps 100:1,0:0.1,200:1 --resend as-told --settle");
    assert_eq!(
        (&figures["how"]["loop"], &figures["how"]["latency_from"]),
        (&"open".into(), &"intended start".into())
    );
    assert_eq!(number(&figures["births"]["offered"]), 300);
    let seconds = figures["seconds"].as_array().unwrap();
    assert_eq!(
        seconds.iter().map(|second| number(&second["offered"])).sum::<u64>(),
        300
    );
    assert_eq!(mode(&bench.path("journal")), 0o600);
    bench.check(300).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeats_are_replayed_and_counted_by_themselves() {
    let bench = Bench::new();
    let figures = bench.figures("--in-flight 32 --count 1000 --repeat 0.75 --settle");
    let (births, repeats) = (&figures["births"], &figures["repeats"]);
    assert_eq!((number(&births["offered"]), number(&births["replayed"])), (250, 0));
    assert_eq!(
        (number(&repeats["offered"]), number(&repeats["contradictions"])),
        (750, 0)
    );
    assert_eq!(
        number(&repeats["replayed"]),
        number(&repeats["issued"]) + number(&repeats["under_review"])
    );
    bench.check(1_250).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_and_a_bulk_stream_are_told_apart() {
    let bench = Bench::new();
    let figures = bench.figures("--in-flight 64 --count 500 --ways stream --bulk 100000 --settle --settle-within 60");
    assert_eq!(number(&figures["births"]["offered"]), 500);
    let sent = number(&figures["children"]["sent"]);
    assert_eq!(sent, 500 + number(&figures["bulk"]["offered"]));
    bench.check(usize::try_from(sent).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_herd_is_served_to_the_last() {
    let bench = Bench::new();
    let figures = bench.figures("--herd 60 --herd-after 0 --settle");
    let herd = &figures["herd"];
    assert_eq!((number(&herd["held"]), number(&herd["served"])), (60, 60));
    assert_eq!(herd["connect_errors"], serde_json::json!({}));
    bench.check(60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_run_leaves_open_a_later_one_settles() {
    let bench = Bench::new();
    let blocker = Blocker::on(&bench.data()).await;
    let missed = bench.figures("--rate 100 --for 1 --deadline 0.2");
    assert_eq!(number(&missed["births"]["issued"]), 0);
    assert_eq!(number(&missed["children"]["open"]), number(&missed["children"]["sent"]));
    blocker.release().await;

    let children = usize::try_from(number(&missed["children"]["sent"])).unwrap();
    let settled = bench.figures("--settle-only --count 100");
    assert_eq!(number(&settled["settled"]["answered"]), children as u64);
    bench.check(children).await;

    let other = bench.load("--settle-only --count 100 --seed 2");
    assert_eq!(other.status.code(), Some(1));
    assert!(said(&other).contains("has changed"), "{}", said(&other));
}

#[test]
fn what_cannot_be_done_is_said_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there");
    std::fs::write(&there, "").unwrap();
    let there = there.to_str().unwrap();
    let cases = [
        ("", "required"),
        ("--rate 5", "--for"),
        ("--rate 5 --for 0", "--rate 5 --for 0"),
        ("--rate -5 --for 1", "-5"),
        ("--rate 5 --for 1 --in-flight 8", "cannot be used with"),
        ("--steps 5", "RATE:SECONDS"),
        ("--in-flight 16", "--count"),
        ("--in-flight 4 --count 10", "--connections"),
        ("--in-flight 16 --count 0", "--count"),
        ("--rate 5 --for 1 --repeat 2", "--repeat"),
        ("--in-flight 16 --count 10 --repeat 0.5 --ways stream", "--repeat"),
        ("--rate 5 --for 1 --deadline 0", "--deadline"),
        ("--rate 5 --for 1 --settle --settle-within 0", "--settle-within"),
        ("--herd 0", "--herd"),
        ("--herd 5 --resend never", "--resend"),
        ("--settle-only --count 5", "--journal"),
        (
            &format!("--settle-only --count 5 --journal {there}-not"),
            "no such file",
        ),
        (&format!("--rate 5 --for 1 --journal {there}"), "is there already"),
        ("--rate 5 --for 1 --connections 0", "--connections"),
    ];
    for (arguments, named) in cases {
        let arguments = arguments.split_whitespace();
        let output = Command::new(BINARY)
            .arg("load")
            .args(arguments.clone())
            .output()
            .unwrap();
        let said = said(&output);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
    let nobody = load("http://127.0.0.1:1", "--rate 5 --for 1").output().unwrap();
    assert!(
        said(&nobody).contains("no connection to http://127.0.0.1:1"),
        "{}",
        said(&nobody)
    );
    let path: &Path = folder.path();
    assert_eq!(
        path.read_dir().unwrap().count(),
        1,
        "no journal is made for what cannot be run"
    );
}

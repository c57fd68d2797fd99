//! What the command `reconcile` finds, says and leaves behind.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::desk::{Desk, mode, said, url};
use crate::support::server::{BINARY, Launch, Server};
use crate::support::{ledger, setting, until};

const BIRTHS: u64 = 1_500;
/// Records of numbers that nobody was given, to make an extract long.
const STRANGERS: u64 = 30_000;
/// Kills of a run: on a busy machine it may get no further between them, so they must end.
const KILLS: u32 = 25;

/// An office with births that were given numbers, and the extract of another registry.
struct Books {
    desk: Desk,
    file: PathBuf,
}

impl Books {
    /// An extract in which so many mismatches of each kind are planted in 10,000 births.
    async fn with_planted(births: u64, seed: u64, share: u32) -> (Self, Server) {
        let desk = Desk::with_births(births, seed, "quickstart");
        std::fs::create_dir_all(desk.data()).unwrap();
        let server = Server::start(&desk.data());
        let sent = desk.send(&server);
        assert!(matches!(sent.status.code(), Some(0 | 1)), "{}", said(&sent));
        let file = desk.file.with_file_name("extract.csv");
        let made = Command::new(BINARY)
            .args(["generate", "extract", "--births"])
            .arg(&desk.file)
            .arg("--out")
            .arg(&file)
            .args(["--share", &share.to_string(), "--seed", &seed.to_string()])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", said(&made));
        (Self { desk, file }, server)
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.file.with_extension(ending)
    }

    fn state(&self) -> PathBuf {
        self.file.with_file_name("extract.csv.reconcile")
    }

    fn command(&self, server: &str) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("reconcile").arg(&self.file);
        command.args(["--server", server, "--office", "c06"]);
        command
    }

    fn compare(&self, server: &Server, more: &[&str]) -> Output {
        self.command(&url(server)).args(more).output().unwrap()
    }

    fn start(&self, server: &str) -> Child {
        let mut command = self.command(server);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Adds records to the end of the extract.
    fn add(&self, rows: impl IntoIterator<Item = String>) {
        let mut file = std::fs::OpenOptions::new().append(true).open(&self.file).unwrap();
        let rows: String = rows.into_iter().collect();
        file.write_all(rows.as_bytes()).unwrap();
    }

    fn planted(&self) -> BTreeSet<[String; 4]> {
        rows(&self.beside("planted.csv"), ["office_code", "number", "kind", "fields"])
    }

    fn found(&self) -> BTreeSet<[String; 4]> {
        rows(
            &self.beside("mismatches.csv"),
            ["office_code", "number", "kind", "fields"],
        )
    }

    async fn end(self, server: Server) {
        server.stop().await;
        ledger::verify(&self.desk.data(), &[]);
    }
}

/// These columns of all rows of a file; no two rows are the same.
fn rows<const N: usize>(path: &Path, columns: [&str; N]) -> BTreeSet<[String; N]> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let places = columns.map(|column| header.iter().position(|name| name == column).unwrap());
    let all: Vec<_> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            places.map(|place| row[place].to_owned())
        })
        .collect();
    let distinct: BTreeSet<_> = all.iter().cloned().collect();
    assert_eq!(distinct.len(), all.len(), "a row is there twice");
    distinct
}

/// A row with a number that nobody was given, and a name.
fn stranger(n: u64, columns: usize) -> String {
    let mut cells = vec![String::new(); columns];
    cells[0] = format!("{:03}401{n:06}", 1 + n % 90);
    cells[6] = "Nguyễn Thị Lạ".to_owned();
    cells.join(",") + "\n"
}

fn columns(file: &Path) -> usize {
    csv::Reader::from_path(file).unwrap().headers().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_what_was_planted_is_listed() {
    let (books, server) = Books::with_planted(BIRTHS, setting("DINHDANH_TEST_SEED", 5), 600).await;
    let compared = books.compare(&server, &["--json"]);
    assert_eq!(compared.status.code(), Some(1), "{}", said(&compared));
    let planted = books.planted();
    assert_eq!(books.found(), planted);
    for kind in ["DIFFERS", "MISSING_HERE", "MISSING_THERE"] {
        assert!(planted.iter().filter(|row| row[2] == kind).count() > 20, "{kind}");
    }
    let told: serde_json::Value = serde_json::from_slice(&compared.stdout).unwrap();
    let sum: u64 = told["mismatches"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!((sum, told["problems"].as_u64()), (planted.len() as u64, Some(0)));
    assert!(!books.state().exists(), "nothing is left to go on with");
    let page = std::fs::read_to_string(books.beside("mismatches.html")).unwrap();
    assert!(
        planted.iter().all(|row| page.contains(&row[1])),
        "every number is on the page"
    );
    for ending in ["mismatches.csv", "mismatches.html", "problems.csv"] {
        assert_eq!(mode(&books.beside(ending)), 0o600);
    }
    // Names are masked unless they are asked for.
    assert!(!page.contains("Người Được Gieo") && page.contains("N*** Đ*** G***"));
    assert_eq!(books.compare(&server, &["--names"]).status.code(), Some(1));
    assert_eq!(books.found(), planted);
    let page = std::fs::read_to_string(books.beside("mismatches.html")).unwrap();
    assert!(page.contains("Người Được Gieo"));
    books.end(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extract_that_agrees_ends_well_and_one_that_is_none_says_what_is_wrong() {
    let (books, server) = Books::with_planted(300, 2, 0).await;
    let compared = books.compare(&server, &[]);
    assert_eq!(compared.status.code(), Some(0), "{}", said(&compared));
    assert!(books.found().is_empty());
    // A bad line is told, and what can be read of it is compared.
    let columns = columns(&books.file);
    let mut bad = vec![""; columns];
    (bad[0], bad[7]) = ("79325000001", "31/02/2023");
    books.add([bad.join(",") + "\n"]);
    let compared = books.compare(&server, &[]);
    assert_eq!(compared.status.code(), Some(1));
    let problems = rows(&books.beside("problems.csv"), ["field", "problem"]);
    let problems: Vec<_> = problems.into_iter().map(|[field, problem]| (field, problem)).collect();
    assert_eq!(problems[0].0, "date_of_birth");
    assert!(
        problems[1].0 == "number" && problems[1].1.contains("leading zeros"),
        "{problems:?}"
    );
    assert!(books.found().is_empty());
    for (arguments, words) in [
        (vec!["--place", "79"], "header.scope.place_codes"),
        (vec!["--role", "REGISTRAR"], "ROLE"),
        (vec!["--extracted-at", "yesterday"], "must be a time"),
    ] {
        let refused = books.compare(&server, &arguments);
        assert_ne!(refused.status.code(), Some(0));
        assert!(said(&refused).contains(words), "{}", said(&refused));
    }
    std::fs::write(&books.file, [0xFF, 0xFE, b'n', 0, b'u', 0]).unwrap();
    let refused = books.compare(&server, &[]);
    assert!(said(&refused).contains("UTF-16"), "{}", said(&refused));
    books.end(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_often_a_run_is_killed_each_mismatch_is_listed_once() {
    let seed = setting("DINHDANH_TEST_SEED", 6);
    let mut random = SmallRng::seed_from_u64(seed);
    let (books, server) = Books::with_planted(BIRTHS, seed, 300).await;
    let width = columns(&books.file);
    books.add((0..STRANGERS).map(|n| stranger(n, width)));
    let (mut killed, mut went_on) = (0, 0);
    while killed < KILLS {
        let mut run = books.start(&url(&server));
        // Every other one has come somewhere, however busy the machine is.
        if killed % 2 == 1 {
            until("a state is written", async || {
                (books.state().exists() || run.try_wait().unwrap().is_some()).then_some(())
            })
            .await;
        } else {
            // Not to wait for anything: the moment of the kill is what is drawn by lot.
            tokio::time::sleep(Duration::from_micros(random.random_range(100_000..900_000))).await;
        }
        if run.try_wait().unwrap().is_some() {
            break;
        }
        run.kill().unwrap();
        run.wait().unwrap();
        killed += 1;
        went_on += u32::from(books.state().exists());
    }
    assert!(went_on >= 1, "of {killed} runs that were killed none had come anywhere");
    as_planted(&books, &server);
    // Another extract under the same name is not gone on with.
    let mut run = books.start(&url(&server));
    until("a state is written", async || {
        (books.state().exists() || run.try_wait().unwrap().is_some()).then_some(())
    })
    .await;
    run.kill().unwrap();
    run.wait().unwrap();
    if books.state().exists() {
        assert_eq!(mode(&books.state()), 0o600);
        books.add([stranger(STRANGERS, width)]);
        let refused = books.compare(&server, &[]);
        assert!(
            said(&refused).contains("was begun with another extract"),
            "{}",
            said(&refused)
        );
    }
    books.end(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_run_outlives_the_server() {
    let seed = setting("DINHDANH_TEST_SEED", 7);
    let mut random = SmallRng::seed_from_u64(seed);
    let (books, mut server) = Books::with_planted(BIRTHS, seed, 300).await;
    let width = columns(&books.file);
    books.add((0..STRANGERS).map(|n| stranger(n, width)));
    let address = server.address().to_string();
    let mut run = books.start(&url(&server));
    let mut killed = 0;
    while run.try_wait().unwrap().is_none() && killed < KILLS {
        tokio::time::sleep(Duration::from_micros(random.random_range(100_000..500_000))).await;
        server.kill();
        killed += 1;
        let again = ["serve", "--dev", "--listen", &address];
        server = Launch::on(&books.desk.data()).saying(&again).start();
    }
    assert!(killed >= 2, "the server was killed only {killed} times");
    until("the run has ended", async || run.try_wait().unwrap()).await;
    as_planted(&books, &server);
    books.end(server).await;
}

/// What is planted is found, and each stranger, once.
fn as_planted(books: &Books, server: &Server) {
    if books.state().exists() || !books.beside("mismatches.csv").exists() {
        let last = books.compare(server, &[]);
        assert_eq!(last.status.code(), Some(1), "{}", said(&last));
    }
    let (strangers, others): (BTreeSet<_>, BTreeSet<_>) = books
        .found()
        .into_iter()
        .partition(|row| row[1][3..].starts_with("401"));
    assert_eq!(others, books.planted());
    let missing = |row: &[String; 4]| row[0].is_empty() && row[2] == "MISSING_HERE";
    assert_eq!(strangers.iter().filter(|row| missing(row)).count() as u64, STRANGERS);
    assert_eq!(strangers.len() as u64, STRANGERS);
}

//! A server that stops in its turn does not keep the others from theirs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use dinhdanh::ledger::EntryKind;
use dinhdanh::store::postgres::PgOptions;
use dinhdanh::store::{Reader, Store, StoreError, Turn};

use super::super::draft::Pen;
use super::super::turn;
use super::{one_entry, open, options, until_one_waits, write_one};
use crate::support::postgres::{Database, Postgres};
use crate::support::process::send;
use crate::support::{PATIENCE, setting};

/// A server that may be silent for no longer than a moment.
fn hasty(url: &str) -> PgOptions {
    let mut options = options(url);
    options.timeouts.idle_in_transaction = Duration::from_millis(300);
    options.timeouts.tcp_user = Duration::from_millis(300);
    options
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_left_idle_lets_the_next_one_on_and_is_told_of_it() {
    let database = Database::shared().await;
    let (idle, other) = (open(hasty(database.url())).await, open(options(database.url())).await);
    let left = idle.begin().await.unwrap();
    let changes = one_entry(&left, 1);
    // It waits for the head until the database has ended the idle session.
    write_one(&other, 2).await;
    let outcome = left.commit(&changes).await;
    assert!(matches!(outcome, Err(StoreError::OutcomeUnknown(_))), "{outcome:?}");
    write_one(&idle, 3).await;
    let entries = other.reader().entries_after(0, 10).await.unwrap();
    assert!(entries.iter().map(|known| known.entry.request.id.as_u128()).eq([2, 3]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_waits_for_another_only_so_long() {
    let database = Database::shared().await;
    let holding = open(options(database.url())).await;
    let mut impatient = options(database.url());
    impatient.timeouts.lock = Duration::from_millis(50);
    let impatient = open(impatient).await;
    let held = holding.begin().await.unwrap();
    for _ in 0..2 {
        let refused = impatient.begin().await.err();
        assert!(matches!(refused, Some(StoreError::Unavailable(_))), "{refused:?}");
    }
    let changes = one_entry(&held, 1);
    held.commit(&changes).await.unwrap();
    assert_eq!(impatient.begin().await.unwrap().head().size(), 1);
}

/// How many bytes a turn loads of each of so many entries, more than any socket holds.
const SEALED: usize = 4_000_000;
const ENTRIES: i64 = 16;

/// What the other process says.
const BEGUN: &str = "holder: begun";
const ENDED: &str = "holder: ended ";

/// Not a test: the process that is stopped in the tests below. It takes one turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holder() {
    let Ok(url) = std::env::var("DINHDANH_TEST_HOLDER") else {
        return;
    };
    let bound = |name| Duration::from_millis(setting(name, PATIENCE.as_millis() as u64));
    let mut options = options(&url);
    options.timeouts.idle_in_transaction = bound("DINHDANH_TEST_HOLDER_IDLE");
    options.timeouts.tcp_user = bound("DINHDANH_TEST_HOLDER_TCP");
    let store = open(options).await;
    let waits = std::env::var_os("DINHDANH_TEST_HOLDER_WAITS").is_some();
    if waits {
        // Prepared in a turn before, so that a statement which is kept waiting is one that sends rows.
        let mut before = store.begin().await.unwrap();
        before.known(&[]).await.unwrap();
        before.finish().await.unwrap();
    }
    let mut turn = store.begin().await.unwrap();
    let changes = one_entry(&turn, 77);
    eprintln!("{BEGUN}");
    if waits {
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
    let positions: Vec<_> = (1..=ENTRIES).collect();
    let outcome = match turn.known(&positions).await {
        Ok(_) => turn.commit(&changes).await,
        Err(error) => Err(error),
    };
    eprintln!("{ENDED}{outcome:?}");
}

struct Holder {
    process: Child,
    said: Receiver<String>,
}

impl Holder {
    /// Starts it with these bounds of its own, in milliseconds, and others that no test outlives.
    fn start(url: &str, settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["contract::postgres::stalls::holder", "--exact", "--nocapture"])
            .env("DINHDANH_TEST_HOLDER", url)
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (sender, said) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { process, said }
    }

    /// Waits until it says this; answers the rest of the line.
    fn until(&self, what: &str) -> String {
        loop {
            let line = self.said.recv_timeout(PATIENCE).expect(what);
            if let Some(rest) = line.strip_prefix(what) {
                return rest.to_owned();
            }
            assert!(!line.contains("panicked"), "{line}");
        }
    }

    /// Lets it go on from where it waits: its input is closed.
    fn go(&mut self) {
        drop(self.process.stdin.take());
    }

    fn signal(&self, name: &str) {
        send(name, self.process.id());
    }

    /// Lets it go on to its end; answers how its turn ended.
    fn end(mut self) -> String {
        self.signal("CONT");
        self.go();
        let outcome = self.until(ENDED);
        self.process.wait().unwrap();
        outcome
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A server with a store that holds large entries, and how many there are.
async fn large_store() -> Postgres {
    let server = Postgres::start().await;
    let store = open(options(&server.url())).await;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for id in 1..=ENTRIES {
            pen.entry(id as u128, EntryKind::Rejected).sealed.bytes = vec![7; SEALED];
        }
    })
    .await
    .unwrap();
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_stopped_after_the_lock_loses_its_turn() {
    let server = large_store().await;
    let settings = [("DINHDANH_TEST_HOLDER_WAITS", ""), ("DINHDANH_TEST_HOLDER_IDLE", "300")];
    let holder = Holder::start(&server.url(), &settings);
    holder.until(BEGUN);
    holder.signal("STOP");
    others_go_on(&server, holder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_stopped_while_results_are_being_sent_loses_its_turn() {
    let server = large_store().await;
    let first = server.first();
    let settings = [("DINHDANH_TEST_HOLDER_WAITS", ""), ("DINHDANH_TEST_HOLDER_TCP", "2000")];
    let mut holder = Holder::start(&server.url(), &settings);
    holder.until(BEGUN);
    // It is stopped while its statement waits, so that the rows meet nobody who reads.
    let guard = lock(&first, "BEGIN; LOCK TABLE cases IN ACCESS EXCLUSIVE MODE").await;
    holder.go();
    until_one_waits(&first, "Lock").await;
    holder.signal("STOP");
    drop(guard);
    until_one_waits(&first, "ClientWrite").await;
    others_go_on(&server, holder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_stopped_before_its_commit_loses_its_turn() {
    let server = large_store().await;
    let first = server.first();
    // Its rows are written only after it was stopped, and so it cannot have sent the commit.
    let guard = lock(&first, "BEGIN; LOCK TABLE requests IN SHARE MODE").await;
    let holder = Holder::start(&server.url(), &[("DINHDANH_TEST_HOLDER_IDLE", "5000")]);
    until_one_waits(&first, "Lock").await;
    holder.signal("STOP");
    drop(guard);
    others_go_on(&server, holder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_stopped_during_its_commit_has_committed() {
    let server = large_store().await;
    server.set("synchronous_standby_names", "nobody").await;
    let holder = Holder::start(&server.url(), &[]);
    until_one_waits(&server.first(), "SyncRep").await;
    holder.signal("STOP");
    server.set("synchronous_standby_names", "").await;
    let other = open(options(&server.url())).await;
    write_one(&other, 99).await;
    assert_eq!(holder.end(), "Ok(())");
    let entries = other.reader().entries_after(ENTRIES, 10).await.unwrap();
    assert!(
        entries
            .iter()
            .map(|known| known.entry.request.id.as_u128())
            .eq([77, 99])
    );
}

/// A session that has run this and keeps what it locked until it is dropped.
async fn lock(database: &Database, statements: &'static str) -> sqlx::postgres::PgConnection {
    let mut guard = database.connection().await;
    sqlx::raw_sql(statements).execute(&mut guard).await.unwrap();
    guard
}

/// Another server takes its turn although the holder is stopped, which learns on waking that it has lost its own.
async fn others_go_on(server: &Postgres, holder: Holder) {
    let other = open(options(&server.url())).await;
    write_one(&other, 99).await;
    let outcome = holder.end();
    assert!(outcome.starts_with("Err(OutcomeUnknown("), "{outcome}");
    assert_eq!(other.begin().await.unwrap().head().size(), ENTRIES + 1);
}

//! What the auditor is for: a store or a record that was tampered with, and a server that does not flush, are found out.

use std::path::{Path, PathBuf};

use dinhdanh::store::sqlite::FILE_NAME;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;

use super::auditor::audit;
use super::crowd::Crowd;
use super::ground::Store;
use super::machine::Machine;
use crate::support::calls::{Call, confirm};
use crate::support::desk::Desk;
use crate::support::load::{Answered, Load, OFFICE, nth};
use crate::support::office::Office;
use crate::support::record::{Record, Told};
use crate::support::server::{Launch, Server};
use crate::support::until;

/// Requests that are sent, of which some are sent again.
const REQUESTS: u64 = 2_000;

/// Sends births until there are enough, and has some of the numbers confirmed; answers the load.
async fn births(server: &Server, record: &std::sync::Arc<Record>) -> std::sync::Arc<Load> {
    let channel = server.connect().await;
    let crowd = Crowd::new(record, vec![channel.clone()]);
    let callers = crowd.start(7);
    crowd.may_send(REQUESTS);
    until("enough births are answered", async || {
        (record.sendings() >= REQUESTS).then_some(())
    })
    .await;
    crowd.stop();
    callers.join_all().await;
    crowd.finish().await;
    let authority = Desk::new(channel.clone(), "C06", "POPULATION_AUTHORITY");
    for n in 1..=5 {
        let Some(Answered::Number(number, _)) = crowd.load.outcome(n) else {
            panic!("birth {n} was given no number");
        };
        let command = confirm(&number);
        let sending = record.sent("C06", &command.request_id, "ConfirmNumber", "-");
        record.told(sending, &Told::Decided(authority.does(command).await.position));
    }
    let note = dinhdanh::proto::v1::GetCheckpointRequest {};
    let auditor = Desk::new(channel, "TTR", "AUDITOR");
    record.seen(&note.sent_by(&auditor).await.unwrap().note);
    std::sync::Arc::clone(&crowd.load)
}

/// A store and a record with nothing wrong.
struct Sound {
    folder: TempDir,
    record: String,
}

impl Sound {
    async fn made() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let record = std::sync::Arc::new(Record::new(&folder.path().join("record")));
        let server = Server::start(&folder.path().join("data"));
        births(&server, &record).await;
        server.stop().await;
        let record = std::fs::read_to_string(record.file()).unwrap();
        Self { folder, record }
    }

    /// The line of the record that begins the answer of birth `n` sent first.
    fn told(&self, outcome: &str) -> &str {
        let mut lines = self.record.lines();
        lines
            .find(|line| line.starts_with("told") && line.contains(outcome))
            .expect("such an answer")
    }

    /// What the auditor says when a copy of the store was changed by these statements, and the record so.
    async fn with(&self, statements: &str, record: &str) -> Result<(), String> {
        let elsewhere = tempfile::tempdir_in(self.folder.path()).unwrap();
        let data = elsewhere.path().to_owned();
        let file = data.join(FILE_NAME);
        for end in ["", "-wal"] {
            let name = format!("{FILE_NAME}{end}");
            std::fs::copy(self.folder.path().join("data").join(&name), data.join(name)).unwrap();
        }
        let mut connection = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
        let statements = AssertSqlSafe(statements.to_owned());
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
        sqlx::Connection::close(connection).await.unwrap();
        let path: PathBuf = elsewhere.path().join("record");
        std::fs::write(&path, record).unwrap();
        audit(&path, &[], &Store::Folder(data)).map(drop)
    }

    async fn is_found(&self, what: &str, statements: &str, record: &str) {
        let found = self.with(statements, record).await.expect_err(what);
        assert!(found.contains(what), "{what} was not found, but: {found}");
    }
}

/// Lets everything be changed.
const OPEN: &str = "DROP TRIGGER entries_are_never_deleted; DROP TRIGGER entries_are_never_changed; \
                    DROP TRIGGER numbers_are_never_deleted; DROP TRIGGER numbers_keep_their_digits;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_auditor_finds_whatever_is_wrong_with_a_store() {
    let sound = Sound::made().await;
    sound.with("", &sound.record).await.unwrap();
    let given = "(SELECT min(position) FROM entries WHERE kind = 1)";
    let last = "(SELECT max(position) FROM entries WHERE kind = 1)";
    for (what, statements) in [
        ("is not in the ledger", format!("DELETE FROM entries WHERE position = {last}")),
        ("follows", format!("DELETE FROM entries WHERE position = {given}")),
        (
            "the request has another entry",
            format!("UPDATE entries SET (office, request_id) = (SELECT office, request_id FROM entries WHERE position = {given}) WHERE position = {last}"),
        ),
        (
            "the number was given before",
            format!("UPDATE entries SET number = (SELECT number FROM entries WHERE position = {given}) WHERE position = {last}"),
        ),
        (
            "with another number than that of its entry",
            format!(
                "UPDATE entries SET number = number + 1 WHERE position = {last}; \
                 UPDATE numbers SET number = number + 1 WHERE decision = {last}"
            ),
        ),
        (
            "two numbers that stand",
            format!(
                "INSERT INTO attachments (registration, slot) SELECT {given}, slot FROM numbers WHERE decision = {last}"
            ),
        ),
        ("is not in the table", format!("DELETE FROM numbers WHERE decision = {last}")),
        ("with another position", format!("UPDATE entries SET decision = position + 1 WHERE position = {given}")),
        ("is an entry of kind 9", format!("UPDATE entries SET kind = 9 WHERE position = {given}")),
        (
            "do not add up to the root",
            format!("UPDATE entries SET leaf = zeroblob(32) WHERE position = {given}"),
        ),
        (
            "is not of this tree",
            format!("UPDATE entries SET leaf = zeroblob(32) WHERE position = {given}"),
        ),
        ("the head has size", "UPDATE head SET size = size + 1".to_owned()),
        (
            "was asked for by nobody",
            "INSERT INTO entries SELECT position + (SELECT max(position) FROM entries), epoch, kind, decision, office, \
             zeroblob(16), officer, purpose, digest, slot, number, case_id, at, seal_key, sealed, leaf FROM entries \
             WHERE position = 2"
                .to_owned(),
        ),
    ] {
        sound.is_found(what, &(OPEN.to_owned() + &statements), &sound.record).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_auditor_finds_answers_that_the_store_does_not_bear_out() {
    let sound = Sound::made().await;
    let issued = sound.told("\tissued\t");
    let words: Vec<&str> = issued.split('\t').collect();
    let told = |outcome: &str, position: &str, what: &str| {
        let [sending, ..] = [words[1]];
        sound
            .record
            .replacen(issued, &format!("told\t{sending}\t{outcome}\t{position}\t{what}"), 1)
    };
    for (what, record) in [
        ("with another number", told("issued", words[3], "001325000001")),
        ("with another position", told("issued", "1", words[4])),
        (
            "is an entry of kind 1",
            told("under_review", words[3], &uuid::Uuid::nil().to_string()),
        ),
        ("was refused and stands", told("refused", "-", "WRONG_STATE")),
        (
            "in several ways",
            sound.record.clone() + &again(&sound.record, words[1], "issued", words[3], "001325000001"),
        ),
        (
            "is not in the ledger",
            sound.record.clone()
                + "sent\t999999\t26734\t00000000-0000-7000-8000-000000000000\tIssueNumber\t-\n\
                   told\t999999\tissued\t2\t001325000001\n",
        ),
        ("two children were told the same number", {
            let mut record = sound.record.clone();
            let other = another(&record, issued);
            let (before, _) = other.rsplit_once('\t').unwrap();
            record = record.replacen(&other, &format!("{before}\t{}", words[4]), 1);
            record
        }),
        ("of which there are", sound.record.clone() + "seen\t999999\tAAAA\n"),
    ] {
        sound.is_found(what, "", &record).await;
    }
}

/// The request of a sending once more, with another answer.
fn again(record: &str, sending: &str, outcome: &str, position: &str, what: &str) -> String {
    let begins = format!("sent\t{sending}\t");
    let sent = record.lines().find(|line| line.starts_with(&begins)).unwrap();
    let rest = sent.strip_prefix(&begins).unwrap();
    format!("sent\t888888\t{rest}\ntold\t888888\t{outcome}\t{position}\t{what}\n")
}

/// The answer of another birth that was given a number.
fn another(record: &str, issued: &str) -> String {
    let number = issued.rsplit('\t').next().unwrap();
    let mut lines = record.lines();
    let other = lines.find(|line| line.starts_with("told") && line.contains("\tissued\t") && !line.ends_with(number));
    other.unwrap().to_owned()
}

/// What a server says that runs on a disk which only says that it flushes is lost when the power is cut, and the auditor tells
/// so. On one that flushes, nothing is lost, however much is forgotten of what was not flushed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_loses_answers_only_where_the_disk_lies() {
    let mut random = StdRng::seed_from_u64(1);
    for lies in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let (data, anchor) = (folder.path().join("data"), folder.path().join("data-anchor"));
        let mut machine = Machine::new(vec![data.clone(), anchor]);
        if lies {
            // Otherwise there would be no store at all, which is found out by the server itself.
            Server::start(&data).stop().await;
            machine = machine.that_lies();
        }
        let mut server = on(&machine, &data);
        let record = std::sync::Arc::new(Record::new(&folder.path().join("record")));
        births(&server, &record).await;
        server.kill();
        println!("{}", machine.forgets_all(&mut random));
        let server = on(&machine, &data);
        if !lies {
            // The anchor came through as well: otherwise no work would be taken.
            let office = Office::new(server.connect().await, OFFICE);
            assert!(office.issue(nth(1)).await.unwrap().replayed);
        }
        server.stop().await;
        let found = audit(record.file(), &[], &Store::Folder(data));
        match lies {
            false => drop(found.unwrap()),
            true => assert!(found.unwrap_err().contains("is not in the ledger")),
        }
    }
}

fn on(machine: &Machine, data: &Path) -> Server {
    let words = machine.words();
    Launch::on(data)
        .under(&words.iter().map(String::as_str).collect::<Vec<_>>())
        .start()
}

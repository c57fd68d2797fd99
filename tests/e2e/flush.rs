//! No answer leaves before its commit is on the disk.
//!
//! Killing a process does not show a missing flush, since the kernel keeps what was written. So the system calls of a
//! server at work are traced, and every answer that left through a socket is held against the flush of the turn in which
//! it was decided. Tried with `synchronous` at NORMAL, and with answers given before the commit: both fail.

use std::collections::BTreeMap;
use std::path::Path;

use dinhdanh::ledger::EntryKind;
use dinhdanh::proto::v1;
use prost::Message;
use tokio::task::JoinSet;

use crate::support::ledger;
use crate::support::load::{Load, OFFICE, nth};
use crate::support::office::Office;
use crate::support::server::{Launch, Server};
use crate::support::trace::{self, Flush, Line, Trace};

/// An answer that left: the place of its decision in the ledger, and where in the trace.
struct Answer {
    position: i64,
    left: Line,
}

fn answers(trace: &Trace) -> Vec<Answer> {
    let messages = trace.messages().into_iter();
    messages
        .filter_map(|(left, message)| {
            Some(Answer {
                position: position_in(&message)?,
                left,
            })
        })
        .collect()
}

/// The position that a message tells of, whichever answer it is.
fn position_in(message: &[u8]) -> Option<i64> {
    use v1::get_issuance_response::Outcome;
    if let Ok(found) = v1::GetIssuanceResponse::decode(message)
        && uuid::Uuid::try_parse(&found.request_id).is_ok()
    {
        let Some(Outcome::Issued(number)) = found.outcome else {
            return None;
        };
        return Some(number.position);
    }
    let answer = v1::IssueNumberResponse::decode(message).expect("an answer");
    Some(answer.position).filter(|position| *position > 0)
}

/// Runs `work` against a traced server and answers how the flushes and the answers lie.
async fn traced(work: impl AsyncFnOnce(&Server)) -> (BTreeMap<i64, Flush>, Vec<Answer>) {
    let folder = tempfile::tempdir().unwrap();
    // The tables are made beforehand, so that the trace begins with the first turn.
    Server::start(folder.path()).stop().await;
    let file = folder.path().join("trace");
    let mut server = Launch::on(folder.path())
        .under(&trace::command(file.to_str().unwrap()))
        .start();
    work(&server).await;
    server.signal("TERM");
    assert!(server.ended().await.success(), "{}", server.said());
    let trace = Trace::read(&file);
    (
        flush_of_each_position(folder.path(), &trace.flushes).await,
        answers(&trace),
    )
}

/// Turns follow one another and entries of one turn bear its time, so the turns can be counted off against the flushes.
async fn flush_of_each_position(folder: &Path, flushes: &[Flush]) -> BTreeMap<i64, Flush> {
    let entries = ledger::entries(folder).await;
    let decisions = entries.iter().filter(|entry| entry.kind != EntryKind::Genesis);
    let mut turns: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    decisions.for_each(|entry| turns.entry(entry.at).or_default().push(entry.position));
    let flushes: Vec<_> = flushes.iter().filter(|flush| !flush.of_accesses).collect();
    assert_eq!(turns.len(), flushes.len(), "the log is not flushed once for every turn");
    let turns = turns.into_values().zip(flushes);
    turns
        .flat_map(|(positions, flush)| positions.into_iter().map(|position| (position, *flush)))
        .collect()
}

fn no_answer_precedes_its_flush(flushes: &BTreeMap<i64, Flush>, answers: &[Answer]) {
    for Answer { position, left } in answers {
        let flush = flushes.get(position).expect("an answer tells of an entry");
        assert!(
            flush.written < flush.begun,
            "the flush of {position} began before its commit was written"
        );
        assert!(
            flush.ended < *left,
            "the answer about {position} left on line {left}, before {flush:?} had ended"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_request_after_another_is_answered_after_its_flush() {
    const COUNT: usize = 60;
    if !trace::possible() {
        return;
    }
    let (flushes, answers) = traced(async |server| {
        let office = Office::new(server.connect().await, OFFICE);
        for n in (1..).filter(|n| n % 19 != 0).take(COUNT) {
            office.issue(nth(n)).await.unwrap();
        }
    })
    .await;
    assert_eq!((flushes.len(), answers.len()), (COUNT, COUNT));
    no_answer_precedes_its_flush(&flushes, &answers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_too_no_answer_and_no_look_up_precedes_the_flush() {
    // Fewer than the 256 of a node of the tree, whose keeping is flushed as well.
    const COUNT: usize = 150;
    if !trace::possible() {
        return;
    }
    let (flushes, answers) = traced(async |server| {
        let load = Load::new();
        let callers = load.start(&server.connect().await, 24, 1);
        let mut readers = JoinSet::new();
        for reader in 0..2 {
            let office = Office::new(server.connect().await, OFFICE);
            let load = load.clone();
            readers.spawn(async move {
                // Looks up requests at the moment they are decided.
                while load.answered().len() < COUNT {
                    for n in load.open().into_iter().skip(reader).step_by(2).take(8) {
                        let _ = office.issuance(&nth(n).request_id).await;
                    }
                    tokio::task::yield_now().await;
                }
            });
        }
        readers.join_all().await;
        load.stop();
        callers.join_all().await;
    })
    .await;
    assert!(answers.len() >= COUNT, "only {} answers were seen", answers.len());
    let turns: std::collections::BTreeSet<_> = flushes.values().map(|flush| flush.ended).collect();
    assert!(
        turns.len() * 2 < flushes.len(),
        "{} entries in {} turns is no load",
        flushes.len(),
        turns.len()
    );
    no_answer_precedes_its_flush(&flushes, &answers);
}

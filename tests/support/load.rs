//! Load: callers that send births one after another, and a book of what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dinhdanh::ledger::{Entry, EntryKind};
use dinhdanh::proto::v1;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::births::{changed, child, request};
use super::ledger;
use super::office::Office;
use super::until;

/// The office that all of a load comes from.
pub const OFFICE: &str = "26734";

/// Requests, by number: what was sent, and what was answered.
#[derive(Default)]
pub struct Load {
    book: Mutex<Book>,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Book {
    last: u64,
    open: BTreeSet<u64>,
    answered: BTreeMap<u64, Answered>,
    /// The numbers that registrations will have whose cases are being decided.
    decided: BTreeMap<u64, String>,
    /// The ids of requests that somebody else keeps book of.
    of_others: BTreeSet<String>,
}

/// A decision, with its place in the ledger where an answer tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    Number(String, i64),
    Case(String, i64),
    Rejected(String),
}

/// Request `n`: mostly a birth; now and then one that is reviewed, or of a child that gets no number.
pub fn nth(n: u64) -> v1::IssueNumberRequest {
    changed(request(OFFICE, n), |registration| {
        if n.is_multiple_of(17) {
            registration.kind = v1::RegistrationKind::ReRegistration.into();
        } else if n.is_multiple_of(19) {
            child(registration).nationalities = vec!["LA".into()];
        }
    })
}

impl Load {
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Sends request `n` and notes what came of it. `false` if nothing did.
    pub async fn send(&self, channel: &Channel, n: u64) -> bool {
        self.is_sent(n);
        let outcome = Office::new(channel.clone(), OFFICE).issue(nth(n)).await;
        self.note(n, outcome)
    }

    /// Notes that request `n` is about to be sent.
    pub fn is_sent(&self, n: u64) {
        let mut book = self.book.lock().unwrap();
        book.last = book.last.max(n);
        if !book.answered.contains_key(&n) {
            book.open.insert(n);
        }
    }

    /// Notes what request `n` was answered, which must be what it was answered before.
    pub fn note(&self, n: u64, outcome: Result<v1::IssueNumberResponse, Status>) -> bool {
        match outcome_of(outcome) {
            Some(outcome) => {
                self.is_answered(n, outcome);
                true
            }
            None => false,
        }
    }

    /// Notes that request `n` was answered so, which must be what it was answered before.
    pub fn is_answered(&self, n: u64, outcome: Answered) {
        let mut book = self.book.lock().unwrap();
        book.open.remove(&n);
        if let Answered::Number(number, _) = &outcome
            && book.decided.get(&n) == Some(number)
        {
            return;
        }
        let first = book.answered.entry(n).or_insert_with(|| outcome.clone());
        assert_eq!(*first, outcome, "request {n} was answered differently the second time");
    }

    /// What request `n` was answered, if it was.
    pub fn outcome(&self, n: u64) -> Option<Answered> {
        self.book.lock().unwrap().answered.get(&n).cloned()
    }

    /// Notes that the case on which request `n` waits is being decided, so that it may have this number from now on.
    pub fn will_have(&self, n: u64, number: String) {
        self.book.lock().unwrap().decided.insert(n, number);
    }

    /// Notes that a registration with this request id is none of this load's.
    pub fn is_of_another_book(&self, id: &str) {
        self.book.lock().unwrap().of_others.insert(id.to_owned());
    }

    /// Sets `callers` to work. Each sends new requests, and now and then one that was sent before, perhaps at this very
    /// moment by another one; each goes on until it is not answered, or the load is stopped.
    pub fn start(self: &Arc<Self>, channel: &Channel, callers: u64, seed: u64) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let (load, channel) = (Arc::clone(self), channel.clone());
            let mut random = SmallRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(caller));
            tasks.spawn(async move {
                while !load.stopped.load(Ordering::Relaxed) {
                    let again = random.random_bool(0.2);
                    let n = load.pick(|last| {
                        if again && last > 0 {
                            random.random_range(1..=last)
                        } else {
                            last + 1
                        }
                    });
                    if !load.send(&channel, n).await {
                        break;
                    }
                }
            });
        }
        tasks
    }

    /// Sets `callers` to work against several servers, as a balancer does: each request goes to any of them, and if it is
    /// not answered again and to any of them, until it is, or the load is stopped. So many of a hundred requests were
    /// sent before, perhaps at this very moment, by any caller.
    pub fn storm(self: &Arc<Self>, channels: &[Channel], callers: u64, resent: u32, seed: u64) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let (load, channels) = (Arc::clone(self), channels.to_vec());
            let mut random = SmallRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(caller));
            tasks.spawn(async move {
                while !load.stopped.load(Ordering::Relaxed) {
                    let again = random.random_ratio(resent, 100);
                    let n = load.pick(|last| {
                        if again && last > 0 {
                            // Mostly the latest: a storm is of what has just been sent.
                            random.random_range(last.saturating_sub(1_000).max(1)..=last)
                        } else {
                            last + 1
                        }
                    });
                    while !load.send(&channels[random.random_range(0..channels.len())], n).await
                        && !load.stopped.load(Ordering::Relaxed)
                    {
                        tokio::time::sleep(Duration::from_millis(random.random_range(5..50))).await;
                    }
                }
            });
        }
        tasks
    }

    /// Sends each of the requests `times` over, at the same time and to different servers, again until each sending is
    /// answered.
    pub async fn all_at_once(
        self: &Arc<Self>,
        channels: &[Channel],
        callers: u64,
        requests: RangeInclusive<u64>,
        times: u64,
    ) {
        let mut tasks = JoinSet::new();
        let next = Arc::new(AtomicU64::new(requests.start() * times));
        let end = (requests.end() + 1) * times;
        for caller in 0..callers {
            let (load, channels, next) = (Arc::clone(self), channels.to_vec(), Arc::clone(&next));
            let mut random = SmallRng::seed_from_u64(caller);
            tasks.spawn(async move {
                loop {
                    let sending = next.fetch_add(1, Ordering::Relaxed);
                    if sending >= end {
                        break;
                    }
                    while !load
                        .send(&channels[random.random_range(0..channels.len())], sending / times)
                        .await
                    {
                        tokio::time::sleep(Duration::from_millis(random.random_range(5..50))).await;
                    }
                }
            });
        }
        tasks.join_all().await;
    }

    /// How each request that was answered ended.
    pub fn outcomes(&self) -> BTreeMap<u64, &'static str> {
        let book = self.book.lock().unwrap();
        let kind = |answered: &Answered| match answered {
            Answered::Number(..) => "a number",
            Answered::Case(..) => "a case",
            Answered::Rejected(_) => "no number",
        };
        book.answered.iter().map(|(n, answered)| (*n, kind(answered))).collect()
    }

    /// Has everything that is open answered, by whichever server does.
    pub async fn finish(&self, channels: &[Channel]) {
        for (n, channel) in self.open().into_iter().zip(channels.iter().cycle()) {
            let mut others = channels.iter().cycle();
            let mut server = channel;
            until("a request that was open is answered", async || {
                let answered = self.send(server, n).await;
                server = others.next().unwrap();
                answered.then_some(())
            })
            .await;
        }
    }

    /// A request to send, chosen by the last one that was; it is the last one from now on, if it is new.
    pub fn pick(&self, choose: impl FnOnce(u64) -> u64) -> u64 {
        let mut book = self.book.lock().unwrap();
        let n = choose(book.last);
        book.last = book.last.max(n);
        n
    }

    /// Lets the callers end after the answers they are waiting for.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// The requests that were sent and not answered.
    pub fn open(&self) -> Vec<u64> {
        self.book.lock().unwrap().open.iter().copied().collect()
    }

    /// The requests that were answered.
    pub fn answered(&self) -> Vec<u64> {
        self.book.lock().unwrap().answered.keys().copied().collect()
    }

    /// Sends again all that is open and some of what was answered.
    pub async fn resend(&self, channel: &Channel, some: impl IntoIterator<Item = u64>) {
        let open = self.open();
        for n in open.into_iter().chain(some) {
            assert!(
                self.send(channel, n).await,
                "request {n} was not answered when sent again"
            );
        }
    }

    /// The answers as a client's journal (docs/journal.md), row by row.
    fn journal(&self) -> String {
        let head = r#"{"kind":"journal","version":1,"server":"http://127.0.0.1:7400"}"#;
        let mut lines = vec![head.to_owned()];
        for (n, answered) in &self.book.lock().unwrap().answered {
            let (line, id, row) = (n + 1, nth(*n).request_id, "00".repeat(16));
            let intent = json!({"line": line, "row": row, "request_id": id});
            lines.push(journal_line("intent", &intent));
            let mut answer = json!({"line": line, "office": OFFICE, "request_id": id});
            let told = match answered {
                Answered::Number(number, position) => json!({"outcome": "issued", "number": number,
                    "state": "ISSUED", "position": position, "replayed": false}),
                Answered::Case(case_id, position) => json!({"outcome": "under_review", "case_id": case_id,
                    "position": position, "replayed": false}),
                Answered::Rejected(reason) => json!({"outcome": "rejected", "reason": reason}),
            };
            answer
                .as_object_mut()
                .unwrap()
                .extend(told.as_object().unwrap().clone());
            lines.push(journal_line("answer", &answer));
        }
        lines.join("\n") + "\n"
    }

    /// Compares the book with what was written in a data folder.
    pub async fn compare(&self, folder: &Path) {
        let entries = ledger::entries(folder).await;
        self.compare_with(&entries, |arguments| ledger::verify(folder, arguments));
    }

    /// Compares the book with what was written, here and by the project's own checker, which is to be run with further
    /// arguments: every answer stands, and nothing was given twice.
    pub fn compare_with(&self, entries: &[Entry], verify: impl FnOnce(&[&str])) {
        ledger::numbers_of(entries);
        let mut written = BTreeMap::new();
        for entry in entries {
            let outcome = match entry.kind {
                EntryKind::Issued => Answered::Number(entry.number.unwrap().1.to_string(), entry.position),
                EntryKind::UnderReview => Answered::Case(entry.case_id.unwrap().to_string(), entry.position),
                EntryKind::Rejected => Answered::Rejected("NOT_ELIGIBLE".to_owned()),
                _ => continue,
            };
            assert!(
                written.insert(entry.request.id.to_string(), outcome).is_none(),
                "a request was decided twice"
            );
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let journal = elsewhere.path().join("journal");
        std::fs::write(&journal, self.journal()).unwrap();
        verify(&["--answers", journal.to_str().unwrap()]);
        let book = self.book.lock().unwrap();
        for (n, outcome) in &book.answered {
            assert_eq!(
                written.remove(&nth(*n).request_id).as_ref(),
                Some(outcome),
                "request {n}"
            );
        }
        let open: BTreeSet<_> = book.open.iter().map(|n| nth(*n).request_id).collect();
        assert!(
            written
                .keys()
                .all(|id| open.contains(id) || book.of_others.contains(id)),
            "something was written that nobody asked for"
        );
    }
}

/// What an answer amounts to; nothing if the same request must be sent again.
pub fn outcome_of(answer: Result<v1::IssueNumberResponse, Status>) -> Option<Answered> {
    use v1::issue_number_response::Outcome;
    match answer {
        Ok(answer) => Some(match answer.outcome.expect("an outcome") {
            Outcome::Issued(number) => Answered::Number(number.number, answer.position),
            Outcome::UnderReview(review) => Answered::Case(review.case_id, answer.position),
        }),
        Err(status) if must_be_sent_again(&status) => None,
        Err(status) => match status.get_error_details().error_info() {
            Some(info) if status.code() == Code::FailedPrecondition => Some(Answered::Rejected(info.reason.clone())),
            _ => panic!("an answer that should not be: {status:?}"),
        },
    }
}

/// Whether a refusal says nothing of what became of a request.
pub fn must_be_sent_again(status: &Status) -> bool {
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.as_str());
    match (status.code(), reason) {
        (Code::Unavailable, Some("OVERLOADED" | "STORE_UNAVAILABLE" | "DRAINING"))
        | (Code::Aborted, Some("IN_PROGRESS"))
        // The connection broke: the transport's own words, without a reason.
        | (
            Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal | Code::DeadlineExceeded,
            None,
        ) => true,
        _ => false,
    }
}

/// A line of a journal, which begins with its kind.
fn journal_line(kind: &str, fields: &serde_json::Value) -> String {
    let fields = fields.to_string();
    format!("{{\"kind\":\"{kind}\",{}", fields.trim_start_matches('{'))
}

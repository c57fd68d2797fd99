//! What both sides do with the numbers of a load of births: stories in which every command of the contract is sent, to any
//! of the servers, again and again until it is answered, and a book of what each was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dinhdanh::ledger::{Entry, EntryKind, SYSTEM_OFFICE};
use dinhdanh::proto::v1;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic_types::StatusExt;

use super::calls::{Call, Command, Decided, Outcome, reference};
use super::desk::Desk;
use super::load::{Answered, Load, OFFICE, must_be_sent_again};
use super::record::{Record, Told as Noted};

mod stories;

/// Who calls: the code of an office, and its role.
type Who = (&'static str, &'static str);

const COMMUNE: Who = (OFFICE, "REGISTRAR");
const NEIGHBOUR: Who = ("26800", "REGISTRAR");
const AUTHORITY: Who = ("C06", "POPULATION_AUTHORITY");
const MISSION: Who = ("DSQ-TOKYO", "MISSION");
const DEPARTMENT: Who = ("STP-079", "JUSTICE_DEPARTMENT");

/// Both sides at work.
pub struct Dealings {
    load: Arc<Load>,
    channels: Vec<Channel>,
    record: Option<Arc<Record>>,
    /// What became of each command, by its id.
    told: Mutex<BTreeMap<String, Told>>,
    /// Numbers given here in the place of others.
    given: Mutex<BTreeSet<String>>,
    /// Cases that comparisons told of.
    reported: Mutex<BTreeSet<String>>,
    /// The stories that came to their end.
    ended: Mutex<BTreeSet<u64>>,
    /// The next birth to have a story.
    next: AtomicU64,
    /// Counts calls, so that they go to the servers in turn.
    calls: AtomicUsize,
    stopped: AtomicBool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    /// Not yet anything.
    Nothing,
    /// That it was decided, at this position.
    Decided(i64),
    /// Why it was refused.
    Refused(String),
}

impl Dealings {
    /// Sets so many to work on what a load is answered, against several servers.
    pub fn start(load: &Arc<Load>, channels: &[Channel], workers: usize) -> (Arc<Self>, JoinSet<()>) {
        Self::recorded(load, channels, workers, None)
    }

    /// The same, with every sending of a command and every answer noted in a record.
    pub fn recorded(
        load: &Arc<Load>,
        channels: &[Channel],
        workers: usize,
        record: Option<Arc<Record>>,
    ) -> (Arc<Self>, JoinSet<()>) {
        let dealings = Arc::new(Self {
            load: Arc::clone(load),
            channels: channels.to_vec(),
            record,
            told: Mutex::default(),
            given: Mutex::default(),
            reported: Mutex::default(),
            ended: Mutex::default(),
            next: AtomicU64::new(1),
            calls: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            let dealings = Arc::clone(&dealings);
            tasks.spawn(async move { while dealings.next_story().await.is_some() {} });
        }
        (dealings, tasks)
    }

    /// Lets every worker end after the answer it is waiting for.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether each story has come to its end at least once.
    pub fn all_told(&self) -> bool {
        self.ended.lock().unwrap().len() == stories::COUNT
    }

    /// Compares the book with what was written: every command that was answered is in the ledger at its place and once,
    /// none that was refused is there, and there is nothing that nobody asked for.
    pub fn compare_with(&self, entries: &[Entry]) {
        let told = self.told.lock().unwrap();
        let mut decided = BTreeMap::new();
        // The ids of reports are the service's own.
        let sent = |entry: &&Entry| entry.request.office != SYSTEM_OFFICE && entry.kind != EntryKind::MismatchReported;
        for entry in entries.iter().filter(sent) {
            let id = entry.request.id.to_string();
            let of_the_load = matches!(
                entry.kind,
                EntryKind::Issued | EntryKind::UnderReview | EntryKind::Rejected
            );
            if told.contains_key(&id) || !of_the_load && entry.kind != EntryKind::Genesis {
                assert!(
                    decided.insert(id, entry.decision).is_none(),
                    "a command was decided twice"
                );
            }
        }
        for (id, told) in told.iter() {
            let entry = decided.remove(id);
            match told {
                Told::Decided(position) => assert_eq!(entry, Some(*position), "{id}"),
                Told::Refused(reason) => assert_eq!(entry, None, "{id} was refused: {reason}"),
                Told::Nothing => panic!("{id} was given up"),
            }
        }
        assert!(decided.is_empty(), "nobody asked for {decided:?}");
        let reports = entries.iter().filter(|entry| entry.kind == EntryKind::MismatchReported);
        let opened: Vec<String> = reports.filter_map(|entry| Some(entry.case_id?.to_string())).collect();
        let once: BTreeSet<String> = opened.iter().cloned().collect();
        assert_eq!(once.len(), opened.len(), "a case was opened twice");
        assert!(self.reported.lock().unwrap().is_subset(&once), "a case is lost");
        let given = self.given.lock().unwrap();
        let of_births = super::ledger::numbers_of(entries);
        assert!(given.is_disjoint(&of_births), "a number was given twice");
    }

    /// Tells the story of the next birth, once it was answered. `None` at the end.
    async fn next_story(&self) -> Option<()> {
        let (n, outcome) = self.next_birth().await?;
        let story = match outcome {
            Answered::Number(number, _) => self.of_number(n, number).await?,
            Answered::Case(case_id, _) => self.of_case(n, &case_id).await?,
            Answered::Rejected(_) => return Some(()),
        };
        self.ended.lock().unwrap().insert(story);
        Some(())
    }

    async fn next_birth(&self) -> Option<(u64, Answered)> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        loop {
            if self.stopped.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(outcome) = self.load.outcome(n) {
                return Some((n, outcome));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Has a command decided, which nothing speaks against. `None` at the end.
    async fn does<C: Command>(&self, who: Who, command: C) -> Option<C::Answer> {
        let decided = self.insists(who, command).await?;
        Some(decided.unwrap_or_else(|reason| panic!("{}: {reason}", std::any::type_name::<C>())))
    }

    /// Sends a command until it is answered, and some of them once more. `None` at the end.
    async fn insists<C: Command>(&self, who: Who, command: C) -> Option<Result<C::Answer, String>> {
        if self.stopped.load(Ordering::Relaxed) {
            return None;
        }
        self.note(&command, Told::Nothing);
        let answer = match self.command(who, &command).await {
            Ok(answer) => answer,
            Err(reason) => {
                self.note(&command, Told::Refused(reason.clone()));
                return Some(Err(reason));
            }
        };
        let position = answer.position();
        self.note(&command, Told::Decided(position));
        if position % 10 < 3 {
            let again = self.command(who, &command).await;
            let again = again.expect("what was decided is not refused when it is sent again");
            assert_eq!((again.replayed(), again.position()), (true, position));
        }
        Some(Ok(answer))
    }

    /// Of two commands that exclude each other, sent at the same time, which was decided. `None` at the end.
    async fn one_of<A: Command, B: Command>(&self, first: (Who, A), second: (Who, B)) -> Option<bool> {
        let outcomes = tokio::join!(self.insists(first.0, first.1), self.insists(second.0, second.1));
        match (outcomes.0?.map(drop), outcomes.1?.map(drop)) {
            (Ok(()), Err(reason)) | (Err(reason), Ok(())) if reason != "WRONG_STATE" => panic!("refused: {reason}"),
            (Ok(()), Err(_)) => Some(true),
            (Err(_), Ok(())) => Some(false),
            outcomes => panic!("of two commands that exclude each other: {outcomes:?}"),
        }
    }

    /// Sends a command until there is an answer, or the reason for a refusal, and notes each sending.
    async fn command<C: Command>(&self, who: Who, command: &C) -> Result<C::Answer, String> {
        let Some(record) = &self.record else {
            return self.answer(who, command).await;
        };
        let name = std::any::type_name::<C>().rsplit("::").next().unwrap();
        let child = command.registration().map_or("-".to_owned(), reference);
        let mut sending = 0;
        let sends = || sending = record.sent(who.0, command.id(), name.trim_end_matches("Request"), &child);
        let answer = self.asked(who, command, sends).await;
        match &answer {
            Ok(answer) => match answer.outcome() {
                Some(Outcome::Number(number)) => record.told(sending, &Noted::Issued(&number, answer.position())),
                Some(Outcome::Case(case_id)) => record.told(sending, &Noted::UnderReview(&case_id, answer.position())),
                None => record.told(sending, &Noted::Decided(answer.position())),
            },
            Err(reason) => record.told(sending, &Noted::Refused(reason)),
        }
        answer
    }

    /// Asks until there is an answer, or the reason for a refusal.
    async fn answer<C: Call + Clone>(&self, who: Who, call: &C) -> Result<C::Answer, String> {
        self.asked(who, call, || {}).await
    }

    /// The same; each time, it is told before.
    async fn asked<C: Call + Clone>(&self, who: Who, call: &C, mut tell: impl FnMut()) -> Result<C::Answer, String> {
        loop {
            let server = self.calls.fetch_add(1, Ordering::Relaxed) % self.channels.len();
            let desk = Desk::new(self.channels[server].clone(), who.0, who.1);
            tell();
            match call.clone().sent_by(&desk).await {
                Ok(answer) => return Ok(answer),
                Err(status) if must_be_sent_again(&status) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(status) => {
                    let details = status.get_error_details();
                    let reason = details.error_info().map(|info| info.reason.clone());
                    return Err(reason.unwrap_or_else(|| panic!("an answer that should not be: {status:?}")));
                }
            }
        }
    }

    async fn case(&self, who: Who, case_id: &str) -> v1::Case {
        let asked = v1::GetCaseRequest {
            case_id: case_id.to_owned(),
        };
        let answer = self.answer(who, &asked).await;
        answer.expect("a case that concerns the caller").case.unwrap()
    }

    async fn number(&self, number: &str) -> v1::Number {
        let asked = v1::GetNumberRequest {
            number: number.to_owned(),
        };
        let answer = self.answer(AUTHORITY, &asked).await;
        answer.expect("a number that exists").number.unwrap()
    }

    fn note(&self, command: &impl Command, told: Told) {
        self.told.lock().unwrap().insert(command.id().to_owned(), told);
    }

    /// Notes that a comparison told of a case.
    fn reported(&self, case_id: &str) {
        self.reported.lock().unwrap().insert(case_id.to_owned());
    }

    /// Notes that a number was given in the place of another, which happens to no number twice.
    fn was_given(&self, number: String) {
        assert!(self.given.lock().unwrap().insert(number), "a number was given twice");
    }
}

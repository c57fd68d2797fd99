//! Comparing the records of another registry with what is held here: in one order, and in bounded memory.
//!
//! Both sides go through the numbers in ascending order. Within a prefix the store keeps numbers in the order in which they
//! were given, which is not that of their digits; so of one prefix at a time all numbers are read, without anything
//! else, and put in order: eight bytes each, and at most a million. What is held of a person is opened only to be compared.

mod cases;
mod here;
mod known;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use self::here::{Here, Shelf};
use self::known::{Judged, KnownHere};
use super::Engine;
use crate::number::{Number, Prefix};
use crate::protocol::asked::Asked;
use crate::protocol::reconcile::{Compared, Mismatch, Place, Record};
use crate::protocol::{NumberRow, Scope};
use crate::refusal::Refusal;
use crate::registration::Problem;
use crate::store::Store;

/// Records and numbers compared in one go.
const CHUNK: usize = 256;

/// What became of a record, or of a number for which none was sent. `Debug` shows nothing of whom it is about.
#[derive(Clone)]
pub struct Finding {
    /// The key of the record; empty where there was none.
    pub key: String,
    /// The number of the record, or the one for which none was sent.
    pub number: Option<Number>,
    /// The office that keeps the registration, as far as it is known; else empty.
    pub office: String,
    /// What was found.
    pub what: Difference,
    /// The report by which a case is opened, where that is asked for.
    report: Option<Box<Asked>>,
    /// The case about it.
    pub case_id: Option<Uuid>,
    /// The full name that is held here of the number's holder; empty where nobody is known.
    pub name: String,
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Finding {{ {:?} .. }}", self.what)
    }
}

impl Finding {
    fn refused(key: String, number: Option<Number>, refusal: Refusal) -> Self {
        Self {
            key,
            number,
            office: String::new(),
            what: Difference::Refused(refusal),
            report: None,
            case_id: None,
            name: String::new(),
        }
    }
}

/// What was found of a record or a number, other than that both sides agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Both sides disagree.
    Mismatch(Mismatch),
    /// It cannot be compared.
    Refused(Refusal),
}

/// A comparison under way.
pub struct Reconciliation<S> {
    engine: Arc<Engine<S>>,
    compared: Compared,
    place: Place,
    shelf: Shelf,
    /// The numbers of the prefix that is being compared.
    here: Here,
    /// Records sent, and not yet compared.
    sent: VecDeque<Sent>,
    /// The number of the last record that was in order.
    last: Option<Number>,
    all_sent: bool,
    finished: bool,
    /// Records and numbers it has dealt with, told of or not.
    passed: u64,
}

/// A record as it was sent: to be compared, or with why it cannot be.
enum Sent {
    Record(Box<Record>),
    Refused { key: String, refusal: Refusal },
}

/// One thing to be told of, in the order in which it is told.
enum Item {
    Sent(Sent),
    /// A number that stands here, and for which no record was sent.
    NotSent(Number),
}

impl Item {
    fn number(&self) -> Option<Number> {
        match self {
            Self::Sent(Sent::Record(record)) => record.number,
            Self::Sent(Sent::Refused { .. }) => None,
            Self::NotSent(number) => Some(*number),
        }
    }
}

impl<S: Store> Engine<S> {
    /// Begins a comparison, or goes on with one from where it had come.
    pub fn reconcile(self: &Arc<Self>, compared: Compared, place: Place) -> Reconciliation<S> {
        Reconciliation {
            engine: Arc::clone(self),
            compared,
            place,
            shelf: Shelf::from(place.passed.map(Number::prefix)),
            here: Here::default(),
            sent: VecDeque::new(),
            last: place.passed,
            all_sent: false,
            finished: false,
            passed: 0,
        }
    }
}

impl<S: Store> Reconciliation<S> {
    /// How far it has come with all that has been told.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How many records and numbers it has dealt with, whether there was anything to tell or not.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// Whether it can go no further without more records, or word that there are no more.
    pub fn wants_more(&self) -> bool {
        self.sent.is_empty() && !self.all_sent
    }

    /// Whether everything has been compared.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Takes the next record.
    pub fn add(&mut self, record: Record) {
        match self.in_order(&record) {
            Ok(()) => {
                self.last = record.number.or(self.last);
                self.sent.push_back(Sent::Record(Box::new(record)));
            }
            Err(problem) => self.refuse(record.key, Refusal::invalid("record.number", problem)),
        }
    }

    /// Takes a record that cannot be compared.
    pub fn refuse(&mut self, key: String, refusal: Refusal) {
        self.sent.push_back(Sent::Refused { key, refusal });
    }

    /// There will be no more records.
    pub fn end(&mut self) {
        self.all_sent = true;
    }

    fn in_order(&self, record: &Record) -> Result<(), Problem> {
        match (record.number, self.last) {
            (None, Some(_)) => Err(Problem::NotAscending),
            (Some(number), Some(last)) if number < last => Err(Problem::NotAscending),
            (Some(number), Some(last)) if number == last => Err(Problem::SameNumber),
            (Some(number), _) if !self.compared.covers(number.prefix()) => Err(Problem::OutsideScope),
            _ => Ok(()),
        }
    }

    /// Goes some way, and tells what was found there by a caller who sees so far.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`]: what was in hand is lost, and it must be gone on with from a place before.
    pub async fn advance(&mut self, reach: &Scope) -> Result<Vec<Finding>, Refusal> {
        let mut items = Vec::with_capacity(CHUNK);
        while items.len() < CHUNK {
            match self.next_item().await? {
                Some(item) => items.push(item),
                None => break,
            }
        }
        let known = KnownHere::of(&self.engine, &items, reach);
        let known = self.engine.read_aside(known).await?;
        let reporting = self.compared.open_cases;
        let judged = items.into_iter().map(|item| {
            let sent = matches!(item, Item::Sent(_));
            (item.number(), sent, known.judge(item, reach, reporting))
        });
        Ok(judged
            .filter_map(|(number, sent, judged)| self.count(number, sent, judged))
            .collect())
    }

    /// The next thing to tell of; `None` if that depends on the next record, or there is none.
    async fn next_item(&mut self) -> Result<Option<Item>, Refusal> {
        loop {
            let bound = match self.sent.front() {
                None if self.all_sent => None,
                None => return Ok(None),
                Some(Sent::Record(record)) if record.number.is_some() => record.number,
                Some(_) => return Ok(self.sent.pop_front().map(Item::Sent)),
            };
            if let Some(number) = self.here.next_before(bound) {
                return Ok(Some(Item::NotSent(number)));
            }
            if let Some(number) = bound
                && self.here.is_of(number.prefix())
            {
                self.here.skip(number);
                return Ok(self.sent.pop_front().map(Item::Sent));
            }
            if !self.next_prefix(bound.map(Number::prefix)).await? {
                self.finished = true;
                return Ok(None);
            }
        }
    }

    /// Goes on to the next prefix there is here, but not past that of the next record. `false` if there is neither.
    async fn next_prefix(&mut self, bound: Option<Prefix>) -> Result<bool, Refusal> {
        let next = loop {
            match self.shelf.prefix(&self.engine).await? {
                None => break bound,
                Some(found) if bound.is_some_and(|bound| found >= bound) => break bound,
                Some(found) if self.compared.covers(found) => break Some(found),
                Some(found) => self.shelf.pass(found),
            }
        };
        let Some(next) = next else { return Ok(false) };
        let (end, taken) = (self.place.end, self.compared.extracted_at);
        // What stands, and did when the extract was taken, must be in it.
        let expected = move |row: &NumberRow| {
            row.stands() && row.decision <= end && taken.is_none_or(|taken| row.issued_at <= taken)
        };
        let numbers = self.shelf.take(next, expected, &self.engine).await?;
        self.here = Here::of(next, numbers).await?;
        if let Some(passed) = self.place.passed {
            self.here.skip(passed);
        }
        Ok(true)
    }

    /// Counts what became of an item; a finding is told.
    fn count(&mut self, number: Option<Number>, sent: bool, judged: Judged) -> Option<Finding> {
        self.passed += 1;
        let counts = &mut self.place.counts;
        self.place.passed = number.or(self.place.passed);
        counts.records += i64::from(sent);
        match judged {
            Judged::Nothing => None,
            Judged::Same => {
                counts.same += 1;
                None
            }
            Judged::Found(finding) => {
                let count = match finding.what {
                    Difference::Mismatch(Mismatch::Differs(_)) => &mut counts.differs,
                    Difference::Mismatch(Mismatch::MissingHere) => &mut counts.missing_here,
                    Difference::Mismatch(Mismatch::MissingThere) => &mut counts.missing_there,
                    Difference::Refused(_) => &mut counts.errors,
                };
                *count += 1;
                Some(finding)
            }
        }
    }
}

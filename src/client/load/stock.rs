//! The births of a load, made before the time starts.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use prost::Message;
use prost::bytes::Bytes;
use tonic::metadata::{Ascii, MetadataValue};
use uuid::Uuid;

use super::{LoadError, Options, Pace, Way};
use crate::client::Answer;
use crate::client::journal::RowDigest;
use crate::generate::{BIRTHS_PER_YEAR, Births, Item, Mix, Plan};
use crate::registration::Content;

/// The line of the first birth: children are numbered in a journal as if they stood in a CSV file.
const FIRST_LINE: usize = 2;

/// Requests that are answered before the time starts, where some are to be repeated.
const PRIMED: usize = 1_000;

/// One child, with one request for ever.
pub struct Child {
    /// The office that sends it.
    pub office: MetadataValue<Ascii>,
    /// The request, encoded; as an item of a stream it has the same form.
    pub message: Bytes,
    /// Its request id.
    pub request_id: Uuid,
    /// What a journal recognises it by, if there is one.
    pub digest: Option<RowDigest>,
    /// Its line in a journal.
    pub line: u64,
    sent: AtomicBool,
    told: Told,
}

/// What a child was told first, in one word, so that another answer to the same request can be held against it.
#[derive(Default)]
struct Told(AtomicU64);

/// Set in the word of a case; the rest is its position.
const CASE: u64 = 1 << 62;
/// The word of a rejection.
const REJECTED: u64 = u64::MAX;
/// Set in the word of a number.
const NUMBER: u64 = 1 << 61;

/// Everything that is sent.
pub struct Stock {
    /// All children: first those that are answered before the time starts, then those of the calls, then those of the
    /// bulk stream.
    pub children: Vec<Child>,
    /// How many are answered before the time starts, to be repeated.
    pub primed: usize,
    /// Where the bulk stream's begin.
    pub bulk_from: usize,
}

/// What became of all children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Fates {
    /// Children that were sent at all.
    pub sent: u64,
    /// Those that have a number.
    pub issued: u64,
    /// Those whose case must be settled.
    pub under_review: u64,
    /// Those that get no number.
    pub rejected: u64,
    /// Those that were sent and have none of these yet.
    pub open: u64,
}

impl Stock {
    /// Makes the births of a load.
    ///
    /// # Errors
    /// [`LoadError::Births`].
    pub fn make(options: &Options) -> Result<Self, LoadError> {
        let repeated = super::Repeats(options.repeat).among(options.calls());
        let primed = if repeated > 0 { PRIMED } else { 0 };
        let bulk_from = primed + options.calls() - repeated;
        let count = bulk_from + options.bulk;
        let plan = Plan {
            count: count as u64,
            seed: options.seed,
            mix: Mix::plain(),
            today: options.today,
            provinces: usize::MAX,
            births_per_year: BIRTHS_PER_YEAR,
        };
        let mut children = Vec::with_capacity(count);
        for (index, mut item) in Births::new(plan)?.enumerate() {
            let seed = options.seed;
            if index >= bulk_from {
                of_office(&mut item, format!("BULK-{seed}"));
            } else if matches!(options.pace, Pace::Herd { .. }) {
                of_office(&mut item, format!("HERD-{index}-{seed}"));
            } else if options.way == Way::Stream {
                // Calls are dealt out to the connections in turn.
                of_office(&mut item, format!("LARGE-{}-{seed}", index % options.connections));
            } else {
                in_book(&mut item, seed.to_string());
            }
            children.push(Child::of(item, index, options.journal.is_some())?);
        }
        Ok(Self {
            children,
            primed,
            bulk_from,
        })
    }

    /// What became of all children so far.
    pub fn fates(&self) -> Fates {
        let mut fates = Fates::default();
        for child in self.children.iter().filter(|child| child.was_sent()) {
            fates.sent += 1;
            *match child.told.0.load(Ordering::Relaxed) {
                0 => &mut fates.open,
                REJECTED => &mut fates.rejected,
                word if word & CASE != 0 => &mut fates.under_review,
                _ => &mut fates.issued,
            } += 1;
        }
        fates
    }
}

/// Enters a birth in a book of its own for each seed, so that loads of several seeds do not claim the same entries.
fn in_book(item: &mut Item, book: String) {
    let reference = item.request.registration.as_mut().and_then(|it| it.r#ref.as_mut());
    if let Some(reference) = reference {
        reference.book_number = book;
    }
}

/// Makes a birth that of another office, in which its own office is a book: a stream belongs to one office, and one for
/// each of thousands of communes would last only a moment.
fn of_office(item: &mut Item, office: String) {
    let reference = item.request.registration.as_mut().and_then(|it| it.r#ref.as_mut());
    if let Some(reference) = reference {
        reference.book_number = std::mem::replace(&mut reference.office_code, office.clone());
    }
    item.office = office;
}

impl Child {
    fn of(item: Item, index: usize, journal: bool) -> Result<Self, LoadError> {
        let registration = item.request.registration.as_ref().filter(|_| journal);
        let digest = registration.map(|it| RowDigest::of(&item.office, item.role.name(), &Content::of(it)));
        Ok(Self {
            office: item.office.parse().map_err(|_| LoadError::Office)?,
            message: item.request.encode_to_vec().into(),
            request_id: Uuid::try_parse(&item.request.request_id).unwrap_or_default(),
            digest,
            line: (index + FIRST_LINE) as u64,
            sent: AtomicBool::new(false),
            told: Told::default(),
        })
    }

    /// Whether it was ever sent.
    pub fn was_sent(&self) -> bool {
        self.sent.load(Ordering::Relaxed)
    }

    /// Notes that it is sent. `true` if it never was.
    pub fn sending(&self) -> bool {
        !self.was_sent() && !self.sent.swap(true, Ordering::Relaxed)
    }

    /// Whether it has a final answer.
    pub fn is_answered(&self) -> bool {
        self.told.0.load(Ordering::Relaxed) != 0
    }

    /// Notes a final answer.
    pub fn answered(&self, answer: &Answer) -> Heard {
        let word = match answer {
            Answer::Issued { number, .. } => NUMBER | number.value().unsigned_abs(),
            Answer::UnderReview { position, .. } => CASE | position,
            Answer::Rejected { .. } => REJECTED,
            Answer::Refused { .. } => return Heard::Nothing,
        };
        match self
            .told
            .0
            .compare_exchange(0, word, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => Heard::First,
            Err(first) if first == word => Heard::Again,
            Err(_) => Heard::Otherwise,
        }
    }
}

/// What an answer says beside those that came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It decides nothing.
    Nothing,
    /// It is the first.
    First,
    /// It is the same.
    Again,
    /// It contradicts the first: a broken promise.
    Otherwise,
}

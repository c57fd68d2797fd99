//! The numbers held here, in ascending order.

use std::collections::VecDeque;

use crate::engine::Engine;
use crate::number::{NUMBERS_PER_PREFIX, Number, Prefix, Slot};
use crate::protocol::NumberRow;
use crate::refusal::Refusal;
use crate::store::{Reader, Store};

/// Numbers read in one go.
const PAGE: i64 = 4096;

/// The numbers of one prefix that should have been sent, in ascending order.
#[derive(Default)]
pub(super) struct Here {
    prefix: Option<Prefix>,
    numbers: Vec<Number>,
    /// How many of them have been passed.
    passed: usize,
}

impl Here {
    /// These numbers of a prefix.
    pub async fn of(prefix: Prefix, mut numbers: Vec<Number>) -> Result<Self, Refusal> {
        // A million of them take long enough to hold up others.
        let sorting = tokio::task::spawn_blocking(move || {
            numbers.sort_unstable();
            numbers
        });
        Ok(Self {
            prefix: Some(prefix),
            numbers: sorting.await.map_err(|_| Refusal::Bug)?,
            passed: 0,
        })
    }

    /// Whether they are of this prefix.
    pub fn is_of(&self, prefix: Prefix) -> bool {
        self.prefix == Some(prefix)
    }

    /// Passes the next number, if it comes before this one.
    pub fn next_before(&mut self, bound: Option<Number>) -> Option<Number> {
        let next = *self.numbers.get(self.passed)?;
        if bound.is_some_and(|bound| next >= bound) {
            return None;
        }
        self.passed += 1;
        Some(next)
    }

    /// Passes everything up to a number, and that one.
    pub fn skip(&mut self, number: Number) {
        let rest = self.numbers.get(self.passed..).unwrap_or_default();
        self.passed += rest.partition_point(|own| *own <= number);
    }
}

/// Reads numbers in the order of slots, a page at a time.
pub(super) struct Shelf {
    page: VecDeque<NumberRow>,
    /// The last slot that was read, or passed without.
    after: Option<Slot>,
    ended: bool,
}

impl Shelf {
    /// Begins with a prefix, or with the first.
    pub fn from(prefix: Option<Prefix>) -> Self {
        Self {
            page: VecDeque::new(),
            after: prefix.and_then(before),
            ended: false,
        }
    }

    /// The prefix of the next number; `None` at the end.
    pub async fn prefix<S: Store>(&mut self, engine: &Engine<S>) -> Result<Option<Prefix>, Refusal> {
        if self.page.is_empty() && !self.ended {
            let reading = engine.shared.store.reader().numbers_after(self.after, PAGE);
            self.page = engine.read_aside(reading).await?.into();
            self.ended = (self.page.len() as i64) < PAGE;
            self.after = self.page.back().map(|row| row.slot).or(self.after);
        }
        Ok(self.page.front().map(|row| row.slot.prefix()))
    }

    /// Passes all numbers of prefixes up to this one.
    pub fn pass(&mut self, prefix: Prefix) {
        let first = self.page.partition_point(|row| row.slot.prefix() <= prefix);
        self.page.drain(..first);
        if self.page.is_empty() {
            self.after = self.after.max(Slot::of(prefix, NUMBERS_PER_PREFIX - 1).ok());
        }
    }

    /// Takes all numbers of a prefix, not yet passed, that are wanted; those of prefixes before it are passed.
    pub async fn take<S: Store>(
        &mut self,
        prefix: Prefix,
        wanted: impl Fn(&NumberRow) -> bool,
        engine: &Engine<S>,
    ) -> Result<Vec<Number>, Refusal> {
        let mut numbers = Vec::new();
        while let Some(found) = self.prefix(engine).await?
            && found <= prefix
        {
            let Some(row) = self.page.pop_front() else { break };
            if found == prefix && wanted(&row) {
                numbers.push(row.number);
            }
        }
        Ok(numbers)
    }
}

/// The last slot before a prefix, if there is one.
fn before(prefix: Prefix) -> Option<Slot> {
    let first = Slot::of(prefix, 0).ok()?;
    Slot::from_value(first.value() - 1).ok()
}

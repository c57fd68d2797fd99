//! What a run of the checker found.

use std::fmt::{self, Display};

use uuid::Uuid;

use super::Check;
use crate::ledger::{Hash, Position};
use crate::number::{Number, Prefix};

/// Findings that are kept word for word; further ones are counted.
const FINDINGS_KEPT: usize = 100_000;

/// Something that does not hold. It names positions, ids and masked numbers, never personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check that failed.
    pub check: Check,
    /// Where.
    pub place: String,
    /// What was found.
    pub what: String,
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.check.name(), self.place, self.what)
    }
}

/// A place in the store, told so that it gives nobody away.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Ledger,
    Position(Position),
    Number(Number),
    Prefix(Prefix),
    Case(Uuid),
    Request(Uuid),
    Units,
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ledger => f.write_str("the ledger"),
            Self::Position(position) => write!(f, "position {position}"),
            Self::Number(number) => write!(f, "number {}", number.masked()),
            // Its `Debug` shows the place alone.
            Self::Prefix(prefix) => write!(f, "prefix {prefix:?}"),
            Self::Case(id) => write!(f, "case {id}"),
            Self::Request(id) => write!(f, "request {id}"),
            Self::Units => f.write_str("the table of districts and communes"),
        }
    }
}

/// What was looked at, and what did not hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    counts: Vec<Count>,
    findings: Vec<Finding>,
    /// Entries whose digest was not compared, since the index key that made it is not at hand.
    undigested: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    checked: u64,
    failed: u64,
}

impl Tally {
    /// Notes that the digest of an entry was not compared: the index key that made it is not at hand.
    pub fn leave_digest(&mut self) {
        self.undigested += 1;
    }

    /// Notes that something was checked, and what was found if it does not hold.
    pub fn expect(&mut self, check: Check, holds: bool, place: Place, what: fmt::Arguments<'_>) {
        let count = self.count_mut(check);
        count.checked += 1;
        if holds {
            return;
        }
        count.failed += 1;
        if self.findings.len() < FINDINGS_KEPT {
            self.findings.push(Finding {
                check,
                place: place.to_string(),
                what: what.to_string(),
            });
        }
    }

    /// Notes something that does not hold.
    pub fn fail(&mut self, check: Check, place: Place, what: fmt::Arguments<'_>) {
        self.expect(check, false, place, what);
    }

    /// Adds what another part of the run found.
    pub fn add(&mut self, other: Tally) {
        for check in Check::ALL {
            let theirs = other.count(*check);
            let ours = self.count_mut(*check);
            ours.checked += theirs.checked;
            ours.failed += theirs.failed;
        }
        self.undigested += other.undigested;
        let room = FINDINGS_KEPT - self.findings.len();
        self.findings.extend(other.findings.into_iter().take(room));
    }

    fn count(&self, check: Check) -> Count {
        self.counts.get(check as usize).copied().unwrap_or_default()
    }

    fn count_mut(&mut self, check: Check) -> &mut Count {
        self.counts.resize(Check::ALL.len(), Count::default());
        &mut self.counts[check as usize]
    }
}

/// The outcome of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// Up to which position the ledger was checked.
    pub size: Position,
    /// The root of the tree there, as the head has it.
    pub root: Hash,
    /// The epoch of the head.
    pub epoch: i64,
    pub(super) tally: Tally,
}

impl Report {
    /// Whether everything holds.
    pub fn is_clean(&self) -> bool {
        self.failed_in_all() == 0
    }

    /// How many times a check was made.
    pub fn checked(&self, check: Check) -> u64 {
        self.tally.count(check).checked
    }

    /// How many times it failed.
    pub fn failed(&self, check: Check) -> u64 {
        self.tally.count(check).failed
    }

    /// Of how many entries the digest was not compared, since the index key that made it is not at hand.
    pub fn undigested(&self) -> u64 {
        self.tally.undigested
    }

    /// How many checks failed in all.
    pub fn failed_in_all(&self) -> u64 {
        self.tally.counts.iter().map(|count| count.failed).sum()
    }

    /// What was found, in the order in which it was come upon; the first 100,000.
    pub fn findings(&self) -> &[Finding] {
        &self.tally.findings
    }
}

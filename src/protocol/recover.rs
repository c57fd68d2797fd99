//! Recovery: a store that lost what had been answered begins a new epoch in which none of it can be given again.

use super::own::Seed;
use super::{Changes, Fields, PrefixRow};
use crate::ledger::{Anchor, EntryKind, KeyRing, Moment, Recovered, SealError};
use crate::number::{NUMBERS_PER_PREFIX, Prefix};

/// What is known of what was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// The largest epoch of which anything was answered.
    pub epoch: i64,
    /// The size of the largest ledger from which anything was answered.
    pub size: i64,
    /// How many counters had been drawn or skipped then.
    pub drawn: i64,
    /// How many counters may have been drawn that the store does not know of: more than any one prefix can have lost.
    pub counters: u32,
}

impl Loss {
    /// What anchors say of a ledger that ends at this one, and what somebody reckons with besides.
    pub fn of(store: &Anchor, anchors: &[Anchor], at_most: u32) -> Self {
        let all = || anchors.iter().chain([store]);
        let largest = |value: fn(&Anchor) -> i64| all().map(value).fold(0, i64::max);
        let drawn = largest(|anchor| anchor.drawn);
        let lost = u32::try_from(drawn - store.drawn).unwrap_or(NUMBERS_PER_PREFIX);
        Self {
            epoch: largest(|anchor| anchor.epoch),
            size: largest(|anchor| anchor.size),
            drawn,
            counters: lost.max(at_most).min(NUMBERS_PER_PREFIX),
        }
    }

    /// The next counter of a prefix once it is past all that may have been drawn of it.
    pub fn past(&self, row: &PrefixRow) -> u32 {
        row.next.saturating_add(self.counters).min(NUMBERS_PER_PREFIX)
    }
}

/// A prefix that is advanced.
#[derive(Debug, Clone)]
pub struct Advance {
    /// Which.
    pub prefix: Prefix,
    /// How it stands.
    pub row: PrefixRow,
    /// How many numbers from elsewhere it passes: those between its next counter and [`Loss::past`].
    pub passed: u32,
}

/// The turn that begins the new epoch: every prefix in use is advanced past all that may have been drawn of it, and a prefix
/// that was perhaps first used in what was lost will begin past it. `seed` is fresh randomness: id, salt and nonce.
///
/// # Errors
/// [`SealError`] if the entry cannot be sealed.
pub fn recover(
    mut changes: Changes,
    prefixes: Vec<Advance>,
    loss: Loss,
    (ring, moment): (&KeyRing, Moment),
    seed: Seed,
) -> Result<Changes, SealError> {
    let head = &mut changes.head;
    let mut fields = Fields::default();
    fields.add("size", head.size());
    fields.add("lost.epoch", loss.epoch);
    fields.add("lost.size", loss.size);
    fields.add("lost.counters", loss.counters);
    for Advance { prefix, row, passed } in prefixes {
        let next = loss.past(&row);
        head.drawn += i64::from(next - row.next);
        let held = row.held.saturating_sub(passed);
        changes.prefixes.push((prefix, PrefixRow { next, held, ..row }));
    }
    head.epoch = head.epoch.max(loss.epoch) + 1;
    head.recovered = Recovered {
        skipped: head
            .recovered
            .skipped
            .saturating_add(loss.counters)
            .min(NUMBERS_PER_PREFIX),
        year: head.recovered.year.max(moment.day.year()),
        size: head.recovered.size.max(loss.size),
        drawn: head.recovered.drawn.max(loss.drawn),
    };
    changes.write_own(EntryKind::Recovered, &fields, (ring, moment), seed)?;
    Ok(changes)
}

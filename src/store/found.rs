//! What a look-up found, sorted back to what was wanted; and the counters that are free.

use std::future::Future;

use super::StoreError;
use super::decode::{Columns, counter};
use crate::ledger::KeyId;
use crate::number::{Prefix, Slot, free_counters};
use crate::protocol::{Found, PrefixRow, Wanted};

/// How many taken slots are looked at in one go, at least and at most, when numbers from elsewhere are stepped over: they lie
/// anywhere in a prefix, so that twice as many as are wanted are most often enough.
const TAKEN_WINDOW: std::ops::RangeInclusive<i64> = 16..=4096;

/// Numbers given to a prefix.
const NUMBERS_PER_PREFIX: i64 = 1_000_000;

/// Sorts the rows of a look-up: (what, index into the list, and up to three values).
pub(super) fn collect(wanted: &Wanted, rows: &[impl Columns]) -> Result<Found, StoreError> {
    let mut found = Found::default();
    for row in rows {
        let index = usize::try_from(row.int(1)?).unwrap_or(usize::MAX);
        let value = row.int(2)?;
        let missing = || StoreError::Corrupt("a look-up answered what was not asked".to_owned());
        match row.int(0)? {
            0 => {
                found
                    .requests
                    .insert(wanted.requests.get(index).ok_or_else(missing)?.clone(), value);
            }
            1 => {
                found
                    .strict
                    .insert(*wanted.strict.get(index).ok_or_else(missing)?, value);
            }
            2 => found
                .blocking
                .entry(*wanted.blocking.get(index).ok_or_else(missing)?)
                .or_default()
                .push(value),
            _ => {
                let (prefix, _) = wanted.prefixes.get(index).ok_or_else(missing)?;
                let row = PrefixRow {
                    next: counter(value)?,
                    held: counter(row.int(3)?)?,
                    picker: KeyId(row.int(4)?),
                    free: Vec::new(),
                };
                found.prefixes.insert(*prefix, row);
            }
        }
    }
    Ok(found)
}

/// Looks at the slots that are taken.
pub(super) trait Taken {
    /// The slots from `from` up to `end` (exclusive) that are taken, in order, the first `most` of them.
    fn taken(&mut self, from: i64, end: i64, most: i64) -> impl Future<Output = Result<Vec<Slot>, StoreError>> + Send;
}

/// Adds to every wanted prefix the counters that are free.
pub(super) async fn fill_prefixes(
    slots: &mut impl Taken,
    picker: KeyId,
    wanted: &Wanted,
    found: &mut Found,
) -> Result<(), StoreError> {
    for (prefix, want) in &wanted.prefixes {
        let mut row = found.prefixes.remove(prefix).unwrap_or(PrefixRow {
            next: 0,
            held: 0,
            picker,
            free: Vec::new(),
        });
        if row.picker != picker {
            return Err(StoreError::Corrupt(
                "a prefix was begun with another picker key".to_owned(),
            ));
        }
        row.free = free(slots, *prefix, &row, *want).await?;
        found.prefixes.insert(*prefix, row);
    }
    Ok(())
}

async fn free(slots: &mut impl Taken, prefix: Prefix, row: &PrefixRow, want: usize) -> Result<Vec<u32>, StoreError> {
    if row.held == 0 || want == 0 {
        return Ok(free_counters(row.next, std::iter::empty(), want));
    }
    let twice = i64::try_from(want).unwrap_or(i64::MAX).saturating_mul(2);
    let window = twice.clamp(*TAKEN_WINDOW.start(), *TAKEN_WINDOW.end());
    let start = i64::from(prefix.value()) * NUMBERS_PER_PREFIX;
    let mut from = start + i64::from(row.next);
    let mut taken: Vec<u32> = Vec::new();
    loop {
        let more = slots.taken(from, start + NUMBERS_PER_PREFIX, window).await?;
        taken.extend(more.iter().map(|slot| slot.counter()));
        let free = free_counters(row.next, taken.iter().copied(), want);
        let all_seen = (more.len() as i64) < window;
        let last_seen = taken.last().copied().unwrap_or(0);
        if all_seen || free.last().is_some_and(|last| free.len() == want && *last < last_seen) {
            return Ok(free);
        }
        from = start + i64::from(last_seen) + 1;
    }
}

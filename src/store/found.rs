//! What a look-up found, sorted back to what was wanted; and the counters that are free.

use std::future::Future;

use super::StoreError;
use super::decode::{Columns, counter};
use crate::ledger::{KeyId, Recovered};
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
    (picker, recovered): (KeyId, Recovered),
    wanted: &Wanted,
    found: &mut Found,
) -> Result<(), StoreError> {
    for (prefix, want) in &wanted.prefixes {
        let mut row = found.prefixes.remove(prefix).unwrap_or(PrefixRow {
            next: recovered.first_counter(prefix.birth_year()),
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::number::{PlaceCode, Sex};

    /// Taken slots in order, and how many of them were read.
    struct Slots(Vec<i64>, usize);

    impl Taken for Slots {
        async fn taken(&mut self, from: i64, end: i64, most: i64) -> Result<Vec<Slot>, StoreError> {
            let within = self.0.iter().filter(|slot| (from..end).contains(*slot));
            let read: Vec<_> = within.take(usize::try_from(most).unwrap()).copied().collect();
            self.1 += read.len();
            Ok(read.into_iter().map(|slot| Slot::from_value(slot).unwrap()).collect())
        }
    }

    /// However many numbers of a prefix came from elsewhere, those near the next counter alone are looked at.
    #[tokio::test]
    async fn free_counters_cost_no_more_the_more_numbers_came_from_elsewhere() {
        let prefix = Prefix::new(PlaceCode::new(79).unwrap(), Sex::Female, 1990).unwrap();
        let start = i64::from(prefix.value()) * NUMBERS_PER_PREFIX;
        // Every third number of the prefix: as dense as no prefix of old books is.
        let taken: Vec<i64> = (0..NUMBERS_PER_PREFIX / 3).map(|nth| start + 3 * nth).collect();
        let row = PrefixRow {
            next: 500_000,
            held: 166_666,
            picker: KeyId(1),
            free: Vec::new(),
        };
        for (want, most) in [(0, 0), (1, 16), (2, 16), (100, 200), (512, 1024)] {
            let mut slots = Slots(taken.clone(), 0);
            let free = free(&mut slots, prefix, &row, want).await.unwrap();
            let expected: Vec<u32> = (500_000..).filter(|counter| counter % 3 != 0).take(want).collect();
            assert_eq!(free, expected);
            assert!(slots.1 <= most, "{} slots were read for {want} counters", slots.1);
        }
    }
}

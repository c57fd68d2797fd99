//! Stepping over numbers that came from elsewhere.

use super::NUMBERS_PER_PREFIX;

/// The next `want` counters of a prefix that are free: from `next` upwards, without those in `taken`.
///
/// `taken` are the counters of numbers already known that were not drawn here (imported, or held by the other
/// database), in ascending order; it is read only as far as needed. Fewer than `want` counters come back exactly when
/// the prefix has no more: then every counter below 1,000,000 is drawn or taken.
pub fn free_counters(next: u32, taken: impl Iterator<Item = u32>, want: usize) -> Vec<u32> {
    let mut taken = taken.peekable();
    (next..NUMBERS_PER_PREFIX)
        .filter(|counter| {
            while taken.next_if(|held| held < counter).is_some() {}
            taken.peek() != Some(counter)
        })
        .take(want)
        .collect()
}

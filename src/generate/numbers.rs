//! Personal numbers of parents and grown people.

use std::collections::HashMap;

use crate::number::Prefix;

/// Coprime with a million, so that counters times this run through all six-digit values.
const STRIDE: u64 = 617_293;
const NUMBERS: u64 = crate::number::NUMBERS_PER_PREFIX as u64;

/// Personal numbers that no two people share: were they drawn at random, some mothers would have each other's, and
/// honest births would look like doubles.
pub(super) struct PersonalNumbers {
    seed: u64,
    given: HashMap<Prefix, u64>,
}

impl PersonalNumbers {
    pub(super) fn new(seed: u64) -> PersonalNumbers {
        PersonalNumbers {
            seed,
            given: HashMap::new(),
        }
    }

    /// The twelve digits of a number nobody has yet; the first million of each prefix are distinct.
    pub(super) fn next(&mut self, prefix: Prefix) -> String {
        let given = self.given.entry(prefix).or_default();
        let last_six = (start(self.seed, prefix) + *given * STRIDE) % NUMBERS;
        *given += 1;
        format!("{prefix}{last_six:06}")
    }
}

/// Where a prefix begins: elsewhere for each seed, so that the people of two plans are different people.
fn start(seed: u64, prefix: Prefix) -> u64 {
    let mixed = (seed ^ u64::from(prefix.value()).rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 44
}

//! Where in the order of giving a number lies.

use std::fmt;

use super::digits::{join, split};
use super::six_digits::SixDigits;
use super::{NumberError, Prefix};

/// The place of a number in the order in which its prefix gives numbers: prefix and counter.
///
/// The store keys numbers by slot. The digits of a number must tell nothing about order, so an index on the digits is
/// met at random places, a cold page a birth; by slot, numbers given one after another lie side by side. Nothing is
/// lost by it: under one key slots and numbers are in one-to-one relation (see [`Picker`](super::Picker)), so a slot
/// that is unique means a number that is unique.
///
/// `Debug` shows the place alone: a counter tells the order of births.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    pub(super) prefix: Prefix,
    pub(super) counter: SixDigits,
}

/// A prefix has no number left: the counter has reached 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all numbers of the prefix have been drawn")]
pub struct Exhausted;

impl Slot {
    /// The slot of a prefix's `counter`, counted from 0.
    ///
    /// # Errors
    /// [`Exhausted`] from 1,000,000 on.
    pub fn of(prefix: Prefix, counter: u32) -> Result<Slot, Exhausted> {
        let counter = SixDigits::new(counter).ok_or(Exhausted)?;
        Ok(Slot { prefix, counter })
    }

    /// The slot which the store keeps as `value`.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] or [`NumberError::NoPlace`] if no slot has this value.
    pub fn from_value(value: i64) -> Result<Slot, NumberError> {
        let (prefix, counter) = split(value)?;
        Ok(Slot { prefix, counter })
    }

    /// The prefix.
    pub fn prefix(self) -> Prefix {
        self.prefix
    }

    /// The counter within the prefix, below 1,000,000.
    pub fn counter(self) -> u32 {
        self.counter.value()
    }

    /// Prefix × 1,000,000 + counter.
    pub fn value(self) -> i64 {
        join(self.prefix, self.counter)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({}*********)", self.prefix.place())
    }
}

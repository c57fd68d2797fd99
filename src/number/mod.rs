//! The twelve digits: their form, what their place codes meant on which day, and which number comes next.
//!
//! A number is `PPP S YY RRRRRR`: the place where the birth is registered, one digit for century and sex, the last two
//! digits of the birth year, and six digits that tell nothing (Decree 137/2015, article 13; Circular 07/2016/TT-BCA).
//! There is no check digit. The first six digits are the *prefix*; a prefix holds exactly one million numbers.
//!
//! What belongs here: form, order and masking of numbers, the dated tables of places, and the permutation that turns a
//! counter into six digits. What never does: whether a number has been given. That is known to the store alone, which
//! also keeps each prefix's counter; nothing in this room reads a file, a clock or a source of randomness.

mod codes;
mod counters;
mod digits;
#[cfg(test)]
mod fuzz;
mod names;
mod picker;
mod place;
mod prefix;
mod resolving;
mod rows;
mod six_digits;
mod slot;
mod tables;
#[cfg(test)]
mod tests;

pub use codes::{Codes, NotIssuing};
pub use counters::free_counters;
pub use digits::{Number, NumberError};
pub use names::{unmarked, word_key};
pub use picker::Picker;
pub use place::{Place, PlaceCode, PlaceKind, Renaming};
pub use prefix::{Prefix, Sex};
pub use resolving::{LIKE_ENOUGH, SUGGESTIONS};
pub use slot::{Exhausted, Slot};
pub use tables::{CodesError, Fault, Table};

/// How many numbers one prefix holds: all values of the last six digits.
pub const NUMBERS_PER_PREFIX: u32 = 1_000_000;

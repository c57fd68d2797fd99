//! From counter to digits.

use std::fmt;

use aes::Aes256Enc;
use fpe::ff1::{FF1, NumeralStringError};

use super::six_digits::SixDigits;
use super::{Exhausted, Number, Prefix, Slot};

/// Turns a prefix's counter into the last six digits, and back.
///
/// The digits are FF1 (NIST SP 800-38G, AES-256, radix 10) of the counter's six digits, tweaked by the prefix's six
/// digits in ASCII. For each prefix this is a permutation of 0 to 999,999: two counters never meet in one number, the
/// last number of a prefix is found as quickly as the first, and who does not hold the key cannot tell order or count
/// of births from the digits.
///
/// The key a prefix began with must be its key for ever; under another key the same counters give other numbers.
pub struct Picker {
    // FF1 runs the block cipher forwards in both directions, so the encrypting half of AES is enough.
    ff1: FF1<Aes256Enc>,
}

impl Picker {
    /// A picker under this secret key.
    pub fn new(key: &[u8; 32]) -> Picker {
        #[expect(
            clippy::expect_used,
            reason = "fails only for a radix outside 2 to 65536; ours is 10"
        )]
        let ff1 = FF1::new(key, 10).expect("radix 10");
        Picker { ff1 }
    }

    /// The number for a prefix's `counter`, counted from 0.
    ///
    /// # Errors
    /// [`Exhausted`] from 1,000,000 on.
    pub fn number(&self, prefix: Prefix, counter: u32) -> Result<Number, Exhausted> {
        Slot::of(prefix, counter).map(|slot| self.at(slot))
    }

    /// The counter that gives `number`: the inverse of [`Picker::number`]. Every well-formed number has one, whether or
    /// not it was drawn here.
    pub fn counter(&self, number: Number) -> u32 {
        self.slot(number).counter()
    }

    /// The number in this slot.
    pub fn at(&self, slot: Slot) -> Number {
        let prefix = slot.prefix;
        Number {
            prefix,
            serial: six(self.ff1.encrypt(&SixDigits::from(prefix).ascii(), &slot.counter)),
        }
    }

    /// The slot of this number: the inverse of [`Picker::at`].
    pub fn slot(&self, number: Number) -> Slot {
        let prefix = number.prefix;
        Slot {
            prefix,
            counter: six(self.ff1.decrypt(&SixDigits::from(prefix).ascii(), &number.serial)),
        }
    }
}

fn six(digits: Result<SixDigits, NumeralStringError>) -> SixDigits {
    #[expect(
        clippy::expect_used,
        reason = "fails only for a wrong radix or fewer than six digits; the type excludes both"
    )]
    digits.expect("six decimal digits")
}

impl fmt::Debug for Picker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picker").finish_non_exhaustive()
    }
}

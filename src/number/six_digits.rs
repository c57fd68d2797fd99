//! Six decimal digits, in the shape FF1 works on.

use fpe::ff1::{NumeralString, Operations};

use super::{NUMBERS_PER_PREFIX, Prefix};

/// A value below 1,000,000: the last six digits of a number, or a counter before it becomes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SixDigits(u32);

impl SixDigits {
    /// `None` if the value has more than six digits.
    pub(super) fn new(value: u32) -> Option<SixDigits> {
        (value < NUMBERS_PER_PREFIX).then_some(SixDigits(value))
    }

    pub(super) fn value(self) -> u32 {
        self.0
    }

    /// The digits as ASCII characters, leading zeros included.
    pub(super) fn ascii(self) -> [u8; 6] {
        let mut rest = self.0;
        let mut text = [b'0'; 6];
        for place in text.iter_mut().rev() {
            *place += (rest % 10).to_le_bytes()[0];
            rest /= 10;
        }
        text
    }
}

impl From<Prefix> for SixDigits {
    fn from(prefix: Prefix) -> SixDigits {
        SixDigits(prefix.value())
    }
}

/// Half of the six digits, as an integer below [`HALF`].
///
/// The library's own numeral strings hold a vector of digits and count with integers of any length. For three digits a
/// machine word does; it makes FF1 almost three times faster, which counts because numbers are drawn inside the turn.
#[derive(Clone, Copy)]
pub(super) struct Half(u32);

/// How many values three digits have.
const HALF: u32 = 1000;

impl NumeralString for SixDigits {
    type Ops = Half;

    fn is_valid(&self, radix: u32) -> bool {
        radix == 10
    }

    fn numeral_count(&self) -> usize {
        6
    }

    fn split(&self) -> (Half, Half) {
        (Half(self.0 / HALF), Half(self.0 % HALF))
    }

    fn concat(left: Half, right: Half) -> SixDigits {
        SixDigits(left.0 * HALF + right.0)
    }
}

impl Operations for Half {
    type Bytes = [u8; 2];

    fn numeral_count(&self) -> usize {
        3
    }

    // FF1 asks for the fewest bytes that hold three decimal digits, which is two.
    fn to_be_bytes(&self, _radix: u32, bytes: usize) -> [u8; 2] {
        debug_assert_eq!(bytes, 2);
        let [high, low] = [self.0 / 256, self.0 % 256].map(|byte| byte.to_le_bytes()[0]);
        [high, low]
    }

    fn add_mod_exp(self, other: impl Iterator<Item = u8>, _radix: u32, _digits: usize) -> Half {
        Half((self.0 + remainder(other)) % HALF)
    }

    fn sub_mod_exp(self, other: impl Iterator<Item = u8>, _radix: u32, _digits: usize) -> Half {
        Half((self.0 + HALF - remainder(other)) % HALF)
    }
}

/// A big-endian integer of any length, modulo [`HALF`].
fn remainder(bytes: impl Iterator<Item = u8>) -> u32 {
    bytes.fold(0, |value, byte| (value * 256 + u32::from(byte)) % HALF)
}

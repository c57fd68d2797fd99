//! The whole number.

use std::fmt;

use super::six_digits::SixDigits;
use super::{NUMBERS_PER_PREFIX, Prefix};

/// A personal number of twelve digits, well formed but not necessarily ever given. Numbers are ordered by value.
///
/// `Display` writes all twelve digits and is for answers and files. `Debug` shows the masked form, so that a number
/// which strays into a log line or a panic message tells no more than its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    // Derived order compares the fields in this order, which is the order of values.
    pub(super) prefix: Prefix,
    pub(super) serial: SixDigits,
}

/// Why digits or parts do not make a number. Carries none of the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text is not exactly so many ASCII digits.
    #[error("expected exactly {0} digits from 0 to 9")]
    NotDigits(usize),
    /// The value is negative or has too many digits.
    #[error("the value has more digits than fit")]
    OutOfRange,
    /// The place part is 000, which stands for no place of registration.
    #[error("000 is not a place of registration")]
    NoPlace,
    /// The year has no century digit: it is outside 1900 to 2399.
    #[error("the year of birth is not between 1900 and 2399")]
    BirthYear,
}

impl Number {
    /// Reads twelve ASCII digits. The place must not be 000; whether it is a place in use is for
    /// [`Codes`](super::Codes) to say.
    ///
    /// # Errors
    /// [`NumberError::NotDigits`] or [`NumberError::NoPlace`].
    pub fn parse(text: &str) -> Result<Number, NumberError> {
        if !all_digits(text, 12) {
            return Err(NumberError::NotDigits(12));
        }
        Number::from_value(text.parse().map_err(|_| NumberError::NotDigits(12))?)
    }

    /// The number whose twelve digits, read as one integer, are `value`: the form in which the store keeps it.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] or [`NumberError::NoPlace`].
    pub fn from_value(value: i64) -> Result<Number, NumberError> {
        let (prefix, serial) = split(value)?;
        Ok(Number { prefix, serial })
    }

    /// The number made of a prefix and the last six digits.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] if `serial` has more than six digits.
    pub fn new(prefix: Prefix, serial: u32) -> Result<Number, NumberError> {
        let serial = SixDigits::new(serial).ok_or(NumberError::OutOfRange)?;
        Ok(Number { prefix, serial })
    }

    /// The twelve digits as one integer, below 10¹².
    pub fn value(self) -> i64 {
        join(self.prefix, self.serial)
    }

    /// The first six digits.
    pub fn prefix(self) -> Prefix {
        self.prefix
    }

    /// The last six digits, below 1,000,000.
    pub fn serial(self) -> u32 {
        self.serial.value()
    }

    /// The first three digits and nine stars: the only form that may enter logs, metrics and error texts.
    pub fn masked(self) -> String {
        format!("{}*********", self.prefix.place())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:06}", self.prefix, self.serial.value())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Whether `text` is exactly `len` digits 0 to 9. The digits of other scripts do not count.
pub(super) fn all_digits(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A prefix and six more digits as one integer below 10¹².
pub(super) fn join(prefix: Prefix, rest: SixDigits) -> i64 {
    i64::from(prefix.value()) * i64::from(NUMBERS_PER_PREFIX) + i64::from(rest.value())
}

/// The inverse of [`join`].
pub(super) fn split(value: i64) -> Result<(Prefix, SixDigits), NumberError> {
    let per_prefix = i64::from(NUMBERS_PER_PREFIX);
    let prefix = u32::try_from(value.div_euclid(per_prefix)).map_err(|_| NumberError::OutOfRange)?;
    let rest = u32::try_from(value.rem_euclid(per_prefix))
        .ok()
        .and_then(SixDigits::new);
    Ok((Prefix::from_value(prefix)?, rest.ok_or(NumberError::OutOfRange)?))
}

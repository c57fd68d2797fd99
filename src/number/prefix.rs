//! The first six digits.

use std::fmt;

use super::{NumberError, PlaceCode};

/// The first year that has a century digit.
const FIRST_YEAR: i16 = 1900;
/// The last one: there are ten digits, two for each century.
const LAST_YEAR: i16 = 2399;

/// Sex as a personal number tells it: two values, one parity of the fourth digit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// Even fourth digit.
    Male,
    /// Odd fourth digit.
    Female,
}

/// The six digits `PPPSYY`: place, century with sex, and year of birth (Circular 07/2016/TT-BCA).
///
/// `Display` writes the six digits. `Debug` shows the place alone, because a prefix together with an office can point
/// to one child.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    place: PlaceCode,
    /// The digits `SYY`, below 1000.
    birth: u16,
}

impl Prefix {
    /// The prefix of births registered in `place`, of this sex and year of birth. A century here is its hundreds: 1900
    /// to 1999 is the 20th.
    ///
    /// # Errors
    /// [`NumberError::BirthYear`] outside 1900 to 2399.
    pub fn new(place: PlaceCode, sex: Sex, birth_year: i16) -> Result<Prefix, NumberError> {
        if !(FIRST_YEAR..=LAST_YEAR).contains(&birth_year) {
            return Err(NumberError::BirthYear);
        }
        let years = (birth_year - FIRST_YEAR).unsigned_abs();
        let century_and_sex = 2 * (years / 100) + u16::from(sex == Sex::Female);
        Ok(Prefix {
            place,
            birth: century_and_sex * 100 + years % 100,
        })
    }

    /// The prefix whose six digits, read as one integer, are `value`.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] from 1,000,000 on; [`NumberError::NoPlace`] below 1,000.
    pub fn from_value(value: u32) -> Result<Prefix, NumberError> {
        let [place, birth] = [value / 1000, value % 1000].map(u16::try_from);
        match (place, birth) {
            (Ok(place), Ok(birth)) => Ok(Prefix {
                place: PlaceCode::new(place)?,
                birth,
            }),
            _ => Err(NumberError::OutOfRange),
        }
    }

    /// The six digits as one integer, below 1,000,000.
    pub fn value(self) -> u32 {
        u32::from(self.place.value()) * 1000 + u32::from(self.birth)
    }

    /// The place of registration.
    pub fn place(self) -> PlaceCode {
        self.place
    }

    /// The sex.
    pub fn sex(self) -> Sex {
        match self.birth / 100 % 2 {
            0 => Sex::Male,
            _ => Sex::Female,
        }
    }

    /// The year of birth, 1900 to 2399.
    pub fn birth_year(self) -> i16 {
        FIRST_YEAR + (self.birth / 200 * 100 + self.birth % 100).cast_signed()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:03}", self.place, self.birth)
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}***", self.place)
    }
}

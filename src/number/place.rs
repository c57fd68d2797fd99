//! One place of registration.

use std::fmt;

use jiff::civil::Date;

use super::NumberError;
use super::digits::all_digits;

/// The first three digits of a number, 001 to 999. A code need not be in use: see [`Codes`](super::Codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceCode(u16);

impl PlaceCode {
    /// The code with this value.
    ///
    /// # Errors
    /// [`NumberError::NoPlace`] for 0, [`NumberError::OutOfRange`] from 1000 on.
    pub fn new(value: u16) -> Result<PlaceCode, NumberError> {
        match value {
            0 => Err(NumberError::NoPlace),
            1..1000 => Ok(PlaceCode(value)),
            _ => Err(NumberError::OutOfRange),
        }
    }

    /// Reads three ASCII digits.
    ///
    /// # Errors
    /// [`NumberError::NotDigits`], or [`NumberError::NoPlace`] for 000.
    pub fn parse(text: &str) -> Result<PlaceCode, NumberError> {
        if !all_digits(text, 3) {
            return Err(NumberError::NotDigits(3));
        }
        PlaceCode::new(text.parse().map_err(|_| NumberError::NotDigits(3))?)
    }

    /// The code as an integer, 1 to 999.
    pub fn value(self) -> u16 {
        self.0
    }
}

impl fmt::Display for PlaceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

/// What a place code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaceKind {
    /// A province or a city under the central government: a birth registered at home.
    Province,
    /// A country: a birth registered there, at a mission.
    Country,
}

/// A row of the tables: one code and what it has stood for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The first three digits of its numbers.
    pub code: PlaceCode,
    /// Province or country.
    pub kind: PlaceKind,
    /// The oldest name the table knows, as the annex of Circular 07/2016/TT-BCA spells it.
    pub name: String,
    /// The name it took later, if any.
    pub renamed: Option<Renaming>,
    /// ISO 3166-1 alpha-2 of a country. Two codes may share one.
    pub iso_alpha2: Option<String>,
    /// First day on which numbers are given out under the code. It says nothing of births: people born and registered
    /// long before carry the code too.
    pub active_from: Date,
    /// First day on which numbers are no longer given out under the code. Numbers already given stay valid for ever.
    pub active_until: Option<Date>,
    /// The code of the unit that took this one over; there is one exactly when there is an end.
    pub successor: Option<PlaceCode>,
}

/// A place's second name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renaming {
    /// First day of the new name.
    pub on: Date,
    /// The new name.
    pub name: String,
}

impl Place {
    /// Every name that has gone with the code, oldest first, with its first day; the oldest has none.
    pub fn names(&self) -> impl Iterator<Item = (&str, Option<Date>)> {
        let later = self.renamed.as_ref().map(|later| (later.name.as_str(), Some(later.on)));
        std::iter::once((self.name.as_str(), None)).chain(later)
    }

    /// The name that went with the code last.
    pub fn last_name(&self) -> &str {
        self.renamed.as_ref().map_or(&self.name, |later| &later.name)
    }

    /// Whether the code had been closed by this day.
    pub fn closed_on(&self, day: Date) -> bool {
        self.active_until.is_some_and(|until| until <= day)
    }

    /// The name of the unit that bore the code on this day; none once the code was closed. There is no lower bound: the
    /// oldest name also serves for papers from before personal numbers existed.
    pub fn name_on(&self, day: Date) -> Option<&str> {
        if self.closed_on(day) {
            return None;
        }
        match &self.renamed {
            Some(renaming) if renaming.on <= day => Some(&renaming.name),
            _ => Some(&self.name),
        }
    }
}

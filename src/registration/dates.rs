//! Days that may be known in part.

use std::fmt;

use jiff::civil::Date;
use prost_types::Timestamp;

use crate::proto::google::r#type::Date as DateMessage;

/// A day, or a month or a year where no more is known. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    /// The first day it may have been.
    first: Date,
    known: Known,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Known {
    Year,
    Month,
    Day,
}

impl PartialDate {
    /// Reads a message in which month and day, or the day alone, may be 0. None if there is no such day, or the year is
    /// not 1 to 9999.
    pub fn read(message: DateMessage) -> Option<PartialDate> {
        let year = i16::try_from(message.year).ok().filter(|year| *year >= 1)?;
        let month = i8::try_from(message.month).ok()?;
        let day = i8::try_from(message.day).ok()?;
        let (month, day, known) = match (month, day) {
            (0, 0) => (1, 1, Known::Year),
            (_, 0) => (month, 1, Known::Month),
            (_, _) => (month, day, Known::Day),
        };
        let first = Date::new(year, month, day).ok()?;
        Some(PartialDate { first, known })
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.first.year()
    }

    /// The day, where it is known.
    pub fn full(self) -> Option<Date> {
        (self.known == Known::Day).then_some(self.first)
    }

    /// The first day it may have been.
    pub fn earliest(self) -> Date {
        self.first
    }

    /// The last day it may have been.
    pub fn latest(self) -> Date {
        match self.known {
            Known::Year => self.first.last_of_year(),
            Known::Month => self.first.last_of_month(),
            Known::Day => self.first,
        }
    }

    /// For digesting: year, month and day, with 0 for what is not known.
    pub(super) fn bytes(self) -> [u8; 4] {
        let [high, low] = self.first.year().to_be_bytes();
        let (month, day) = (self.first.month().unsigned_abs(), self.first.day().unsigned_abs());
        match self.known {
            Known::Year => [high, low, 0, 0],
            Known::Month => [high, low, month, 0],
            Known::Day => [high, low, month, day],
        }
    }
}

impl From<Date> for PartialDate {
    fn from(first: Date) -> Self {
        PartialDate {
            first,
            known: Known::Day,
        }
    }
}

impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartialDate { .. }")
    }
}

/// Reads a day that must be known in full.
pub fn full(message: DateMessage) -> Option<Date> {
    PartialDate::read(message)?.full()
}

/// A time as it is told, given in microseconds since 1970-01-01 UTC.
pub fn timestamp(microseconds: i64) -> Timestamp {
    let nanos = microseconds.rem_euclid(1_000_000) * 1_000;
    // A remainder of a million, times a thousand, fits.
    Timestamp {
        seconds: microseconds.div_euclid(1_000_000),
        nanos: i32::try_from(nanos).unwrap_or(0),
    }
}

/// Reads a time that a caller gives, in microseconds since 1970-01-01 UTC. Finer parts are cut off.
pub fn moment(time: Timestamp) -> Option<i64> {
    let in_order = (0..1_000_000_000).contains(&time.nanos);
    let time = jiff::Timestamp::new(time.seconds, time.nanos).ok();
    time.filter(|_| in_order).map(|time| time.as_microsecond())
}

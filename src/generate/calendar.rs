//! Days as whole numbers.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::proto::google::r#type::Date as DateMessage;

/// The first day of the calendar. The mothers of the oldest people who register again were born after it.
const FIRST: Date = Date::constant(1880, 1, 1);

/// A day, counted from the first one of the calendar.
pub(super) type Day = i32;

/// A moment at which something is registered.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// The day in Viet Nam.
    pub day: Day,
    /// Milliseconds since 1970, UTC.
    pub unix_ms: u64,
}

/// Every day from 1880 to a last one, written out once: arithmetic on dates would otherwise take most of the time of
/// making a birth.
pub(super) struct Calendar {
    days: Vec<DateMessage>,
    /// Milliseconds from the start of the calendar to 1970 in Viet Nam, which is seven hours ahead of UTC.
    epoch_ms: i64,
}

impl Calendar {
    pub(super) fn until(last: Date) -> Calendar {
        let days = FIRST.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
        let start = jiff::tz::Offset::constant(7).to_timestamp(FIRST.at(0, 0, 0, 0));
        Calendar {
            days: days.map(message).collect(),
            epoch_ms: start.map_or(0, Timestamp::as_millisecond),
        }
    }

    /// The last day.
    pub(super) fn last(&self) -> Day {
        Day::try_from(self.days.len()).unwrap_or(Day::MAX) - 1
    }

    /// The day as the contract writes it. Days outside the calendar become its first or last one.
    pub(super) fn date(&self, day: Day) -> DateMessage {
        let index = usize::try_from(day.clamp(0, self.last())).unwrap_or(0);
        self.days.get(index).copied().unwrap_or_default()
    }

    pub(super) fn year(&self, day: Day) -> i32 {
        self.date(day).year
    }

    /// Milliseconds from the start of the calendar to the start of a day.
    pub(super) fn elapsed_ms(day: Date) -> i64 {
        FIRST.duration_until(day).as_secs() * 1_000
    }

    /// The moment so many milliseconds after the calendar began.
    pub(super) fn moment(&self, elapsed_ms: i64) -> Moment {
        Moment {
            day: Day::try_from(elapsed_ms / MS_PER_DAY)
                .unwrap_or(Day::MAX)
                .min(self.last()),
            unix_ms: u64::try_from(elapsed_ms + self.epoch_ms).unwrap_or(0),
        }
    }
}

/// Milliseconds of a day. Viet Nam has no summer time.
pub(super) const MS_PER_DAY: i64 = 86_400_000;

fn message(day: Date) -> DateMessage {
    DateMessage {
        year: day.year().into(),
        month: day.month().into(),
        day: day.day().into(),
    }
}

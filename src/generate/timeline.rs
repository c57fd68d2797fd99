//! The pace of births.

use jiff::civil::Date;

use super::Plan;
use super::calendar::{Calendar, MS_PER_DAY};

/// A year in milliseconds, leap years included.
const YEAR_MS: u128 = 31_556_952_000;
/// Births are made from this day on.
const EARLIEST: Date = Date::constant(2000, 1, 1);

/// When which child is registered.
pub(super) struct Timeline {
    /// How many there are.
    pub children: u64,
    /// Since the calendar began.
    end_ms: i64,
    span_ms: i64,
}

impl Timeline {
    /// None if the births reach too far back.
    pub(super) fn new(plan: &Plan, share: (u64, u64), calendar: &Calendar) -> Option<Timeline> {
        let (ours, country) = (u128::from(share.0), u128::from(share.1));
        let per_year = u128::from(plan.births_per_year.max(1)) * ours.max(1);
        let span_ms = u128::from(plan.count) * YEAR_MS * country / per_year;
        let span_ms = i64::try_from(span_ms).ok()?;
        let end_ms = i64::from(calendar.last() + 1) * MS_PER_DAY;
        let earliest = Calendar::elapsed_ms(EARLIEST);
        (end_ms - span_ms >= earliest).then_some(Timeline {
            children: plan.count,
            end_ms,
            span_ms,
        })
    }

    /// Milliseconds since the calendar began when this child is registered.
    pub(super) fn elapsed_ms(&self, child: u64) -> i64 {
        let passed = i128::from(self.span_ms) * i128::from(child) / i128::from(self.children.max(1));
        self.end_ms - self.span_ms + i64::try_from(passed).unwrap_or(self.span_ms)
    }
}

//! One row of a table.

use jiff::civil::Date;

use super::kind::{UnitKind, split_word};
use crate::number::{PlaceCode, word_key};

/// The longest code, in bytes: that of a unit in a registration.
pub const MAX_CODE: usize = 20;

/// A district, a commune or a former province, for as long as code, name, kind and place in the country stayed the same.
/// A unit that was renamed, or came to another district, has a row for each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its code, as the statistics office gives it. A code may pass to another unit later.
    pub code: String,
    /// Its name, with the word for its kind or without.
    pub name: String,
    /// What it is.
    pub kind: UnitKind,
    /// The code of the unit above it; none for one that stands right below its province.
    pub parent: Option<String>,
    /// The code of its province, as numbers begin with it. Of a former province, that of the one that has taken it over.
    pub place: PlaceCode,
    /// First day; none: before anybody asks.
    pub from: Option<Date>,
    /// First day no longer; none: it is in force.
    pub until: Option<Date>,
    /// The codes of the units that took it over then, its own among them where it went on beside others. Empty where the
    /// code went on as another row, or nothing came after it.
    pub successors: Vec<String>,
}

impl Unit {
    /// The first day, as something to compare.
    pub(super) fn begin(&self) -> Date {
        self.from.unwrap_or(Date::MIN)
    }

    /// The first day no longer, as something to compare.
    pub(super) fn end(&self) -> Date {
        self.until.unwrap_or(Date::MAX)
    }

    /// Whether it was in force on this day.
    pub fn in_force(&self, day: Date) -> bool {
        self.begin() <= day && day < self.end()
    }

    /// The last day on which it was in force, as seen from this one.
    pub fn last_day(&self, day: Date) -> Date {
        let last = self.until.and_then(|until| until.yesterday().ok());
        last.map_or(day, |last| last.min(day))
    }

    /// The name with the word for its kind before it.
    pub fn full_name(&self) -> String {
        match split_word(&word_key(&self.name)) {
            Some((kinds, _)) if kinds.contains(&self.kind) => self.name.clone(),
            _ => format!("{} {}", self.kind.word(), self.name),
        }
    }

    /// The name without the word for its kind, as [`word_key`] gives it.
    pub(super) fn bare_key(&self) -> String {
        let key = word_key(&self.name);
        match split_word(&key) {
            Some((kinds, bare)) if kinds.contains(&self.kind) => bare.to_owned(),
            _ => key,
        }
    }
}

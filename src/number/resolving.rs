//! Which place a text means as of a day, and which it may have meant.

use std::cmp::Ordering;

use jiff::civil::Date;

use super::names::{name_key, unmarked};
use super::{Codes, Place};

/// How like a name must be to be suggested, from 0 to 1 (Jaro and Winkler's measure, without tones and marks).
pub const LIKE_ENOUGH: f64 = 0.82;
/// How many are suggested at most.
pub const SUGGESTIONS: usize = 5;

impl Codes {
    /// The place that a text names as of a day: a province by the name of that day or, where there is none, by the one it
    /// last bore before; a country; or whichever of these an address ends in after its last comma.
    pub fn meant(&self, text: &str, day: Date) -> Option<&Place> {
        let last = text.rsplit(',').next().filter(|last| *last != text);
        std::iter::once(text)
            .chain(last)
            .find_map(|name| self.province(name, day).or_else(|| self.country(name)))
    }

    fn province(&self, name: &str, day: Date) -> Option<&Place> {
        let now = self.province_named(name, day);
        now.or_else(|| self.province_once_named(name, day))
            .and_then(|code| self.place(code))
    }

    fn country(&self, name: &str) -> Option<&Place> {
        self.country_named(name).and_then(|code| self.place(code))
    }

    /// The places whose names of a day are most like a text, the likest first.
    pub fn like(&self, text: &str, day: Date) -> Vec<&Place> {
        let alike = self.likeness(text, day).into_iter();
        alike.map(|(_, place)| place).collect()
    }

    /// The same, each with how like it is: at most [`SUGGESTIONS`], from [`LIKE_ENOUGH`] on.
    pub fn likeness(&self, text: &str, day: Date) -> Vec<(f64, &Place)> {
        let last = text.rsplit(',').next().unwrap_or_default();
        let key = unmarked(&name_key(last));
        let alike = self.places().filter_map(|place| {
            let name = unmarked(&name_key(place.name_on(day)?));
            let likeness = strsim::jaro_winkler(&key, &name);
            (likeness >= LIKE_ENOUGH).then_some((likeness, place))
        });
        let mut alike: Vec<_> = alike.collect();
        alike.sort_by(|(one, _), (other, _)| other.partial_cmp(one).unwrap_or(Ordering::Equal));
        alike.truncate(SUGGESTIONS);
        alike
    }
}

//! What an address means as of a day: the provinces and countries of the program, and the units of the table.

use std::cmp::Ordering;

use jiff::civil::Date;

use super::address::{Part, parts};
use super::kind::Level;
use super::table::Units;
use super::unit::Unit;
use crate::number::{Codes, LIKE_ENOUGH, Place, PlaceCode, SUGGESTIONS, unmarked};

/// Both tables.
#[derive(Clone, Copy, Debug)]
pub struct Gazetteer<'a> {
    /// Provinces and countries.
    pub codes: &'a Codes,
    /// Districts and communes.
    pub units: &'a Units,
}

/// What an address means.
#[derive(Clone, Debug, Default)]
pub struct Meaning<'a> {
    /// The province or country in which it ends, or in which the unit is.
    pub place: Option<&'a Place>,
    /// The smallest unit that it names: one, or all that it may mean where it does not tell them apart, by code.
    pub units: Vec<&'a Unit>,
    /// Whether it names, by a word for its kind, a smaller unit that the table would know if there were one.
    pub unmet: bool,
}

/// What a name that is not known may have meant.
#[derive(Clone, Copy, Debug)]
pub enum Like<'a> {
    /// A province or country.
    Place(&'a Place),
    /// A unit.
    Unit(&'a Unit),
}

/// A part of an address above another, and the province or country that it names on the day.
type Above<'t, 'a> = (&'t Part<'t>, Option<&'a Place>);

impl<'a> Meaning<'a> {
    /// The unit, where there is one.
    pub fn unit(&self) -> Option<&'a Unit> {
        match self.units[..] {
            [unit] => Some(unit),
            _ => None,
        }
    }

    /// Whether something of this name is known.
    pub fn is_known(&self) -> bool {
        !self.unmet && (self.place.is_some() || !self.units.is_empty())
    }
}

impl<'a> Gazetteer<'a> {
    /// What an address means as of a day. A unit that was gone by then is known too, by the names that it and what stood
    /// above it had in its time; one that bears the name on that day comes before.
    pub fn meant(&self, text: &str, day: Date) -> Meaning<'a> {
        let parts = parts(text);
        let places = parts.iter().map(|part| self.codes.meant(part.text, day));
        let parts: Vec<_> = parts.iter().zip(places).collect();
        let last = parts.last().and_then(|(_, place)| *place);
        let place = self.codes.meant(text, day).or(last);
        // The province itself is none of the table's business.
        let named = parts.len() - usize::from(place.is_some() && !parts.is_empty());
        let found = (0..named).find_map(|at| {
            let units = self.bearers(parts[at].0, &parts[at + 1..], day);
            (!units.is_empty()).then_some((at, units))
        });
        let (at, units) = found.unwrap_or((named, Vec::new()));
        let mut meaning = Meaning {
            place,
            units,
            unmet: false,
        };
        if let Some(unit) = meaning.unit() {
            meaning.place = meaning.place.or_else(|| self.codes.place(unit.place));
        }
        let smaller = parts[..at].iter().find_map(|(part, _)| part.split());
        meaning.unmet = match (meaning.place, smaller) {
            (Some(place), Some((kinds, _))) => kinds.iter().any(|kind| {
                let wanted = (self.codes.successor_on(place.code, day), kind.level());
                kind.level() != Level::Province && self.units.covers(wanted, day, self.codes)
            }),
            _ => false,
        };
        meaning
    }

    /// All units of a name within what the rest of an address names: those of the day, or else those gone by then.
    fn bearers(&self, part: &Part<'_>, rest: &[Above<'_, 'a>], day: Date) -> Vec<&'a Unit> {
        let units = self.units;
        let whole = units.of_name(&part.key);
        let bare = part.split().map(|(_, bare)| bare);
        let bare = bare.into_iter().flat_map(|bare| units.of_name(bare));
        let meant = whole.chain(bare).filter(|unit| {
            unit.begin() <= day
                && part.means(&unit.bare_key(), unit)
                && rest.iter().all(|above| self.is_within(unit, above, day))
        });
        let (mut standing, mut gone): (Vec<&Unit>, Vec<&Unit>) = meant.partition(|unit| unit.in_force(day));
        if standing.is_empty() {
            // Of each code the last.
            gone.sort_by_key(|unit| (&unit.code, std::cmp::Reverse(unit.begin())));
            standing = gone;
        }
        standing.sort_by_key(|unit| &unit.code);
        standing.dedup_by_key(|unit| &unit.code);
        standing
    }

    /// Whether a part of an address names what stands above a unit, at any time of it up to a day.
    fn is_within(&self, unit: &Unit, (part, place): &Above<'_, 'a>, day: Date) -> bool {
        let units = self.units.above(unit, day);
        if units.iter().any(|higher| part.means(&higher.bare_key(), higher)) {
            return true;
        }
        let is_its = |place: &Place, on| {
            let stands = !place.closed_on(on) && place.code == self.codes.successor_on(unit.place, on);
            place.code == unit.place || stands
        };
        let last = unit.last_day(day);
        let then = || self.codes.meant(part.text, last).filter(|_| last < day);
        place.is_some_and(|place| is_its(place, day)) || then().is_some_and(|place| is_its(place, last))
    }

    /// The units and places whose names of a day are most like the one that an address does not make known, the likest
    /// first: units of the province in which it ends, where that is known.
    pub fn like(&self, text: &str, day: Date) -> Vec<Like<'a>> {
        let meaning = self.meant(text, day);
        let parts = parts(text);
        let place = meaning.place.map(|place| self.codes.successor_on(place.code, day));
        let smallest = parts.iter().find(|part| part.split().is_some()).or(parts.first());
        let units = smallest
            .map(|part| self.units_like(part, place, day))
            .unwrap_or_default();
        let units = units.into_iter().map(|(likeness, unit)| (likeness, Like::Unit(unit)));
        let last = parts.last().filter(|_| place.is_none());
        let places = last.map(|last| self.codes.likeness(last.text, day)).unwrap_or_default();
        let places = places
            .into_iter()
            .map(|(likeness, place)| (likeness, Like::Place(place)));
        let mut alike: Vec<_> = places.chain(units).collect();
        alike.sort_by(|(one, _), (other, _)| other.partial_cmp(one).unwrap_or(Ordering::Equal));
        alike.into_iter().take(SUGGESTIONS).map(|(_, like)| like).collect()
    }

    fn units_like(&self, part: &Part<'_>, place: Option<PlaceCode>, day: Date) -> Vec<(f64, &'a Unit)> {
        let key = unmarked(part.bare());
        let within = |unit: &&Unit| {
            let own = || self.codes.successor_on(unit.place, day);
            unit.in_force(day) && place.is_none_or(|place| own() == place)
        };
        let mut alike = Vec::new();
        for (name, units) in self.units.unmarked() {
            let likeness = strsim::jaro_winkler(&key, name);
            if likeness >= LIKE_ENOUGH {
                alike.extend(units.filter(within).map(|unit| (likeness, unit)));
            }
        }
        let meant = |unit: &Unit| part.split().is_some_and(|(kinds, _)| kinds.contains(&unit.kind));
        // Of names as like, those of the kind that is named come first.
        alike.sort_by(|(one, first), (other, second)| {
            let likest = other.partial_cmp(one).unwrap_or(Ordering::Equal);
            likest.then_with(|| (!meant(first), &first.code).cmp(&(!meant(second), &second.code)))
        });
        alike.truncate(SUGGESTIONS);
        alike
    }

    /// What to suggest for an address of which nothing is known as of a day; none where something is.
    pub fn unknown(&self, text: &str, day: Date) -> Option<Vec<String>> {
        let meaning = self.meant(text, day);
        let like = || self.like(text, day).into_iter().map(|like| self.told(like, day));
        (!meaning.is_known()).then(|| like().collect())
    }

    fn told(&self, like: Like<'_>, day: Date) -> String {
        match like {
            Like::Place(place) => place.name_on(day).unwrap_or(place.last_name()).to_owned(),
            Like::Unit(unit) => self.address(unit, day),
        }
    }

    /// The address of a unit: its name and those of all that stood above it on a day, or on its last one before that.
    pub fn address(&self, unit: &Unit, day: Date) -> String {
        let day = unit.last_day(day).max(unit.begin());
        let above = self.units.above_on(unit, day);
        let names = std::iter::once(unit).chain(above.iter().copied());
        let mut names: Vec<String> = names.map(Unit::full_name).collect();
        let top = above.last().copied().unwrap_or(unit);
        if top.kind.level() != Level::Province {
            let province = self.codes.place(self.codes.successor_on(unit.place, day));
            names.extend(province.and_then(|place| place.name_on(day)).map(str::to_owned));
        }
        names.join(", ")
    }
}

//! A whole table, in order, and looked into by code and by name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use jiff::civil::Date;

use super::check::check;
use super::fault::Faults;
use super::kind::Level;
use super::unit::Unit;
use crate::number::{Codes, PlaceCode, unmarked};

/// A table of units that keeps its rules: rows by code and day, none of one code on the same day; everything that a row
/// names is there on the days that matter, and every chain of successors ends.
#[derive(Clone, Debug, Default)]
pub struct Units {
    /// By code, then by first day.
    rows: Vec<Unit>,
    codes: BTreeMap<String, Vec<usize>>,
    /// Rows by their bare name.
    names: HashMap<String, Vec<usize>>,
    /// The same by what is left of it without tones and marks.
    unmarked: BTreeMap<String, Vec<usize>>,
}

impl PartialEq for Units {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl Units {
    /// A table of these rows, in whatever order.
    ///
    /// # Errors
    /// Every fault there is.
    pub fn new(mut rows: Vec<Unit>, provinces: &Codes) -> Result<Self, Faults> {
        rows.sort_by(|one, other| (&one.code, one.begin()).cmp(&(&other.code, other.begin())));
        let units = Self::indexed(rows);
        check(&units, provinces)?;
        Ok(units)
    }

    fn indexed(rows: Vec<Unit>) -> Self {
        let mut units = Self::default();
        for (index, row) in rows.iter().enumerate() {
            let key = row.bare_key();
            units.codes.entry(row.code.clone()).or_default().push(index);
            units.unmarked.entry(unmarked(&key)).or_default().push(index);
            units.names.entry(key).or_default().push(index);
        }
        units.rows = rows;
        units
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All rows, by code and first day.
    pub fn rows(&self) -> impl Iterator<Item = &Unit> {
        self.rows.iter()
    }

    fn at<'a>(&'a self, indices: Option<&'a Vec<usize>>) -> impl DoubleEndedIterator<Item = &'a Unit> {
        let indices = indices.into_iter().flatten();
        indices.filter_map(|index| self.rows.get(*index))
    }

    /// The rows of a code, oldest first.
    pub fn of_code(&self, code: &str) -> impl DoubleEndedIterator<Item = &Unit> {
        self.at(self.codes.get(code))
    }

    /// The unit that had this code on this day.
    pub fn in_force(&self, code: &str, day: Date) -> Option<&Unit> {
        self.of_code(code).find(|unit| unit.in_force(day))
    }

    /// The unit that had this code on this day; if none did, the one that had it last before.
    pub fn by_code(&self, code: &str, day: Date) -> Option<&Unit> {
        self.of_code(code).rfind(|unit| unit.begin() <= day)
    }

    /// The rows of this name, which is without the word for its kind and in the form of
    /// [`word_key`](crate::number::word_key).
    pub(super) fn of_name(&self, key: &str) -> impl Iterator<Item = &Unit> {
        self.at(self.names.get(key))
    }

    /// Every name without tones and marks, with its rows.
    pub(super) fn unmarked(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &Unit>)> {
        self.unmarked
            .iter()
            .map(|(name, rows)| (name.as_str(), self.at(Some(rows))))
    }

    /// What came after a row on the day on which it ended.
    fn next(&self, row: &Unit) -> Vec<&Unit> {
        let own = [row.code.clone()];
        let successors = match row.successors.is_empty() {
            true => &own[..],
            false => &row.successors,
        };
        let codes = successors.iter();
        codes.filter_map(|code| self.in_force(code, row.end())).collect()
    }

    /// The units that stand for this one on a day, through however many mergers, splits and renamings, by code: itself as
    /// long as it is in force. None where a chain ends in nothing, as that of every district did.
    pub fn successors_on<'a>(&'a self, unit: &'a Unit, day: Date) -> Vec<&'a Unit> {
        let mut standing = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![unit];
        while let Some(unit) = open.pop() {
            if unit.end() > day {
                standing.insert(unit.code.as_str(), unit);
            } else {
                let further = self.next(unit).into_iter();
                open.extend(further.filter(|next| seen.insert((next.code.as_str(), next.begin()))));
            }
        }
        standing.into_values().collect()
    }

    /// Every unit above this one on days of its time up to a day, without those above these that were not there with it.
    pub(super) fn above<'a>(&'a self, unit: &'a Unit, day: Date) -> Vec<&'a Unit> {
        let mut above = Vec::new();
        let mut open = vec![(unit, unit.begin(), unit.last_day(day))];
        while let Some((unit, first, last)) = open.pop() {
            let parents = unit.parent.iter().flat_map(|parent| self.of_code(parent));
            for parent in parents.filter(|parent| parent.begin() <= last && first < parent.end()) {
                above.push(parent);
                open.push((parent, first.max(parent.begin()), last.min(parent.last_day(last))));
            }
        }
        above
    }

    /// The units above this one on one day, from the lowest up.
    pub fn above_on<'a>(&'a self, unit: &'a Unit, day: Date) -> Vec<&'a Unit> {
        let parent = |unit: &&'a Unit| self.in_force(unit.parent.as_deref()?, day);
        std::iter::successors(Some(unit), parent).skip(1).collect()
    }

    /// The units in force on a day that `wanted` fits, by code, after a code (empty for the first).
    pub fn listed<'a>(
        &'a self,
        day: Date,
        after: &'a str,
        wanted: impl Fn(&Unit) -> bool + 'a,
    ) -> impl Iterator<Item = &'a Unit> {
        let codes = self.codes.range::<str, _>((Bound::Excluded(after), Bound::Unbounded));
        codes
            .filter_map(move |(_, rows)| self.at(Some(rows)).find(|unit| unit.in_force(day)))
            .filter(move |unit| wanted(unit))
    }

    /// Whether the table has units of this level in a province on a day: then what it does not know there is not.
    pub(super) fn covers(&self, (place, level): (PlaceCode, Level), day: Date, provinces: &Codes) -> bool {
        self.rows.iter().any(|unit| {
            unit.kind.level() == level && unit.in_force(day) && provinces.successor_on(unit.place, day) == place
        })
    }
}

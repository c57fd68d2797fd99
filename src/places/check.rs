//! The rules that the rows of a table keep, each by itself and all together.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use super::MAX_UNITS;
use super::fault::{Fault, Faults, UnitFault};
use super::kind::{Level, UnitKind};
use super::table::Units;
use super::unit::{MAX_CODE, Unit};
use crate::number::{Codes, PlaceKind};

/// The longest name, in characters.
const MAX_NAME: usize = 100;
/// The most units that may take one over.
const MAX_SUCCESSORS: usize = 50;
/// The days that a row may begin and end with.
const DAYS: (Date, Date) = (date(1800, 1, 1), date(2999, 12, 31));

/// Checks a whole table.
pub(super) fn check(units: &Units, provinces: &Codes) -> Result<(), Faults> {
    if units.len() > MAX_UNITS {
        return Err(Faults::TooMany);
    }
    let mut found = Vec::new();
    let mut before: Option<&Unit> = None;
    for unit in units.rows() {
        let clash = before.filter(|before| before.code == unit.code && unit.begin() < before.end());
        let faults = by_itself(unit, provinces)
            .into_iter()
            .chain(clash.map(|_| Fault::Overlap))
            .chain(parent_fault(unit, units))
            .chain(successors_fault(unit, units));
        found.extend(faults.map(|fault| UnitFault {
            code: unit.code.clone(),
            from: unit.from,
            fault,
        }));
        before = Some(unit);
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(Faults::Rows(found)),
    }
}

fn by_itself(unit: &Unit, provinces: &Codes) -> Vec<Fault> {
    let names = unit.name.chars().count();
    let named = (1..=MAX_NAME).contains(&names) && !unit.bare_key().is_empty();
    let days = |day: &Date| (DAYS.0..=DAYS.1).contains(day);
    let province = provinces
        .place(unit.place)
        .filter(|place| place.kind == PlaceKind::Province);
    [
        (is_code(&unit.code), Fault::Code),
        (named && !unit.name.chars().any(char::is_control), Fault::Name),
        (unit.from.iter().chain(&unit.until).all(days), Fault::Day),
        (unit.begin() < unit.end(), Fault::Ends),
        (province.is_some(), Fault::Place),
    ]
    .into_iter()
    .filter_map(|(holds, fault)| (!holds).then_some(fault))
    .collect()
}

/// Whether this may be the code of a unit.
fn is_code(code: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(sign)
}

fn parent_fault(unit: &Unit, units: &Units) -> Option<Fault> {
    let parent = unit.parent.as_ref()?;
    if unit.kind.level() == Level::Province {
        return Some(Fault::ParentOfProvince);
    }
    let meets = |row: &&Unit| row.begin() < unit.end() && unit.begin() < row.end();
    if units.of_code(parent).next().is_none() {
        return Some(Fault::NoParent);
    }
    let rows: Vec<&Unit> = units.of_code(parent).filter(meets).collect();
    // From which day on nothing is known yet of who stood above.
    let mut open = unit.begin();
    for row in &rows {
        if row.begin() <= open {
            open = open.max(row.end());
        }
    }
    let higher = rows.iter().all(|row| row.kind.level() < unit.kind.level());
    let place = |row: &&Unit| row.place == unit.place || row.kind == UnitKind::FormerProvince;
    match (higher, open >= unit.end(), rows.iter().all(place)) {
        (false, ..) => Some(Fault::ParentLevel),
        (_, false, _) => Some(Fault::ParentTime),
        (.., false) => Some(Fault::ParentPlace),
        _ => None,
    }
}

fn successors_fault(unit: &Unit, units: &Units) -> Option<Fault> {
    let codes: BTreeSet<&String> = unit.successors.iter().collect();
    if codes.is_empty() {
        return None;
    }
    let Some(until) = unit.until else {
        return Some(Fault::SuccessorsOfNone);
    };
    if codes.len() > MAX_SUCCESSORS || codes.len() < unit.successors.len() {
        return Some(Fault::Successors);
    }
    if codes.iter().any(|code| units.of_code(code).next().is_none()) {
        return Some(Fault::NoSuccessor);
    }
    if codes.iter().all(|code| units.in_force(code, until).is_some()) {
        // Each of them ends later than this row: so every chain comes to an end.
        return None;
    }
    Some(match leads_back(unit, until, units) {
        true => Fault::Circle,
        false => Fault::SuccessorTime,
    })
}

/// Whether successors that are not in force lead back to a unit by rows that all end on the same day.
fn leads_back(unit: &Unit, until: Date, units: &Units) -> bool {
    let mut seen = BTreeSet::new();
    let gone = |code: &&String| units.in_force(code, until).is_none();
    let mut open: Vec<&String> = unit.successors.iter().filter(gone).collect();
    while let Some(code) = open.pop() {
        if *code == unit.code {
            return true;
        }
        if seen.insert(code) {
            let ending = units.of_code(code).filter(|row| row.until == Some(until));
            open.extend(ending.flat_map(|row| &row.successors));
        }
    }
    false
}

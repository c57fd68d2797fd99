//! Tests of the room.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod address;
mod rules;
mod whole;

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{Gazetteer, Unit, UnitKind, Units};
use crate::number::{Codes, PlaceCode};

/// The day on which the districts ended, and the last day before.
const MERGED: Date = date(2025, 7, 1);
const EVE: Date = date(2025, 6, 30);

fn codes() -> &'static Codes {
    Codes::embedded()
}

fn around(units: &Units) -> Gazetteer<'_> {
    Gazetteer { codes: codes(), units }
}

/// A row of Hà Nội, in force from a day until another.
fn unit(code: &str, name: &str, kind: UnitKind, days: (Option<Date>, Option<Date>)) -> Unit {
    Unit {
        code: code.to_owned(),
        name: name.to_owned(),
        kind,
        parent: None,
        place: PlaceCode::new(1).unwrap(),
        from: days.0,
        until: days.1,
        successors: Vec::new(),
    }
}

fn below(parent: &str, unit: Unit) -> Unit {
    let parent = Some(parent.to_owned());
    Unit { parent, ..unit }
}

fn then(successors: &[&str], unit: Unit) -> Unit {
    let successors = successors.iter().map(|&code| code.to_owned()).collect();
    Unit { successors, ..unit }
}

fn table(rows: Vec<Unit>) -> Units {
    Units::new(rows, codes()).unwrap()
}

/// The table that the documentation uses.
pub(super) fn example() -> Units {
    let text = include_str!("../../../data/units-example.csv");
    let text = text
        .replace("01/04/2014", "2014-04-01")
        .replace("01/07/2025", "2025-07-01");
    Units::from_text(&text, codes()).unwrap()
}

fn any_day() -> impl Strategy<Value = Date> {
    (1990_i16..2040, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

const NAMES: [&str; 6] = ["Tân Lập", "Đan Phượng", "Hòa Bình", "1", "Phường Đúc", "Ô Diên"];

/// A table that keeps the rules: districts, each one renamed on some days; communes below them, which end on the day of
/// the mergers; and what these became, of which some merged again.
pub(super) fn any_table() -> impl Strategy<Value = Units> {
    let names = || prop::sample::select(NAMES.to_vec());
    let districts = prop::collection::vec((names(), names(), any_day(), any::<bool>()), 1..5);
    let communes = prop::collection::vec((names(), any::<prop::sample::Index>(), 1_usize..3), 1..12);
    let later = prop::collection::vec((names(), any::<bool>()), 1..5);
    (districts, communes, later).prop_map(|(districts, communes, later)| {
        let mut rows = Vec::new();
        for (at, (name, other, renamed, urban)) in districts.iter().enumerate() {
            let code = format!("{at:03}");
            let renamed = (*renamed).min(EVE);
            rows.push(unit(&code, name, UnitKind::RuralDistrict, (None, Some(renamed))));
            let kind = if *urban {
                UnitKind::Town
            } else {
                UnitKind::RuralDistrict
            };
            rows.push(unit(&code, other, kind, (Some(renamed), Some(MERGED))));
        }
        let last = date(2030, 1, 1);
        for (at, (name, district, parts)) in communes.iter().enumerate() {
            let (code, parent) = (format!("1{at:04}"), format!("{:03}", district.index(districts.len())));
            let successors = (0..*parts).map(|part| format!("2{:04}", (at + part) % later.len()));
            let mut successors: Vec<_> = successors.collect();
            successors.dedup();
            let commune = unit(&code, name, UnitKind::Commune, (None, Some(MERGED)));
            rows.push(Unit {
                successors,
                ..below(&parent, commune)
            });
        }
        for (at, (name, ends)) in later.iter().enumerate() {
            let code = format!("2{at:04}");
            let ends = *ends && at > 0;
            let row = unit(&code, name, UnitKind::Ward, (Some(MERGED), ends.then_some(last)));
            rows.push(if ends { then(&["20000"], row) } else { row });
        }
        table(rows)
    })
}

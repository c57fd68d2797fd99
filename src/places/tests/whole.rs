//! What holds of every table.

use std::collections::BTreeSet;

use jiff::civil::Date;
use proptest::prelude::*;

use super::super::{Change, Extended, MOST_BEARERS, UnitKind, Units, extend};
use super::{MERGED, any_day, any_table, around, codes, example};

fn days_of(units: &Units) -> BTreeSet<Date> {
    let ends = units.rows().flat_map(|unit| [unit.from, unit.until]).flatten();
    ends.flat_map(|day| [day.yesterday().unwrap(), day, day.tomorrow().unwrap()])
        .collect()
}

/// Everything that must hold of a table on a day.
fn holds_on(units: &Units, day: Date) {
    let gazetteer = around(units);
    for unit in units.rows() {
        if unit.in_force(day) {
            assert_eq!(units.in_force(&unit.code, day), Some(unit));
            let address = gazetteer.address(unit, day);
            let meaning = gazetteer.meant(&address, day);
            let found = meaning.units.iter().any(|found| found.code == unit.code);
            let province = unit.kind == UnitKind::FormerProvince;
            assert!(found || province, "{address} on {day}: {:?}", meaning.units);
            assert!(meaning.is_known(), "{address} on {day}");
            assert!(meaning.units.len() <= MOST_BEARERS);
            assert_eq!(gazetteer.unknown(&address, day), None);
        }
        if unit.begin() <= day {
            assert_eq!(units.by_code(&unit.code, day).unwrap().code, unit.code);
            let standing = units.successors_on(unit, day);
            assert!(standing.iter().all(|unit| unit.in_force(day)), "{} on {day}", unit.code);
            // A chain goes on from what it led to the day before.
            let before = units.successors_on(unit, day.yesterday().unwrap());
            if before.iter().all(|unit| unit.begin() < day) {
                let onwards: BTreeSet<_> = before
                    .iter()
                    .flat_map(|unit| units.successors_on(unit, day))
                    .map(|unit| &unit.code)
                    .collect();
                assert_eq!(standing.iter().map(|unit| &unit.code).collect::<BTreeSet<_>>(), onwards);
            }
        }
    }
}

proptest! {
    #[test]
    fn every_name_is_found_on_every_day_of_its_time_and_every_chain_ends(units in any_table(), day in any_day()) {
        for day in days_of(&units).into_iter().chain([day]) {
            holds_on(&units, day);
        }
    }

    #[test]
    fn a_table_is_the_same_as_text_and_in_whatever_order_its_rows_come(units in any_table(), at in any::<prop::sample::Index>()) {
        let text = units.to_text().unwrap();
        prop_assert_eq!(&Units::from_text(&text, codes()).unwrap(), &units);
        let mut rows: Vec<_> = units.rows().cloned().collect();
        let at = at.index(rows.len());
        rows.rotate_left(at);
        let other = Units::new(rows, codes()).unwrap();
        prop_assert_eq!(other.to_text().unwrap(), text);
    }

    #[test]
    fn what_is_brought_again_changes_nothing(units in any_table()) {
        let changes = || units.rows().map(|unit| Change { unit: unit.clone(), removed: false }).collect::<Vec<_>>();
        let first = extend(&Units::default(), changes(), codes()).unwrap();
        prop_assert_eq!((first.added, &first.units), (units.len(), &units));
        let again = extend(&units, changes(), codes()).unwrap();
        prop_assert!(!again.changes());
        prop_assert_eq!((again.same, &again.units), (units.len(), &units));
    }

    #[test]
    fn any_text_is_taken(text in ".{0,60}", day in any_day()) {
        let units = example();
        let gazetteer = around(&units);
        let _ = gazetteer.meant(&text, day);
        prop_assert!(gazetteer.like(&text, day).len() <= 5);
        prop_assert!(gazetteer.unknown(&text, day).is_none_or(|like| like.len() <= 5));
    }
}

#[test]
fn the_example_keeps_all_of_this_on_every_day_on_which_something_changed() {
    let units = example();
    for day in days_of(&units) {
        holds_on(&units, day);
    }
    let districts = |day| {
        let listed = units.listed(day, "", |unit| unit.kind.level() == super::super::Level::District);
        listed.count()
    };
    assert_eq!((districts(super::EVE), districts(MERGED)), (7, 0));
}

#[test]
fn rows_are_added_replaced_and_taken_out_and_none_goes_by_itself() {
    let known = example();
    let row = |code: &str| known.by_code(code, MERGED).unwrap().clone();
    let bring = |unit, removed| Change { unit, removed };
    let mut renamed = row("09832");
    renamed.name = "Hoài Đức Mới".into();
    let mut new = row("09784");
    new.code = "09999".into();
    let changes = vec![bring(renamed, false), bring(new, false), bring(row("03997"), false)];
    let extended = extend(&known, changes, codes()).unwrap();
    let Extended {
        added,
        replaced,
        same,
        removed,
        ..
    } = extended;
    assert_eq!((added, replaced, same, removed), (1, 1, 1, 0));
    assert_eq!(extended.units.len(), known.len() + 1);
    assert_eq!(extended.units.by_code("09832", MERGED).unwrap().name, "Hoài Đức Mới");

    let gone = extended.units.by_code("09999", MERGED).unwrap().clone();
    let smaller = extend(&extended.units, vec![bring(gone, true)], codes()).unwrap();
    assert_eq!((smaller.removed, smaller.units.len()), (1, known.len()));
}

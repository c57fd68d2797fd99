//! Tables that break the rules, each in one way.

use jiff::civil::date;

use super::super::{Change, Fault, Faults, MAX_UNITS, Unit, UnitKind, Units, extend};
use super::{MERGED, below, codes, example, then, unit};
use crate::number::PlaceCode;

const DISTRICT: UnitKind = UnitKind::RuralDistrict;
const COMMUNE: UnitKind = UnitKind::Commune;
const EVER: (Option<jiff::civil::Date>, Option<jiff::civil::Date>) = (None, None);

fn faults(rows: Vec<Unit>) -> Vec<(String, Fault)> {
    match Units::new(rows, codes()) {
        Err(Faults::Rows(faults)) => faults.into_iter().map(|fault| (fault.code, fault.fault)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_kind_of_fault_is_told_with_its_row() {
    let until = |day| (None, Some(day));
    let from = |day| (Some(day), None);
    let district = || unit("273", "Đan Phượng", DISTRICT, until(MERGED));
    let commune = |days| below("273", unit("09820", "Tân Lập", COMMUNE, days));
    let of = |place: u16, unit: Unit| Unit {
        place: PlaceCode::new(place).unwrap(),
        ..unit
    };
    let (monday, tuesday) = (date(2020, 1, 6), date(2020, 1, 7));
    for (rows, code, expected) in [
        (vec![unit("27 3", "A", DISTRICT, EVER)], "27 3", Fault::Code),
        (vec![unit("", "A", DISTRICT, EVER)], "", Fault::Code),
        (
            vec![unit(&"1".repeat(21), "A", DISTRICT, EVER)],
            &"1".repeat(21),
            Fault::Code,
        ),
        (vec![unit("1", " ", DISTRICT, EVER)], "1", Fault::Name),
        (vec![unit("1", "A\nB", DISTRICT, EVER)], "1", Fault::Name),
        (vec![unit("1", &"ă".repeat(101), DISTRICT, EVER)], "1", Fault::Name),
        (
            vec![unit("1", "A", DISTRICT, from(date(1799, 12, 31)))],
            "1",
            Fault::Day,
        ),
        (vec![unit("1", "A", DISTRICT, until(date(3000, 1, 1)))], "1", Fault::Day),
        (
            vec![unit("1", "A", DISTRICT, (Some(tuesday), Some(monday)))],
            "1",
            Fault::Ends,
        ),
        (
            vec![unit("1", "A", DISTRICT, (Some(monday), Some(monday)))],
            "1",
            Fault::Ends,
        ),
        (vec![of(3, unit("1", "A", DISTRICT, EVER))], "1", Fault::Place),
        // A country is no province.
        (vec![of(104, unit("1", "A", DISTRICT, EVER))], "1", Fault::Place),
        (
            vec![
                unit("1", "A", DISTRICT, until(tuesday)),
                unit("1", "B", DISTRICT, from(monday)),
            ],
            "1",
            Fault::Overlap,
        ),
        (
            vec![unit("1", "A", DISTRICT, EVER), unit("1", "B", DISTRICT, from(monday))],
            "1",
            Fault::Overlap,
        ),
        (vec![commune(EVER)], "09820", Fault::NoParent),
        (
            vec![unit("273", "X", COMMUNE, EVER), commune(EVER)],
            "09820",
            Fault::ParentLevel,
        ),
        (vec![district(), commune(EVER)], "09820", Fault::ParentTime),
        (
            vec![unit("273", "X", DISTRICT, from(monday)), commune(until(MERGED))],
            "09820",
            Fault::ParentTime,
        ),
        // With a gap of one day.
        (
            vec![
                unit("273", "X", DISTRICT, until(monday)),
                unit("273", "X", DISTRICT, (Some(tuesday), Some(MERGED))),
                commune(until(MERGED)),
            ],
            "09820",
            Fault::ParentTime,
        ),
        (
            vec![district(), of(79, commune(until(MERGED)))],
            "09820",
            Fault::ParentPlace,
        ),
        (
            vec![
                district(),
                below("273", unit("28", "Hà Tây", UnitKind::FormerProvince, until(monday))),
            ],
            "28",
            Fault::ParentOfProvince,
        ),
        (
            vec![then(&["1"], unit("1", "A", DISTRICT, EVER))],
            "1",
            Fault::SuccessorsOfNone,
        ),
        (
            vec![
                then(&["2", "2"], unit("1", "A", DISTRICT, until(monday))),
                unit("2", "B", DISTRICT, EVER),
            ],
            "1",
            Fault::Successors,
        ),
        (
            vec![then(&["2"], unit("1", "A", DISTRICT, until(monday)))],
            "1",
            Fault::NoSuccessor,
        ),
        (
            vec![
                then(&["2"], unit("1", "A", DISTRICT, until(monday))),
                unit("2", "B", DISTRICT, from(tuesday)),
            ],
            "1",
            Fault::SuccessorTime,
        ),
        (
            vec![
                then(&["2"], unit("1", "A", DISTRICT, until(tuesday))),
                unit("2", "B", DISTRICT, until(tuesday)),
            ],
            "1",
            Fault::SuccessorTime,
        ),
        (
            vec![then(&["1"], unit("1", "A", DISTRICT, until(monday)))],
            "1",
            Fault::Circle,
        ),
    ] {
        assert_eq!(faults(rows), [(code.to_owned(), expected)]);
    }
    // Two that take each other over on one day.
    let circle = vec![
        then(&["2"], unit("1", "A", DISTRICT, until(monday))),
        then(&["1"], unit("2", "B", DISTRICT, until(monday))),
    ];
    assert_eq!(
        faults(circle),
        [("1".to_owned(), Fault::Circle), ("2".to_owned(), Fault::Circle)]
    );
}

#[test]
fn a_unit_may_go_on_beside_what_was_split_off_and_a_code_may_be_used_again() {
    let day = date(2014, 4, 1);
    let rows = vec![
        then(&["019", "021"], unit("019", "Từ Liêm", DISTRICT, (None, Some(day)))),
        unit("019", "Nam Từ Liêm", UnitKind::UrbanDistrict, (Some(day), None)),
        unit("021", "Bắc Từ Liêm", UnitKind::UrbanDistrict, (Some(day), None)),
    ];
    assert!(Units::new(rows, codes()).is_ok());
}

#[test]
fn faults_of_what_is_brought_are_told_together_with_those_of_the_table() {
    let known = example();
    let bring = |unit, removed| Change { unit, removed };
    let lone = unit("1", "A", DISTRICT, EVER);
    // Without its district a commune of the known table stands below nothing.
    let district = known.in_force("123", super::EVE).unwrap().clone();
    let changes = vec![
        bring(lone.clone(), false),
        bring(lone, false),
        bring(unit("2", "B", DISTRICT, EVER), true),
        bring(district, true),
    ];
    let Err(Faults::Rows(faults)) = extend(&known, changes, codes()) else {
        panic!("it was taken");
    };
    let told: Vec<_> = faults.iter().map(|fault| (fault.code.as_str(), fault.fault)).collect();
    assert_eq!(
        told,
        [
            ("1", Fault::Repeated),
            ("2", Fault::NothingToRemove),
            ("03997", Fault::NoParent)
        ]
    );
}

#[test]
fn a_table_has_room_for_so_many_rows_and_no_more() {
    let row = |at: usize| unit(&at.to_string(), "Tân Lập", COMMUNE, EVER);
    assert_eq!(
        Units::new((0..MAX_UNITS).map(row).collect(), codes()).unwrap().len(),
        MAX_UNITS
    );
    let more = Units::new((0..=MAX_UNITS).map(row).collect(), codes());
    assert_eq!(more.unwrap_err(), Faults::TooMany);
}

#[test]
fn a_text_that_is_no_table_is_refused() {
    let header = "code,name,kind,parent_code,place_code,from,until,successor_codes\n";
    for row in [
        "1,A,VILLAGE,,001,,,",
        "1,A,COMMUNE,,1,,,",
        "1,A,COMMUNE,,001,yesterday,,",
        "1,A,COMMUNE,,001,,2025-02-30,",
        "1,A,COMMUNE,,001",
        "1,A,COMMUNE,2,001,,,",
    ] {
        assert!(Units::from_text(&format!("{header}{row}\n"), codes()).is_err(), "{row}");
    }
    assert!(Units::from_text("code,name\n1,A\n", codes()).is_err());
    assert!(Units::from_text(header, codes()).unwrap().is_empty());
}

#[test]
fn kinds_stand_in_the_order_of_their_table() {
    for (kind, name, word) in UnitKind::ALL {
        assert_eq!(
            (UnitKind::named(name), kind.name(), kind.word()),
            (Some(kind), name, word)
        );
    }
    assert_eq!(UnitKind::named("PROVINCE"), None);
}

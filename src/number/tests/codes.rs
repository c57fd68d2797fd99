use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::super::{Codes, NotIssuing, PlaceKind};
use super::{EVE, MERGED, any_day, code};

/// The first day of all codes.
const OPENED: Date = date(2016, 1, 1);

/// Seven surviving codes that bear another predecessor's name since the mergers: code, name before, name since, and
/// the code that bore the new name before.
const RENAMED: [(u16, &str, &str, u16); 7] = [
    (15, "Yên Bái", "Lào Cai", 10),
    (24, "Bắc Giang", "Bắc Ninh", 27),
    (44, "Quảng Bình", "Quảng Trị", 45),
    (52, "Bình Định", "Gia Lai", 64),
    (80, "Long An", "Tây Ninh", 72),
    (82, "Tiền Giang", "Đồng Tháp", 87),
    (91, "Kiên Giang", "An Giang", 89),
];

/// Every closed code and the one that took it over, written out apart from the table.
#[rustfmt::skip]
const CLOSED: [(u16, u16); 29] = [
    (2, 8), (6, 19), (10, 15), (17, 25), (26, 25), (27, 24), (30, 31), (34, 33), (35, 37), (36, 37),
    (45, 44), (49, 48), (54, 66), (58, 56), (60, 68), (62, 51), (64, 52), (67, 68), (70, 75), (72, 80),
    (74, 79), (77, 79), (83, 86), (84, 86), (87, 82), (89, 91), (93, 92), (94, 92), (95, 96),
];

#[test]
fn embedded_tables_are_whole() {
    let codes = Codes::embedded();
    let provinces = codes.places().filter(|place| place.kind == PlaceKind::Province);
    let countries = codes.places().filter(|place| place.kind == PlaceKind::Country);
    assert_eq!(provinces.count(), 63);
    let countries: Vec<_> = countries.collect();
    assert_eq!(
        countries.iter().map(|place| place.code.value()).collect::<Vec<_>>(),
        (101..=295).collect::<Vec<_>>()
    );
    let alpha2: BTreeSet<_> = countries
        .iter()
        .map(|place| place.iso_alpha2.as_deref().unwrap())
        .collect();
    assert_eq!(alpha2.len(), 193);
    assert_eq!(codes.place(code(244)).unwrap().name, "Romania (Ru-ma-ni, Lỗ Ma Ni)");
    for (doubled, country) in [(113, "AZ"), (114, "AZ"), (147, "HR"), (148, "HR")] {
        assert_eq!(codes.place(code(doubled)).unwrap().iso_alpha2.as_deref(), Some(country));
    }
}

#[test]
fn thirty_four_provinces_issue_since_the_mergers_and_sixty_three_before() {
    let codes = Codes::embedded();
    let issuing = |day| {
        let provinces = codes.places().filter(|place| place.kind == PlaceKind::Province);
        provinces.filter(|place| codes.issuing(place.code, day).is_ok()).count()
    };
    assert_eq!((issuing(EVE), issuing(MERGED)), (63, 34));
    for country in 101..=295 {
        assert_eq!(codes.issuing(code(country), MERGED), Ok(()));
        assert_eq!(codes.successor_of(code(country)), code(country));
    }
}

#[test]
fn closed_codes_name_their_successor() {
    let codes = Codes::embedded();
    for (closed, successor) in CLOSED.map(|(closed, successor)| (code(closed), code(successor))) {
        assert_eq!(codes.issuing(closed, EVE), Ok(()));
        assert_eq!(codes.issuing(closed, MERGED), Err(NotIssuing::Closed { successor }));
        assert_eq!(codes.successor_of(closed), successor);
        assert_eq!(
            (codes.successor_on(closed, EVE), codes.successor_on(closed, MERGED)),
            (closed, successor)
        );
        assert_eq!(codes.issuing(successor, MERGED), Ok(()));
        assert!(codes.place(closed).is_some(), "closed codes are still read");
    }
    let closed: BTreeSet<u16> = CLOSED.iter().map(|(closed, _)| *closed).collect();
    for place in codes.places().filter(|place| !closed.contains(&place.code.value())) {
        assert_eq!(codes.successor_of(place.code), place.code);
        assert_eq!((place.active_until, place.successor), (None, None));
    }
}

#[test]
fn renamed_provinces_are_found_by_the_name_of_the_day() {
    let codes = Codes::embedded();
    for (survivor, before, since, absorbed) in RENAMED {
        let (survivor, absorbed) = (code(survivor), code(absorbed));
        assert_eq!(
            (codes.name_on(survivor, EVE), codes.name_on(survivor, MERGED)),
            (Some(before), Some(since))
        );
        assert_eq!(
            (codes.name_on(absorbed, EVE), codes.name_on(absorbed, MERGED)),
            (Some(since), None)
        );
        assert_eq!(codes.province_named(before, EVE), Some(survivor));
        assert_eq!(codes.province_named(before, MERGED), None);
        assert_eq!(codes.province_named(since, EVE), Some(absorbed));
        assert_eq!(codes.province_named(since, MERGED), Some(survivor));
        assert_eq!(codes.place(survivor).unwrap().name, before);
    }
    let others = codes
        .places()
        .filter(|place| !RENAMED.iter().any(|row| row.0 == place.code.value()));
    assert!(
        others
            .filter(|place| !place.closed_on(MERGED))
            .all(|place| place.name_on(EVE) == place.name_on(MERGED))
    );
}

#[test]
fn hue_was_renamed_without_a_merger() {
    let codes = Codes::embedded();
    let (eve, renamed) = (date(2024, 12, 31), date(2025, 1, 1));
    for (day, name, other) in [(eve, "Thừa Thiên Huế", "Huế"), (renamed, "Huế", "Thừa Thiên Huế")] {
        assert_eq!(codes.name_on(code(46), day), Some(name));
        assert_eq!(codes.province_named(name, day), Some(code(46)));
        assert_eq!(codes.province_named(other, day), None);
        assert_eq!(codes.issuing(code(46), day), Ok(()));
    }
}

#[test]
fn unknown_codes_and_days_before_the_first() {
    let codes = Codes::embedded();
    for unknown in [3, 97, 100, 296, 999].map(code) {
        assert!(codes.place(unknown).is_none());
        assert_eq!(codes.issuing(unknown, MERGED), Err(NotIssuing::Unknown));
        assert_eq!(codes.name_on(unknown, MERGED), None);
        assert_eq!(codes.successor_of(unknown), unknown);
    }
    for early in [1, 2, 101].map(code) {
        let eve = OPENED - 1.day();
        assert_eq!(codes.issuing(early, eve), Err(NotIssuing::NotYetOpen { from: OPENED }));
        assert_eq!(codes.issuing(early, OPENED), Ok(()));
        assert!(codes.name_on(early, eve).is_some(), "names serve older papers");
    }
}

#[test]
fn names_are_found_however_they_are_written() {
    let codes = Codes::embedded();
    let spellings = [
        ("Hồ Chí Minh", 79),
        ("Thành phố Hồ Chí Minh", 79),
        ("TP. Hồ Chí Minh", 79),
        ("tp.hồ  chí minh", 79),
        ("THÀNH PHỐ HỒ CHÍ MINH", 79),
        ("Ho\u{302}\u{300} Chi\u{301} Minh", 79),
        (" Tỉnh Thanh Hoá ", 38),
        ("Thanh Hóa", 38),
        ("Khánh Hoà", 56),
        ("Đắk Lắk", 66),
        ("Bà Rịa-Vũng Tàu", 77),
        ("bà rịa – vũng tàu", 77),
    ];
    for (name, expected) in spellings {
        assert_eq!(codes.province_named(name, EVE), Some(code(expected)), "{name}");
    }
    for name in ["", "Tỉnh", "Ha Noi", "Hà Nộ", "Hà Nội 1", "Afghanistan", "Hòa Binh"] {
        assert_eq!(codes.province_named(name, EVE), None, "{name}");
    }
}

proptest! {
    #[test]
    fn a_name_leads_back_to_its_code_on_every_day(value in 1_u16..100, day in any_day()) {
        let codes = Codes::embedded();
        if let Some(name) = codes.name_on(code(value), day) {
            prop_assert_eq!(codes.province_named(name, day), Some(code(value)));
        }
    }

    #[test]
    fn a_successor_is_open_and_final(value in 1_u16..300, day in any_day()) {
        let codes = Codes::embedded();
        if let Err(NotIssuing::Closed { successor }) = codes.issuing(code(value), day) {
            prop_assert_eq!(codes.issuing(successor, day), Ok(()));
            prop_assert_eq!(codes.successor_of(code(value)), successor);
        }
    }
}

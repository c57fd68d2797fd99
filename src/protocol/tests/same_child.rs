//! The second barrier: who the child is.

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};

use super::births::day;
use super::memory::{Became, at};
use super::{Memory, Vary, birth};
use crate::proto::v1 as pb;
use crate::protocol::CaseCause;

fn same_child(matches: &[i64]) -> Became {
    Became::UnderReview(CaseCause::SameChild, matches.to_vec())
}

fn born_on(birth: pb::BirthRegistration, day: Date) -> pb::BirthRegistration {
    birth.born(day.year(), day.month(), day.day())
}

/// What becomes of the second of two births of one mother, so many days apart.
fn second_birth(first: Date, days: i64, change: fn(pb::BirthRegistration) -> pb::BirthRegistration) -> Became {
    let mut memory = Memory::new();
    assert_eq!(memory.register(&born_on(change(birth()), first)), Became::Issued);
    let later = first.checked_add(Span::new().days(days)).unwrap();
    memory.register(&born_on(change(birth().entry("2").named("Nguyễn Văn Nam")), later))
}

#[test]
fn a_second_birth_of_one_mother_within_180_days_is_looked_at_either_way_round() {
    let by_name = |birth: pb::BirthRegistration| birth.mother_without_number();
    // Around the ends of half-years and years, and a leap day.
    let days = [
        date(2024, 2, 29),
        date(2024, 6, 30),
        date(2024, 7, 1),
        date(2024, 12, 31),
        date(2025, 1, 1),
    ];
    for first in days {
        for apart in [0, 1, 90, 179, 180, 181, 182, 366] {
            let expected = if apart <= 180 { same_child(&[1]) } else { Became::Issued };
            for apart in [apart, -apart] {
                assert_eq!(
                    second_birth(first, apart, |birth| birth),
                    expected,
                    "{first} and {apart} days on"
                );
                assert_eq!(
                    second_birth(first, apart, by_name),
                    expected,
                    "{first} and {apart} days on, by name"
                );
            }
        }
    }
}

#[test]
fn a_mother_known_by_name_and_day_is_met_again_within_her_province_only() {
    let mut memory = Memory::new();
    memory.register(&birth().mother_without_number());
    let other = birth().entry("2").named("Nguyễn Văn Nam").mother_without_number();
    assert_eq!(
        memory.register(&other.clone().but(|b| b.place_code = "001".into())),
        Became::Issued
    );
    assert_eq!(memory.register(&other.entry("3")), same_child(&[1]));
}

#[test]
fn a_mother_with_a_number_is_met_again_in_every_province() {
    let mut memory = Memory::new();
    memory.register(&birth());
    let other = birth()
        .entry("2")
        .named("Nguyễn Văn Nam")
        .but(|b| b.place_code = "001".into());
    assert_eq!(memory.register(&other), same_child(&[1]));
}

#[test]
fn a_mother_is_met_again_by_her_name_where_only_one_registration_has_her_number() {
    for (first, second) in [
        (birth(), birth().mother_without_number()),
        (birth().mother_without_number(), birth()),
    ] {
        let mut memory = Memory::new();
        memory.register(&first);
        assert_eq!(
            memory.register(&second.entry("2").named("Nguyễn Văn Nam")),
            same_child(&[1])
        );
    }
}

#[test]
fn two_mothers_of_one_name_and_day_are_two_where_their_numbers_are_known_and_differ() {
    let mut memory = Memory::new();
    memory.register(&birth());
    let other = birth()
        .entry("2")
        .but(|birth| birth.mother().personal_number = "001199000077".into());
    assert_eq!(memory.register(&other.clone().named("Nguyễn Văn Nam")), Became::Issued);
    // The child's own name and day still lead to a look where nothing tells the mothers apart by name and day.
    assert_eq!(memory.register(&other.entry("3")), same_child(&[1, 2]));
}

#[test]
fn a_mother_is_met_again_by_any_of_her_numbers() {
    let card = pb::Identifier {
        r#type: pb::IdentifierType::CitizenCard.into(),
        value: "079199900001".into(),
        country: "VN".into(),
    };
    let by_card = birth().mother_without_number().but(|birth| {
        birth.mother().full_name = "Trần Thị Thủy".into();
        birth.mother().identifiers = vec![card];
        birth.place_code = "001".into();
    });
    let mut memory = Memory::new();
    memory.register(&birth());
    assert_eq!(
        memory.register(&by_card.entry("2").named("Nguyễn Văn Nam").born(2026, 4, 1)),
        same_child(&[1])
    );
}

#[test]
fn a_child_is_met_again_by_name_day_and_province_unless_the_mothers_are_told_apart() {
    let other_mother = |name: &str, born: Option<(i32, i32, i32)>| {
        birth().entry("2").mother_without_number().but(|birth| {
            birth.mother().full_name = name.into();
            birth.mother().born = born
                .and_then(|(y, m, d)| day(y, m, d))
                .map(pb::person::Born::DateOfBirth);
        })
    };
    let cases = [
        (other_mother("Trần Thị Thúy", Some((1999, 8, 21))), same_child(&[1])),
        (other_mother("Trần Thị Thuý", None), same_child(&[1])),
        (other_mother("Trần Thị Thúy", Some((1999, 8, 22))), Became::Issued),
        (other_mother("Trần Thị Thủy", None), Became::Issued),
        (
            birth()
                .entry("2")
                .but(|b| b.place_code = "001".into())
                .mother_without_number(),
            Became::Issued,
        ),
    ];
    for (second, expected) in cases {
        let mut memory = Memory::new();
        memory.register(&birth());
        assert_eq!(memory.register(&second), expected);
    }
}

#[test]
fn a_foundling_is_met_again_by_name_and_day_in_its_office_or_province() {
    let elsewhere = |office: &str, place: &str| {
        birth().abandoned().entry("2").but(|birth| {
            birth.r#ref.as_mut().unwrap().office_code = office.into();
            birth.place_code = place.into();
        })
    };
    let cases = [
        (elsewhere("26734", "079"), same_child(&[1])),
        (elsewhere("26734", "001"), same_child(&[1])),
        (elsewhere("26735", "079"), same_child(&[1])),
        (elsewhere("26735", "001"), Became::Issued),
        (elsewhere("26734", "079").named("Nguyễn Văn Nam"), Became::Issued),
        (elsewhere("26734", "079").born(2026, 3, 10), Became::Issued),
    ];
    for (second, expected) in cases {
        let mut memory = Memory::new();
        assert_eq!(memory.register(&birth().abandoned()), Became::Issued);
        assert_eq!(memory.register(&second), expected);
    }
}

#[test]
fn a_foundling_and_a_child_with_a_mother_may_be_one() {
    let mut memory = Memory::new();
    memory.register(&birth().abandoned());
    assert_eq!(memory.register(&birth().entry("2")), same_child(&[1]));
}

#[test]
fn a_merged_province_is_the_one_it_went_into() {
    let mut memory = Memory::new();
    memory.moment = at("2025-06-01T03:00:00Z");
    // Before the merger Bac Giang was 024 and Bac Ninh 027; since then 024 is both.
    let before = birth()
        .born(2025, 4, 1)
        .mother_without_number()
        .but(|birth| birth.place_code = "027".into());
    assert_eq!(memory.register(&before), Became::Issued);
    memory.moment = at("2025-09-01T03:00:00Z");
    let after = before.entry("2").but(|birth| birth.place_code = "024".into());
    assert_eq!(memory.register(&after), same_child(&[1]));
}

#[test]
fn all_that_may_be_the_same_child_is_named_in_the_order_of_the_ledger() {
    let mut memory = Memory::new();
    memory.register(&birth());
    assert_eq!(memory.register(&birth().entry("2")), same_child(&[1]));
    assert_eq!(memory.register(&birth().entry("3").of_another_mother()), Became::Issued);
    assert_eq!(
        memory.register(&birth().entry("4").named("Nguyễn Văn Nam")),
        same_child(&[1, 2])
    );
}

#[test]
fn years_apart_the_children_of_one_mother_all_get_numbers() {
    let mut memory = Memory::new();
    let first = date(2018, 5, 5);
    for (nth, name) in (0_i64..).zip(["Nguyễn An", "Nguyễn Bình", "Nguyễn Chi", "Nguyễn Dung", "Nguyễn Hạ"])
    {
        let born = first.checked_add((nth * 181).days()).unwrap();
        assert_eq!(
            memory.register(&born_on(birth().entry(&nth.to_string()).named(name), born)),
            Became::Issued
        );
    }
}

use jiff::civil::date as day;

use super::sample::*;
use crate::number::{Number, Sex};
use crate::proto::v1 as pb;
use crate::registration::{Born, Content, ContentError, Kind, PartialDate, Register, Registration, normal};

#[test]
fn the_facts_are_those_of_the_message() {
    let facts = facts(|_| {});
    let number = Number::parse("079199900001").unwrap();
    let (mother, father) = (facts.mother.clone().unwrap(), facts.father.clone().unwrap());
    assert_eq!(facts.kind, Kind::OnTime);
    assert_eq!(facts.reference.register, Register::Birth);
    assert_eq!(facts.reference.office, "26734");
    assert_eq!(facts.former_reference.clone().unwrap().entry_number, "12A");
    assert_eq!(facts.registered_on, day(2026, 3, 17));
    assert_eq!(facts.child.name, "Nguyễn Thị Hòa Bình");
    assert_eq!(facts.child.normal_name, normal("Nguyễn Thị Hoà Bình"));
    assert_eq!(facts.child.born, day(2026, 3, 9).into());
    assert_eq!(facts.child.sex, Sex::Female);
    assert_eq!((facts.child.order, facts.child.births), (2, 3));
    assert!(!facts.child.holds_number && !facts.foundling && facts.eligible());
    assert_eq!(mother.numbers, [number], "the card gives the number once more");
    assert_eq!(mother.birth_date(), Some(day(1999, 8, 21)));
    assert_eq!((father.born, father.birth_date()), (Some(Born::Year(1998)), None));
    assert!(father.numbers.is_empty());
    assert_eq!(facts.prefix().unwrap().to_string(), "079326");
}

#[test]
fn papers_that_tell_a_number_are_noticed() {
    use pb::IdentifierType::{CitizenCard, IdentityCard9, Passport, PersonalNumber};
    let holds = |kind, value: &str| {
        let paper = identifier(kind, value, "VN");
        facts(|r| r.child().existing_identifiers = vec![paper])
            .child
            .holds_number
    };
    assert!(holds(PersonalNumber, "079326000001"));
    assert!(holds(CitizenCard, "079326000001"));
    assert!(!holds(IdentityCard9, "012345678"));
    assert!(!holds(Passport, "C1234567"));
}

#[test]
fn a_child_of_foreign_nationality_alone_gets_no_number() {
    assert!(!facts(|r| r.child().nationalities = vec!["FR".into(), "US".into()]).eligible());
    assert!(facts(|r| r.child().nationalities = vec!["US".into(), "vn".into()]).eligible());
}

/// A late registration of someone born on (or in) that date.
fn late(year: i32, month: i32, day: i32) -> Registration {
    facts(|r| {
        r.kind = pb::RegistrationKind::Late.into();
        r.child().date_of_birth = date(year, month, day);
        (r.mother, r.father) = (None, None);
    })
}

#[test]
fn doubt_about_the_birth_means_grown() {
    let on = day(2026, 3, 9);
    for (born, grown) in [
        (late(2012, 3, 9), true),
        (late(2012, 3, 10), false),
        (late(2012, 3, 0), true),
        (late(2012, 4, 0), false),
        (late(2012, 0, 0), true),
        (late(2013, 0, 0), false),
        (late(1900, 1, 1), true),
    ] {
        assert_eq!(born.grown_on(on, 14), grown);
    }
    assert!(late(2012, 2, 29).grown_on(day(2026, 2, 28), 14));
    assert!(!late(2012, 2, 29).grown_on(day(2026, 2, 27), 14));
    assert!(!late(2012, 2, 29).grown_on(on, i32::MAX));
}

#[test]
fn a_date_in_part_spans_all_days_it_may_be() {
    let read = |year, month, day| PartialDate::read(date(year, month, day).unwrap());
    let span = |partial: PartialDate| (partial.earliest(), partial.latest(), partial.full());
    let (leap, year) = (read(2024, 2, 0).unwrap(), read(1950, 0, 0).unwrap());
    assert_eq!(span(leap), (day(2024, 2, 1), day(2024, 2, 29), None));
    assert_eq!(span(year), (day(1950, 1, 1), day(1950, 12, 31), None));
    assert_eq!(
        span(day(2024, 2, 29).into()),
        (day(2024, 2, 29), day(2024, 2, 29), Some(day(2024, 2, 29)))
    );
    assert_eq!(read(2024, 2, 29), Some(day(2024, 2, 29).into()));
    assert_eq!(leap.year(), 2024);
    for (year, month, day) in [
        (0, 0, 0),
        (0, 1, 1),
        (10_000, 1, 1),
        (2024, 0, 1),
        (2024, 2, 30),
        (2024, -1, 0),
        (2024, 1, -1),
    ] {
        assert_eq!(read(year, month, day), None);
    }
}

#[test]
fn stored_content_is_read_without_clock_or_tables() {
    let content = Content::of(&changed(|r| r.place_code = "999".into()));
    let stored = Content::decode(&content.encode()).unwrap();
    assert_eq!(Registration::from_content(&stored).unwrap().place.to_string(), "999");
    let broken = Content::of(&changed(|r| r.child().sex = 7));
    let expected = ContentError::Field("registration.child.sex");
    assert_eq!(Registration::from_content(&broken), Err(expected));
}

#[test]
fn debug_shows_nothing_of_anyone() {
    let facts = facts(|_| {});
    assert_eq!(format!("{facts:?}"), "Registration { .. }");
    assert_eq!(format!("{:?}", facts.child), "ChildFacts { .. }");
    assert_eq!(format!("{:?}", facts.mother), "Some(ParentFacts { .. })");
    assert_eq!(format!("{:?}", facts.reference), "Ref { .. }");
    assert_eq!(format!("{:?}", facts.child.born), "PartialDate { .. }");
    assert_eq!(format!("{:?}", facts.mother.unwrap().born), "Some(Born { .. })");
}

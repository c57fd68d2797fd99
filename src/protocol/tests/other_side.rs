//! Registrations that the service never decides on its own knowledge.

use super::births::day;
use super::memory::{Became, at};
use super::{Memory, Vary, birth};
use crate::proto::v1 as pb;
use crate::protocol::CaseCause::{self, Grown, HoldsNumber, ReRegistration, SameChild, UncertainDate};

fn late(year: i16, month: i8, day_of_month: i8) -> pb::BirthRegistration {
    birth()
        .born(year, month, day_of_month)
        .kind(pb::RegistrationKind::Late)
        .but(|birth| {
            birth.mother = None;
            birth.father = Some(pb::Person {
                full_name: "Nguyễn Văn Sơn".into(),
                ..pb::Person::default()
            });
            birth.registered_on = day(2026, 11, 23);
        })
}

fn review(cause: CaseCause) -> Became {
    Became::UnderReview(cause, Vec::new())
}

#[test]
fn a_re_registration_is_always_looked_at_and_names_whom_it_may_be() {
    let anew = birth().kind(pb::RegistrationKind::ReRegistration).entry("2");
    assert_eq!(Memory::new().register(&anew), review(ReRegistration));
    let mut memory = Memory::new();
    memory.register(&birth());
    assert_eq!(memory.register(&anew), Became::UnderReview(ReRegistration, vec![1]));
    // A child after it may be the same one too, though no number was given.
    assert_eq!(
        memory.register(&birth().entry("3")),
        Became::UnderReview(SameChild, vec![1, 2])
    );
}

/// The age is that on the day of decision in Viet Nam.
#[test]
fn a_late_registration_is_looked_at_from_the_fourteenth_birthday() {
    let cases = [
        (late(2012, 11, 24), "2026-11-23T16:59:59Z", Became::Issued),
        (late(2012, 11, 24), "2026-11-23T17:00:00Z", review(Grown)),
        (late(2013, 11, 24), "2026-11-24T03:00:00Z", Became::Issued),
        (late(2012, 11, 25), "2026-11-24T03:00:00Z", Became::Issued),
        (late(1950, 1, 1), "2026-11-24T03:00:00Z", review(Grown)),
        // Born on 29 February: of age on 28 February where there is no 29th.
        (late(2012, 2, 29), "2026-02-27T03:00:00Z", Became::Issued),
        (late(2012, 2, 29), "2026-02-28T03:00:00Z", review(Grown)),
    ];
    for (birth, time, expected) in cases {
        let mut memory = Memory::new();
        memory.moment = at(time);
        let entered = memory.moment.day;
        let birth = birth.but(|birth| {
            birth.registered_on = day(entered.year().into(), entered.month().into(), entered.day().into());
        });
        assert_eq!(memory.register(&birth), expected, "{time}");
    }
}

#[test]
fn the_age_on_the_day_of_the_book_does_not_count() {
    let mut memory = Memory::new();
    memory.moment = at("2026-11-24T03:00:00Z");
    // Entered on the last day of thirteen, decided on the birthday.
    assert_eq!(memory.register(&late(2012, 11, 24)), review(Grown));
}

#[test]
fn the_age_is_a_rule_that_can_be_set() {
    for (grown_years, expected) in [(6, review(Grown)), (7, Became::Issued)] {
        let mut memory = Memory::new();
        memory.rules.grown_years = grown_years;
        assert_eq!(memory.register(&late(2020, 5, 5)), expected);
    }
}

#[test]
fn a_registration_that_names_an_earlier_number_of_the_child_is_looked_at() {
    let kinds = [
        (pb::IdentifierType::PersonalNumber, "079326000001", review(HoldsNumber)),
        (pb::IdentifierType::CitizenCard, "079326000001", review(HoldsNumber)),
        (pb::IdentifierType::Passport, "C1234567", Became::Issued),
    ];
    for (kind, value, expected) in kinds {
        let holder = birth().but(|birth| {
            let paper = pb::Identifier {
                r#type: kind.into(),
                value: value.into(),
                country: "VN".into(),
            };
            birth.child().existing_identifiers = vec![paper];
        });
        assert_eq!(Memory::new().register(&holder), expected, "{kind:?}");
    }
}

#[test]
fn a_birth_known_only_in_part_is_looked_at() {
    for born in [(2020, 5, 0), (2020, 0, 0)] {
        assert_eq!(
            Memory::new().register(&late(born.0, born.1, born.2)),
            review(UncertainDate),
            "{born:?}"
        );
    }
    // Doubt about the age means grown.
    assert_eq!(Memory::new().register(&late(2012, 0, 0)), review(Grown));
    assert_eq!(Memory::new().register(&late(2013, 0, 0)), review(UncertainDate));
}

#[test]
fn a_birth_known_by_its_year_is_met_again_all_through_it() {
    let mother = birth().mother.unwrap();
    for (year, met) in [(2019, false), (2020, true), (2021, false)] {
        let mut memory = Memory::new();
        let known = late(2020, 0, 0).but(|birth| birth.mother = Some(mother.clone()));
        memory.register(&known);
        let full = birth()
            .born(year, 10, 1)
            .kind(pb::RegistrationKind::Late)
            .entry("2")
            .named("Nguyễn Văn Nam");
        let expected = if met {
            Became::UnderReview(SameChild, vec![1])
        } else {
            Became::Issued
        };
        // 1 October is more than 180 days after one end of the year, and before it.
        let full = if year == 2019 { full.born(2019, 6, 1) } else { full };
        assert_eq!(memory.register(&full), expected, "{year}");
    }
}

#[test]
fn of_several_causes_the_first_is_kept() {
    let all = late(1990, 0, 0).but(|birth| {
        let paper = pb::Identifier {
            r#type: pb::IdentifierType::CitizenCard.into(),
            value: "079090000001".into(),
            country: "VN".into(),
        };
        birth.child().sex = pb::Sex::Male.into();
        birth.child().existing_identifiers = vec![paper];
    });
    assert_eq!(
        Memory::new().register(&all.clone().kind(pb::RegistrationKind::ReRegistration)),
        review(ReRegistration)
    );
    assert_eq!(Memory::new().register(&all), review(Grown));
    assert_eq!(
        Memory::new().register(
            &all.born(2020, 0, 0)
                .but(|b| b.child().existing_identifiers[0].value = "079220000001".into())
        ),
        review(HoldsNumber)
    );
}

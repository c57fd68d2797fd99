use std::collections::HashSet;

use jiff::ToSpan;
use jiff::civil::{Date, date as day};
use proptest::prelude::*;

use super::names::{parts, spell, variant};
use super::sample::*;
use crate::ledger::IndexKey;
use crate::number::Codes;
use crate::proto::v1 as pb;
use crate::registration::{Content, Key, Keys, Registration, keys, normal, paper_key, reference_key};

type Change = fn(&mut pb::BirthRegistration);

fn secret() -> IndexKey {
    IndexKey::new(&[7; 32])
}

fn keys_of(registration: &Registration) -> Keys {
    keys(registration, &secret(), Codes::embedded())
}

/// The keys of the sample after `change`.
fn key_set(change: impl FnOnce(&mut pb::BirthRegistration)) -> Keys {
    keys_of(&facts(change))
}

fn shared(ours: &[Key], theirs: &[Key]) -> usize {
    ours.iter().filter(|key| theirs.contains(key)).count()
}

#[test]
fn each_identity_gives_its_own_keys_each_once() {
    let second_number = |r: &mut pb::BirthRegistration| r.mother().identifiers[0].value = "001199000002".into();
    let no_paper = |r: &mut pb::BirthRegistration| r.child().existing_identifiers.clear();
    // Child, passport, number, name; and another number.
    assert_eq!(key_set(|_| {}).blocking.len(), 4);
    assert_eq!(key_set(second_number).blocking.len(), 5);
    assert_eq!(
        key_set(|r| r.mother().born = Some(pb::person::Born::BirthYear(1999)))
            .blocking
            .len(),
        3
    );
    assert_eq!(key_set(|r| r.mother = None).blocking.len(), 2);
    assert_eq!(key_set(no_paper).blocking.len(), 3);
    for keys in [key_set(|_| {}), key_set(second_number)] {
        let distinct: HashSet<Key> = keys.probes.iter().copied().collect();
        assert_eq!(distinct.len(), keys.probes.len());
        assert_eq!(
            shared(&keys.blocking, &keys.probes),
            keys.blocking.len(),
            "the own keys are looked up too"
        );
        assert!(!keys.probes.contains(&keys.reference));
        assert!(!keys.probes.contains(&keys.subject.unwrap()));
    }
}

#[test]
fn keys_change_with_what_they_are_made_of_and_nothing_else() {
    /// Whether reference, subject, child by name and by paper, mother by number and by name are the same.
    type Same = (bool, bool, bool, bool, bool, bool);
    #[rustfmt::skip]
    let cases: &[(Change, Same)] = &[
        (|_| {}, (true, true, true, true, true, true)),
        (|r| r.reference().office_code = "26735".into(), (false, true, true, true, true, true)),
        (|r| r.reference().register = 2, (false, true, true, true, true, true)),
        (|r| r.reference().book_year = 2025, (false, true, true, true, true, true)),
        (|r| r.reference().book_number = "3".into(), (false, true, true, true, true, true)),
        (|r| r.reference().entry_number = "46".into(), (false, true, true, true, true, true)),
        (|r| r.child().full_name = "Nguyễn Thị Hoá Bình".into(), (true, true, false, false, true, true)),
        (|r| r.child().date_of_birth = date(2026, 3, 8), (true, false, false, false, true, true)),
        (|r| r.child().birth_order = 1, (true, false, true, true, true, true)),
        (|r| r.child().births = 2, (true, true, true, true, true, true)),
        (|r| r.child().sex = 1, (true, true, true, true, true, true)),
        (|r| r.child().ethnicity = "Kinh".into(), (true, true, true, true, true, true)),
        (|r| r.mother().full_name = "Trần Thị Thùy".into(), (true, true, true, true, true, false)),
        (|r| r.mother().born = born(1999, 8, 22), (true, true, true, true, true, false)),
        (|r| { r.mother().personal_number = "079199900002".into(); r.mother().identifiers.clear(); },
            (true, false, true, true, false, true)),
        (|r| r.place_code = "074".into(), (true, true, true, true, true, true)),
        (|r| r.place_code = "001".into(), (true, true, false, true, true, false)),
        (|r| r.father = None, (true, true, true, true, true, true)),
        (|r| r.former_ref = None, (true, true, true, true, true, true)),
        (|r| r.kind = 2, (true, true, true, true, true, true)),
        (|r| r.child().existing_identifiers[0].value = "C1234568".into(), (true, true, true, false, true, true)),
        (|r| r.child().existing_identifiers[0].country = "FR".into(), (true, true, true, false, true, true)),
        (|r| r.child().existing_identifiers[0].country.clear(), (true, true, true, true, true, true)),
    ];
    let before = key_set(|_| {});
    for (index, (change, same)) in cases.iter().enumerate() {
        let after = key_set(change);
        let blocking: Vec<bool> = std::iter::zip(&before.blocking, &after.blocking)
            .map(|(old, new)| old == new)
            .collect();
        let found = (
            before.reference == after.reference,
            before.subject == after.subject,
            blocking[0],
            blocking[1],
            blocking[2],
            blocking[3],
        );
        assert_eq!(found, *same, "case {index}");
    }
}

#[test]
fn a_paper_leads_to_its_holder_for_who_knows_name_and_birth() {
    let asked = |change: fn(&mut pb::Facts)| {
        let child = sample().child.unwrap();
        let mut asked = pb::Facts {
            full_name: Some(child.full_name),
            date_of_birth: child.date_of_birth,
            existing_identifiers: child.existing_identifiers,
            ..pb::Facts::default()
        };
        change(&mut asked);
        paper_key(&asked, &secret())
    };
    let key = asked(|_| {}).unwrap();
    assert!(key_set(|_| {}).blocking.contains(&key));
    let written_otherwise = asked(|asked| {
        asked.full_name = Some(" NGUYỄN thị hoà  bình".into());
        asked.existing_identifiers[0].value = " c1234567".into();
    });
    assert_eq!(written_otherwise, Some(key));
    for other in [
        asked(|asked| asked.full_name = Some("Nguyễn Thị Hoà".into())),
        asked(|asked| asked.date_of_birth = date(2026, 3, 8)),
        asked(|asked| asked.existing_identifiers[0].value = "C1234568".into()),
    ] {
        assert!(!key_set(|_| {}).blocking.contains(&other.unwrap()));
    }
    assert_eq!(asked(|asked| asked.date_of_birth = None), None);
    assert_eq!(asked(|asked| asked.existing_identifiers.clear()), None);
}

#[test]
fn who_the_child_is_is_known_by_the_mothers_number_or_for_a_foundling_by_its_own_facts() {
    let nameless: Change = |r| {
        r.mother().personal_number.clear();
        r.mother().identifiers.clear();
    };
    let foundling: Change = |r| (r.mother, r.father, r.foundling) = (None, None, true);
    let other_office: Change = |r| {
        (r.mother, r.father, r.foundling) = (None, None, true);
        r.reference().office_code = "2".into();
    };
    let by_card: Change = |r| r.mother().personal_number.clear();
    assert_eq!(key_set(nameless).subject, None);
    assert_eq!(key_set(|r| r.mother = None).subject, None);
    assert_eq!(key_set(by_card).subject, key_set(|_| {}).subject);
    assert!(key_set(foundling).subject.is_some());
    assert_ne!(key_set(foundling).subject, key_set(other_office).subject);
    // By name, and by passport.
    assert_eq!(shared(&key_set(foundling).blocking, &key_set(other_office).blocking), 2);
}

#[test]
fn keys_of_one_time_begin_alike_and_another_secret_gives_others() {
    let [first, second] = ["45", "46"].map(|entry| {
        let facts = facts(|r| {
            r.reference().entry_number = entry.into();
            r.child().full_name = if entry == "45" { "An" } else { "Bình" }.into();
        });
        keys_of(&facts)
    });
    assert_eq!(first.reference.as_bytes()[..3], second.reference.as_bytes()[..3]);
    assert_ne!(first.reference, second.reference);
    assert_eq!(first.blocking[0].as_bytes()[..3], second.blocking[0].as_bytes()[..3]);
    assert_eq!(
        first.blocking[0].as_bytes()[..3],
        first.subject.unwrap().as_bytes()[..3],
        "both lie by day of birth"
    );
    assert_ne!(first.blocking[0], second.blocking[0]);

    let facts = facts(|_| {});
    let other = keys(&facts, &IndexKey::new(&[8; 32]), Codes::embedded());
    assert_eq!(shared(&keys_of(&facts).probes, &other.probes), 0);
    assert_ne!(reference_key(&facts.reference, &secret()), other.reference);
    assert_eq!(reference_key(&facts.reference, &secret()), keys_of(&facts).reference);
    assert_eq!(Key::from_bytes(*other.reference.as_bytes()), other.reference);
    assert_eq!(format!("{other:?} {:?}", other.reference), "Keys { .. } Key { .. }");
}

/// One mother's child of that day, without papers; of the two keys of the mother one is by number and one by name.
fn born_on(day: Date) -> Registration {
    unchecked(|r| {
        r.child().date_of_birth = message(day);
        r.child().existing_identifiers.clear();
    })
}

fn mother_found(new: &Registration, known: &Registration) -> bool {
    let (new, known) = (keys_of(new), keys_of(known));
    known.blocking[1..].iter().all(|key| new.probes.contains(key))
}

#[test]
fn births_of_one_mother_are_found_across_midnight_and_half_years() {
    for (one, other) in [
        (day(2026, 3, 9), day(2026, 3, 10)),
        (day(2025, 12, 31), day(2026, 1, 1)),
        (day(2026, 6, 30), day(2026, 7, 1)),
        (day(2026, 1, 1), day(2026, 6, 30)),
        (day(2025, 7, 4), day(2025, 12, 31)),
        (day(2025, 12, 31), day(2026, 6, 29)),
        (day(2024, 2, 29), day(2024, 8, 27)),
    ] {
        assert!(mother_found(&born_on(one), &born_on(other)), "{one} {other}");
        assert!(mother_found(&born_on(other), &born_on(one)), "{other} {one}");
    }
    assert!(!mother_found(&born_on(day(2026, 7, 1)), &born_on(day(2025, 1, 1))));
    assert_eq!(keys_of(&born_on(day(2026, 3, 9))).probes.len(), 1 + 2 * 3);
}

/// A birth known in part: the whole year, or the month.
fn born_in(year: i32, month: i32) -> Registration {
    unchecked(|r| {
        r.child().date_of_birth = date(year, month, 0);
        r.child().existing_identifiers.clear();
    })
}

fn any_day() -> impl Strategy<Value = Date> {
    (0..50_000_i64).prop_map(|days| day(1900, 1, 1).saturating_add(days.days()))
}

/// A name in its parts.
fn name() -> impl Strategy<Value = Vec<super::names::Parts>> {
    prop::collection::vec(parts(), 1..=4)
}

proptest! {
    #[test]
    fn births_within_180_days_are_found_from_either_side(one in any_day(), days in 0..=180_i64) {
        let other = one.saturating_add(days.days());
        prop_assert!(mother_found(&born_on(one), &born_on(other)));
        prop_assert!(mother_found(&born_on(other), &born_on(one)));
    }

    #[test]
    fn a_birth_known_in_part_is_found_wherever_it_may_have_been(one in any_day(), days in -180..=180_i64) {
        let other = one.saturating_add(days.days());
        let (year, month) = (other.year().into(), other.month().into());
        for partial in [born_in(year, month), born_in(year, 0)] {
            let (new, known) = (keys_of(&born_on(one)), keys_of(&partial));
            prop_assert!(shared(&known.blocking[1..], &new.probes) >= 2);
            prop_assert!(shared(&new.blocking[1..], &known.probes) == 2);
        }
    }

    #[test]
    fn however_the_names_are_typed_keys_and_content_are_the_same(
        child in name(), mother in name(), way in 0_usize..5, place in 0_usize..3,
    ) {
        let [plain, typed] = [false, true].map(|typed| changed(|r| {
            let spelled = |name| if typed { variant(&spell(name, place), way) } else { spell(name, 0) };
            r.child().full_name = spelled(&child);
            r.mother().full_name = spelled(&mother);
        }));
        let [plain, typed] = [plain, typed].map(|message| Content::of(&message));
        prop_assert_eq!(plain.canonical(), typed.canonical());
        let [plain, typed] = [plain, typed].map(|content| keys_of(&Registration::from_content(&content).unwrap()));
        prop_assert!(plain == typed);
    }

    #[test]
    fn another_name_gives_other_keys_and_content(one in name(), other in name()) {
        let names = [spell(&one, 0), spell(&other, 0)];
        prop_assume!(normal(&names[0]) != normal(&names[1]));
        let [one, other] = names.map(|name| Content::of(&changed(|r| r.child().full_name = name)));
        prop_assert_ne!(one.canonical(), other.canonical());
        let [one, other] = [one, other].map(|content| keys_of(&Registration::from_content(&content).unwrap()));
        prop_assert_ne!(one.blocking[0], other.blocking[0]);
        prop_assert_eq!(one.subject, other.subject);
    }
}

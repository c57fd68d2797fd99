//! Single births: valid, and what they are said to be.

use std::collections::{HashMap, HashSet};

use super::*;
use crate::client::csv::Role;
use crate::generate::{Expected, Sort};
use crate::number::{Codes, PlaceCode};
use crate::proto::v1::{Register, RegistrationKind};
use crate::registration::{Content, check};

#[test]
fn every_registration_is_valid() {
    for (seed, mix) in [(20, Mix::quickstart()), (21, Mix::campaign()), (22, Mix::plain())] {
        for item in items(4_000, seed, mix) {
            let checked = check(&Content::of(registration(&item)), Codes::embedded(), TODAY);
            assert_eq!(
                checked.err(),
                None,
                "{:?} as {:?}",
                item.sort,
                registration(&item).kind()
            );
        }
    }
}

#[test]
fn valid_on_other_days_too() {
    for today in [
        Date::constant(2016, 1, 1),
        Date::constant(2024, 2, 29),
        Date::constant(2399, 12, 31),
    ] {
        let plan = Plan {
            today,
            provinces: 99,
            ..plan(1_500, 23, Mix::quickstart())
        };
        for item in Births::new(plan).unwrap() {
            let checked = check(&Content::of(registration(&item)), Codes::embedded(), today);
            assert_eq!(checked.err(), None, "{:?}", item.sort);
        }
    }
}

#[test]
fn the_quickstart_shows_every_sort_everywhere() {
    let items = items(2_000, 1, Mix::quickstart());
    let sorts: HashSet<&str> = items.iter().map(|item| item.sort.name()).collect();
    assert_eq!(sorts.len(), 15, "{sorts:?}");
    let provinces: HashSet<&str> = places(&items, Role::Registrar);
    let missions: HashSet<&str> = places(&items, Role::Mission);
    assert_eq!(provinces.len(), 34);
    assert!(missions.len() >= 8);
    assert!(
        items
            .iter()
            .any(|item| !child(item).full_name.is_ascii() && is_decomposed(&child(item).full_name))
    );
}

fn places(items: &[Item], role: Role) -> HashSet<&str> {
    let entered_here = |item: &&Item| registration(item).kind() != RegistrationKind::AbroadEntry;
    let sent = items.iter().filter(|item| item.role == role).filter(entered_here);
    sent.map(|item| registration(item).place_code.as_str()).collect()
}

fn is_decomposed(text: &str) -> bool {
    text.chars().any(unicode_normalization::char::is_combining_mark)
}

#[test]
fn shares_are_as_the_mix_says() {
    let (count, mix) = (100_000, Mix::campaign());
    let mut found: HashMap<&str, u32> = HashMap::new();
    let mut resent = HashSet::new();
    for item in Births::new(plan(count, 24, mix)).unwrap() {
        match item.sort {
            Sort::Resent { of } => drop(resent.insert(of)),
            sort => *found.entry(sort.name()).or_default() += 1,
        }
        if item.sort == Sort::Ordinary && is_decomposed(&mother(&item).full_name) {
            *found.entry("nfd").or_default() += 1;
        }
    }
    found.insert("resent", u32::try_from(resent.len()).unwrap());
    let ordinary = f64::from(found["ordinary"]) / 100_000.0;
    for (name, share) in [
        ("twin", mix.twins),
        ("triplet", mix.triplets),
        ("second-twin", mix.second_twins),
        ("foundling", mix.foundlings),
        ("late", mix.late),
        ("late-grown", mix.late_grown),
        ("re-registration", mix.re_registrations),
        ("foreign-parent", mix.foreign_parent),
        ("foreign-only", mix.foreign_only),
        ("abroad", mix.abroad),
        ("abroad-entry", mix.abroad_entries),
        ("resent", mix.resent),
        ("changed", mix.changed),
    ] {
        assert_share(name, found[name], f64::from(share) * 10.0);
    }
    assert_share("double", found["double"], f64::from(mix.doubles) * 10.0 * ordinary);
    assert_share("nfd", found["nfd"], f64::from(mix.nfd) * 10.0 * ordinary);
}

/// Within four and a half standard deviations, doubled for those that come in pairs and threes.
fn assert_share(name: &str, found: u32, expected: f64) {
    let tolerance = 9.0 * expected.sqrt() + 1.0;
    assert!(
        (f64::from(found) - expected).abs() < tolerance,
        "{name}: {found} instead of {expected}"
    );
}

#[test]
fn children_of_one_birth_stand_together_and_agree() {
    let items = items(20_000, 25, Mix::quickstart());
    let mut at_midnight = 0;
    for sort in [Sort::Twin, Sort::Triplet] {
        let children: Vec<&Item> = items.iter().filter(|item| item.sort == sort).collect();
        let together = usize::try_from(child(children[0]).births).unwrap();
        assert_eq!(together, if sort == Sort::Twin { 2 } else { 3 });
        for birth in children.chunks(together) {
            let first = birth[0];
            assert!(
                (0..)
                    .zip(birth)
                    .all(|(offset, item)| item.sequence == first.sequence + offset)
            );
            assert!((1..).zip(birth).all(|(order, item)| child(item).birth_order == order));
            assert!(birth.iter().all(|item| child(item).births == child(first).births));
            let mothers: HashSet<String> = birth.iter().map(|item| normal(&mother(item).full_name)).collect();
            let names: HashSet<String> = birth.iter().map(|item| normal(&child(item).full_name)).collect();
            assert_eq!((mothers.len(), names.len()), (1, together));
            assert_eq!(
                birth.iter().map(|item| item.child).collect::<HashSet<_>>().len(),
                together
            );
            let days: Vec<i64> = birth.iter().map(|item| day(child(item).date_of_birth)).collect();
            assert!(days.iter().all(|day| (days[0]..=days[0] + 1).contains(day)));
            at_midnight += usize::from(days.iter().any(|day| *day != days[0]));
        }
    }
    assert!(at_midnight > 0);
}

fn normal(name: &str) -> String {
    crate::registration::normal(name)
}

#[test]
fn every_sort_is_what_it_says() {
    let items = items(6_000, 26, Mix::quickstart());
    for item in &items {
        let (entry, child) = (registration(item), child(item));
        let kind = entry.kind();
        let of_vietnam = child.nationalities.iter().any(|country| country == "VN");
        let own_number = Expected::Number;
        let wanted = match item.sort {
            Sort::Ordinary => (RegistrationKind::OnTime, own_number),
            Sort::Twin | Sort::Triplet | Sort::Foundling => (RegistrationKind::OnTime, own_number),
            Sort::Late => (RegistrationKind::Late, own_number),
            Sort::LateGrown => (RegistrationKind::Late, Expected::Review),
            Sort::ReRegistration => (RegistrationKind::ReRegistration, Expected::Review),
            Sort::ForeignParent => (RegistrationKind::ForeignElement, own_number),
            Sort::ForeignOnly => (RegistrationKind::ForeignElement, Expected::NotEligible),
            Sort::Abroad => (RegistrationKind::BornAbroad, own_number),
            Sort::AbroadEntry => (RegistrationKind::AbroadEntry, own_number),
            Sort::SecondTwin { .. } => (kind, Expected::Review),
            Sort::Double { .. } => (kind, Expected::OneOfTwo),
            Sort::Resent { .. } => (kind, Expected::SameAnswer),
            Sort::Changed { .. } => (kind, Expected::IdReused),
        };
        let doubled = item.sort == Sort::Ordinary && item.expected == Expected::OneOfTwo;
        assert_eq!(
            (kind, if doubled { own_number } else { item.expected }),
            wanted,
            "{:?}",
            item.sort
        );
        let first_sent = !matches!(item.sort, Sort::Resent { .. } | Sort::Changed { .. });
        if first_sent {
            assert_eq!(of_vietnam, item.sort != Sort::ForeignOnly);
            assert_eq!(entry.foundling, item.sort == Sort::Foundling);
            assert_eq!(
                entry.place_code.as_str() > "100",
                matches!(item.sort, Sort::Abroad | Sort::AbroadEntry)
            );
            assert_eq!(item.role == Role::Mission, item.sort == Sort::Abroad);
            let register = entry.r#ref.as_ref().unwrap().register();
            assert_eq!(register == Register::AbroadEntry, item.sort == Sort::AbroadEntry);
        }
    }
}

#[test]
fn registered_in_time_or_late_as_the_kind_says() {
    // Where births are few, doubles come weeks after the first registration.
    let sparse = Plan {
        provinces: 1,
        births_per_year: 60_000,
        ..plan(
            6_000,
            27,
            Mix {
                doubles: 5_000,
                ..Mix::quickstart()
            },
        )
    };
    let mut late_doubles = 0;
    for item in items(6_000, 27, Mix::quickstart())
        .into_iter()
        .chain(Births::new(sparse).unwrap())
    {
        late_doubles += usize::from(
            matches!(item.sort, Sort::Double { .. }) && registration(&item).kind() == RegistrationKind::Late,
        );
        let (entry, child) = (registration(&item), child(&item));
        let first_sent = !matches!(item.sort, Sort::Resent { .. } | Sort::Changed { .. });
        if !first_sent || child.date_of_birth.unwrap().day == 0 {
            continue;
        }
        let waited = day(entry.registered_on) - day(child.date_of_birth);
        match (entry.kind(), item.sort) {
            (_, Sort::LateGrown) => assert!(waited > 15 * 365),
            (RegistrationKind::Late, Sort::Double { .. }) => assert!(waited >= 61),
            (RegistrationKind::Late, _) => assert!((61..=3_650).contains(&waited)),
            (RegistrationKind::OnTime, Sort::Double { .. }) => assert!((0..=61).contains(&waited)),
            (RegistrationKind::OnTime, _) => assert!((0..=60).contains(&waited)),
            _ => assert!(waited >= 0),
        }
    }
    assert!(late_doubles > 0);
}

#[test]
fn the_span_is_that_of_the_pace() {
    let day_of = |item: &Item| day(registration(item).registered_on);
    let whole = items(38_330, 28, Mix::plain());
    let span = day_of(&whole[whole.len() - 1]) - day_of(&whole[0]);
    assert!((9..=11).contains(&span), "{span}");
    let one = Plan {
        provinces: 1,
        ..plan(38_330, 28, Mix::plain())
    };
    let one: Vec<Item> = Births::new(one).unwrap().collect();
    let span = day_of(&one[one.len() - 1]) - day_of(&one[0]);
    assert!((110..=150).contains(&span), "{span}");
    assert!(one.iter().all(|item| registration(item).place_code == "001"));
}

#[test]
fn every_country_with_missions_is_in_the_tables_of_codes() {
    for country in &crate::generate::places::COUNTRIES {
        let code = PlaceCode::new(country.code).unwrap();
        let place = Codes::embedded().place(code).unwrap();
        assert_eq!(place.iso_alpha2.as_deref(), Some(country.iso));
    }
}

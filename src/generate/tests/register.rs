//! Registers of others: repeatable, in any order the same, and with nothing in them but what is said.

use std::collections::{BTreeMap, HashMap};

use crate::generate::{PlanError, RegisterEntry, RegisterPlan, Registers, Trouble};
use crate::number::Number;

const PLAN: RegisterPlan = RegisterPlan {
    count: 3_000,
    seed: 11,
    years: (1990, 2004),
    numbered: 7_000,
    share: 100,
    shuffled: 500,
};

fn entries(plan: RegisterPlan) -> Vec<RegisterEntry> {
    Registers::new(plan).unwrap().collect()
}

fn planted(entries: &[RegisterEntry]) -> BTreeMap<Trouble, usize> {
    let mut counts = BTreeMap::new();
    for trouble in entries.iter().filter_map(|entry| entry.planted) {
        *counts.entry(trouble).or_default() += 1;
    }
    counts
}

#[test]
fn a_seed_always_gives_the_same_register_with_every_trouble_in_it() {
    let one = entries(PLAN);
    assert!(one == entries(PLAN));
    assert!(one != entries(RegisterPlan { seed: 12, ..PLAN }));
    let planted = planted(&one);
    assert_eq!(planted.len(), Trouble::ALL.len());
    assert_eq!(one.len(), 3_000 + planted.values().sum::<usize>());
    assert!(planted.values().all(|count| (10..60).contains(count)), "{planted:?}");
}

#[test]
fn shuffled_or_not_the_same_are_entered_in_the_years_asked_for() {
    let in_order = entries(RegisterPlan { shuffled: 0, ..PLAN });
    let days = in_order.iter().filter(|entry| entry.planted.is_none()).map(|entry| {
        let day = entry.registration.registered_on.unwrap();
        (day.year, day.month, day.day)
    });
    let days: Vec<_> = days.collect();
    assert!(days.is_sorted());
    assert_eq!((days.first().unwrap().0, days.last().unwrap().0), (1990, 2004));
    let known = |entries: &[RegisterEntry]| {
        let entry = |entry: &RegisterEntry| {
            let reference = entry.registration.r#ref.clone().unwrap();
            let place = (reference.office_code, reference.book_year, reference.entry_number);
            (place, entry.number.clone(), entry.planted)
        };
        let mut known: Vec<_> = entries.iter().map(entry).collect();
        known.sort_unstable();
        known
    };
    for shuffled in [1, 500, 1_000_000] {
        let other = entries(RegisterPlan { shuffled, ..PLAN });
        assert!(known(&other) == known(&in_order));
        assert_eq!(other == in_order, shuffled == 1);
    }
}

#[test]
fn numbers_are_of_their_child_and_of_nobody_else() {
    let entries = entries(PLAN);
    let mut holders: HashMap<&str, Vec<&RegisterEntry>> = HashMap::new();
    for entry in entries.iter().filter(|entry| !entry.number.is_empty()) {
        let prefix = Number::parse(&entry.number).unwrap().prefix();
        let child = entry.registration.child.as_ref().unwrap();
        let told = (prefix.sex() == crate::number::Sex::Male) == (child.sex() == crate::proto::v1::Sex::Male);
        assert_eq!(told, entry.planted != Some(Trouble::WrongDigits));
        assert_eq!(i32::from(prefix.birth_year()), child.date_of_birth.unwrap().year);
        holders.entry(&entry.number).or_default().push(entry);
    }
    for holders in holders.values().filter(|holders| holders.len() > 1) {
        assert_eq!(holders.len(), 2);
        assert!(
            holders
                .iter()
                .any(|entry| matches!(entry.planted, Some(Trouble::SharedNumber | Trouble::Doubled)))
        );
    }
    let numbered = holders.len() * 10 / entries.len();
    assert!((6..9).contains(&numbered));
}

#[test]
fn plans_that_cannot_be_followed_are_refused() {
    for years in [(2001, 2000), (1954, 1990), (2390, 2400)] {
        assert_eq!(
            Registers::new(RegisterPlan { years, ..PLAN }).err(),
            Some(PlanError::Years)
        );
    }
    assert_eq!(
        Registers::new(RegisterPlan { share: 910, ..PLAN }).err(),
        Some(PlanError::Mix)
    );
}

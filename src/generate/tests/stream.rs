//! The stream as a whole: repeatable, complete, in order.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::*;
use crate::generate::{Expected, PlanError, Sort, WINDOW};

#[test]
fn a_seed_always_gives_the_same_items_and_another_seed_others() {
    let one = items(1_500, 3, Mix::quickstart());
    assert!(one == items(1_500, 3, Mix::quickstart()));
    assert!(one != items(1_500, 4, Mix::quickstart()));
}

#[test]
fn the_count_is_that_of_the_children() {
    for count in [0, 1, 2, 3, 4, 777] {
        let children: HashSet<u64> = items(count, 5, Mix::quickstart())
            .iter()
            .map(|item| item.child)
            .collect();
        assert_eq!(children, (0..count).collect());
    }
}

#[test]
fn items_are_numbered_and_refer_back_within_the_window() {
    let items = items(20_000, 6, Mix::campaign());
    for (sequence, item) in (0..).zip(&items) {
        assert_eq!(item.sequence, sequence);
        let (Sort::Resent { of } | Sort::Changed { of } | Sort::Double { of } | Sort::SecondTwin { of }) = item.sort
        else {
            continue;
        };
        assert!(of < sequence);
        let made_since: HashSet<u64> = items[usize::try_from(of).unwrap()..usize::try_from(sequence).unwrap()]
            .iter()
            .map(|item| item.child)
            .collect();
        // The children between are at most a window, besides older ones who are heard of again.
        let newer = made_since
            .iter()
            .filter(|child| **child >= items[usize::try_from(of).unwrap()].child)
            .count();
        assert!(u64::try_from(newer).unwrap() <= WINDOW + 3);
    }
}

#[test]
fn a_resent_item_is_the_first_one_again_and_a_changed_one_has_only_its_id() {
    let items = items(3_000, 7, Mix::quickstart());
    for item in &items {
        match item.sort {
            Sort::Resent { of } => {
                let first = &items[usize::try_from(of).unwrap()];
                assert!(item.request == first.request && item.office == first.office && item.role == first.role);
                assert_eq!(
                    (item.child, item.expected, item.follows()),
                    (first.child, Expected::SameAnswer, Some(of))
                );
            }
            Sort::Changed { of } => {
                let first = &items[usize::try_from(of).unwrap()];
                assert_eq!(item.request.request_id, first.request.request_id);
                assert_eq!(registration(item).r#ref, registration(first).r#ref);
                let differing = crate::registration::Content::of(registration(item))
                    .differing(&crate::registration::Content::of(registration(first)));
                assert!(!differing.is_empty());
                assert_eq!((item.expected, item.follows()), (Expected::IdReused, Some(of)));
            }
            _ => assert!(item.follows().is_none() || matches!(item.sort, Sort::SecondTwin { .. })),
        }
    }
}

#[test]
fn every_registration_has_a_place_of_its_own_and_a_request_id_of_its_own() {
    let items = items(5_000, 8, Mix::quickstart());
    let (mut references, mut ids) = (HashSet::new(), HashSet::new());
    let first_sent = |item: &&Item| !matches!(item.sort, Sort::Resent { .. } | Sort::Changed { .. });
    for item in items.iter().filter(first_sent) {
        let reference = registration(item).r#ref.as_ref().unwrap();
        let place = (
            &reference.office_code,
            reference.register,
            reference.book_year,
            &reference.entry_number,
        );
        assert!(references.insert(place));
        assert!(ids.insert(&item.request.request_id));
        assert_eq!(item.office, reference.office_code);
    }
}

#[test]
fn entries_of_a_book_count_up_from_one() {
    let mut books: HashMap<_, i32> = HashMap::new();
    let first_sent = |item: &Item| !matches!(item.sort, Sort::Resent { .. } | Sort::Changed { .. });
    for item in items(5_000, 9, Mix::quickstart())
        .iter()
        .filter(|item| first_sent(item))
    {
        let reference = registration(item).r#ref.clone().unwrap();
        let last = books
            .entry((reference.office_code, reference.register, reference.book_year))
            .or_default();
        *last += 1;
        // Second twins and doubles take their entry when they are sent, children of one birth all at once.
        assert_eq!(reference.entry_number.parse::<i32>().unwrap(), *last);
    }
}

#[test]
fn request_ids_are_version_7_and_lie_in_the_order_of_time() {
    let mut last = (0, 0);
    for item in items(3_000, 10, Mix::campaign())
        .iter()
        .filter(|item| item.expected == Expected::Number)
    {
        let id: Uuid = item.request.request_id.parse().unwrap();
        assert_eq!(id.get_version_num(), 7);
        let time = id.get_timestamp().unwrap().to_unix();
        // Children of one birth share a millisecond.
        assert!(time >= last);
        last = time;
    }
}

#[test]
fn a_plan_that_cannot_be_followed_is_refused() {
    let refused = |plan: Plan| Births::new(plan).err();
    let good = plan(100, 1, Mix::plain());
    assert_eq!(refused(good), None);
    assert_eq!(refused(Plan { provinces: 0, ..good }), Some(PlanError::NoProvince));
    let before_numbers = Date::constant(2015, 12, 31);
    assert_eq!(
        refused(Plan {
            today: before_numbers,
            ..good
        }),
        Some(PlanError::NoProvince)
    );
    assert_eq!(
        refused(Plan {
            today: Date::constant(2400, 1, 1),
            ..good
        }),
        Some(PlanError::Today)
    );
    assert_eq!(
        refused(Plan {
            count: 1_400_000 * 27,
            ..good
        }),
        Some(PlanError::TooLong)
    );
    assert_eq!(
        refused(Plan {
            count: u64::MAX,
            births_per_year: 0,
            ..good
        }),
        Some(PlanError::TooLong)
    );
    let over = Mix {
        late: 5_001,
        second_twins: 2_500,
        ..Mix::plain()
    };
    assert_eq!(refused(Plan { mix: over, ..good }), Some(PlanError::Mix));
    let far_over = Mix {
        late: u32::MAX,
        twins: 1,
        ..Mix::plain()
    };
    assert_eq!(refused(Plan { mix: far_over, ..good }), Some(PlanError::Mix));
}

#[test]
fn a_mix_may_be_of_one_sort_alone() {
    let twins = Mix {
        twins: 10_000,
        ..Mix::plain()
    };
    assert!(
        items(100, 11, twins)
            .iter()
            .take(90)
            .all(|item| item.sort == Sort::Twin)
    );
    let second = Mix {
        second_twins: 5_000,
        ..Mix::plain()
    };
    let seconds = items(1_000, 12, second)
        .iter()
        .filter(|item| matches!(item.sort, Sort::SecondTwin { .. }))
        .count();
    assert!((495..=500).contains(&seconds));
}

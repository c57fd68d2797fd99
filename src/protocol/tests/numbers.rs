//! Drawing numbers, to the last one of a prefix and past those from elsewhere.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Memory, Vary, birth};
use crate::number::{Number, PlaceCode, Prefix, Sex, Slot};
use crate::proto::v1 as pb;
use crate::protocol::{LifeStatus, NumberRow, NumberState, PrefixRow, Standing};
use crate::refusal::Refusal;

fn prefix() -> Prefix {
    Prefix::new(PlaceCode::new(79).unwrap(), Sex::Female, 2026).unwrap()
}

/// Foundlings of one prefix who have nothing to do with each other.
fn child(nth: u32) -> pb::BirthRegistration {
    let words = ["An", "Bình", "Chi", "Dung", "Em", "Giang", "Hoa", "Khanh", "Lan", "Mai"];
    let word = |digit: u32| words[digit as usize % 10];
    birth()
        .abandoned()
        .entry(&nth.to_string())
        .named(&format!("Nguyễn {} {}", word(nth / 10), word(nth)))
}

/// A memory whose prefix stands at `next`, with these counters taken by numbers from elsewhere.
fn memory(next: u32, taken: &[u32]) -> Memory {
    let mut memory = Memory::new();
    for counter in taken {
        let slot = Slot::of(prefix(), *counter).unwrap();
        let number = NumberRow {
            slot,
            number: memory.ring.picker.at(slot),
            state: NumberState::Quarantined,
            life: LifeStatus::Alive,
            replaced_by: None,
            replaces: None,
            case_id: None,
            issued_at: 0,
            decision: 0,
            registration: 0,
            facts: 0,
        };
        memory.numbers.insert(slot, number);
    }
    let held = taken.iter().filter(|counter| **counter >= next).count() as u32;
    let row = PrefixRow {
        next,
        held,
        picker: memory.head.keys.picker,
        free: Vec::new(),
    };
    memory.prefixes.insert(prefix(), row);
    memory
}

fn counters(memory: &Memory, taken: &[u32]) -> Vec<u32> {
    let all = memory.numbers.keys().map(|slot| slot.counter());
    all.filter(|counter| !taken.contains(counter)).collect()
}

#[test]
fn a_number_carries_place_sex_and_year_and_tells_no_order() {
    let mut memory = Memory::new();
    let mut digits = BTreeSet::new();
    for nth in 0..20 {
        let Standing::Issued(row) = memory.tell(nth.into(), &child(nth)).unwrap().standing else {
            panic!("no number")
        };
        assert_eq!(row.number.prefix(), prefix());
        assert_eq!(
            (row.slot.counter(), row.number),
            (nth, memory.ring.picker.number(prefix(), nth).unwrap())
        );
        assert_eq!(
            (row.state, row.life, row.decision),
            (NumberState::Issued, LifeStatus::Alive, i64::from(nth) + 1)
        );
        assert_eq!((row.replaces, row.replaced_by, row.case_id), (None, None, None::<Uuid>));
        assert_eq!(row.issued_at, memory.moment.at);
        digits.insert(row.number);
    }
    assert_eq!(digits.len(), 20);
    assert_eq!(memory.prefixes[&prefix()].next, 20);
}

#[test]
fn the_last_number_of_a_prefix_is_given_and_then_no_other() {
    let mut memory = memory(999_998, &[]);
    for nth in 0..2 {
        assert!(matches!(
            memory.tell(nth.into(), &child(nth)).unwrap().standing,
            Standing::Issued(_)
        ));
    }
    assert_eq!(memory.prefixes[&prefix()].next, 1_000_000);
    for _ in 0..2 {
        let command = memory.issue(2, &child(2));
        let turned = memory.turn(&[command]);
        assert_eq!(turned.replies[0].as_ref().unwrap_err(), &Refusal::PrefixExhausted);
        assert!(
            turned.changes.is_none(),
            "nothing is written, and the id may be used again"
        );
    }
    // Those who have a number keep it, and other prefixes go on.
    assert!(memory.tell(0, &child(0)).unwrap().replayed);
    let boy = child(2).but(|birth| birth.child().sex = pb::Sex::Male.into());
    assert!(matches!(memory.tell(2, &boy).unwrap().standing, Standing::Issued(_)));
}

#[test]
fn within_one_turn_the_last_number_goes_to_the_first_who_asks() {
    let mut memory = memory(999_998, &[999_999]);
    let commands = [0, 1, 2].map(|nth| memory.issue(nth.into(), &child(nth)));
    let turned = memory.turn(&commands);
    assert!(turned.replies[0].is_ok());
    for refused in &turned.replies[1..] {
        assert_eq!(refused.as_ref().unwrap_err(), &Refusal::PrefixExhausted);
    }
    assert_eq!(counters(&memory, &[999_999]), [999_998]);
}

#[test]
fn numbers_from_elsewhere_are_stepped_over_and_counted_down() {
    let taken = [3, 4, 5, 7, 11, 900_000];
    for size in [1, 2, 5, 10] {
        let mut memory = memory(2, &taken);
        let children: Vec<_> = (0..10).collect();
        for turn in children.chunks(size) {
            let commands: Vec<_> = turn
                .iter()
                .map(|nth| memory.issue((*nth).into(), &child(*nth)))
                .collect();
            assert!(memory.turn(&commands).replies.iter().all(Result::is_ok));
            let row = &memory.prefixes[&prefix()];
            let ahead = taken.iter().filter(|counter| **counter >= row.next).count();
            assert_eq!(row.held as usize, ahead, "after {turn:?}");
        }
        assert_eq!(counters(&memory, &taken), [2, 6, 8, 9, 10, 12, 13, 14, 15, 16]);
    }
}

#[test]
fn two_sexes_two_years_and_two_places_are_different_prefixes() {
    let mut memory = Memory::new();
    let kinds = [
        child(0),
        child(1).but(|birth| birth.child().sex = pb::Sex::Male.into()),
        child(2).born(2025, 3, 9),
        child(3).but(|birth| birth.place_code = "001".into()),
    ];
    for (id, child) in (0..).zip(kinds) {
        let Standing::Issued(row) = memory.tell(id, &child).unwrap().standing else {
            panic!("no number")
        };
        assert_eq!(row.slot.counter(), 0);
    }
    assert_eq!(memory.prefixes.len(), 4);
    let numbers: BTreeSet<Number> = memory.numbers.values().map(|row| row.number).collect();
    assert_eq!(numbers.len(), 4);
}

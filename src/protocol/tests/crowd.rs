//! A key that very many registrations share.

use super::memory::Became;
use super::{Memory, Vary, birth};
use crate::proto::v1 as pb;
use crate::protocol::{CROWD, CaseCause, Command};

const MANY: usize = CROWD + 6;

fn same_child(matches: impl IntoIterator<Item = usize>) -> Became {
    let matches = matches.into_iter().map(|position| position as i64).collect();
    Became::UnderReview(CaseCause::SameChild, matches)
}

/// Foundlings of one name and day: each may be any of the others.
fn foundling(nth: usize) -> pb::BirthRegistration {
    birth().abandoned().entry(&nth.to_string())
}

#[test]
fn of_a_crowd_the_first_are_looked_at_and_no_more() {
    let mut memory = Memory::new();
    assert_eq!(memory.register(&foundling(1)), Became::Issued);
    for nth in 2..=MANY {
        assert_eq!(
            memory.register(&foundling(nth)),
            same_child(1..nth.min(CROWD + 1)),
            "number {nth}"
        );
    }
}

#[test]
fn in_one_turn_it_is_the_same() {
    let mut memory = Memory::new();
    let commands: Vec<Command> = (1..=MANY)
        .map(|nth| memory.issue(nth as u128, &foundling(nth)))
        .collect();
    let replies = memory.turn(&commands).replies;
    for (nth, reply) in (1..).zip(replies).skip(1) {
        assert_eq!(
            memory.became(&reply.unwrap()),
            same_child(1..nth.min(CROWD + 1)),
            "number {nth}"
        );
    }
}

#[test]
fn whoever_meets_a_crowd_is_reviewed_even_where_nobody_in_it_is_alike() {
    const SYLLABLES: [&str; 9] = ["An", "Bình", "Chi", "Dung", "Giang", "Hoa", "Lan", "Mai", "Nga"];
    let of_mother = |nth: usize| {
        birth().mother_without_number().entry(&nth.to_string()).but(|birth| {
            birth.mother().full_name = format!("Trần {} {}", SYLLABLES[nth / 9], SYLLABLES[nth % 9]);
        })
    };
    let mut memory = Memory::new();
    for nth in 0..CROWD {
        assert_eq!(memory.register(&of_mother(nth)), Became::Issued, "number {nth}");
    }
    assert_eq!(memory.register(&of_mother(CROWD)), same_child([1]));
}

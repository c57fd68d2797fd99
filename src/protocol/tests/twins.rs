//! Children of one birth.

use super::memory::Became;
use super::{Memory, Vary, birth};
use crate::proto::v1 as pb;
use crate::protocol::CaseCause;

/// The children of a multiple birth, each with an entry of its own.
fn siblings(births: i32) -> Vec<pb::BirthRegistration> {
    let names = ["Nguyễn Thị Xuân", "Nguyễn Thị Hạ", "Nguyễn Thị Thu", "Nguyễn Thị Đông"];
    (1..=births)
        .zip(names)
        .map(|(order, name)| birth().entry(&order.to_string()).named(name).order(order, births))
        .collect()
}

/// Every order in which `count` things can come.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(count - 1);
    let insert = |order: &Vec<usize>| {
        let order = order.clone();
        (0..count).map(move |at| [&order[..at], &[count - 1], &order[at..]].concat())
    };
    shorter.iter().flat_map(insert).collect()
}

#[test]
fn children_declared_of_one_birth_all_get_numbers_whatever_the_order() {
    for births in 2..=4 {
        let children = siblings(births);
        for order in permutations(children.len()) {
            let mut memory = Memory::new();
            for child in &order {
                assert_eq!(memory.register(&children[*child]), Became::Issued, "{order:?}");
            }
            assert_eq!(memory.numbers.len(), children.len());
        }
    }
}

#[test]
fn they_do_in_one_turn_too() {
    for order in permutations(3) {
        let (mut memory, children) = (Memory::new(), siblings(3));
        let commands: Vec<_> = order
            .iter()
            .map(|child| memory.issue(*child as u128, &children[*child]))
            .collect();
        let turned = memory.turn(&commands);
        for reply in turned.replies {
            assert_eq!(memory.became(&reply.unwrap()), Became::Issued);
        }
    }
}

#[test]
fn without_a_mothers_number_it_is_the_same() {
    let mut memory = Memory::new();
    for child in siblings(3) {
        assert_eq!(memory.register(&child.mother_without_number()), Became::Issued);
    }
}

#[test]
fn twins_may_be_born_on_both_sides_of_midnight() {
    let [first, second] = [(1, (2025, 12, 31)), (2, (2026, 1, 1))]
        .map(|(order, (year, month, day))| siblings(2).remove(order - 1).born(year, month, day));
    for pair in [[&first, &second], [&second, &first]] {
        let mut memory = Memory::new();
        for twin in pair {
            assert_eq!(memory.register(twin), Became::Issued);
        }
    }
}

#[test]
fn the_same_child_of_a_multiple_birth_sent_twice_is_looked_at() {
    let mut memory = Memory::new();
    for child in siblings(3) {
        memory.register(&child);
    }
    for (at, child) in siblings(3).into_iter().enumerate() {
        let again = child.entry(&format!("{at}A"));
        assert_eq!(
            memory.register(&again),
            Became::UnderReview(CaseCause::SameChild, vec![at as i64 + 1])
        );
    }
}

#[test]
fn a_second_twin_is_looked_at_where_the_first_stands_as_a_single_birth() {
    let mut memory = Memory::new();
    memory.register(&birth());
    let second = birth().entry("2").named("Nguyễn Thị Hạ").order(2, 2);
    assert_eq!(
        memory.register(&second),
        Became::UnderReview(CaseCause::SameChild, vec![1])
    );
}

#[test]
fn a_single_birth_is_looked_at_where_twins_stand() {
    let mut memory = Memory::new();
    for twin in siblings(2) {
        memory.register(&twin);
    }
    let single = birth().entry("3").named("Nguyễn Thị Thu");
    assert_eq!(
        memory.register(&single),
        Became::UnderReview(CaseCause::SameChild, vec![1, 2])
    );
}

#[test]
fn the_second_of_twins_is_looked_at_where_the_first_is_one_of_triplets() {
    let mut memory = Memory::new();
    memory.register(&siblings(3)[0]);
    let twin = siblings(2).remove(1);
    assert_eq!(
        memory.register(&twin),
        Became::UnderReview(CaseCause::SameChild, vec![1])
    );
}

#[test]
fn twins_of_two_mothers_on_one_day_have_nothing_to_do_with_each_other() {
    let mut memory = Memory::new();
    for (at, twin) in siblings(2).into_iter().chain(siblings(2)).enumerate() {
        let entry = format!("{at}");
        let twin = if at < 2 {
            twin
        } else {
            twin.of_another_mother().named(["Phạm An", "Phạm Bình"][at - 2])
        };
        assert_eq!(memory.register(&twin.entry(&entry)), Became::Issued);
    }
}

//! Generated runs of what a mission, an office at home and the population side may do about the same few children.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::acts::{approve, authority, registrar, settle};
use super::handed::{MISSION, abroad, reservation};
use super::{Memory, Vary, birth};
use crate::ledger::Position;
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::{CaseRow, CaseState, Decision, Deed, Resolution};

/// One step of a generated run.
#[derive(Debug, Clone, Copy)]
enum Step {
    Reserve,
    /// A number of the first block (by its order) is handed out to a child, written down at an entry, and printed or not.
    Settle(usize, usize, u8, bool),
    AtHome(usize, u8),
    Decide(usize),
    Reject(usize),
    Withdraw(usize),
    Close,
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Reserve),
        8 => (0..4_usize, 0..4_usize, 0..4_u8, any::<bool>()).prop_map(|(n, c, e, p)| Step::Settle(n, c, e, p)),
        3 => (0..4_usize, 10..13_u8).prop_map(|(child, entry)| Step::AtHome(child, entry)),
        4 => (0..6_usize).prop_map(Step::Decide),
        1 => (0..6_usize).prop_map(Step::Reject),
        2 => (0..6_usize).prop_map(Step::Withdraw),
        1 => Just(Step::Close),
        1 => Just(Step::Wait),
    ]
}

/// Four girls of four mothers.
pub(super) fn girl(which: usize, mut birth: pb::BirthRegistration) -> pb::BirthRegistration {
    let names = ["Nguyễn Thị An", "Lê Thị Bình", "Phạm Thị Cúc", "Vũ Thị Dung"];
    birth.child().full_name = names[which].to_owned();
    let mother = birth.mother();
    mother.full_name = format!("Mẹ {}", names[(which + 1) % 4]);
    mother.personal_number = format!("07919990100{which}");
    mother.born = Some(pb::person::Born::BirthYear(1990 + which as i32));
    birth
}

/// Which girl a registration is of, by its position.
pub(super) fn girls(memory: &Memory) -> HashMap<Position, String> {
    let entries = memory.entries.iter();
    let named = entries.filter_map(|entry| {
        let decided = memory.decided(entry.position);
        Some((entry.position, decided.facts()?.child.name.clone()))
    });
    named.collect()
}

/// The numbers that stand, each with the girl who has it.
pub(super) fn standing(memory: &Memory) -> Vec<(Number, String)> {
    let girls = girls(memory);
    let rows = memory.numbers.values().filter(|row| row.stands());
    rows.map(|row| (row.number, girls[&row.registration].clone())).collect()
}

fn take(memory: &mut Memory, step: Step, block: Uuid, numbers: &[Number], id: u128) {
    let open: Vec<CaseRow> = {
        let mut open: Vec<_> = memory
            .cases
            .values()
            .filter(|case| case.state == CaseState::Open)
            .cloned()
            .collect();
        open.sort_by_key(|case| case.decision);
        open
    };
    // What is refused is refused for a reason that the tables above tell; here only what is written matters.
    match step {
        Step::Reserve => {
            let asked = reservation(memory, 2);
            drop(memory.act(registrar(MISSION), Deed::Reserve(asked)));
        }
        Step::Settle(number, child, entry, printed) => {
            let birth = girl(child, abroad()).entry(&entry.to_string());
            drop(memory.settle_number(id, &birth, (block, numbers[number]), printed));
        }
        Step::AtHome(child, entry) => drop(memory.tell(id, &girl(child, birth()).entry(&entry.to_string()))),
        Step::Decide(which) => {
            let Some(case) = open.get(which) else { return };
            let girl = girls(memory)[&case.decision].clone();
            let has = standing(memory).into_iter().find(|(_, name)| *name == girl);
            let resolution = has.map_or(Resolution::DifferentPersons, |(number, _)| {
                Resolution::SamePerson(number)
            });
            memory.act(authority(), approve(case, resolution)).unwrap();
        }
        Step::Reject(which) => {
            let Some(case) = open.get(which) else { return };
            memory.act(authority(), settle(case, Decision::Reject)).unwrap();
        }
        Step::Withdraw(which) => {
            let Some(case) = open.get(which) else { return };
            drop(memory.act(registrar(MISSION), settle(case, Decision::Withdraw)));
        }
        Step::Close => drop(memory.act(registrar(MISSION), Deed::Close(block))),
        Step::Wait => memory.wait(7),
    }
}

/// What must hold of every store, whatever missions did.
pub(super) fn promises(memory: &Memory) -> Result<(), TestCaseError> {
    let standing = standing(memory);
    let mut names: Vec<_> = standing.iter().map(|(_, name)| name).collect();
    names.sort_unstable();
    let distinct = names.windows(2).all(|pair| pair[0] != pair[1]);
    prop_assert!(distinct, "a girl has two numbers that stand");
    for block in memory.blocks.values() {
        let rows: Vec<_> = memory
            .numbers
            .values()
            .filter(|row| row.decision == block.opened)
            .collect();
        let unused = rows.iter().filter(|row| row.unused()).count() as i64;
        prop_assert_eq!((rows.len() as i64, unused), (block.count, block.unused));
    }
    let girls = girls(memory);
    for row in memory.numbers.values() {
        let attached = memory
            .attachments
            .values()
            .filter(|attachment| attachment.slot == row.slot);
        let resting = attached
            .map(|attachment| attachment.registration)
            .chain([row.registration]);
        let mut of: Vec<_> = resting.filter_map(|position| girls.get(&position)).collect();
        of.sort_unstable();
        of.dedup();
        prop_assert!(of.len() <= 1, "a number rests on two girls");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_missions_hand_out_no_child_has_two_numbers_and_no_number_two_children(steps in vec(step(), 1..60)) {
        let mut memory = Memory::new();
        let (block, numbers) = memory.block(4);
        for (step, id) in steps.into_iter().zip(1000_u128..) {
            take(&mut memory, step, block, &numbers, id);
            promises(&memory)?;
        }
    }
}

//! Generated imports: in whatever order and however often, among births and decisions.

use proptest::collection::vec;
use proptest::prelude::*;

use super::acts::{approve, authority, registrar, settle};
use super::handed_runs::{girl, girls, promises, standing};
use super::imports::{IMPORTER, Item};
use super::{Memory, birth, births::Vary};
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::{CaseRow, CaseState, Command, Decision, ImportResult, Resolution, Told};

/// One of a few numbers of girls of 2026: the first are those that the picker would give next.
fn number(memory: &Memory, which: u32) -> Number {
    let prefix = memory.registered(&birth()).facts.prefix().unwrap();
    memory.ring.picker.number(prefix, which).unwrap()
}

/// Each girl in her book, as one source or another has her. No two of these contradict each other.
fn agreeing(memory: &Memory, (which, with_number, says_less): (usize, bool, bool)) -> Item {
    let mut birth = girl(which, birth()).entry(&format!("{}", 10 + which));
    if says_less {
        birth.child().ethnicity.clear();
        birth.mother().nationality.clear();
    }
    // The last girl has no number anywhere.
    let number = (with_number && which < 3).then(|| number(memory, which as u32));
    Item::of(birth, number)
}

/// Which numbers stand, and whose they are.
fn end(memory: &Memory) -> Vec<(Number, String)> {
    let mut standing = standing(memory);
    standing.sort();
    standing
}

fn brought(memory: &mut Memory, items: &[(usize, bool, bool)], turns: usize) {
    for (turn, chunk) in items.chunks(turns).enumerate() {
        let commands: Vec<Command> = chunk
            .iter()
            .enumerate()
            .map(|(at, chosen)| {
                let item = agreeing(memory, *chosen);
                memory.item(&Item {
                    sequence: (turn * turns + at + 1) as i64,
                    ..item
                })
            })
            .collect();
        for told in memory.carry_out(&commands).0 {
            let result = told.unwrap().brings().result;
            assert_ne!(result, ImportResult::Conflict);
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A girl, the entry she is written down at, which number if any, and how many days ago the source said so.
    Import(usize, u8, Option<u32>, i64),
    Birth(usize, u8),
    Decide(usize),
    Reject(usize),
    Withdraw(usize),
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    let number = proptest::option::of(0..4_u32);
    prop_oneof![
        8 => (0..4_usize, 0..4_u8, number, 0..20_i64).prop_map(|(g, e, n, d)| Step::Import(g, e, n, d)),
        4 => (0..4_usize, 0..5_u8).prop_map(|(girl, entry)| Step::Birth(girl, entry)),
        3 => (0..6_usize).prop_map(Step::Decide),
        1 => (0..6_usize).prop_map(Step::Reject),
        1 => (0..6_usize).prop_map(Step::Withdraw),
        1 => Just(Step::Wait),
    ]
}

fn open(memory: &Memory) -> Vec<CaseRow> {
    let open = memory.cases.values().filter(|case| case.state == CaseState::Open);
    let mut open: Vec<_> = open.cloned().collect();
    open.sort_by_key(|case| case.decision);
    open
}

fn command(memory: &mut Memory, step: Step, id: u128) -> Option<Command> {
    let written = |girl_of: usize, entry: u8| -> pb::BirthRegistration {
        girl(girl_of, birth()).entry(&(10 + entry).to_string())
    };
    match step {
        Step::Import(girl, entry, which, days) => {
            let number = which.map(|which| number(memory, which));
            let item = Item {
                as_of: Some(memory.moment.at - days * 24 * 3600 * 1_000_000),
                job: id,
                ..Item::of(written(girl, entry), number)
            };
            Some(memory.item(&item))
        }
        Step::Birth(girl, entry) => Some(memory.issue(id, &written(girl, entry))),
        _ => None,
    }
}

/// Decisions of the two sides, each true to who the children are.
fn decide(memory: &mut Memory, step: Step) {
    let which = match step {
        Step::Decide(which) | Step::Reject(which) | Step::Withdraw(which) => which,
        Step::Wait => return memory.wait(7),
        _ => return,
    };
    let Some(case) = open(memory).get(which).cloned() else {
        return;
    };
    match step {
        Step::Decide(_) => {
            let girl = girls(memory)[&case.decision].clone();
            let has = standing(memory).into_iter().find(|(_, name)| *name == girl);
            let same = |(number, _)| Resolution::SamePerson(number);
            let resolution = has.map_or(Resolution::DifferentPersons, same);
            memory.act(authority(), approve(&case, resolution)).unwrap();
        }
        Step::Reject(_) => drop(memory.act(authority(), settle(&case, Decision::Reject)).unwrap()),
        _ => drop(memory.act(registrar(IMPORTER), settle(&case, Decision::Withdraw))),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_same_items_in_any_order_and_with_repeats_end_the_same(
        (items, shuffled) in vec((0..4_usize, any::<bool>(), any::<bool>()), 1..12)
            .prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle())),
        turns in 1..6_usize,
    ) {
        let mut ends = Vec::new();
        for items in [&items, &shuffled, &[items.as_slice(), &shuffled].concat()] {
            for turns in [1, turns] {
                let mut memory = Memory::new();
                brought(&mut memory, items, turns);
                ends.push(end(&memory));
            }
        }
        prop_assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "{ends:?}");
        let numbered = |which| items.iter().any(|(girl, number, _)| *girl == which && *number);
        prop_assert_eq!(ends[0].len(), (0..3).filter(|which| numbered(*which)).count());
    }

    #[test]
    fn whatever_is_brought_no_child_has_two_numbers_and_no_number_two_children(
        steps in vec(vec(step(), 1..5), 1..16),
    ) {
        let mut memory = Memory::new();
        let mut id = 1000;
        for turn in steps {
            let commands: Vec<Command> = turn
                .iter()
                .filter_map(|step| {
                    id += 1;
                    command(&mut memory, *step, id)
                })
                .collect();
            let (told, _) = memory.carry_out(&commands);
            for told in told {
                let bug = matches!(told, Err(crate::refusal::Refusal::Bug));
                prop_assert!(!bug, "a fault");
                if let Ok(Told::Import(brings)) = &told {
                    prop_assert_eq!(brings.conflict.is_some(), brings.result == ImportResult::Conflict);
                }
            }
            for step in turn {
                decide(&mut memory, step);
            }
            promises(&memory)?;
        }
    }
}

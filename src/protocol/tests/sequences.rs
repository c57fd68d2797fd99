//! Generated runs of commands about few children, cut into turns anywhere.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::memory::Turned;
use super::{Memory, Vary, birth};
use crate::ledger::EntryKind;
use crate::proto::v1 as pb;
use crate::protocol::{CaseCause, Command, Reply, Standing};
use crate::refusal::Refusal;
use crate::registration::may_be_same;

/// One command: who is registered, where, under which id, and in which words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    id: u128,
    entry: u8,
    child: usize,
    words: usize,
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..12_u128, 0..8_u8, 0..6_usize, 0..7_usize);
    vec(
        step.prop_map(|(id, entry, child, words)| Step {
            id,
            entry,
            child,
            words,
        }),
        1..60,
    )
}

/// Six children: twins on both sides of midnight, their elder sister, a child of another mother, and two foundlings.
fn child(which: usize) -> pb::BirthRegistration {
    match which {
        0 => birth().order(1, 2),
        1 => birth().order(2, 2).named("Nguyễn Văn Nam").born(2026, 3, 10),
        2 => birth().named("Nguyễn Thị Mai").born(2024, 2, 29),
        3 => birth().of_another_mother(),
        4 => birth().abandoned(),
        _ => birth().abandoned().named("Nguyễn Văn Tý"),
    }
}

impl Step {
    /// The registration in one of several wordings, none of which makes the child unknowable.
    fn birth(self) -> pb::BirthRegistration {
        let birth = child(self.child).entry(&self.entry.to_string());
        match self.words {
            0 => birth.but(|birth| birth.child().ethnicity = "Tày".into()),
            1 => birth.but(|birth| birth.child().full_name = birth.child().full_name.to_lowercase().nfd().collect()),
            2 => birth.but(|birth| {
                if let Some(mother) = &mut birth.mother {
                    mother.personal_number.clear();
                }
            }),
            3 => birth.but(|birth| birth.child().nationalities = vec!["FR".into()]),
            4 => birth.kind(pb::RegistrationKind::ReRegistration),
            _ => birth,
        }
    }
}

/// Runs the steps on a store, a turn for each of `cuts`, and judges every turn. What is done before each turn, and after its
/// commands were prepared, is done to the store.
pub(super) fn run(
    mut memory: Memory,
    steps: &[Step],
    cuts: &[usize],
    before_turn: &mut dyn FnMut(usize, &mut Memory),
) -> Result<(Memory, Vec<Outcome>), TestCaseError> {
    let mut judge = Judge::default();
    let mut rest = steps;
    for (number, size) in cuts.iter().copied().chain(std::iter::repeat(usize::MAX)).enumerate() {
        let (turn, later) = rest.split_at(size.min(rest.len()));
        let commands: Vec<Command> = turn.iter().map(|step| memory.issue(step.id, &step.birth())).collect();
        before_turn(number, &mut memory);
        let entries_before = memory.entries.len();
        let turned = memory.turn(&commands);
        judge.turn(&memory, turn, &turned, entries_before)?;
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    Ok((memory, judge.outcomes))
}

pub(super) type Outcome = Result<(Standing, i64, bool), Refusal>;

/// What callers were told, and who is who.
#[derive(Default)]
struct Judge {
    outcomes: Vec<Outcome>,
    answered: HashMap<u128, (Standing, i64)>,
    /// The child of each new decision.
    children: HashMap<i64, usize>,
}

impl Judge {
    fn turn(&mut self, memory: &Memory, turn: &[Step], turned: &Turned, before: usize) -> Result<(), TestCaseError> {
        let mut entries = memory.entries[before..].iter();
        for (step, outcome) in turn.iter().zip(&turned.replies) {
            if let Ok(reply) = outcome {
                let first_time = !self.answered.contains_key(&step.id);
                self.answer(memory, *step, reply)?;
                // One entry for each command that changed something, in their order.
                if first_time {
                    let entry = entries.next().expect("an entry of its own");
                    prop_assert_eq!(entry.request.id.as_u128(), step.id);
                    prop_assert_eq!(entry.kind == EntryKind::Bound, reply.replayed);
                    prop_assert_eq!(entry.decision, reply.position);
                }
            }
            self.outcomes.push(
                outcome
                    .clone()
                    .map(|reply| (reply.standing, reply.position, reply.replayed)),
            );
        }
        prop_assert!(entries.next().is_none(), "no other entry");
        prop_assert_eq!(turned.changes.is_some(), memory.entries.len() > before);
        let mut standing = HashMap::new();
        for number in memory.numbers.values() {
            let child = self.children[&number.decision];
            prop_assert_eq!(standing.insert(child, number.number), None, "one child, one number");
        }
        Ok(())
    }

    fn answer(&mut self, memory: &Memory, step: Step, reply: &Reply) -> Result<(), TestCaseError> {
        let answer = (reply.standing.clone(), reply.position);
        match self.answered.get(&step.id) {
            Some(first) => {
                prop_assert_eq!(&answer, first, "one request, one answer");
                prop_assert!(reply.replayed);
            }
            None => {
                self.answered.insert(step.id, answer);
            }
        }
        if !reply.replayed {
            self.children.insert(reply.position, step.child);
            looked_everywhere(memory, reply)?;
        }
        Ok(())
    }
}

/// The keys find what looking at every earlier registration finds.
fn looked_everywhere(memory: &Memory, reply: &Reply) -> Result<(), TestCaseError> {
    let earlier = (1..reply.position).map(|position| memory.decided(position));
    let alike = earlier.filter(|known| {
        matches!(known.known.entry.kind, EntryKind::Issued | EntryKind::UnderReview)
            && may_be_same(&reply.facts, known.facts().unwrap(), memory.rules.codes)
    });
    let alike: Vec<_> = alike.map(|known| known.known.entry.position).collect();
    match &reply.standing {
        Standing::Issued(_) => prop_assert!(alike.is_empty()),
        Standing::UnderReview(case) => {
            let case = &memory.cases[case];
            prop_assert_eq!(&case.matches, &alike);
            prop_assert!(case.cause == CaseCause::ReRegistration || !alike.is_empty());
        }
        Standing::NotEligible | Standing::CaseClosed(_) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_run_of_commands_breaks_a_promise_however_it_is_cut_into_turns(
        steps in steps(),
        cuts in vec(1..20_usize, 0..20),
    ) {
        let (memory, outcomes) = run(Memory::new(), &steps, &cuts, &mut |_, _| ())?;
        let singly = vec![1; steps.len()];
        let (one_by_one, expected) = run(Memory::new(), &steps, &singly, &mut |_, _| ())?;
        prop_assert_eq!(outcomes, expected);
        prop_assert_eq!(memory.head.frontier.root(), one_by_one.head.frontier.root());
        prop_assert_eq!(memory.entries, one_by_one.entries);
        prop_assert_eq!(memory.requests, one_by_one.requests);
        prop_assert_eq!(memory.strict, one_by_one.strict);
        prop_assert_eq!(memory.blocking, one_by_one.blocking);
        prop_assert_eq!(memory.numbers, one_by_one.numbers);
        prop_assert_eq!(memory.prefixes, one_by_one.prefixes);
        prop_assert_eq!(memory.cases, one_by_one.cases);
    }
}

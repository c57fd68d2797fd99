//! Commands of one turn see each other as if each had a turn of its own.

use super::memory::Became;
use super::{Memory, Vary, birth};
use crate::ledger::EntryKind;
use crate::proto::v1 as pb;
use crate::protocol::{CaseCause, Command, Standing};
use crate::refusal::Refusal;

fn foreign() -> pb::BirthRegistration {
    birth().but(|birth| birth.child().nationalities = vec!["FR".into()])
}

/// One turn of these births, each under its request id.
fn turn(memory: &mut Memory, births: &[(u128, pb::BirthRegistration)]) -> super::memory::Turned {
    let commands: Vec<Command> = births.iter().map(|(id, birth)| memory.issue(*id, birth)).collect();
    memory.turn(&commands)
}

#[test]
fn a_child_entered_twice_gets_one_number() {
    let mut memory = Memory::new();
    let turned = turn(
        &mut memory,
        &[(1, birth()), (2, birth().entry("2")), (3, birth().entry("3"))],
    );
    let became: Vec<_> = turned
        .replies
        .into_iter()
        .map(|reply| memory.became(&reply.unwrap()))
        .collect();
    let review = |matches: &[i64]| Became::UnderReview(CaseCause::SameChild, matches.to_vec());
    assert_eq!(became, [Became::Issued, review(&[1]), review(&[1, 2])]);
    assert_eq!(memory.numbers.len(), 1);
}

#[test]
fn a_request_sent_three_times_is_one_entry() {
    let mut memory = Memory::new();
    let turned = turn(&mut memory, &[(1, birth()), (1, birth()), (1, birth())]);
    let replies: Vec<_> = turned.replies.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        replies.iter().map(|reply| reply.replayed).collect::<Vec<_>>(),
        [false, true, true]
    );
    assert!(
        replies
            .iter()
            .all(|reply| reply.standing == replies[0].standing && reply.position == 1)
    );
    assert_eq!(memory.entries.len(), 1);
}

#[test]
fn an_id_used_twice_belongs_to_the_first() {
    let mut memory = Memory::new();
    let turned = turn(
        &mut memory,
        &[(1, birth()), (1, birth().named("Nguyễn Thị Hoa")), (1, birth())],
    );
    let paths = vec!["registration.child.full_name".to_owned()];
    assert_eq!(
        turned.replies[1].as_ref().unwrap_err(),
        &Refusal::RequestIdReused(paths)
    );
    assert!(turned.replies[2].as_ref().unwrap().replayed);
    assert_eq!(memory.entries.len(), 1);
}

#[test]
fn a_second_id_of_one_registration_is_bound_and_a_third_with_other_facts_refused() {
    let mut memory = Memory::new();
    let named = birth().named("Nguyễn Thị Hoa");
    let turned = turn(&mut memory, &[(1, birth()), (2, birth()), (3, named), (2, birth())]);
    let second = turned.replies[1].as_ref().unwrap();
    assert_eq!((second.position, second.replayed), (1, true));
    assert!(matches!(turned.replies[2], Err(Refusal::RegistrationExists(_))));
    assert_eq!(turned.replies[3].as_ref().unwrap().position, 1);
    let kinds: Vec<_> = memory
        .entries
        .iter()
        .map(|entry| (entry.kind, entry.decision))
        .collect();
    assert_eq!(kinds, [(EntryKind::Issued, 1), (EntryKind::Bound, 1)]);
}

#[test]
fn a_reference_that_got_nothing_moves_on_within_the_turn() {
    let mut memory = Memory::new();
    let still = foreign().named("Nguyễn Thị Hoa");
    let births = [
        (1, foreign()),
        (2, still.clone()),
        (3, birth()),
        (4, still),
        (5, birth()),
    ];
    let turned = turn(&mut memory, &births);
    let changes = turned.changes.unwrap();
    assert_eq!(changes.strict.len(), 2, "the reference, and the child");
    assert_eq!(
        changes.moved.iter().map(|(_, position)| *position).collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(changes.moved[0].0, changes.moved[1].0);
    assert!(matches!(turned.replies[3], Err(Refusal::RegistrationExists(_))));
    assert_eq!(turned.replies[4].as_ref().unwrap().position, 3);

    let found = memory
        .turn(&[memory.find_reference(&birth())])
        .replies
        .remove(0)
        .unwrap();
    assert!(matches!(found.standing, Standing::Issued(_)));
    assert_eq!(found.position, 3);
}

#[test]
fn a_question_sees_what_was_decided_before_it_and_nothing_after() {
    let mut memory = Memory::new();
    let question = memory.find_reference(&birth());
    let command = memory.issue(1, &birth());
    let turned = memory.turn(&[question.clone(), command, question]);
    assert_eq!(turned.replies[0].as_ref().unwrap_err(), &Refusal::NoSuchRegistration);
    let found = turned.replies[2].as_ref().unwrap();
    assert_eq!((found.position, found.replayed), (1, true));
}

#[test]
fn a_refused_command_leaves_no_gap() {
    let mut memory = Memory::new();
    let closed = birth()
        .entry("2")
        .of_another_mother()
        .but(|birth| birth.place_code = "027".into());
    let turned = turn(
        &mut memory,
        &[(1, birth()), (2, closed), (3, birth().entry("3").of_another_mother())],
    );
    assert!(matches!(turned.replies[1], Err(Refusal::PrefixClosed { .. })));
    assert_eq!(turned.replies[2].as_ref().unwrap().position, 2);
    let slots: Vec<_> = memory.numbers.keys().map(|slot| slot.counter()).collect();
    assert_eq!(slots, [0, 0], "each the first of its prefix");
}

#[test]
fn a_turn_that_decides_nothing_new_writes_nothing() {
    let mut memory = Memory::new();
    turn(&mut memory, &[(1, birth())]);
    let turned = turn(&mut memory, &[(1, birth()), (2, birth().named("Nguyễn Thị Hoa"))]);
    assert!(turned.changes.is_none());
    assert!(memory.turn(&[]).changes.is_none());
}

//! What is kept of a decision, so that later ones can stand on it.

use super::births::day;
use super::{Memory, Vary, birth};
use crate::ledger::EntryKind;
use crate::proto::v1 as pb;
use crate::protocol::{CaseKind, CaseState, Command, Issue, Side, Standing, wanted};

fn issue(command: &Command) -> &Issue {
    match command {
        Command::Issue(issue) => issue,
        _ => panic!("not a birth"),
    }
}

/// Registers the child twice; the second time opens a case.
fn with_a_case() -> (Memory, Command) {
    let mut memory = Memory::new();
    memory.register(&birth());
    let command = memory.issue(2, &birth().entry("2").named("Nguyễn Văn Nam"));
    memory.turn(std::slice::from_ref(&command));
    (memory, command)
}

#[test]
fn a_case_says_why_against_whom_and_who_decides() {
    let (memory, command) = with_a_case();
    let case = &memory.cases[&issue(&command).case_id];
    assert_eq!(
        (case.kind, case.state, case.proposed_side),
        (CaseKind::Duplicate, CaseState::Open, Side::Registration)
    );
    assert_eq!((case.decision, case.opened_at, case.version), (2, memory.moment.at, 1));
    assert_eq!(case.matches, [1]);
    let entry = &memory.entries[1];
    assert_eq!(
        (entry.kind, entry.case_id, entry.number),
        (EntryKind::UnderReview, Some(case.case_id), None)
    );
}

#[test]
fn a_case_keeps_the_facts_it_waits_with_sealed() {
    let (memory, command) = with_a_case();
    let issue = issue(&command);
    let decided = memory.decided(2);
    assert_eq!(decided.content(), Some(&issue.content));
    assert_eq!(decided.facts(), Some(&issue.facts));
    let entry = &decided.known.entry;
    let (salt, content) = memory.ring.seal.open(&entry.request.binding(), &entry.sealed).unwrap();
    assert_eq!(entry.expected_leaf(&salt, &content, &[]), entry.leaf);
}

#[test]
fn a_case_keeps_the_keys_by_which_its_child_is_found_and_takes_none_from_a_number() {
    let (memory, command) = with_a_case();
    let keys = &issue(&command).keys;
    assert_eq!(memory.strict[&keys.reference], 2);
    assert_eq!(
        memory.strict[&keys.subject.unwrap()],
        1,
        "the number that stands holds the child"
    );
    for key in &keys.blocking {
        assert!(memory.blocking[key].contains(&2));
    }
}

#[test]
fn a_number_keeps_reference_child_and_every_blocking_key() {
    let mut memory = Memory::new();
    let command = memory.issue(1, &birth());
    memory.turn(std::slice::from_ref(&command));
    let keys = &issue(&command).keys;
    assert_eq!(
        memory.strict.keys().copied().collect::<std::collections::BTreeSet<_>>(),
        [keys.reference, keys.subject.unwrap()].into()
    );
    assert_eq!(memory.blocking.len(), keys.blocking.len());
    assert!(keys.blocking.iter().all(|key| memory.blocking[key] == [1]));
}

#[test]
fn a_question_writes_nothing() {
    let (mut memory, _) = with_a_case();
    let questions = [
        memory.find_reference(&birth()),
        memory.find_reference(&birth().entry("2")),
    ];
    let turned = memory.turn(&questions);
    assert!(turned.changes.is_none());
    let standings: Vec<_> = turned
        .replies
        .into_iter()
        .map(|reply| reply.unwrap().standing)
        .collect();
    assert!(matches!(standings[..], [Standing::Issued(_), Standing::UnderReview(_)]));
}

#[test]
fn time_is_that_of_the_turn_in_entry_number_case_and_head() {
    let (memory, _) = with_a_case();
    assert_eq!(memory.head.at, memory.moment.at);
    assert!(memory.entries.iter().all(|entry| entry.at == memory.moment.at));
}

#[test]
fn what_a_turn_wants_looked_up_is_named_once_and_in_order() {
    let mut memory = Memory::new();
    let boy = birth().entry("2").of_another_mother();
    let commands = [
        memory.issue(2, &boy),
        memory.issue(1, &birth()),
        memory.issue(1, &birth()),
        memory.find_reference(&boy),
        memory.issue(
            3,
            &birth().entry("3").but(|birth| birth.registered_on = day(2026, 3, 20)),
        ),
    ];
    let wanted = wanted(&commands, &memory.ring.index.current());
    assert_eq!(wanted.requests.len(), 3);
    assert_eq!(wanted.strict.len(), 5, "three references and two children");
    assert!(wanted.requests.is_sorted() && wanted.strict.is_sorted() && wanted.blocking.is_sorted());
    for issue in [0, 1, 4].map(|at| issue(&commands[at])) {
        assert!(issue.keys.probes.iter().all(|key| wanted.blocking.contains(key)));
    }
    let mut prefixes: Vec<_> = wanted
        .prefixes
        .iter()
        .map(|(prefix, want)| (prefix.sex(), *want))
        .collect();
    prefixes.sort_unstable();
    assert_eq!(
        prefixes,
        [(crate::number::Sex::Male, 1), (crate::number::Sex::Female, 3)]
    );
}

#[test]
fn neither_commands_nor_answers_show_whom_they_are_about() {
    let mut memory = Memory::new();
    let named: pb::BirthRegistration = birth().named("Nguyễn Thị Bí Mật");
    let command = memory.issue(1, &named);
    let turned = memory.turn(std::slice::from_ref(&command));
    let reply = turned.replies[0].as_ref().unwrap();
    let Standing::Issued(row) = &reply.standing else {
        panic!("no number")
    };
    let digits = row.number.to_string();
    let decided = memory.decided(1);
    let shown = format!("{command:?} {reply:?} {:?} {decided:?}", turned.changes);
    for secret in [
        "Bí Mật",
        "Mật",
        "Thúy",
        "079199900001",
        &digits,
        &digits[3..],
        &digits[6..],
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

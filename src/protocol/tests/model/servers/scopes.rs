//! The scopes in which two servers are checked.

use super::super::super::acts::{approve, authority, propose, registrar, settle};
use super::super::super::{Memory, Vary, birth};
use super::super::kept::{Person, Sent, Stored};
use super::super::promises::Promise;
use super::super::seeded::Mistake;
use super::super::{holds, violates};
use super::state::Faults;
use super::{Servers, Sight};
use crate::proto::v1 as pb;
use crate::protocol::{Act, Command, Decision, Proposed, Resolution};

/// Births to be sent: the request id, the registration, and the child it is really of. A request named twice is sent
/// twice, each time under another seal.
fn births(sent: &[(u128, pb::BirthRegistration, Person)], faults: Faults) -> Servers {
    let mut memory = Memory::new();
    let make = |(id, birth, person): &(u128, pb::BirthRegistration, Person)| Sent {
        command: memory.issue(*id, birth),
        person: *person,
    };
    let sendings = sent.iter().map(make).collect();
    Servers::new(Stored::new(memory), sendings, faults)
}

/// Whatever befalls servers and their lease.
const SERVERS: Faults = Faults {
    crashes: 1,
    lapses: 1,
    saves: 1,
    rollbacks: 1,
    cuts: 0,
    failovers: 0,
};

/// Whatever befalls the store.
const STORE: Faults = Faults {
    crashes: 1,
    lapses: 0,
    saves: 0,
    rollbacks: 0,
    cuts: 1,
    failovers: 1,
};

/// A girl of the same place and year as [`birth`], so that both numbers are of one prefix.
fn another_girl() -> pb::BirthRegistration {
    let another = birth().entry("2").of_another_mother();
    another.but(|birth| birth.child().sex = pb::Sex::Female.into())
}

/// The same child once more, typed as a boy: no constraint on numbers stands in the way of a second.
fn typed_as_a_boy() -> pb::BirthRegistration {
    birth().entry("2").but(|birth| birth.child().sex = pb::Sex::Male.into())
}

/// One request, sent three times.
fn one_request(faults: Faults) -> Servers {
    births(&[(1, birth(), 1), (1, birth(), 1), (1, birth(), 1)], faults)
}

/// Two children of one prefix, and the first sent again.
fn two_children(faults: Faults) -> Servers {
    births(&[(1, birth(), 1), (2, another_girl(), 2), (1, birth(), 1)], faults)
}

/// One child, registered twice, and the second sent again.
fn one_child(faults: Faults) -> Servers {
    births(
        &[(1, birth(), 1), (2, typed_as_a_boy(), 1), (2, typed_as_a_boy(), 1)],
        faults,
    )
}

/// One registration under two ids, and the first id for another name.
fn one_registration(faults: Faults) -> Servers {
    let renamed = birth().named("Nguyễn Thị Hoa");
    births(&[(1, birth(), 1), (2, birth(), 1), (1, renamed, 1)], faults)
}

/// A case that is approved, the approval sent again, and taken back meanwhile.
fn one_case(faults: Faults) -> Servers {
    let mut memory = Memory::new();
    let start = Stored::new(memory.clone());
    let given = start.turn(&start, &[birth_of(&mut memory)], None).after;
    let number = given.memory.numbers.values().next().expect("a number").number;
    let opening = memory.act_of(registrar("26734"), propose(number, Proposed::Revocation));
    let opened = given.turn(&given, &[sent(opening)], None).after;
    let case = opened.memory.cases.values().next().expect("a case");
    let approval = memory.act_of(authority(), approve(case, Resolution::None));
    let again = Act {
        seed: ([99; 32], [99; 12]),
        ..approval.clone()
    };
    let withdrawal = memory.act_of(registrar("26734"), settle(case, Decision::Withdraw));
    Servers::new(opened.clone(), [approval, withdrawal, again].map(sent).to_vec(), faults)
}

/// A registration under review, sent again twice while its case is decided.
fn one_review(faults: Faults) -> Servers {
    let mut memory = Memory::new();
    let start = Stored::new(memory.clone());
    let mut again = || Sent {
        command: memory.issue(2, &typed_as_a_boy()),
        person: 2,
    };
    let (first, second, third) = (again(), again(), again());
    let given = start.turn(&start, &[birth_of(&mut memory)], None).after;
    let waiting = given.turn(&given, &[first], None).after;
    let case = waiting.memory.cases.values().next().expect("a case");
    let approval = memory.act_of(authority(), approve(case, Resolution::DifferentPersons));
    Servers::new(waiting.clone(), vec![second, sent(approval), third], faults)
}

fn birth_of(memory: &mut Memory) -> Sent {
    let (command, person) = (memory.issue(0x1000, &birth()), 1);
    Sent { command, person }
}

fn sent(act: Act) -> Sent {
    let command = Command::Act(Box::new(act));
    Sent { command, person: 0 }
}

#[test]
fn a_request_sent_to_both_servers_is_decided_once() {
    holds(one_request(SERVERS).seeing(&[
        Sight::AnsweredByTheOther,
        Sight::LapsedInATurn,
        Sight::InBothServers,
        Sight::LookedUp,
        Sight::RolledBack,
    ]));
    holds(one_request(STORE).seeing(&[Sight::AnsweredAfterFailover, Sight::CutOffAfterCommit]));
}

#[test]
fn two_children_registered_at_once_get_two_numbers() {
    holds(two_children(SERVERS).seeing(&[Sight::AnsweredByTheOther, Sight::LookedUp]));
    holds(two_children(STORE).seeing(&[Sight::AnsweredAfterFailover]));
}

#[test]
fn a_child_registered_at_two_servers_gets_one_number() {
    holds(one_child(SERVERS).seeing(&[Sight::UnderReview, Sight::AnsweredByTheOther]));
    holds(one_child(STORE).seeing(&[Sight::UnderReview, Sight::AnsweredAfterFailover]));
}

#[test]
fn a_registration_under_two_ids_is_one() {
    holds(one_registration(SERVERS).seeing(&[Sight::OneRefused, Sight::RolledBack]));
    holds(one_registration(STORE).seeing(&[Sight::OneRefused]));
}

#[test]
fn a_case_closed_from_both_servers_is_closed_once() {
    holds(one_case(SERVERS).seeing(&[Sight::OneRefused, Sight::DecidedAndResent]));
    holds(one_case(STORE).seeing(&[Sight::DecidedAndResent, Sight::CutOffAfterCommit]));
}

#[test]
fn what_is_under_review_becomes_what_its_case_decides_at_both_servers() {
    holds(one_review(SERVERS).seeing(&[Sight::ReviewDecided, Sight::LookedUp]));
    holds(one_review(STORE).seeing(&[Sight::ReviewDecided, Sight::AnsweredAfterFailover]));
}

#[test]
#[ignore = "takes minutes: all that may go wrong at once"]
fn whatever_goes_wrong_together_breaks_nothing() {
    let everything = Faults {
        crashes: 2,
        lapses: 2,
        saves: 1,
        rollbacks: 1,
        cuts: 1,
        failovers: 1,
    };
    for scope in [
        one_request,
        two_children,
        one_child,
        one_registration,
        one_case,
        one_review,
    ] {
        holds(scope(everything));
    }
}

#[test]
fn a_lease_trusted_instead_of_the_turn_is_found() {
    let mistaken = |model: Servers| model.with(Mistake::LeaseTrusted);
    violates(mistaken(two_children(SERVERS)), Promise::NoNumberToTwoPersons);
    violates(mistaken(one_child(SERVERS)), Promise::NoPersonWithTwoNumbers);
    violates(mistaken(one_request(SERVERS)), Promise::SameAnswerForEver);
}

#[test]
fn lock_and_load_folded_into_one_are_found() {
    let mistaken = |model: Servers| model.with(Mistake::LockAndLoadFolded);
    let nothing_else = Faults::default();
    violates(mistaken(two_children(nothing_else)), Promise::NoNumberToTwoPersons);
    violates(mistaken(one_child(nothing_else)), Promise::NoPersonWithTwoNumbers);
    violates(mistaken(two_children(nothing_else)), Promise::NothingOffTheLedger);
}

#[test]
fn an_answer_given_before_it_is_durable_is_found() {
    let mistaken = one_request(STORE).with(Mistake::AnsweredBeforeDurable);
    violates(mistaken, Promise::DurableBeforeAnswered);
}

//! Every command about a number, in every state a number may be in: what is answered, and what becomes of the number.

use super::acts::{approve, attach, authority, change, department, dispute, propose, registrar};
use super::reports::record;
use super::{Memory, Vary, birth};
use crate::ledger::EntryKind;
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::CaseCause::{FactsDiffer, NoSuchPerson, OtherNumber};
use crate::protocol::NumberState::{self, Confirmed, Disputed, Issued, Quarantined, Revoked};
use crate::protocol::reconcile::{Mismatch, Record};
use crate::protocol::{Deed, Proposed, Resolution};
use crate::refusal::Refusal;

/// The state before of the number that is given to the birth of entry 1.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Before {
    Unknown,
    IsIssued,
    IsConfirmed,
    IsDisputed,
    IsRevoked,
    /// Held by the population database, with nobody here.
    IsHeld,
    /// Issued, with a proposal to revoke it.
    HasCase,
    /// Set apart for a mission.
    IsReserved,
}

const BEFORE: [Before; 8] = [
    Before::Unknown,
    Before::IsIssued,
    Before::IsConfirmed,
    Before::IsDisputed,
    Before::IsRevoked,
    Before::IsHeld,
    Before::HasCase,
    Before::IsReserved,
];

#[derive(Debug, Clone, Copy)]
enum Told {
    Confirm,
    Dispute,
    Revocation,
    Reissue,
    Merge,
    Change,
    Attach,
    /// That another registry holds another name.
    Report,
}

const TOLD: [Told; 8] = [
    Told::Confirm,
    Told::Dispute,
    Told::Revocation,
    Told::Reissue,
    Told::Merge,
    Told::Change,
    Told::Attach,
    Told::Report,
];

/// What came of it: the state after, and whether a case is open; or a refusal.
type Outcome = Result<(NumberState, bool), Refusal>;

/// A number that nobody here was given.
fn elsewhere() -> Number {
    Number::parse("001226123456").unwrap()
}

/// A foundling registered anew, who waits for the population side.
fn waiting() -> pb::BirthRegistration {
    let foundling = birth().entry("9").abandoned().named("Hoàng Thị Mây");
    foundling.kind(pb::RegistrationKind::ReRegistration)
}

/// A memory with a number in this state, and a foundling's registration that waits for a number.
fn memory(before: Before) -> (Memory, Number) {
    let mut memory = Memory::new();
    memory.register(&waiting());
    let number = match before {
        Before::Unknown | Before::IsHeld => elsewhere(),
        Before::IsReserved => memory.reserved(),
        _ => memory.given(&birth()),
    };
    let mut act = |from, deed| memory.act(from, deed).unwrap();
    match before {
        Before::Unknown | Before::IsIssued | Before::IsReserved => {}
        Before::IsConfirmed => drop(act(authority(), Deed::Confirm(number))),
        Before::IsDisputed => drop(act(authority(), dispute(number, FactsDiffer, None))),
        Before::IsRevoked => {
            let opened = act(registrar("26734"), propose(number, Proposed::Revocation));
            let case = memory.case(opened).clone();
            memory.act(authority(), approve(&case, Resolution::None)).unwrap();
        }
        Before::IsHeld => {
            let other = memory.given(&birth().entry("5").of_another_mother());
            memory
                .act(authority(), dispute(other, OtherNumber, Some(number)))
                .unwrap();
        }
        Before::HasCase => drop(act(registrar("26734"), propose(number, Proposed::Revocation))),
    }
    (memory, number)
}

fn send(memory: &mut Memory, number: Number, told: Told) -> Outcome {
    let deed = match told {
        Told::Confirm => Deed::Confirm(number),
        Told::Dispute => dispute(number, NoSuchPerson, None),
        Told::Revocation => propose(number, Proposed::Revocation),
        Told::Reissue => {
            let corrected = birth().born(2025, 3, 9).but(|birth| {
                birth.r#ref.get_or_insert_default().book_year = 2026;
            });
            propose(number, Proposed::Reissue(memory.registered(&corrected)))
        }
        Told::Merge => propose(number, Proposed::Merge(elsewhere_too())),
        Told::Change => {
            let facts = pb::Facts {
                ethnicity: Some("Tày".into()),
                ..pb::Facts::default()
            };
            change(number, &birth(), facts, &["ethnicity"])
        }
        Told::Attach => attach(number, memory.reference(&waiting())),
        Told::Report => {
            report(memory, number)?;
            let row = memory.stands(number);
            return Ok((row.state, row.case_id.is_some()));
        }
    };
    memory.act(authority(), deed)?;
    let row = memory.stands(number);
    Ok((row.state, row.case_id.is_some()))
}

/// Reports what a comparison with a record of another name comes to.
fn report(memory: &mut Memory, number: Number) -> Result<(), Refusal> {
    let record = Record {
        reference: None,
        ..record(&birth().named("Nguyễn Thị Khác"), Some(number))
    };
    let row = memory.numbers.get(&memory.ring.picker.slot(number)).cloned();
    let held = row.as_ref().is_some_and(|row| row.stands() || row.state == Disputed);
    let mismatch = match (&row, held) {
        (None, _) => Mismatch::MissingHere,
        (Some(_), true) => Mismatch::Differs(vec!["full_name"]),
        (Some(_), false) => Mismatch::Differs(vec!["state"]),
    };
    memory.report(authority(), record, mismatch, row.map_or(0, |row| row.facts))?;
    Ok(())
}

fn elsewhere_too() -> Number {
    Number::parse("001226654321").unwrap()
}

fn expected(before: Before, told: Told) -> Outcome {
    use Before::{HasCase, IsConfirmed, IsDisputed, IsHeld, IsIssued, IsReserved, IsRevoked, Unknown};
    let wrong = Err(Refusal::WrongState("number"));
    match (told, before) {
        (Told::Attach, Unknown | IsHeld) => Ok((Confirmed, false)),
        // A report leaves every number as it is; where no office is known, it is nobody's matter.
        (Told::Report, Unknown | IsHeld | IsReserved) => Err(Refusal::WrongState("record")),
        (Told::Report, IsIssued) => Ok((Issued, false)),
        (Told::Report, IsConfirmed) => Ok((Confirmed, false)),
        (Told::Report, IsDisputed) => Ok((Disputed, true)),
        (Told::Report, IsRevoked) => Ok((Revoked, false)),
        (Told::Report, HasCase) => Ok((Issued, true)),
        (_, Unknown) => Err(Refusal::NoSuchNumber),
        // Nobody is known to hold it, so nobody's facts match.
        (Told::Change, IsHeld | IsReserved) => Err(Refusal::NoSuchNumber),
        (Told::Confirm, IsIssued) => Ok((Confirmed, false)),
        (Told::Confirm, HasCase) => Ok((Confirmed, true)),
        (Told::Dispute, IsIssued) => Ok((Disputed, true)),
        (Told::Dispute | Told::Revocation | Told::Reissue | Told::Merge | Told::Attach, IsDisputed | HasCase) => {
            Err(Refusal::CaseOpen)
        }
        (Told::Revocation | Told::Reissue | Told::Merge, IsIssued) => Ok((Issued, true)),
        (Told::Revocation | Told::Reissue | Told::Merge, IsConfirmed) => Ok((Confirmed, true)),
        (Told::Change | Told::Attach, IsIssued) => Ok((Issued, false)),
        (Told::Change | Told::Attach, IsConfirmed) => Ok((Confirmed, false)),
        (Told::Change, IsDisputed) => Ok((Disputed, true)),
        (Told::Change, HasCase) => Ok((Issued, true)),
        (_, IsConfirmed | IsDisputed | IsRevoked | IsHeld | IsReserved) => wrong,
    }
}

#[test]
fn every_command_in_every_state_of_a_number_comes_to_exactly_this() {
    for before in BEFORE {
        for told in TOLD {
            let (mut memory, number) = memory(before);
            let entries = memory.entries.len();
            let outcome = send(&mut memory, number, told);
            assert_eq!(outcome, expected(before, told), "{before:?} {told:?}");
            let written = memory.entries.len() - entries;
            assert_eq!(written, usize::from(outcome.is_ok()), "{before:?} {told:?}");
        }
    }
}

#[test]
fn a_command_sent_again_is_answered_as_before_whatever_happened_since_and_writes_nothing() {
    for before in BEFORE {
        let (mut memory, number) = memory(before);
        let act = memory.act_of(authority(), Deed::Confirm(number));
        let first = memory.send(act.clone());
        let entries = memory.entries.len();
        let mut again = act.clone();
        again.seed = ([99; 32], [99; 12]);
        match (first, memory.send(again)) {
            (Ok(first), Ok(again)) => {
                assert_eq!((again.position, again.replayed), (first.position, true));
                assert!(!first.replayed);
            }
            (Err(first), Err(again)) => assert_eq!(first, again),
            other => panic!("{before:?}: {other:?}"),
        }
        assert_eq!(memory.entries.len(), entries);
    }
}

#[test]
fn a_turn_run_again_takes_its_own_entry_for_the_first_answer() {
    let (mut memory, number) = memory(Before::IsIssued);
    let act = memory.act_of(authority(), Deed::Confirm(number));
    memory.send(act.clone()).unwrap();
    assert!(!memory.send(act).unwrap().replayed);
}

#[test]
fn an_id_used_for_a_birth_or_for_another_command_is_refused() {
    let (mut memory, number) = memory(Before::IsIssued);
    let mut act = memory.act_of(registrar("26734"), propose(number, Proposed::Revocation));
    act.request = memory.entries[1].request.clone();
    let reused = Refusal::RequestIdReused(vec!["request_id".to_owned()]);
    assert_eq!(memory.send(act).unwrap_err(), reused);
    let confirm = memory.act_of(authority(), Deed::Confirm(number));
    let mut other = memory.act_of(authority(), dispute(number, NoSuchPerson, None));
    other.request = confirm.request.clone();
    memory.send(confirm).unwrap();
    assert_eq!(memory.send(other).unwrap_err(), reused);
}

#[test]
fn a_number_beyond_the_callers_reach_is_as_one_never_given() {
    let (mut memory, number) = memory(Before::IsIssued);
    for deed in [
        propose(number, Proposed::Revocation),
        propose(elsewhere(), Proposed::Revocation),
    ] {
        assert_eq!(memory.act(registrar("00001"), deed).unwrap_err(), Refusal::NoSuchNumber);
    }
    assert_eq!(memory.stands(number).state, Issued);
    // Within reach it is known.
    memory.act(department(), propose(number, Proposed::Revocation)).unwrap();
}

#[test]
fn a_held_number_is_never_drawn() {
    let mut memory = Memory::new();
    let first = memory.given(&birth());
    let slot = memory.ring.picker.slot(first);
    let next = crate::number::Slot::of(slot.prefix(), slot.counter() + 1).unwrap();
    let held = memory.ring.picker.at(next);
    memory
        .act(authority(), dispute(first, OtherNumber, Some(held)))
        .unwrap();
    assert_eq!(memory.stands(held).state, Quarantined);
    let second = memory.given(&birth().entry("2").of_another_mother().but(|birth| {
        birth.child().sex = pb::Sex::Female.into();
    }));
    assert_ne!(second, held);
    assert_eq!(memory.ring.picker.slot(second).counter(), slot.counter() + 2);
    assert_eq!(memory.entries.last().unwrap().kind, EntryKind::Issued);
}

#[test]
fn whoever_is_told_of_a_revoked_number_is_told_so() {
    let (memory, number) = memory(Before::IsRevoked);
    assert_eq!(memory.stands(number).state, Revoked);
    assert_eq!(memory.stands(number).replaced_by, None);
}

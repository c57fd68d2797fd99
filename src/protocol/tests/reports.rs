//! Cases about mismatches with another registry.

use super::acts::{approve, attach, authority, change, department, propose, registrar, settle};
use super::{Memory, Vary, birth};
use crate::ledger::EntryKind;
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::reconcile::{Mismatch, Record};
use crate::protocol::{CaseCause, CaseKind, CaseState, Decision, Deed, Done, NumberState, Proposed, Resolution};
use crate::refusal::Refusal;
use crate::registration::{Content, facts_of};

const OFFICE: &str = "26734";
const THERE: &str = "Nguyễn Thị Khác";

/// What another registry holds that knows this birth, under this number.
pub(super) fn record(birth: &pb::BirthRegistration, number: Option<Number>) -> Record {
    let content = Content::of(birth);
    let registered = super::super::Registered::of(content.clone()).unwrap();
    Record {
        key: String::new(),
        number,
        reference: Some(registered.facts.reference.clone()),
        facts: facts_of(&content),
    }
}

fn differs(fields: &[&'static str]) -> Mismatch {
    Mismatch::Differs(fields.to_vec())
}

fn named(name: &str) -> pb::Facts {
    pb::Facts {
        full_name: Some(name.into()),
        ..pb::Facts::default()
    }
}

/// A number whose holder has another name in the other registry, as was reported.
fn reported() -> (Memory, Number, Done) {
    let mut memory = Memory::new();
    let number = memory.given(&birth());
    let record = record(&birth().named(THERE), Some(number));
    let done = memory.report(authority(), record, differs(&["full_name"]), 1).unwrap();
    (memory, number, done)
}

#[test]
fn a_mismatch_opens_one_case_and_leaves_the_number_as_it_is() {
    let (mut memory, number, done) = reported();
    let before = memory.stands(number).clone();
    let case = memory.case(done).clone();
    assert_eq!((case.kind, case.cause), (CaseKind::Mismatch, CaseCause::Differs));
    assert_eq!((case.slot, &case.matches[..]), (Some(before.slot), &[1][..]));
    assert_eq!(memory.entries.last().unwrap().kind, EntryKind::MismatchReported);
    assert_eq!(memory.stands(number), &before);
    // Whoever finds the same is told of that case, and nothing is written.
    for from in [authority(), department()] {
        let same = record(&birth().named(THERE), Some(number));
        let again = memory.report(from, same, differs(&["full_name"]), 1).unwrap();
        assert_eq!((again.case_id, again.replayed), (done.case_id, true));
    }
    assert_eq!((memory.cases.len(), memory.entries.len()), (1, 2));
    // Another difference is another case.
    let other = record(&birth().named("Nguyễn Thị Nữa"), Some(number));
    let other = memory.report(authority(), other, differs(&["full_name"]), 1).unwrap();
    assert_ne!(other.case_id, done.case_id);
}

#[test]
fn whatever_is_decided_about_it_leaves_the_number_as_it_is_and_is_decided_by_the_other_side() {
    let verdicts = [
        (department(), Decision::Approve(Resolution::None), CaseState::Approved),
        (department(), Decision::Reject, CaseState::Rejected),
        (authority(), Decision::Withdraw, CaseState::Withdrawn),
    ];
    for (from, verdict, state) in verdicts {
        let (mut memory, number, done) = reported();
        let before = memory.stands(number).clone();
        let case = memory.case(done).clone();
        for own in [Decision::Approve(Resolution::None), Decision::Reject] {
            assert_eq!(
                memory.act(authority(), settle(&case, own)).unwrap_err(),
                Refusal::OwnProposal
            );
        }
        let standing = approve(&case, Resolution::Standing(number));
        assert!(matches!(
            memory.act(department(), standing),
            Err(Refusal::InvalidField(_))
        ));
        memory.act(from, settle(&case, verdict)).unwrap();
        assert_eq!((memory.case(done).state, memory.stands(number)), (state, &before));
        // What was decided is not opened again; what was taken back is.
        let same = record(&birth().named(THERE), Some(number));
        let again = memory.report(authority(), same, differs(&["full_name"]), 1).unwrap();
        assert_eq!(again.case_id == done.case_id, state != CaseState::Withdrawn);
    }
}

#[test]
fn a_change_that_ends_it_closes_it_by_itself_and_no_other_does() {
    let mut memory = Memory::new();
    let number = memory.given(&birth());
    let there = birth().named(THERE).but(|birth| birth.child().ethnicity = "Tày".into());
    let fields = differs(&["ethnicity", "full_name"]);
    let done = memory
        .report(authority(), record(&there, Some(number)), fields, 1)
        .unwrap();
    let mut tell = |known: &pb::BirthRegistration, facts: pb::Facts, path: &str| {
        memory
            .act(registrar(OFFICE), change(number, known, facts, &[path]))
            .unwrap();
        let case = memory.case(done);
        (case.state, case.decided_side)
    };
    let other = pb::Facts {
        ethnicity: Some("Mường".into()),
        ..pb::Facts::default()
    };
    let same = pb::Facts {
        ethnicity: Some("  TÀY".into()),
        ..pb::Facts::default()
    };
    assert_eq!(tell(&birth(), other, "ethnicity"), (CaseState::Open, None));
    assert_eq!(
        tell(&birth(), named(THERE), "full_name"),
        (CaseState::Open, None),
        "one of two"
    );
    let known = birth().named(THERE);
    assert_eq!(tell(&known, same, "ethnicity"), (CaseState::Approved, None));
    let kinds: Vec<_> = memory.entries.iter().rev().map(|entry| entry.kind).take(2).collect();
    assert_eq!(kinds, [EntryKind::CaseApproved, EntryKind::Changed]);
    assert_eq!(memory.stands(number).case_id, None);
}

#[test]
fn a_confirmation_closes_what_was_missing_there_and_nothing_else() {
    let (mut memory, number, differing) = reported();
    let missing = |number| (Record::missing(number), Mismatch::MissingThere);
    let (record, mismatch) = missing(number);
    let done = memory.report(department(), record, mismatch, 1).unwrap();
    let other = memory.given(&birth().entry("2").of_another_mother());
    let (record, mismatch) = missing(other);
    let version = memory.stands(other).facts;
    let of_other = memory.report(department(), record, mismatch, version).unwrap();
    memory
        .act(
            registrar(OFFICE),
            change(number, &birth(), named("Nguyễn Thị Nữa"), &["full_name"]),
        )
        .unwrap();
    assert_eq!(memory.case(done).state, CaseState::Open, "a change tells nothing of it");
    memory.act(authority(), Deed::Confirm(number)).unwrap();
    let case = memory.case(done);
    assert_eq!((case.state, case.decided_side), (CaseState::Approved, None));
    for open in [differing, of_other] {
        assert_eq!(memory.case(open).state, CaseState::Open);
    }
    let kinds: Vec<_> = memory.entries.iter().rev().map(|entry| entry.kind).take(2).collect();
    assert_eq!(kinds, [EntryKind::CaseApproved, EntryKind::Confirmed]);
    assert_eq!(memory.stands(number).state, NumberState::Confirmed);
}

#[test]
fn after_a_change_the_same_difference_is_another_mismatch() {
    let (mut memory, number, done) = reported();
    let case = memory.case(done).clone();
    memory.act(department(), settle(&case, Decision::Reject)).unwrap();
    memory
        .act(
            registrar(OFFICE),
            change(number, &birth(), named(THERE), &["full_name"]),
        )
        .unwrap();
    let back = named(&birth().child.unwrap_or_default().full_name);
    memory
        .act(
            registrar(OFFICE),
            change(number, &birth().named(THERE), back, &["full_name"]),
        )
        .unwrap();
    let version = memory.stands(number).facts;
    let same = record(&birth().named(THERE), Some(number));
    let again = memory
        .report(authority(), same, differs(&["full_name"]), version)
        .unwrap();
    assert_ne!(again.case_id, done.case_id);
}

#[test]
fn what_is_no_longer_as_it_was_found_opens_nothing() {
    let mut memory = Memory::new();
    let number = memory.given(&birth());
    let stale = Refusal::WrongState("record");
    let other = || record(&birth().named(THERE), Some(number));
    let missing = Record::missing(number);
    let cases = [
        (other(), differs(&["full_name"]), 2),
        (other(), differs(&["sex"]), 1),
        (record(&birth(), Some(number)), differs(&["full_name"]), 1),
        (other(), Mismatch::MissingHere, 0),
        (
            Record::missing(Number::parse("001226123456").unwrap()),
            Mismatch::MissingThere,
            1,
        ),
        (missing.clone(), Mismatch::MissingThere, 2),
    ];
    for (record, mismatch, version) in cases {
        let told = memory.report(authority(), record, mismatch.clone(), version);
        assert_eq!(told.unwrap_err(), stale, "{mismatch:?} {version}");
    }
    assert_eq!(memory.entries.len(), 1);
    memory
        .report(authority(), missing.clone(), Mismatch::MissingThere, 1)
        .unwrap();
    // A number that was revoked meanwhile is not missing.
    let opened = memory
        .act(registrar(OFFICE), propose(number, Proposed::Revocation))
        .unwrap();
    let case = memory.case(opened).clone();
    memory.act(authority(), approve(&case, Resolution::None)).unwrap();
    let version = memory.stands(number).facts;
    let told = memory.report(
        department(),
        Record::missing(number),
        Mismatch::MissingThere,
        version + 1,
    );
    assert_eq!(told.unwrap_err(), stale);
}

#[test]
fn what_is_missing_here_is_the_matter_of_the_office_that_it_names() {
    let mut memory = Memory::new();
    let number = Number::parse("001226123456").unwrap();
    let report =
        |memory: &mut Memory| memory.report(authority(), record(&birth(), Some(number)), Mismatch::MissingHere, 0);
    let done = report(&mut memory).unwrap();
    let case = memory.case(done).clone();
    assert_eq!(
        (case.cause, case.slot, case.matches.len()),
        (CaseCause::MissingHere, None, 0)
    );
    assert!(memory.numbers.is_empty());
    // Those whose matter it is not do not know of it.
    let reject = settle(&case, Decision::Reject);
    assert_eq!(
        memory.act(registrar("00001"), reject.clone()).unwrap_err(),
        Refusal::NoSuchCase
    );
    memory.act(department(), reject).unwrap();
    assert_eq!(memory.case(done).state, CaseState::Rejected);
    assert!(report(&mut memory).unwrap().replayed);
    // Once the child is registered it is not missing any more, but has another number here.
    let given = memory.given(&birth());
    assert_ne!(given, number);
    let version = memory.stands(given).facts;
    let other = record(&birth(), Some(number));
    let other = memory
        .report(authority(), other, differs(&["number"]), version)
        .unwrap();
    assert_eq!(memory.case(other).slot, Some(memory.stands(given).slot));
    // Who does not reach the registration is told so.
    let mine = record(&birth().entry("9"), Some(number));
    let told = memory.report(registrar("00001"), mine, Mismatch::MissingHere, 0);
    assert_eq!(told.unwrap_err(), Refusal::NotYourRegistration);
}

#[test]
fn a_registration_that_waits_is_compared_by_what_it_says() {
    let mut memory = Memory::new();
    let waiting = birth().kind(pb::RegistrationKind::ReRegistration);
    memory.register(&waiting);
    let there = record(&waiting.clone().named(THERE), None);
    let done = memory.report(authority(), there, differs(&["full_name"]), 1).unwrap();
    let case = memory.case(done).clone();
    assert_eq!((case.slot, &case.matches[..]), (None, &[1][..]));
    // It goes on waiting, and may get its number all the same.
    let number = Number::parse("001226123456").unwrap();
    memory
        .act(authority(), attach(number, memory.reference(&waiting)))
        .unwrap();
    assert_eq!(memory.case(done).state, CaseState::Open);
    memory.act(department(), approve(&case, Resolution::None)).unwrap();
}

#[test]
fn nobody_is_kept_from_proposing_what_mends_it() {
    let (mut memory, number, done) = reported();
    let corrected = birth().named(THERE).born(2025, 3, 9);
    let proposed = Proposed::Reissue(memory.registered(&corrected));
    let opened = memory.act(registrar(OFFICE), propose(number, proposed)).unwrap();
    let case = memory.case(opened).clone();
    memory.act(authority(), approve(&case, Resolution::None)).unwrap();
    let case = memory.case(done).clone();
    memory.act(department(), approve(&case, Resolution::None)).unwrap();
    assert_eq!(memory.case(done).state, CaseState::Approved);
}

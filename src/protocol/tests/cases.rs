//! Cases of every kind, from their opening to what they come to.

use super::acts::{approve, attach, authority, department, dispute, propose, registrar, settle};
use super::{Memory, Vary, birth};
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::CaseCause::{FactsDiffer, NoSuchPerson, OtherNumber};
use crate::protocol::NumberState::{Confirmed, Issued, Quarantined, Revoked};
use crate::protocol::{CaseRow, CaseState, Decision, Done, Proposed, Resolution, Standing};
use crate::refusal::Refusal;
use crate::registration::Problem;

const OFFICE: &str = "26734";

fn with_proposal() -> (Memory, Number, CaseRow) {
    let mut memory = Memory::new();
    let number = memory.given(&birth());
    let opened = memory
        .act(registrar(OFFICE), propose(number, Proposed::Revocation))
        .unwrap();
    let case = memory.case(opened).clone();
    (memory, number, case)
}

/// A memory in which entry 2 waits, since it may be of the child of entry 1.
fn with_twice() -> (Memory, Number, CaseRow) {
    let mut memory = Memory::new();
    let number = memory.given(&birth());
    memory.register(&birth().entry("2").named("Nguyễn Văn Nam"));
    let case = memory.cases.values().next().unwrap().clone();
    (memory, number, case)
}

/// A memory in which a number is to be given anew, by a corrected registration in another place of the book.
fn with_move() -> (Memory, Number, pb::BirthRegistration, CaseRow) {
    let mut memory = Memory::new();
    let old = memory.given(&birth());
    let corrected = birth()
        .entry("1A")
        .but(|birth| birth.child().sex = pb::Sex::Male.into());
    let what = Proposed::Reissue(memory.registered(&corrected));
    let opened = memory.act(registrar(OFFICE), propose(old, what)).unwrap();
    let case = memory.case(opened).clone();
    (memory, old, corrected, case)
}

#[test]
fn nobody_decides_on_a_proposal_of_its_own_side() {
    let proposals = [registrar(OFFICE), department(), authority()];
    for (index, proposer) in proposals.into_iter().enumerate() {
        let mut memory = Memory::new();
        let number = memory.given(&birth());
        let opened = memory.act(proposer, propose(number, Proposed::Revocation)).unwrap();
        let case = memory.case(opened).clone();
        let population = index == 2;
        let (own, other) = if population {
            (authority(), department())
        } else {
            (department(), authority())
        };
        for verdict in [Decision::Approve(Resolution::None), Decision::Reject] {
            let refused = memory.act(own.clone(), settle(&case, verdict)).unwrap_err();
            assert_eq!(refused, Refusal::OwnProposal);
        }
        memory.act(other, approve(&case, Resolution::None)).unwrap();
        assert_eq!(memory.stands(number).state, Revoked);
    }
}

#[test]
fn a_case_is_closed_once_and_only_as_it_was_last_seen() {
    let verdicts = [Decision::Approve(Resolution::None), Decision::Reject];
    for first in verdicts.clone() {
        let (mut memory, _, case) = with_proposal();
        let stale = CaseRow {
            version: 2,
            ..case.clone()
        };
        let wrong = Refusal::WrongState("version");
        assert_eq!(
            memory.act(authority(), settle(&stale, first.clone())).unwrap_err(),
            wrong
        );
        memory.act(authority(), settle(&case, first)).unwrap();
        for again in verdicts.clone() {
            assert_eq!(memory.act(authority(), settle(&case, again)).unwrap_err(), wrong);
        }
        assert_eq!(
            memory
                .act(registrar(OFFICE), settle(&case, Decision::Withdraw))
                .unwrap_err(),
            wrong
        );
        assert_eq!(memory.cases[&case.case_id].version, 2);
    }
}

#[test]
fn what_is_rejected_or_taken_back_leaves_the_number_as_it_was() {
    for (verdict, from) in [(Decision::Reject, authority()), (Decision::Withdraw, registrar(OFFICE))] {
        let (mut memory, number, case) = with_proposal();
        let before = memory.stands(number).clone();
        assert_eq!(before.case_id, Some(case.case_id));
        memory.act(from, settle(&case, verdict)).unwrap();
        let after = memory.stands(number);
        assert_eq!((after.state, after.case_id), (Issued, None));
        // The next proposal is possible again.
        memory
            .act(registrar(OFFICE), propose(number, Proposed::Revocation))
            .unwrap();
    }
}

#[test]
fn cases_of_others_do_not_exist_and_only_who_proposed_takes_back() {
    let (mut memory, _, case) = with_proposal();
    let take_back = || settle(&case, Decision::Withdraw);
    assert_eq!(
        memory.act(registrar("00001"), take_back()).unwrap_err(),
        Refusal::NoSuchCase
    );
    for from in [department(), authority()] {
        assert_eq!(memory.act(from, take_back()).unwrap_err(), Refusal::NotYourRegistration);
    }
    memory.act(registrar(OFFICE), take_back()).unwrap();
    assert_eq!(memory.cases[&case.case_id].state, CaseState::Withdrawn);
}

#[test]
fn a_resolution_must_answer_what_the_case_asks() {
    let (mut memory, number, case) = with_proposal();
    let (mut waiting, _, duplicate) = with_twice();
    for resolution in [
        Resolution::DifferentPersons,
        Resolution::SamePerson(number),
        Resolution::Standing(number),
    ] {
        let refused = memory.act(authority(), approve(&case, resolution)).unwrap_err();
        assert!(matches!(refused, Refusal::InvalidField(_)), "{refused:?}");
    }
    for resolution in [Resolution::None, Resolution::Standing(number)] {
        let refused = waiting.act(authority(), approve(&duplicate, resolution)).unwrap_err();
        assert!(matches!(refused, Refusal::InvalidField(_)), "{refused:?}");
    }
}

#[test]
fn a_revoked_number_leaves_its_registration_to_be_decided_afresh() {
    let (mut memory, number, case) = with_proposal();
    memory.act(authority(), approve(&case, Resolution::None)).unwrap();
    // Who asks again under the first id is told what became of it.
    let told = memory.tell(0x2000, &birth()).unwrap();
    assert!(told.replayed);
    assert!(matches!(told.standing, Standing::Issued(row) if row.number == number && row.state == Revoked));
    let second = memory.given(&birth());
    assert_ne!(second, number);
    assert_eq!(memory.stands(number).state, Revoked);
}

#[test]
fn a_reissue_revokes_and_gives_in_one_and_links_both_ways() {
    let mut memory = Memory::new();
    let old = memory.given(&birth());
    let corrected = birth().but(|birth| {
        birth.child().date_of_birth = super::births::day(2025, 3, 9);
    });
    let what = Proposed::Reissue(memory.registered(&corrected));
    let opened = memory.act(registrar(OFFICE), propose(old, what)).unwrap();
    let case = memory.case(opened).clone();
    memory.act(authority(), approve(&case, Resolution::None)).unwrap();
    let new = memory.stands(old).replaced_by.unwrap();
    assert_eq!((memory.stands(old).state, memory.stands(new).state), (Revoked, Issued));
    assert_eq!(memory.stands(new).replaces, Some(old));
    assert!(
        new.to_string().starts_with("079325"),
        "the digits of the corrected year"
    );
    // The request keeps its answer, and the registration its claim: by the facts of then and of now.
    let told = memory.tell(0x2000, &birth()).unwrap();
    assert!(matches!(told.standing, Standing::Issued(row) if row.number == old && row.replaced_by == Some(new)));
    for again in [birth().entry("7"), corrected.entry("8")] {
        let met = memory.register(&again);
        assert!(matches!(met, super::memory::Became::UnderReview(..)), "{met:?}");
    }
}

#[test]
fn a_corrected_registration_at_another_place_of_the_book_is_known_there() {
    let (mut memory, old, corrected, case) = with_move();
    memory.act(authority(), approve(&case, Resolution::None)).unwrap();
    let new = memory.stands(old).replaced_by.unwrap();
    let told = memory.tell(70, &corrected).unwrap();
    assert!(told.replayed);
    assert!(matches!(&told.standing, Standing::Issued(row) if row.number == new && row.state == Issued));
    let other = corrected.clone().named("Ai Khác");
    let refused = memory.tell(71, &other).unwrap_err();
    let named = vec!["registration.child.full_name".to_owned()];
    assert_eq!(refused, Refusal::RegistrationExists(named.clone()));
    // The id is bound to it, and to nothing else.
    let again = memory.tell(70, &corrected).unwrap();
    assert_eq!((again.position, again.standing), (told.position, told.standing));
    assert_eq!(memory.tell(70, &other).unwrap_err(), Refusal::RequestIdReused(named));
}

#[test]
fn a_corrected_registration_is_in_a_book_of_the_callers_and_corrects_something() {
    let mut memory = Memory::new();
    let old = memory.given(&birth());
    let elsewhere = birth().but(|birth| {
        birth.r#ref.get_or_insert_default().office_code = "00001".into();
    });
    let propose_as = |memory: &mut Memory, from, corrected: &pb::BirthRegistration| {
        let what = Proposed::Reissue(memory.registered(corrected));
        memory.act(from, propose(old, what))
    };
    let refused = propose_as(&mut memory, registrar(OFFICE), &elsewhere).unwrap_err();
    assert_eq!(refused, Refusal::NotYourRegistration);
    let refused = propose_as(&mut memory, registrar(OFFICE), &birth()).unwrap_err();
    assert_eq!(refused, Refusal::invalid("corrected", Problem::NothingCorrected));
    assert!(memory.cases.is_empty());
    // Which office should have registered the child is for those over both to say.
    propose_as(&mut memory, authority(), &elsewhere).unwrap();
}

#[test]
fn a_reissue_is_not_approved_once_another_child_is_registered_where_the_corrected_one_was_to_be() {
    let (mut memory, old, _, case) = with_move();
    let other = memory.given(&birth().entry("1A").named("Ai Khác").of_another_mother());
    let refused = memory.act(authority(), approve(&case, Resolution::None)).unwrap_err();
    assert_eq!(refused, Refusal::RegistrationExists(vec!["corrected.ref".to_owned()]));
    assert_eq!((memory.stands(old).state, memory.stands(other).state), (Issued, Issued));
    memory.act(authority(), settle(&case, Decision::Reject)).unwrap();
    assert_eq!(memory.stands(old).case_id, None);
}

#[test]
fn a_duplicate_of_the_same_person_gets_the_number_there_is() {
    let (mut memory, number, case) = with_twice();
    memory
        .act(authority(), approve(&case, Resolution::SamePerson(number)))
        .unwrap();
    assert!(matches!(memory.standing(2), Standing::Issued(row) if row.number == number));
    assert_eq!(memory.numbers.len(), 1);
}

#[test]
fn a_duplicate_of_another_person_gets_a_number_of_its_own_and_both_are_found_from_then_on() {
    let (mut memory, number, case) = with_twice();
    memory
        .act(authority(), approve(&case, Resolution::DifferentPersons))
        .unwrap();
    let Standing::Issued(second) = memory.standing(2) else {
        panic!()
    };
    assert_ne!(second.number, number);
    memory.register(&birth().entry("3").named("Nguyễn Thị Ba"));
    let third = memory
        .cases
        .values()
        .find(|case| case.decision == memory.entries.len() as i64)
        .unwrap();
    assert_eq!(third.matches, [1, 2]);
}

#[test]
fn a_registration_whose_case_is_taken_back_may_be_sent_again_and_a_rejected_one_stays_so() {
    for (verdict, from, state) in [
        (Decision::Withdraw, registrar(OFFICE), CaseState::Withdrawn),
        (Decision::Reject, authority(), CaseState::Rejected),
    ] {
        let (mut memory, _, case) = with_twice();
        memory.act(from, settle(&case, verdict)).unwrap();
        assert_eq!(memory.standing(2), Standing::CaseClosed(state));
        let same = memory.tell(50, &birth().entry("2").named("Nguyễn Văn Nam")).unwrap();
        match state {
            CaseState::Withdrawn => assert!(matches!(same.standing, Standing::UnderReview(id) if id != case.case_id)),
            _ => assert_eq!((same.standing, same.replayed), (Standing::CaseClosed(state), true)),
        }
        // Of another mother after all: nothing to be looked at any more.
        if state == CaseState::Withdrawn {
            let waiting = memory
                .cases
                .values()
                .find(|case| case.state == CaseState::Open)
                .unwrap()
                .clone();
            memory
                .act(registrar(OFFICE), settle(&waiting, Decision::Withdraw))
                .unwrap();
            memory.given(&birth().entry("2").of_another_mother());
        }
    }
}

#[test]
fn of_two_numbers_of_one_person_the_other_leads_to_the_one_that_stands() {
    for first_stands in [true, false] {
        let mut memory = Memory::new();
        let first = memory.given(&birth());
        let second = memory.given(&birth().entry("2").of_another_mother());
        let opened = memory
            .act(registrar(OFFICE), propose(first, Proposed::Merge(second)))
            .unwrap();
        let case = memory.case(opened).clone();
        let (standing, other) = if first_stands { (first, second) } else { (second, first) };
        memory
            .act(authority(), approve(&case, Resolution::Standing(standing)))
            .unwrap();
        let (standing, other) = (memory.stands(standing), memory.stands(other));
        assert_eq!((standing.state, standing.case_id), (Issued, None));
        assert_eq!((other.state, other.replaced_by), (Revoked, Some(standing.number)));
    }
}

#[test]
fn of_two_persons_with_one_number_one_keeps_it_and_the_other_is_led_to_its_own() {
    for first_keeps in [true, false] {
        let (mut memory, number, duplicate) = with_twice();
        memory
            .act(authority(), approve(&duplicate, Resolution::SamePerson(number)))
            .unwrap();
        let second = birth().entry("2").named("Nguyễn Văn Nam");
        let (first_key, second_key) = (memory.reference(&birth()), memory.reference(&second));
        let opened = memory
            .act(registrar(OFFICE), propose(number, Proposed::Split(second_key.clone())))
            .unwrap();
        let case = memory.case(opened).clone();
        let keeper = if first_keeps { first_key } else { second_key };
        memory
            .act(authority(), approve(&case, Resolution::Keeper(keeper)))
            .unwrap();
        let (keeps, leaves) = if first_keeps { (1, 2) } else { (2, 1) };
        assert!(matches!(memory.standing(keeps), Standing::Issued(row) if row.number == number && row.state == Issued));
        let Standing::Issued(told) = memory.standing(leaves) else {
            panic!()
        };
        assert_eq!((told.number, told.state), (number, Revoked));
        assert_ne!(told.replaced_by, None);
        assert_ne!(told.replaced_by, Some(number));
        assert_eq!(memory.stands(number).registration, keeps);
    }
}

#[test]
fn a_dispute_comes_to_what_it_says() {
    let held = Number::parse("001226123456").unwrap();
    for (cause, other) in [(OtherNumber, Some(held)), (FactsDiffer, None), (NoSuchPerson, None)] {
        for agreed in [true, false] {
            let mut memory = Memory::new();
            let number = memory.given(&birth());
            let opened: Done = memory.act(authority(), dispute(number, cause, other)).unwrap();
            let case = memory.case(opened).clone();
            let verdict = if agreed {
                Decision::Approve(Resolution::None)
            } else {
                Decision::Reject
            };
            memory.act(department(), settle(&case, verdict)).unwrap();
            let row = memory.stands(number);
            let expected = match (agreed, cause) {
                (true, OtherNumber) => (Revoked, Some(held)),
                (true, NoSuchPerson) => (Revoked, None),
                _ => (Issued, None),
            };
            assert_eq!((row.state, row.replaced_by), expected, "{cause:?} {agreed}");
            if other.is_some() {
                assert_eq!(memory.stands(held).state, if agreed { Confirmed } else { Quarantined });
            }
        }
    }
}

#[test]
fn a_number_from_elsewhere_is_attached_to_a_registration_that_waits() {
    let mut memory = Memory::new();
    let again = birth().kind(pb::RegistrationKind::ReRegistration);
    memory.register(&again);
    let known_there = Number::parse("001226123456").unwrap();
    let key = memory.reference(&again);
    memory.act(authority(), attach(known_there, key.clone())).unwrap();
    assert!(matches!(memory.standing(1), Standing::Issued(row) if row.number == known_there && row.state == Confirmed));
    let case = memory.cases.values().next().unwrap();
    assert_eq!(case.state, CaseState::Approved);
    // It has one now: another is not attached.
    let other = Number::parse("001226654321").unwrap();
    assert_eq!(
        memory.act(authority(), attach(other, key)).unwrap_err(),
        Refusal::WrongState("ref")
    );
}

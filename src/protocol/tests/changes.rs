//! Changes of civil status, and what follows from them.

use super::acts::{change, registrar, settle};
use super::{Memory, Vary, birth};
use crate::proto::v1 as pb;
use crate::protocol::{CaseState, Decision, Standing};
use crate::refusal::Refusal;

const OFFICE: &str = "26734";

#[test]
fn once_the_first_is_declared_a_twin_the_second_gets_its_number_by_itself() {
    let mut memory = Memory::new();
    let first = memory.given(&birth());
    memory.register(&birth().entry("2").named("Nguyễn Thị Hai").order(2, 2));
    let case = memory.cases.values().next().unwrap().clone();
    let facts = pb::Facts {
        birth_order: Some(1),
        births: Some(2),
        ..pb::Facts::default()
    };
    let deed = change(first, &birth(), facts, &["birth_order", "births"]);
    memory.act(registrar(OFFICE), deed).unwrap();
    let closed = &memory.cases[&case.case_id];
    assert_eq!((closed.state, closed.decided_side), (CaseState::Approved, None));
    let Standing::Issued(second) = memory.standing(2) else {
        panic!()
    };
    assert_ne!(second.number, first);
}

#[test]
fn a_person_is_still_found_by_the_facts_before_a_change() {
    let mut memory = Memory::new();
    let number = memory.given(&birth().mother_without_number());
    let facts = pb::Facts {
        full_name: Some("Nguyễn Thị An".into()),
        ..pb::Facts::default()
    };
    let deed = change(number, &birth(), facts, &["full_name"]);
    memory.act(registrar(OFFICE), deed).unwrap();
    let nobody = |birth: pb::BirthRegistration| {
        birth.but(|birth| birth.mother = None).but(|birth| {
            birth.father = Some(pb::Person {
                full_name: "Nguyễn Văn Ba".into(),
                ..pb::Person::default()
            });
        })
    };
    for again in [
        nobody(birth().entry("7")),
        nobody(birth().entry("8").named("Nguyễn Thị An")),
    ] {
        let met = memory.register(&again);
        assert!(matches!(met, super::memory::Became::UnderReview(..)), "{met:?}");
    }
}

#[test]
fn a_case_raised_by_facts_between_two_changes_waits_on_when_they_are_changed_back() {
    let mut memory = Memory::new();
    let first = birth().mother_without_number();
    let number = memory.given(&first);
    let named = |name: &str| pb::Facts {
        full_name: Some(name.into()),
        ..pb::Facts::default()
    };
    let (before, between) = ("Nguyễn Thị Hòa Bình", "Nguyễn Thị An");
    let deed = change(number, &first, named(between), &["full_name"]);
    memory.act(registrar(OFFICE), deed).unwrap();
    let again = birth().entry("8").named(between).abandoned();
    assert!(matches!(
        memory.register(&again),
        super::memory::Became::UnderReview(..)
    ));
    let deed = change(number, &first.named(between), named(before), &["full_name"]);
    memory.act(registrar(OFFICE), deed).unwrap();
    let case = memory.cases.values().next().unwrap();
    assert_eq!((case.state, memory.numbers.len()), (CaseState::Open, 1));
}

#[test]
fn changed_facts_that_are_anothers_open_a_case_about_both_numbers() {
    let mut memory = Memory::new();
    let first = memory.given(&birth());
    let second = birth().entry("2").of_another_mother();
    let number = memory.given(&second);
    let facts = pb::Facts {
        full_name: birth().child.map(|child| child.full_name),
        mother: birth().mother,
        ..pb::Facts::default()
    };
    let deed = change(number, &second, facts, &["full_name", "mother"]);
    let done = memory.act(registrar(OFFICE), deed).unwrap();
    let case = memory.case(done).clone();
    assert_eq!(
        (case.slot, case.other),
        (Some(memory.ring.picker.slot(number)), Some(first))
    );
    // Nobody takes back what the service found.
    let taken_back = memory.act(registrar(OFFICE), settle(&case, Decision::Withdraw));
    assert_eq!(taken_back.unwrap_err(), Refusal::OwnProposal);
}

#[test]
fn what_is_part_of_the_number_changes_by_a_reissue_alone() {
    let mut memory = Memory::new();
    let number = memory.given(&birth());
    let year = pb::Facts {
        date_of_birth: super::births::day(2025, 3, 9),
        ..pb::Facts::default()
    };
    let sex = pb::Facts {
        sex: Some(pb::Sex::Male.into()),
        ..pb::Facts::default()
    };
    for (facts, path) in [(year, "date_of_birth"), (sex, "sex")] {
        let deed = change(number, &birth(), facts, &[path]);
        assert_eq!(memory.act(registrar(OFFICE), deed).unwrap_err(), Refusal::NeedsReissue);
    }
    let stranger = change(number, &birth().named("Ai Khác"), pb::Facts::default(), &["ethnicity"]);
    assert_eq!(
        memory.act(registrar("00001"), stranger).unwrap_err(),
        Refusal::NoSuchNumber
    );
}

//! What comes after an import: births that meet it, and the decisions on what it contradicts.

use uuid::Uuid;

use super::acts::{approve, attach, authority, department, registrar, settle};
use super::imports::{IMPORTER, Item, elsewhere};
use super::memory::Became;
use super::{Memory, Vary, birth};
use crate::ledger::EntryKind;
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::CaseCause::{ImportedHolder, SameChild};
use crate::protocol::NumberState::{Confirmed, Issued, Quarantined, Revoked};
use crate::protocol::{CaseRow, CaseState, Decision, Find, ImportResult, Resolution, Standing};
use crate::refusal::Refusal;

/// The case that an item opened.
fn contradicted(memory: &mut Memory, birth: pb::BirthRegistration, number: Option<Number>) -> CaseRow {
    let brings = memory.brought(birth, number);
    assert_eq!(brings.result, ImportResult::Conflict);
    memory.cases[&brings.conflict.unwrap().0].clone()
}

/// The child has a number here, and another one elsewhere by the same entry.
fn two_numbers() -> (Memory, Number, CaseRow) {
    let mut memory = Memory::new();
    let given = memory.given(&birth());
    let case = contradicted(&mut memory, birth(), Some(elsewhere()));
    assert_eq!((case.matches.as_slice(), case.other), (&[1][..], Some(elsewhere())));
    (memory, given, case)
}

fn refused(memory: &mut Memory, case: &CaseRow, resolution: Resolution) -> Refusal {
    memory.act(authority(), approve(case, resolution)).unwrap_err()
}

#[test]
fn a_birth_gets_the_number_that_its_registration_was_imported_with() {
    let mut memory = Memory::new();
    memory.brought(birth(), Some(elsewhere()));
    let reply = memory.tell(1, &birth()).unwrap();
    assert!(reply.replayed);
    assert!(matches!(reply.standing, Standing::Issued(row) if row.number == elsewhere()));
    let other = memory.tell(2, &birth().named("Nguyễn Thị An")).unwrap_err();
    let field = "registration.child.full_name".to_owned();
    assert_eq!(other, Refusal::RegistrationExists(vec![field]));
    // The child by another registration.
    assert_eq!(
        memory.register(&birth().entry("2")),
        Became::UnderReview(SameChild, vec![1])
    );
}

#[test]
fn a_birth_that_meets_an_entry_without_a_number_is_looked_at() {
    for other in [
        birth(),
        birth().entry("2"),
        // The same entry with other facts: whether it was corrected or is another's, somebody has to look.
        birth().of_another_mother(),
    ] {
        let mut memory = Memory::new();
        memory.brought(birth(), None);
        assert_eq!(memory.register(&other), Became::UnderReview(SameChild, vec![1]));
    }
    let mut memory = Memory::new();
    memory.brought(birth(), None);
    assert_eq!(memory.register(&birth().entry("2").of_another_mother()), Became::Issued);
}

#[test]
fn an_entry_without_a_number_is_not_asked_about_and_may_be_attached_one() {
    let mut memory = Memory::new();
    memory.brought(birth(), None);
    let question = memory.find_reference(&birth());
    assert!(matches!(question, crate::protocol::Command::Find(Find::Reference(_))));
    let asked = memory.carry_out(&[question]).0.remove(0);
    assert_eq!(asked.unwrap_err(), Refusal::NoSuchRegistration);
    let key = memory.reference(&birth());
    memory.act(authority(), attach(elsewhere(), key)).unwrap();
    assert_eq!(memory.state(elsewhere()), Some(Confirmed));
    assert!(matches!(memory.standing(1), Standing::Issued(row) if row.number == elsewhere()));
    assert_eq!(memory.brought(birth(), Some(elsewhere())).result, ImportResult::Same);
}

#[test]
fn numbers_from_elsewhere_are_stepped_over_also_within_a_turn() {
    let mut memory = Memory::new();
    let prefix = memory.registered(&birth()).facts.prefix().unwrap();
    let next = |counter| memory.ring.picker.number(prefix, counter).unwrap();
    let (first, second, third) = (next(0), next(1), next(2));
    let girl = |which: usize, entry: &str| super::handed_runs::girl(which, birth()).entry(entry);
    let commands = [
        memory.item(&Item::of(girl(0, "10"), Some(first))),
        memory.issue(1, &girl(1, "11")),
        memory.item(&Item {
            sequence: 2,
            ..Item::of(girl(2, "12"), Some(third))
        }),
        memory.issue(2, &girl(3, "13")),
    ];
    let (told, _) = memory.carry_out(&commands);
    assert!(told.iter().all(Result::is_ok));
    let holder = |number| memory.stands(number).registration;
    assert_eq!([first, second, third].map(holder), [1, 2, 3]);
    let last = memory.stands(memory.ring.picker.number(prefix, 3).unwrap());
    assert_eq!(last.registration, 4);
    // What a birth of the same turn was given is somebody's.
    let (drawn, mut later) = (memory.ring.picker.number(prefix, 4).unwrap(), memory);
    let commands = [
        later.issue(3, &birth().entry("20")),
        later.item(&Item {
            sequence: 3,
            ..Item::of(
                girl(0, "21")
                    .named("Đỗ Thị Mơ")
                    .but(|birth| birth.mother = None)
                    .abandoned(),
                Some(drawn),
            )
        }),
    ];
    let (mut told, _) = later.carry_out(&commands);
    let brings = told.remove(1).unwrap().brings();
    assert_eq!(brings.conflict.map(|(_, cause)| cause), Some(ImportedHolder));
    assert_eq!(later.state(drawn), Some(Issued));
}

#[test]
fn the_same_person_keeps_the_number_that_stands_and_the_other_leads_to_it() {
    let (mut memory, given, case) = two_numbers();
    let same = Resolution::SamePerson(given);
    memory.act(authority(), approve(&case, same)).unwrap();
    let row = memory.stands(elsewhere());
    assert_eq!((row.state, row.replaced_by), (Revoked, Some(given)));
    assert_eq!(memory.state(given), Some(Issued));
    assert_eq!(memory.cases[&case.case_id].state, CaseState::Approved);
    // Both are told the same from now on.
    for (number, expected) in [
        (Some(elsewhere()), ImportResult::Same),
        (Some(given), ImportResult::Same),
        (None, ImportResult::Same),
    ] {
        assert_eq!(memory.brought(birth(), number).result, expected);
    }
}

#[test]
fn only_a_dispute_puts_the_number_of_elsewhere_in_the_place_of_one_that_stands() {
    let (mut memory, given, case) = two_numbers();
    let other = Resolution::SamePerson(elsewhere());
    assert_eq!(
        refused(&mut memory, &case, other),
        Refusal::WrongState("resolution.same_person")
    );
    let key = memory.reference(&birth());
    let attached = memory.act(authority(), attach(elsewhere(), key));
    assert_eq!(attached.unwrap_err(), Refusal::WrongState("ref"));
    memory.act(authority(), settle(&case, Decision::Reject)).unwrap();
    assert_eq!(memory.state(elsewhere()), Some(Quarantined));
    let told = super::acts::dispute(given, crate::protocol::CaseCause::OtherNumber, Some(elsewhere()));
    let told = memory.act(authority(), told).unwrap();
    let dispute = memory.case(told).clone();
    memory.act(department(), approve(&dispute, Resolution::None)).unwrap();
    assert_eq!(memory.state(elsewhere()), Some(Confirmed));
    assert_eq!(memory.stands(given).replaced_by, Some(elsewhere()));
    assert_eq!(memory.brought(birth(), None).result, ImportResult::Same);
}

#[test]
fn another_person_keeps_the_number_that_was_brought() {
    let mut memory = Memory::new();
    let given = memory.given(&birth().entry("7"));
    let case = contradicted(&mut memory, birth(), Some(elsewhere()));
    memory
        .act(authority(), approve(&case, Resolution::DifferentPersons))
        .unwrap();
    let row = memory.stands(elsewhere());
    assert_eq!(
        (row.state, row.registration, row.issued_at),
        (Confirmed, case.decision, 0)
    );
    assert_eq!(memory.state(given), Some(Issued));
    assert!(matches!(memory.standing(case.decision), Standing::Issued(row) if row.number == elsewhere()));
    let reply = memory.tell(1, &birth()).unwrap();
    assert!(matches!(reply.standing, Standing::Issued(row) if row.number == elsewhere()));
}

#[test]
fn two_children_under_one_number_are_told_apart_and_the_second_gets_another() {
    let mut memory = Memory::new();
    memory.brought(birth(), Some(elsewhere()));
    let second = birth()
        .entry("2")
        .named("Phạm Thị Cúc")
        .but(|birth| birth.mother = None)
        .abandoned();
    let case = contradicted(&mut memory, second, Some(elsewhere()));
    assert_eq!((case.cause, case.matches.as_slice()), (ImportedHolder, &[1][..]));
    memory
        .act(authority(), approve(&case, Resolution::DifferentPersons))
        .unwrap();
    assert_eq!(memory.stands(elsewhere()).registration, 1);
    let Standing::Issued(row) = memory.standing(case.decision) else {
        panic!("no number")
    };
    assert_ne!(row.number, elsewhere());
    assert_eq!((row.state, row.registration), (Issued, case.decision));
}

#[test]
fn a_number_that_tells_another_sex_is_kept_by_nobody() {
    let mut memory = Memory::new();
    let of_a_boy = Number::parse("079226123456").unwrap();
    let case = contradicted(&mut memory, birth(), Some(of_a_boy));
    memory
        .act(authority(), approve(&case, Resolution::DifferentPersons))
        .unwrap();
    let Standing::Issued(given) = memory.standing(case.decision) else {
        panic!("no number")
    };
    let row = memory.stands(of_a_boy);
    assert_eq!((row.state, row.replaced_by), (Revoked, Some(given.number)));
    assert_eq!(
        given.number.prefix(),
        memory.registered(&birth()).facts.prefix().unwrap()
    );
}

#[test]
fn an_entry_that_asks_for_no_number_gets_none_whatever_is_decided() {
    let mut memory = Memory::new();
    let given = memory.given(&birth());
    let other = birth().of_another_mother();
    let case = contradicted(&mut memory, other.clone(), None);
    let numbers = memory.numbers.len();
    memory
        .act(authority(), approve(&case, Resolution::DifferentPersons))
        .unwrap();
    assert_eq!(memory.numbers.len(), numbers);
    assert_eq!(memory.state(given), Some(Issued));
    assert_eq!(memory.brought(other, None).result, ImportResult::Same);

    let foreigner = birth().entry("2").of_another_mother().but(|birth| {
        birth.child().nationalities = vec!["FR".into()];
    });
    let number = Number::parse("079226123456").unwrap();
    let case = contradicted(&mut memory, foreigner, Some(number));
    let apart = refused(&mut memory, &case, Resolution::DifferentPersons);
    assert_eq!(apart, Refusal::NotEligible);
}

#[test]
fn what_is_rejected_stays_told_and_what_is_taken_back_is_looked_at_anew() {
    let (mut memory, _, case) = two_numbers();
    memory.act(authority(), settle(&case, Decision::Reject)).unwrap();
    let brings = memory.brought(birth(), Some(elsewhere()));
    assert_eq!(brings.conflict.map(|(id, _)| id), Some(case.case_id));
    // The number is nobody's: whoever has it elsewhere may bring it.
    let owner = birth()
        .entry("2")
        .named("Phạm Thị Cúc")
        .but(|birth| birth.mother = None)
        .abandoned();
    assert_eq!(memory.brought(owner, Some(elsewhere())).result, ImportResult::Imported);
    assert_eq!(memory.state(elsewhere()), Some(Issued));

    let (mut memory, _, case) = two_numbers();
    let stranger = memory.act(registrar("26734"), settle(&case, Decision::Withdraw));
    assert_eq!(stranger.unwrap_err(), Refusal::NotYourRegistration);
    let own = memory.act(department(), approve(&case, Resolution::DifferentPersons));
    assert_eq!(own.unwrap_err(), Refusal::OwnProposal);
    memory
        .act(registrar(IMPORTER), settle(&case, Decision::Withdraw))
        .unwrap();
    let brings = memory.brought(birth(), Some(elsewhere()));
    let (id, _) = brings.conflict.unwrap();
    assert_ne!(id, case.case_id);
    assert_eq!(memory.cases[&id].state, CaseState::Open);
}

#[test]
fn an_entry_of_an_import_holds_what_was_brought_and_says_so() {
    let mut memory = Memory::new();
    memory.brought(birth(), Some(elsewhere()));
    let decided = memory.decided(1);
    assert_eq!(decided.known.entry.kind, EntryKind::Imported);
    assert_eq!(decided.brought().and_then(|brought| brought.number), Some(elsewhere()));
    assert_eq!(decided.known.entry.number.map(|(_, number)| number), Some(elsewhere()));
    let shown = format!("{decided:?} {:?}", memory.item(&Item::of(birth(), Some(elsewhere()))));
    for secret in ["Bình", "079326123456", "123456"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert_ne!(decided.known.entry.request.id, Uuid::nil());
}

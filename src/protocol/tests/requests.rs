//! The first barrier: request ids and references.

use super::memory::Became;
use super::{Memory, Vary, birth};
use crate::ledger::EntryKind;
use crate::proto::v1 as pb;
use crate::protocol::Standing;
use crate::refusal::Refusal;

fn number(reply: &crate::protocol::Reply) -> crate::number::Number {
    match &reply.standing {
        Standing::Issued(row) => row.number,
        other => panic!("no number: {other:?}"),
    }
}

#[test]
fn the_same_request_gets_the_same_answer_for_ever() {
    let mut memory = Memory::new();
    let first = memory.tell(1, &birth()).unwrap();
    assert!(!first.replayed);
    for other in 2..5 {
        memory
            .tell(
                other,
                &birth().entry(&other.to_string()).born(2010 + other as i16, 1, 1),
            )
            .unwrap();
        let again = memory.tell(1, &birth()).unwrap();
        assert_eq!(
            (again.standing, again.position, again.replayed),
            (first.standing.clone(), first.position, true)
        );
    }
    assert_eq!(memory.entries.len(), 4, "resending writes nothing");
}

#[test]
fn a_resent_request_may_be_typed_differently_as_long_as_it_says_the_same() {
    let mut memory = Memory::new();
    let first = memory.tell(1, &birth()).unwrap();
    let typed = birth().but(|birth| {
        birth.child().full_name = "  nguyễn  thị   HOÀ bình ".into();
        birth.child().birth_order = 0;
        birth.child().births = 0;
    });
    let again = memory.tell(1, &typed).unwrap();
    assert_eq!((number(&again), again.replayed), (number(&first), true));
}

#[test]
fn the_same_id_with_other_content_is_refused_naming_exactly_what_differs() {
    type Retyped = fn(&mut pb::BirthRegistration);
    let cases: [(Retyped, &[&str]); 6] = [
        (
            |b| b.child().full_name = "Nguyễn Thị Hoa Bình".into(),
            &["registration.child.full_name"],
        ),
        (
            |b| b.mother().nationality = String::new(),
            &["registration.mother.nationality"],
        ),
        (
            |b| b.mother = None,
            &[
                "registration.mother.date_of_birth",
                "registration.mother.full_name",
                "registration.mother.nationality",
                "registration.mother.personal_number",
            ],
        ),
        (
            |b| *b = birth().order(2, 2),
            &["registration.child.birth_order", "registration.child.births"],
        ),
        (|b| *b = birth().entry("2"), &["registration.ref.entry_number"]),
        (
            |b| b.child().nationalities.push("FR".into()),
            &["registration.child.nationalities"],
        ),
    ];
    for (change, paths) in cases {
        let mut memory = Memory::new();
        memory.tell(1, &birth()).unwrap();
        let mut other = birth().but(change);
        // Without a mother there must be somebody.
        if other.mother.is_none() {
            other.father = Some(pb::Person {
                full_name: "Lê Văn Sơn".into(),
                ..pb::Person::default()
            });
        }
        let mut expected: Vec<_> = paths.iter().map(ToString::to_string).collect();
        if other.father.is_some() {
            expected.insert(0, "registration.father.full_name".to_owned());
        }
        assert_eq!(memory.tell(1, &other).unwrap_err(), Refusal::RequestIdReused(expected));
        assert_eq!(memory.entries.len(), 1, "a refusal writes nothing");
    }
}

#[test]
fn the_ids_of_two_offices_are_apart() {
    let mut memory = Memory::new();
    let first = memory.tell(1, &birth()).unwrap();
    let other = birth().of_another_mother().but(|birth| {
        birth.r#ref.as_mut().unwrap().office_code = "00001".into();
    });
    let second = memory.tell(1, &other).unwrap();
    assert_ne!(number(&first), number(&second));
}

#[test]
fn a_registration_sent_under_another_id_gets_its_number_and_the_id_is_bound_to_it() {
    let mut memory = Memory::new();
    let first = memory.tell(1, &birth()).unwrap();
    let second = memory.tell(2, &birth()).unwrap();
    assert_eq!(
        (number(&second), second.position, second.replayed),
        (number(&first), 1, true)
    );
    assert_eq!(second.request_id, first.request_id);
    let bound = memory.entries.last().unwrap();
    assert_eq!((bound.kind, bound.position, bound.decision), (EntryKind::Bound, 2, 1));
    assert_eq!((bound.number, bound.case_id), (None, None));

    // From now on the new id is as good as the first, and cannot be used for anything else.
    let again = memory.tell(2, &birth()).unwrap();
    assert_eq!(
        (number(&again), again.position, again.replayed),
        (number(&first), 1, true)
    );
    let other = birth().entry("2").of_another_mother();
    assert!(matches!(memory.tell(2, &other), Err(Refusal::RequestIdReused(_))));
    assert_eq!(memory.entries.len(), 2);
}

#[test]
fn a_bound_id_outlives_any_number_of_others() {
    let mut memory = Memory::new();
    let first = memory.tell(1, &birth()).unwrap();
    for id in 2..20 {
        assert_eq!(number(&memory.tell(id, &birth()).unwrap()), number(&first));
    }
    assert_eq!(memory.numbers.len(), 1);
    assert_eq!(
        memory
            .entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Bound)
            .count(),
        18
    );
}

#[test]
fn a_reference_with_other_facts_is_refused_naming_exactly_what_differs() {
    let mut memory = Memory::new();
    memory.tell(1, &birth()).unwrap();
    let other = birth().but(|birth| {
        birth.child().full_name = "Nguyễn Văn An".into();
        birth.child().sex = pb::Sex::Male.into();
    });
    let paths = ["registration.child.full_name", "registration.child.sex"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(memory.tell(2, &other).unwrap_err(), Refusal::RegistrationExists(paths));
    // The id was not used up.
    let moved = birth().entry("2").of_another_mother();
    assert!(matches!(memory.tell(2, &moved).unwrap().standing, Standing::Issued(_)));
}

#[test]
fn a_reference_is_the_same_however_it_is_typed_and_another_where_any_part_differs() {
    let at = |birth: pb::BirthRegistration, book: &str, entry: &str| {
        birth
            .entry(entry)
            .but(|birth| birth.r#ref.as_mut().unwrap().book_number = book.into())
    };
    let mut memory = Memory::new();
    assert_eq!(memory.register(&at(birth(), "3b", "12a")), Became::Issued);
    let other = at(birth().of_another_mother(), "3B", "12A");
    assert!(matches!(memory.tell(99, &other), Err(Refusal::RegistrationExists(_))));
    // None of these is refused as known.
    for (book, entry) in [("3", "b12a"), ("", "3b12a"), ("3b1", "2a"), ("12a", "3b")] {
        memory.register(&at(birth().abandoned(), book, entry));
    }
}

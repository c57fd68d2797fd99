//! Who gets a number at all, and from which place.

use super::memory::{Became, at};
use super::{Memory, Vary, birth};
use crate::ledger::EntryKind;
use crate::number::PlaceCode;
use crate::proto::v1 as pb;
use crate::protocol::{Standing, eligible};
use crate::refusal::Refusal;

fn foreign() -> pb::BirthRegistration {
    birth().but(|birth| birth.child().nationalities = vec!["FR".into()])
}

fn place(code: u16) -> PlaceCode {
    PlaceCode::new(code).unwrap()
}

#[test]
fn a_child_of_foreign_nationality_alone_is_refused_for_good_and_the_refusal_is_kept() {
    let mut memory = Memory::new();
    let first = memory.tell(1, &foreign()).unwrap();
    assert_eq!(
        (first.standing, first.position, first.replayed),
        (Standing::NotEligible, 1, false)
    );
    assert_eq!(memory.entries[0].kind, EntryKind::Rejected);

    let again = memory.tell(1, &foreign()).unwrap();
    assert_eq!(
        (again.standing, again.position, again.replayed),
        (Standing::NotEligible, 1, true)
    );
    let bound = memory.tell(2, &foreign()).unwrap();
    assert_eq!(
        (bound.standing, bound.position, bound.replayed),
        (Standing::NotEligible, 1, true)
    );
    assert!(memory.numbers.is_empty() && memory.blocking.is_empty() && memory.cases.is_empty());
}

#[test]
fn one_vietnamese_nationality_among_others_is_enough() {
    let mut memory = Memory::new();
    let both = birth().but(|birth| birth.child().nationalities = vec!["FR".into(), "VN".into(), "US".into()]);
    assert_eq!(memory.register(&both), Became::Issued);
}

#[test]
fn a_refused_registration_is_decided_afresh_with_other_facts() {
    let mut memory = Memory::new();
    memory.tell(1, &foreign()).unwrap();
    let still = foreign().named("Nguyễn Thị Hoa");
    assert_eq!(memory.tell(2, &still).unwrap().position, 2);
    let second = memory.tell(3, &birth()).unwrap();
    assert!(matches!(second.standing, Standing::Issued(_)));
    assert_eq!((second.position, second.replayed), (3, false));

    // The reference now leads to the number; each request keeps its own answer.
    let found = memory
        .turn(&[memory.find_reference(&birth())])
        .replies
        .remove(0)
        .unwrap();
    assert_eq!(found.standing, second.standing);
    for (id, content, position) in [(1, foreign(), 1), (2, still.clone(), 2), (3, birth(), 3)] {
        let again = memory.tell(id, &content).unwrap();
        assert_eq!((again.position, again.replayed), (position, true));
    }
    // And from now on it is a registration like any other.
    assert!(matches!(
        memory.tell(4, &foreign()),
        Err(Refusal::RegistrationExists(_))
    ));
    assert_eq!(memory.tell(5, &birth()).unwrap().position, 3);
}

#[test]
fn a_refused_child_is_no_double_of_the_next() {
    let mut memory = Memory::new();
    memory.register(&foreign());
    assert_eq!(memory.register(&birth().entry("2")), Became::Issued);
}

#[test]
fn a_closed_place_is_refused_naming_its_successor_and_nothing_is_written() {
    let closed = birth().but(|birth| birth.place_code = "027".into());
    let mut memory = Memory::new();
    let command = memory.issue(1, &closed);
    let turned = memory.turn(&[command]);
    let refusal = Refusal::PrefixClosed {
        place: place(27),
        successor: Some(place(24)),
    };
    assert_eq!(turned.replies[0].as_ref().unwrap_err(), &refusal);
    assert!(turned.changes.is_none());

    // Neither the id nor the reference is used up.
    let open = birth().but(|birth| birth.place_code = "024".into());
    assert!(matches!(memory.tell(1, &open).unwrap().standing, Standing::Issued(_)));
}

#[test]
fn the_day_of_issue_decides_whether_a_place_is_open_and_no_other_day() {
    let birth = birth().born(2025, 6, 1).but(|birth| birth.place_code = "027".into());
    let cases = [
        ("2025-06-30T16:59:59Z", None),
        (
            "2025-06-30T17:00:00Z",
            Some(Refusal::PrefixClosed {
                place: place(27),
                successor: Some(place(24)),
            }),
        ),
    ];
    for (time, refusal) in cases {
        let mut memory = Memory::new();
        memory.moment = at(time);
        assert_eq!(memory.tell(1, &birth).err(), refusal, "{time}");
    }
}

#[test]
fn what_was_issued_before_a_place_closed_is_answered_after_it() {
    let birth = birth().born(2025, 6, 1).but(|birth| birth.place_code = "027".into());
    let mut memory = Memory::new();
    memory.moment = at("2025-06-15T03:00:00Z");
    let first = memory.tell(1, &birth).unwrap();
    memory.moment = at("2025-08-15T03:00:00Z");
    for id in [1, 2] {
        assert_eq!(memory.tell(id, &birth).unwrap().standing, first.standing);
    }
}

/// Known request id, known registration, eligibility, place, child: what comes first is what is said.
#[test]
fn checks_come_in_the_order_of_the_contract() {
    let mut memory = Memory::new();
    memory.register(&birth());
    let anew = |birth: pb::BirthRegistration| birth.kind(pb::RegistrationKind::ReRegistration);
    let closed = |birth: pb::BirthRegistration| birth.but(|birth| birth.place_code = "027".into());
    memory.tell(1, &birth().entry("9").of_another_mother()).unwrap();

    assert!(matches!(
        memory.tell(1, &anew(closed(foreign()))),
        Err(Refusal::RequestIdReused(_))
    ));
    assert!(matches!(
        memory.tell(2, &anew(closed(foreign()))),
        Err(Refusal::RegistrationExists(_))
    ));
    assert_eq!(
        memory.tell(3, &anew(closed(foreign())).entry("3")).unwrap().standing,
        Standing::NotEligible
    );
    assert!(matches!(
        memory.tell(4, &anew(closed(birth())).entry("4")),
        Err(Refusal::PrefixClosed { .. })
    ));
    assert!(matches!(
        memory.tell(5, &anew(birth()).entry("5")).unwrap().standing,
        Standing::UnderReview(_)
    ));
}

#[test]
fn eligibility_can_be_asked_without_deciding() {
    let facts = |birth: &pb::BirthRegistration| {
        let mut memory = Memory::new();
        let command = memory.issue(1, birth);
        let crate::protocol::Command::Issue(issue) = command else {
            unreachable!()
        };
        eligible(&issue.facts, &memory.rules, memory.moment)
    };
    let closed = birth().but(|birth| birth.place_code = "027".into());
    assert_eq!(facts(&birth()), Ok(()));
    assert_eq!(facts(&foreign()), Err(Refusal::NotEligible));
    assert_eq!(
        facts(&closed),
        Err(Refusal::PrefixClosed {
            place: place(27),
            successor: Some(place(24))
        })
    );
}

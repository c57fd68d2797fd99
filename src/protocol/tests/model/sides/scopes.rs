//! The scopes in which the two sides are checked.

use super::super::super::births::day;
use super::super::super::{Vary, birth};
use super::super::promises::Promise;
use super::super::seeded::Mistake;
use super::super::{holds, violates};
use super::{Kind, Sides, Sight};
use crate::proto::v1 as pb;

/// The birth as it should have been written: a year earlier, which makes it another number.
fn corrected() -> pb::BirthRegistration {
    birth().but(|birth| birth.child().date_of_birth = day(2025, 3, 9))
}

/// A number, what it may be revoked for, and the same child registered elsewhere.
fn revoking(commands: u8) -> Sides {
    let births = [(birth(), 1), (corrected(), 1), (birth().entry("2"), 1)];
    Sides::of(
        &births,
        &[Kind::Register, Kind::Confirm, Kind::Revoke, Kind::Reissue],
        commands,
    )
}

/// A corrected registration in another place of the register, where another child may be entered meanwhile.
fn moving(commands: u8) -> Sides {
    let births = [(birth(), 1), (corrected().entry("2"), 1), (another_child(), 2)];
    Sides::of(&births, &[Kind::Register, Kind::Revoke, Kind::Reissue], commands)
}

/// Two registrations that look like one child: the second is really the same, the third its sister.
fn duplicates(commands: u8) -> Sides {
    let sister = birth().entry("3").named("Nguyễn Thị Mai");
    let births = [(birth(), 1), (birth().entry("2"), 1), (sister, 2)];
    Sides::of(
        &births,
        &[Kind::Register, Kind::Attach, Kind::Merge, Kind::Split],
        commands,
    )
}

/// What the population database holds against a number.
fn disputes(commands: u8) -> Sides {
    let births = [(birth(), 1), (birth().entry("2").of_another_mother(), 2)];
    Sides::of(
        &births,
        &[Kind::Register, Kind::Confirm, Kind::Dispute, Kind::Attach],
        commands,
    )
}

/// Without a mother's number, and by the father alone, so that the child's own name must lead to it.
pub(super) fn by_name(birth: pb::BirthRegistration) -> pb::BirthRegistration {
    birth.but(|birth| {
        birth.mother = None;
        birth.father = Some(pb::Person {
            full_name: "Nguyễn Văn Ba".into(),
            ..pb::Person::default()
        });
    })
}

/// A child whose name is changed, and who is registered again by the name of before and by that of after.
fn changes(commands: u8) -> Sides {
    let first = birth().mother_without_number();
    let renamed = "Nguyễn Thị An";
    let births = [
        (first.clone(), 1),
        (by_name(birth().entry("7")), 1),
        (by_name(birth().entry("8").named(renamed)), 1),
        (another_child(), 2),
    ];
    let name = |name: &str| pb::Facts {
        full_name: Some(name.into()),
        ..pb::Facts::default()
    };
    let taken = pb::Facts {
        full_name: first.child.clone().map(|child| child.full_name),
        mother: first.mother.clone(),
        ..pb::Facts::default()
    };
    Sides::of(&births, &[Kind::Register, Kind::Change], commands).changing(vec![
        (first.clone(), name(renamed), vec!["full_name"]),
        (first.named(renamed), name("Nguyễn Thị Hòa Bình"), vec!["full_name"]),
        (another_child(), taken, vec!["full_name", "mother"]),
    ])
}

pub(super) fn another_child() -> pb::BirthRegistration {
    birth().entry("2").of_another_mother()
}

/// A first child typed as the only one, and the second of the two, who waits until that is corrected.
fn twins(commands: u8) -> Sides {
    let second = birth().entry("2").named("Nguyễn Thị Hai").order(2, 2);
    let first_of_two = pb::Facts {
        birth_order: Some(1),
        births: Some(2),
        ..pb::Facts::default()
    };
    let births = [(birth(), 1), (second, 2), (birth().entry("3").order(1, 2), 1)];
    Sides::of(&births, &[Kind::Register, Kind::Change, Kind::Revoke], commands).changing(vec![(
        birth(),
        first_of_two,
        vec!["birth_order", "births"],
    )])
}

#[test]
fn numbers_revoked_and_reissued_in_every_order_keep_every_promise() {
    holds(revoking(5).seeing(&[
        Sight::Revoked,
        Sight::Reissued,
        Sight::Rejected,
        Sight::Withdrawn,
        Sight::DecidedAfresh,
    ]));
}

#[test]
fn registrations_moved_in_every_order_keep_every_promise() {
    holds(moving(5).seeing(&[Sight::Revoked, Sight::Reissued, Sight::Rejected]));
}

#[test]
fn duplicates_settled_in_every_order_keep_every_promise() {
    holds(duplicates(5).seeing(&[
        Sight::SamePerson,
        Sight::DifferentPersons,
        Sight::Attached,
        Sight::Rejected,
        Sight::Merged,
        Sight::Split,
    ]));
}

#[test]
fn disputes_settled_in_every_order_keep_every_promise() {
    holds(disputes(5).seeing(&[Sight::GaveWay, Sight::Attached, Sight::Rejected, Sight::Withdrawn]));
}

#[test]
fn facts_changed_in_every_order_keep_every_promise() {
    holds(changes(5).seeing(&[Sight::MetByFormerFacts, Sight::ChangedFacts]));
}

#[test]
fn late_twins_in_every_order_keep_every_promise() {
    holds(twins(5).seeing(&[Sight::ClosedByItself, Sight::MetByFormerFacts]));
}

#[test]
#[ignore = "takes minutes: one command more"]
fn longer_runs_keep_every_promise() {
    for scope in [revoking, moving, duplicates, disputes, changes, twins] {
        holds(scope(6));
    }
}

#[test]
fn a_case_approved_without_the_check_of_sides_is_found() {
    violates(
        revoking(2).with(Mistake::SidesUnchecked),
        Promise::DecidedByTheOtherSide,
    );
    violates(
        duplicates(2).with(Mistake::SidesUnchecked),
        Promise::DecidedByTheOtherSide,
    );
}

#[test]
fn a_revoked_number_returned_to_the_picker_is_found() {
    violates(revoking(3).with(Mistake::RevokedReturned), Promise::NeverGivenAgain);
}

#[test]
fn keys_of_former_facts_dropped_are_found() {
    violates(
        changes(2).with(Mistake::FormerKeysDropped),
        Promise::NoPersonWithTwoNumbers,
    );
}

#[test]
fn a_change_that_the_ledger_does_not_tell_of_is_found() {
    violates(
        revoking(1).with(Mistake::HistoryForgotten),
        Promise::NothingOffTheLedger,
    );
}

#[test]
fn a_number_that_its_registration_is_not_told_of_is_found() {
    violates(
        duplicates(2).with(Mistake::AttachmentForgotten),
        Promise::SameAnswerForEver,
    );
}

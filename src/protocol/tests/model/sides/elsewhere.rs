//! The scopes in which numbers come otherwise than by the picker: those that missions hand out and imports bring. And
//! those in which another registry holds something else.

use super::super::super::handed::abroad;
use super::super::super::handed_runs::girl;
use super::super::super::imports::elsewhere;
use super::super::super::{Memory, Vary, birth};
use super::super::promises::Promise;
use super::super::seeded::Mistake;
use super::super::{holds, violates};
use super::scopes::{another_child, by_name};
use super::{Kind, Sides, Sight};
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::reconcile::{Mismatch, Record};

/// The name that another registry has for everybody.
const NAMED_THERE: &str = "Nguyễn Thị Khác";

/// What another registry holds that knows the holder of this number by another name.
pub(super) fn named_otherwise(number: Number) -> (Record, Mismatch) {
    let record = Record {
        facts: named_there(),
        ..Record::missing(number)
    };
    (record, Mismatch::Differs(vec!["full_name"]))
}

fn named_there() -> pb::Facts {
    pb::Facts {
        full_name: Some(NAMED_THERE.into()),
        ..pb::Facts::default()
    }
}

/// A mission with two numbers: a child that was registered at home, too, and one that was not, whom it enters twice.
fn missions(commands: u8) -> Sides {
    let other = girl(1, abroad()).entry("2");
    let births = [(birth(), 1), (abroad(), 1), (other.clone(), 2), (other.entry("3"), 2)];
    Sides::of(&births, &[Kind::Register, Kind::HandOut, Kind::CloseBlock], commands).with_block(2)
}

/// What the picker would give next to a child like that of [`birth`], after so many.
fn next(after: u32) -> Number {
    let memory = Memory::new();
    let prefix = memory.registered(&birth()).facts.prefix().expect("a birth in order");
    memory.ring.picker.number(prefix, after).expect("a number")
}

/// A register of others: the child that is known, under its own number or another; one child under two numbers, and two
/// under one; and an old entry without a number, whose child is registered meanwhile.
fn imports(commands: u8) -> Sides {
    let births = [
        (birth(), 1),
        (birth().entry("5"), 1),
        (girl(1, birth()).entry("2"), 2),
        (by_name(birth().entry("7")), 1),
    ];
    let items = vec![
        (1, Some(elsewhere())),
        (2, Some(next(1))),
        (2, Some(next(2))),
        (3, Some(next(1))),
        (2, None),
    ];
    Sides::of(&births, &[Kind::Register, Kind::Import], commands).bringing(items)
}

/// A number whose holder another registry knows by another name, until it is changed to that.
fn comparisons(commands: u8) -> Sides {
    let births = [(birth(), 1), (another_child(), 2)];
    Sides::of(
        &births,
        &[Kind::Register, Kind::Report, Kind::Change, Kind::Revoke, Kind::Dispute],
        commands,
    )
    .changing(vec![(birth(), named_there(), vec!["full_name"])])
}

#[test]
fn numbers_of_missions_settled_in_every_order_keep_every_promise() {
    holds(missions(4).seeing(&[
        Sight::Settled,
        Sight::HandedOutInVain,
        Sight::BlockClosed,
        Sight::SamePerson,
        Sight::DifferentPersons,
        Sight::Withdrawn,
    ]));
}

#[test]
fn imports_in_every_order_keep_every_promise() {
    holds(imports(4).seeing(&[
        Sight::Imported,
        Sight::Completed,
        Sight::Contradicted,
        Sight::SteppedOver,
        Sight::SamePerson,
        Sight::DifferentPersons,
        Sight::Withdrawn,
    ]));
}

#[test]
fn mismatches_reported_in_every_order_keep_every_promise() {
    holds(comparisons(4).seeing(&[
        Sight::Reported,
        Sight::ClosedByItself,
        Sight::Revoked,
        Sight::Rejected,
        Sight::Withdrawn,
    ]));
}

#[test]
#[ignore = "takes minutes: one command more"]
fn longer_runs_of_numbers_from_elsewhere_keep_every_promise() {
    for scope in [missions, imports, comparisons] {
        holds(scope(5));
    }
}

#[test]
fn what_is_left_of_a_block_returned_to_the_picker_is_found() {
    violates(missions(2).with(Mistake::ClosedReturned), Promise::NeverGivenAgain);
}

#[test]
fn a_number_from_elsewhere_that_the_picker_is_not_told_of_is_found() {
    violates(imports(2).with(Mistake::HeldForgotten), Promise::NeverGivenAgain);
}

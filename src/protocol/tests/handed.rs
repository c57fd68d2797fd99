//! Numbers of missions: every state of a number against every registration it may be handed out to.

use jiff::ToSpan;
use uuid::Uuid;

use super::acts::{approve, attach, authority, dispute, registrar, settle};
use super::{Memory, Vary, birth};
use crate::ledger::{EntryKind, Moment, Position, RequestKey};
use crate::number::{Number, Prefix};
use crate::proto::v1 as pb;
use crate::protocol::NumberState::{self, Issued, Quarantined, Reserved, Revoked};
use crate::protocol::{
    BlockRow, CaseCause, CaseRow, CaseState, Command, Decision, Deed, Reply, Reservation, Resolution, Standing, Target,
    Told,
};
use crate::refusal::Refusal;
use crate::registration::{Content, HandedText, Problem};

pub(super) const MISSION: &str = "mission";
const DAY: i64 = 24 * 3600 * 1_000_000;

/// A birth registered at the mission: a girl of 2026.
pub(super) fn abroad() -> pb::BirthRegistration {
    birth().kind(pb::RegistrationKind::BornAbroad).but(|birth| {
        birth.place_code = "232".into();
        birth.r#ref.get_or_insert_default().office_code = MISSION.into();
    })
}

fn prefix(memory: &Memory) -> Prefix {
    memory.registered(&abroad()).facts.prefix().unwrap()
}

pub(super) fn reservation(memory: &Memory, count: usize) -> Reservation {
    Reservation {
        prefix: prefix(memory),
        count,
        expires_at: memory.moment.at + 30 * DAY,
        most: 100,
    }
}

impl Memory {
    /// A block of so many numbers, with these in the order in which they are to be handed out.
    pub(super) fn block(&mut self, count: usize) -> (Uuid, Vec<Number>) {
        let asked = reservation(self, count);
        let act = self.act_of(registrar(MISSION), Deed::Reserve(asked));
        let id = act.request.id;
        let opened = self.send(act).unwrap().position;
        let numbers = self.numbers.values().filter(|row| row.decision == opened);
        (id, numbers.map(|row| row.number).collect())
    }

    /// A number that is set apart.
    pub(super) fn reserved(&mut self) -> Number {
        self.block(1).1[0]
    }

    fn row(&self, block: Uuid) -> &BlockRow {
        let office = MISSION.to_owned();
        &self.blocks[&RequestKey { id: block, office }]
    }

    /// The command that tells of a number handed out to a child.
    pub(super) fn handed(
        &mut self,
        id: u128,
        birth: &pb::BirthRegistration,
        block: Uuid,
        number: Number,
        printed: bool,
    ) -> Command {
        let at = printed.then_some(prost_types::Timestamp {
            seconds: self.moment.at / 1_000_000,
            nanos: 0,
        });
        let text = HandedText::of(&block.to_string(), &number.to_string(), at);
        self.issue_content(MISSION, id, Content::handed_out(birth, text))
    }

    pub(super) fn settle_number(
        &mut self,
        id: u128,
        birth: &pb::BirthRegistration,
        (block, number): (Uuid, Number),
        printed: bool,
    ) -> Result<Reply, Refusal> {
        let command = self.handed(id, birth, block, number, printed);
        self.carry_out(&[command]).0.remove(0).map(Told::birth)
    }

    pub(super) fn wait(&mut self, days: i64) {
        let now = jiff::Timestamp::from_microsecond(self.moment.at).unwrap();
        self.moment = Moment::new(now + (24 * days).hours());
    }

    pub(super) fn open_case(&self, reply: &Reply) -> CaseRow {
        match reply.standing {
            Standing::UnderReview(case) => self.cases[&case].clone(),
            ref other => panic!("{other:?}"),
        }
    }
}

fn state(memory: &Memory, number: Number) -> (NumberState, Option<Number>) {
    let row = memory.stands(number);
    (row.state, row.replaced_by)
}

#[test]
fn a_block_is_drawn_for_ever_and_its_numbers_are_nobody_elses() {
    let mut memory = Memory::new();
    let (block, numbers) = memory.block(5);
    assert_eq!(numbers.len(), 5);
    assert!(numbers.iter().all(|number| state(&memory, *number) == (Reserved, None)));
    let (row, opened) = (memory.row(block).clone(), memory.entries.len() as Position);
    assert_eq!((row.count, row.unused, row.opened, row.closed), (5, 5, opened, None));
    let given = memory.given(&abroad());
    assert!(!numbers.contains(&given));
    assert_eq!(memory.ring.picker.slot(given).counter(), 5);
}

#[test]
fn a_reservation_that_breaks_its_rules_writes_nothing() {
    let mut memory = Memory::new();
    memory.block(60);
    let good = reservation(&memory, 40);
    let now = memory.moment.at;
    type Change = fn(&mut Reservation, i64);
    let cases: [(Change, &str, Problem); 4] = [
        (|asked, now| asked.expires_at = now, "expires_at", Problem::Past),
        (
            |asked, now| asked.expires_at = now + 733 * DAY,
            "expires_at",
            Problem::TooFarAhead,
        ),
        (|asked, _| asked.count = 41, "count", Problem::TooMany { max: 40 }),
        (|asked, _| asked.most = 10, "count", Problem::TooMany { max: 0 }),
    ];
    for (change, field, problem) in cases {
        let mut asked = good.clone();
        change(&mut asked, now);
        let refused = memory.act(registrar(MISSION), Deed::Reserve(asked)).unwrap_err();
        assert_eq!(refused, Refusal::invalid(field, problem));
    }
    assert_eq!(memory.entries.len(), 1);
    memory.act(registrar(MISSION), Deed::Reserve(good)).unwrap();
    // Another mission has a measure of its own.
    let other = reservation(&memory, 100);
    memory.act(registrar("another"), Deed::Reserve(other)).unwrap();
}

/// What is known of the child before its number is settled.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    /// The same entry of the mission's register was given a number over the line.
    SameEntryHasNumber,
    /// It waits for a case.
    SameEntryWaits,
    /// The child was registered at home.
    AtHome,
    /// The number is another child's.
    NumberUsed,
    Closed,
    Expired,
    /// The child is a foreigner.
    Foreign,
}

/// What came of it: the state of the number, what took its place, and the kind of the entry that was written.
type Outcome = Result<(NumberState, bool, Option<EntryKind>), Refusal>;

fn outcome(before: Before, printed: bool) -> Outcome {
    let mut memory = Memory::new();
    let (block, numbers) = memory.block(3);
    let mut child = abroad();
    match before {
        Before::Nothing => {}
        Before::SameEntryHasNumber => drop(memory.given(&abroad())),
        Before::SameEntryWaits => {
            child = abroad().kind(pb::RegistrationKind::ReRegistration);
            memory.register(&child);
        }
        Before::AtHome => drop(memory.given(&birth().entry("7"))),
        Before::NumberUsed => {
            let other = abroad().entry("8").of_another_mother();
            memory.settle_number(90, &other, (block, numbers[0]), true).unwrap();
        }
        Before::Closed => drop(memory.act(registrar(MISSION), Deed::Close(block)).unwrap()),
        Before::Expired => memory.wait(31),
        Before::Foreign => child = abroad().but(|birth| birth.child().nationalities = vec!["FR".into()]),
    }
    let entries = memory.entries.len();
    let reply = memory.settle_number(91, &child, (block, numbers[0]), printed)?;
    let kind = memory.entries.get(entries).map(|entry| entry.kind);
    let (state, replaced_by) = state(&memory, numbers[0]);
    // Whatever was decided is told again, by the same words, and nothing more is written.
    let again = memory.settle_number(91, &child, (block, numbers[0]), printed).unwrap();
    assert_eq!(
        (again.standing, again.position, again.replayed),
        (reply.standing, reply.position, true)
    );
    assert_eq!(memory.entries.len(), entries + 1);
    let unused = memory.numbers.values().filter(|row| row.unused()).count() as i64;
    assert_eq!(memory.row(block).unused, unused, "{before:?}");
    Ok((state, replaced_by.is_some(), kind))
}

#[test]
fn a_number_handed_out_comes_to_exactly_this() {
    use Before::{AtHome, Closed, Expired, Foreign, Nothing, NumberUsed, SameEntryHasNumber, SameEntryWaits};
    for (before, printed, expected) in [
        (Nothing, true, Ok((Issued, false, Some(EntryKind::Settled)))),
        (Nothing, false, Ok((Issued, false, Some(EntryKind::Settled)))),
        (SameEntryHasNumber, true, Ok((Revoked, true, Some(EntryKind::Bound)))),
        (
            SameEntryHasNumber,
            false,
            Ok((Quarantined, true, Some(EntryKind::Bound))),
        ),
        (SameEntryWaits, true, Err(Refusal::CaseOpen)),
        (AtHome, true, Ok((Reserved, false, Some(EntryKind::UnderReview)))),
        (NumberUsed, true, Err(Refusal::WrongState("number"))),
        (Closed, true, Err(Refusal::BlockClosed)),
        (Expired, true, Ok((Reserved, false, Some(EntryKind::UnderReview)))),
        (Foreign, true, Ok((Revoked, false, Some(EntryKind::Rejected)))),
        (Foreign, false, Ok((Quarantined, false, Some(EntryKind::Rejected)))),
    ] {
        assert_eq!(outcome(before, printed), expected, "{before:?} {printed}");
    }
}

#[test]
fn a_number_that_is_not_of_the_block_and_a_block_that_is_not_the_missions_are_refused() {
    let mut memory = Memory::new();
    let (block, numbers) = memory.block(2);
    let (_, others) = memory.block(2);
    let refused = memory
        .settle_number(1, &abroad(), (block, others[0]), true)
        .unwrap_err();
    assert_eq!(refused, Refusal::invalid("number", Problem::NotOfBlock));
    let unknown = Uuid::from_u128(5);
    let refused = memory
        .settle_number(1, &abroad(), (unknown, numbers[0]), true)
        .unwrap_err();
    assert_eq!(refused, Refusal::NoSuchBlock);
    let elsewhere = abroad().but(|birth| birth.r#ref.get_or_insert_default().office_code = "another".into());
    let text = HandedText::of(&block.to_string(), &numbers[0].to_string(), None);
    let command = memory.issue_content("another", 1, Content::handed_out(&elsewhere, text));
    assert_eq!(
        memory.carry_out(&[command]).0.remove(0).unwrap_err(),
        Refusal::NoSuchBlock
    );
    assert_eq!(memory.entries.len(), 2);
}

#[test]
fn an_id_used_for_another_number_is_refused() {
    let mut memory = Memory::new();
    let (block, numbers) = memory.block(3);
    memory.settle_number(1, &abroad(), (block, numbers[0]), true).unwrap();
    let number = Refusal::RequestIdReused(vec!["number".to_owned()]);
    let refused = memory
        .settle_number(1, &abroad(), (block, numbers[1]), true)
        .unwrap_err();
    assert_eq!(refused, number);
    // An id that was bound to the child's first number is that of the second one, which was revoked.
    memory.settle_number(2, &abroad(), (block, numbers[1]), true).unwrap();
    assert_eq!(state(&memory, numbers[1]), (Revoked, Some(numbers[0])));
    let refused = memory
        .settle_number(2, &abroad(), (block, numbers[2]), true)
        .unwrap_err();
    assert_eq!(refused, number);
    // And that of a birth without a number in hand is another request altogether.
    memory.tell(3, &abroad().entry("2").of_another_mother()).unwrap();
    let other = abroad().entry("2").of_another_mother();
    let refused = memory.settle_number(3, &other, (block, numbers[2]), false).unwrap_err();
    assert_eq!(
        refused,
        Refusal::RequestIdReused(vec!["block_id".to_owned(), "number".to_owned()])
    );
}

/// How a case about a number in hand ends, and what becomes of the number.
#[test]
fn a_number_under_review_follows_its_case() {
    for printed in [true, false] {
        let spent = if printed { Revoked } else { Quarantined };
        let mut memory = Memory::new();
        let (block, numbers) = memory.block(9);
        let home = memory.given(&birth().entry("7"));
        let child = abroad();
        let reply = memory.settle_number(1, &child, (block, numbers[0]), printed).unwrap();
        let case = memory.open_case(&reply);
        assert_eq!((case.cause, memory.row(block).unused), (CaseCause::SameChild, 8));
        // Told again under another id, it is the same.
        let again = memory.settle_number(4, &child, (block, numbers[0]), printed).unwrap();
        assert_eq!((again.position, again.standing), (reply.position, reply.standing));
        // Nobody else is given it meanwhile.
        let other = abroad().entry("2").of_another_mother();
        let refused = memory
            .settle_number(2, &other, (block, numbers[0]), printed)
            .unwrap_err();
        assert_eq!(refused, Refusal::WrongState("number"));
        let mut withdrawn = memory.clone();
        let mut rejected = memory.clone();
        let mut apart = memory.clone();
        let mut closed = memory.clone();

        memory
            .act(authority(), approve(&case, Resolution::SamePerson(home)))
            .unwrap();
        assert_eq!(state(&memory, numbers[0]), (spent, Some(home)));
        assert_eq!(state(&memory, home), (Issued, None));

        apart
            .act(authority(), approve(&case, Resolution::DifferentPersons))
            .unwrap();
        assert_eq!(state(&apart, numbers[0]), (Issued, None));
        assert_eq!(apart.stands(numbers[0]).registration, reply.position);
        assert!(matches!(apart.standing(reply.position), Standing::Issued(row) if row.number == numbers[0]));

        rejected.act(authority(), settle(&case, Decision::Reject)).unwrap();
        assert_eq!(state(&rejected, numbers[0]), (spent, None));
        assert_eq!(
            rejected.standing(reply.position),
            Standing::CaseClosed(CaseState::Rejected)
        );

        // Taken back, it may be entered anew, for the same number.
        withdrawn
            .act(registrar(MISSION), settle(&case, Decision::Withdraw))
            .unwrap();
        assert!(withdrawn.stands(numbers[0]).unused());
        assert_eq!(withdrawn.row(block).unused, 9);
        for id in [1, 4] {
            let told = withdrawn
                .settle_number(id, &child, (block, numbers[0]), printed)
                .unwrap();
            assert_eq!(told.standing, Standing::CaseClosed(CaseState::Withdrawn));
        }
        let right = child.clone().named("Nguyễn Thị Thu").of_another_mother();
        withdrawn
            .settle_number(3, &right, (block, numbers[0]), printed)
            .unwrap();
        assert_eq!(state(&withdrawn, numbers[0]), (Issued, None));

        // A block that was closed meanwhile takes nothing back; its other numbers are never given.
        closed.act(registrar(MISSION), Deed::Close(block)).unwrap();
        assert_eq!(state(&closed, numbers[0]), (Reserved, None));
        assert!(
            numbers[1..]
                .iter()
                .all(|number| state(&closed, *number).0 == Quarantined)
        );
        closed
            .act(registrar(MISSION), settle(&case, Decision::Withdraw))
            .unwrap();
        assert_eq!(state(&closed, numbers[0]), (spent, None));
        assert_eq!(closed.row(block).unused, 0);
        let refused = closed.act(registrar(MISSION), Deed::Close(block)).unwrap_err();
        assert_eq!(refused, Refusal::BlockClosed);
    }
}

#[test]
fn a_number_of_a_block_is_nobody_elses_whatever_the_population_side_holds() {
    let mut memory = Memory::new();
    let (block, numbers) = memory.block(3);
    memory.settle_number(1, &abroad(), (block, numbers[0]), false).unwrap();
    memory.settle_number(2, &abroad(), (block, numbers[1]), false).unwrap();
    memory.act(registrar(MISSION), Deed::Close(block)).unwrap();
    let sister = abroad().entry("8").named("Nguyễn Thị Út");
    let waits = memory.tell(3, &sister).unwrap();
    let case = memory.open_case(&waits);
    let elsewhere = memory.given(&birth().entry("9").of_another_mother());
    // One that was handed out in vain, and one that never was.
    for number in [numbers[1], numbers[2]] {
        assert_eq!(memory.stands(number).state, Quarantined);
        let key = memory.reference(&sister);
        for (deed, field) in [
            (attach(number, key), "number"),
            (Deed::Attach(number, Target::Case(case.case_id)), "number"),
            (approve(&case, Resolution::SamePerson(number)), "resolution.same_person"),
            (dispute(elsewhere, CaseCause::OtherNumber, Some(number)), "held_number"),
        ] {
            assert_eq!(memory.act(authority(), deed).unwrap_err(), Refusal::WrongState(field));
        }
    }
    // The one that stands is its child's, and the sister may be found to be that child.
    memory
        .act(authority(), approve(&case, Resolution::SamePerson(numbers[0])))
        .unwrap();
}

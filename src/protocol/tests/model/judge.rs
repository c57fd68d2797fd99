//! Whether a turn keeps the promises: judged by what it wrote and by who is really who, not by any rule of the protocol.

use std::collections::{BTreeMap, BTreeSet};

use super::super::acts::AUTHORITY;
use super::kept::{Kept, Person, Sent, Stored};
use super::promises::{Broken, Promise};
use crate::ledger::{Entry, EntryKind, Position, RequestKey, SYSTEM_OFFICE};
use crate::number::Slot;
use crate::protocol::{
    CaseCause, CaseKind, CaseRow, CaseState, Changes, Command, Deed, NumberRow, NumberState, Side, Told,
};
use crate::refusal::Refusal;

/// Judges what a turn is about to write to a store.
pub fn turn(
    present: &Stored,
    commands: &[Sent],
    replies: &[Result<Told, Refusal>],
    changes: Option<&Changes>,
) -> Broken {
    let mut broken = Broken::default();
    let entries = changes.map(|changes| changes.entries.as_slice()).unwrap_or_default();
    let written: Vec<&RequestKey> = entries.iter().map(|entry| &entry.request).collect();
    let answered = commands
        .iter()
        .zip(replies)
        .filter(|(sent, reply)| decided(sent, reply));
    let answered: BTreeSet<&RequestKey> = answered.map(|(sent, _)| sent.request()).collect();
    for request in &answered {
        let known = present.memory.requests.contains_key(*request);
        let times = written.iter().filter(|written| *written == request).count();
        broken.unless(times <= 1 && !(known && times == 1), Promise::SameAnswerForEver);
        broken.unless(times == usize::from(!known), Promise::NothingOffTheLedger);
    }
    let own = |request: &&RequestKey| request.office == SYSTEM_OFFICE || answered.contains(*request);
    broken.unless(written.iter().all(own), Promise::NothingOffTheLedger);
    if let Some(changes) = changes {
        broken.unless(in_order(present, changes), Promise::NothingOffTheLedger);
        given(present, commands, changes, &mut broken);
        let sides = changes.rare.cases.iter();
        let other_side = sides.filter(|case| case.state != CaseState::Open).all(|case| {
            let office = |position: Position| office_at(present, changes, position);
            decided_by_the_other_side(case, office)
        });
        broken.unless(other_side, Promise::DecidedByTheOtherSide);
    }
    broken
}

/// Whether something was decided on a request, now or before: what says only what is known needs no entry.
fn decided(sent: &Sent, reply: &Result<Told, Refusal>) -> bool {
    let reports = matches!(&sent.command, Command::Act(act) if matches!(act.deed, Deed::Report(_)));
    match reply {
        Ok(Told::Import(brings)) => brings.position.is_some(),
        Ok(Told::Act(done)) if reports => !done.replayed,
        Ok(Told::Birth(_) | Told::Act(_)) => true,
        Err(_) => false,
    }
}

/// Whether the entries follow each other and those before, and the tree holds them.
fn in_order(present: &Kept, changes: &Changes) -> bool {
    let mut frontier = present.memory.head.frontier.clone();
    let mut next = present.size();
    changes.entries.iter().all(|entry| {
        frontier.push(entry.leaf);
        next += 1;
        entry.position == next
    }) && frontier == changes.head.frontier
}

/// Judges the numbers a turn gives.
fn given(present: &Stored, commands: &[Sent], changes: &Changes, broken: &mut Broken) {
    let persons = present.persons_after(commands, changes);
    let mut rows = present.memory.numbers.clone();
    for row in &changes.rare.numbers {
        rows.insert(row.slot, row.clone());
    }
    for row in &changes.numbers {
        if let Some(before) = rows.insert(row.slot, row.clone()) {
            broken.add(Promise::NeverGivenAgain);
            let same = present.person_of(&before) == persons.get(&row.registration).copied();
            broken.unless(same, Promise::NoNumberToTwoPersons);
        }
    }
    let links = Links::of(present, changes);
    let standing: Vec<(&NumberRow, Person)> = rows
        .values()
        .filter(|row| row.stands() || row.state == NumberState::Disputed)
        .filter_map(|row| Some((row, *persons.get(&row.registration)?)))
        .collect();
    for (index, (one, person)) in standing.iter().enumerate() {
        let twice = standing[index + 1..].iter().filter(|(_, other)| other == person);
        let known = twice.into_iter().all(|(other, _)| links.between(one.slot, other.slot));
        broken.unless(known, Promise::NoPersonWithTwoNumbers);
    }
}

/// What the two sides know of two numbers.
struct Links {
    /// The two numbers of each case about whether they are of one person, be it open or decided.
    cases: Vec<(Slot, Slot)>,
    /// Numbers that the population side attached or holds.
    from_population: BTreeSet<Slot>,
}

impl Links {
    fn of(present: &Kept, changes: &Changes) -> Self {
        let memory = &present.memory;
        let cases = memory.cases.values().chain(&changes.cases).chain(&changes.rare.cases);
        let both = |case: &CaseRow| Some((case.slot?, memory.ring.picker.slot(case.other?)));
        let entries = memory.entries.iter().chain(&changes.entries);
        let told = entries.filter(|entry| matches!(entry.kind, EntryKind::Attached | EntryKind::Disputed));
        Self {
            cases: cases
                .filter(|case| case.kind == CaseKind::TwoNumbers)
                .filter_map(both)
                .collect(),
            from_population: told.filter_map(|entry| Some(entry.number?.0)).collect(),
        }
    }

    fn between(&self, one: Slot, other: Slot) -> bool {
        let told = [one, other].iter().any(|slot| self.from_population.contains(slot));
        let pairs = [(one, other), (other, one)];
        told || self.cases.iter().any(|case| pairs.contains(case))
    }
}

fn office_at<'a>(present: &'a Kept, changes: &'a Changes, position: Position) -> Option<&'a str> {
    let entries = present.memory.entries.iter().chain(&changes.entries);
    let mut at = entries.filter(|entry| entry.position == position);
    at.next_back().map(|entry| entry.request.office.as_str())
}

fn side_of(office: &str) -> Side {
    match office {
        AUTHORITY => Side::Population,
        _ => Side::Registration,
    }
}

/// By the offices on the ledger, whatever the case itself says: taken back by who opened it, closed by the service, or
/// decided by who is not on the side that opened it.
fn decided_by_the_other_side<'a>(case: &CaseRow, office: impl Fn(Position) -> Option<&'a str>) -> bool {
    let (Some(opener), Some(closer)) = (office(case.decision), case.closed.and_then(office)) else {
        return false;
    };
    if case.state == CaseState::Withdrawn {
        return opener == closer && case.decided_side.is_none();
    }
    if closer == SYSTEM_OFFICE {
        return case.state == CaseState::Approved && case.decided_side.is_none();
    }
    let proposer = match case.cause {
        // What the service finds is for the population side.
        CaseCause::ChangedFacts => Side::Registration,
        _ => side_of(opener),
    };
    side_of(closer) != proposer && case.decided_side == Some(side_of(closer))
}

/// Judges a store after a turn by the store before it.
pub fn store(before: &Kept, after: &Kept, changes: &Changes) -> Broken {
    let mut broken = Broken::default();
    let same = before.answers.iter().all(|(request, answer)| {
        let later = after.answers.get(request);
        later.is_some_and(|later| answer.may_become(*later))
    });
    broken.unless(same, Promise::SameAnswerForEver);
    let on_ledger = changes
        .numbers
        .iter()
        .chain(&changes.rare.numbers)
        .all(|row| on_the_ledger(after, row));
    broken.unless(on_ledger, Promise::NothingOffTheLedger);
    let stay = before.memory.numbers.values().all(|row| {
        let now = after.memory.numbers.get(&row.slot).map(|row| row.state);
        now == Some(NumberState::Revoked) || (now.is_some() && row.state != NumberState::Revoked)
    });
    broken.unless(stay, Promise::NeverGivenAgain);
    broken.unless(shared_by_decision(after), Promise::NoNumberToTwoPersons);
    broken.unless(references_apart(after), Promise::NoReferenceWithTwoNumbers);
    broken
}

/// Whether the registrations that valid numbers rest on are written down in places of their own, save those of one number.
fn references_apart(after: &Kept) -> bool {
    let memory = &after.memory;
    let mut slots = BTreeMap::new();
    let valid = memory
        .numbers
        .values()
        .filter(|row| row.stands() || row.state == NumberState::Disputed);
    valid.into_iter().all(|row| {
        let attached = memory.attachments.values().filter(|attached| attached.slot == row.slot);
        let registrations = attached.map(|attached| attached.registration).chain([row.registration]);
        let mut references = registrations.filter_map(|position| after.reference_at(position));
        references.all(|reference| *slots.entry(reference).or_insert(row.slot) == row.slot)
    })
}

/// Whether a number that rests on the registrations of two persons does so because the population side said so.
fn shared_by_decision(after: &Kept) -> bool {
    let memory = &after.memory;
    memory.attachments.values().all(|attachment| {
        let holder = memory
            .numbers
            .get(&attachment.slot)
            .and_then(|row| after.person_of(row));
        let same = holder == after.persons.get(&attachment.registration).copied();
        let said = |entry: &Entry| {
            let kind = matches!(entry.kind, EntryKind::Attached | EntryKind::CaseApproved);
            let about = entry.number.is_some_and(|(slot, _)| slot == attachment.slot);
            kind && about && side_of(&entry.request.office) == Side::Population
        };
        same || memory.entries.iter().any(said)
    })
}

/// Whether a number stands as the ledger says: as its last change left it, or as it was given.
fn on_the_ledger(after: &Kept, row: &NumberRow) -> bool {
    let memory = &after.memory;
    let mut history = memory.history.iter().filter(|(_, changed)| changed.slot == row.slot);
    match history.next_back() {
        Some((_, changed)) => changed == row,
        None => memory.entries.iter().any(|entry| {
            let given = entry.kind == EntryKind::Issued && entry.number == Some((row.slot, row.number));
            given && *row == NumberRow::issued((row.slot, row.number), entry.position, entry.at)
        }),
    }
}

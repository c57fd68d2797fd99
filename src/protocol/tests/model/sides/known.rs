//! Who may be registered: a person who has a number is registered again only as it is known, or was.
//!
//! By facts that nobody ever told the service of, no rule could tell that it is the same person.

use super::super::kept::{Kept, Person};
use super::Sides;
use crate::ledger::EntryKind;
use crate::protocol::{CaseState, NumberRow, NumberState};
use crate::registration::{PartialDate, Registration};

/// By what a child is known where nothing is known of its mother.
pub type Child = (String, PartialDate);

pub fn child(facts: &Registration) -> Child {
    (facts.child.normal_name.clone(), facts.child.born)
}

impl Sides {
    /// Whether this birth of the scope may be registered now.
    pub(super) fn may_be_registered(&self, store: &Kept, birth: usize) -> bool {
        let person = self.births[birth].1;
        let mut rows = store.memory.numbers.values();
        let has_number = rows.any(|row| holds(row) && store.person_of(row) == Some(person));
        !has_number || known_as(store, person).any(|known| known == self.children[birth])
    }
}

fn holds(row: &NumberRow) -> bool {
    row.stands() || row.state == NumberState::Disputed
}

/// As whom a person is known: by registrations that have a number or wait, and by every version of their facts.
fn known_as(store: &Kept, person: Person) -> impl Iterator<Item = Child> {
    let memory = &store.memory;
    memory.entries.iter().filter_map(move |entry| {
        let decided = memory.decided(entry.position);
        let (row, case) = (decided.known.number.as_ref(), decided.known.case.as_ref());
        let of = match entry.kind {
            EntryKind::Changed => row.and_then(|row| store.person_of(row)),
            _ => store.persons.get(&entry.position).copied(),
        };
        let case = case.map(|case| case.state);
        let counts = match entry.kind {
            EntryKind::ReissueProposed if case != Some(CaseState::Approved) => false,
            EntryKind::UnderReview if case == Some(CaseState::Open) => true,
            _ => row.is_some_and(|row| holds(last_of(store, row))),
        };
        decided
            .facts()
            .filter(|_| counts && of == Some(person))
            .map(|facts| child(facts))
    })
}

/// What a number led to.
fn last_of<'a>(store: &'a Kept, row: &'a NumberRow) -> &'a NumberRow {
    let next = row.replaced_by.map(|next| store.memory.stands(next));
    next.map_or(row, |next| last_of(store, next))
}

//! What is held here of a registration that an import brings again: its versions, and the number its child has.

use super::bring::sorted;
use super::{Decided, Import, NumberRow, NumberState, World};
use crate::ledger::{EntryKind, Position};
use crate::number::{Number, Slot};
use crate::registration::{Content, against, differing_since};

/// What the number of an item is to the number that the registration's child has here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// The item has none.
    None,
    /// It is the same.
    Own,
    /// It is one that the child had before.
    Former,
    /// It is another, or the child has none.
    Other,
}

/// What was registered of a person at one time or another, oldest first: the time in microseconds, and what was said.
pub(super) struct Versions<'a>(Vec<(i64, &'a Content)>);

impl Versions<'_> {
    /// What is registered now.
    pub fn present(&self) -> Option<&Content> {
        self.0.last().map(|(_, content)| *content)
    }
}

impl World<'_> {
    /// Whether a registration became known by an import, without a number, and has none since.
    pub(super) fn unnumbered(&self, decided: &Decided) -> bool {
        let kind = decided.known.entry.kind;
        let settled = || self.standing(decided).is_none();
        match kind {
            EntryKind::Imported => self.number_of(decided).is_none(),
            EntryKind::ImportDisputed => self.number_of(decided).is_none() && settled(),
            _ => false,
        }
    }

    /// What the number of an item is to a registration.
    pub(super) fn relation(&self, known: &Decided, number: Option<Number>) -> Relation {
        let Some(number) = number else { return Relation::None };
        let Some(row) = self.number_of(known) else {
            return Relation::Other;
        };
        let last = self.last_of(row);
        if number == last.number {
            // One that was taken from the child is not its own any more.
            return match last.stands() || last.state == NumberState::Disputed {
                true => Relation::Own,
                false => Relation::Former,
            };
        }
        let leads_here = self
            .of_digits(number)
            .is_some_and(|other| self.last_of(other).slot == last.slot);
        match leads_here {
            true => Relation::Former,
            false => Relation::Other,
        }
    }

    /// The number that came with a registration which an import brought, kept from everybody until its case is decided.
    pub(super) fn waiting_brought(&self, decided: &Decided) -> Option<&NumberRow> {
        let row = self.of_digits(decided.brought()?.number?)?;
        let waits = row.state == NumberState::Quarantined && row.registration == decided.known.entry.position;
        waits.then_some(row)
    }

    /// Whether a registration's case was raised against somebody who has a number: if the child is that person, that number
    /// stands, and only a dispute about it can put another in its place.
    pub(super) fn met_a_number(&self, decided: &Decided) -> bool {
        let matches = self.case_of(decided).map(|case| case.matches.as_slice());
        let met = matches
            .into_iter()
            .flatten()
            .filter_map(|position| self.decided.get(position));
        met.filter_map(|met| self.number_of(met))
            .map(|row| self.last_of(row))
            .any(|row| row.stands() || row.state == NumberState::Disputed)
    }

    /// The numbers that a registration led to, one after another.
    pub(super) fn numbers_of<'b>(&'b self, known: &'b Decided) -> Vec<&'b NumberRow> {
        let mut numbers: Vec<&NumberRow> = self.number_of(known).into_iter().collect();
        while let Some(next) = numbers
            .last()
            .and_then(|row| row.replaced_by)
            .and_then(|next| self.of_digits(next))
        {
            numbers.push(next);
        }
        numbers
    }

    /// Every version of what a registration says.
    pub(super) fn versions_of<'b>(&'b self, known: &'b Decided) -> Versions<'b> {
        let numbers = self.numbers_of(known);
        let later = numbers.iter().flat_map(|row| {
            let before = self.versions.get(&row.slot).into_iter().flatten().copied();
            before.chain([row.registration, row.facts])
        });
        let own = known.known.entry.position;
        let present = numbers.last().map_or(own, |row| row.facts);
        let earlier = later.chain([own]).filter(|position| *position != present);
        let mut positions = sorted(earlier);
        positions.push(present);
        // A number may rest on registrations in other books: what those say is nothing that this one said.
        let book = known.facts().map(|facts| &facts.reference);
        let version = |position| {
            let entry = match position == own {
                true => known,
                false => self.decided.get(&position)?,
            };
            let same_book = entry.facts().map(|facts| &facts.reference) == book;
            same_book.then_some((said_at(entry), &**entry.content()?))
        };
        Versions(positions.into_iter().filter_map(version).collect())
    }

    /// Whether an item that says something else than what is registered now is an earlier version of it, or differs only
    /// in what was changed here after its time.
    pub(super) fn is_older(
        &self,
        item: &Import,
        known: &Decided,
        versions: &Versions<'_>,
        differing: &[&'static str],
    ) -> bool {
        let Some(present) = versions.present() else {
            return false;
        };
        let was_said = |content: &Content| against(&item.registered.content, content).differing.is_empty();
        if versions.0.iter().any(|(_, content)| was_said(content)) {
            return true;
        }
        let then = versions.0.iter().rev().find(|(at, _)| *at <= item.brought.as_of);
        match then {
            Some((_, then)) => differing_since(differing, then, present),
            // All of it was entered here later: most often in order to correct it.
            None => self.may_be_of(&item.registered.facts, known),
        }
    }

    /// The numbers whose former facts must be known: the item says something else than what is registered now.
    pub(super) fn versions_missing(&self, item: &Import) -> Vec<Slot> {
        let Some(known) = self.by_strict_key(item.keys.reference) else {
            return Vec::new();
        };
        let versions = self.versions_of(known);
        let differs = versions
            .present()
            .is_some_and(|present| !against(&item.registered.content, present).differing.is_empty());
        let slots = self.numbers_of(known).into_iter().map(|row| row.slot);
        match differs {
            true => slots.filter(|slot| !self.versions.contains_key(slot)).collect(),
            false => Vec::new(),
        }
    }
}

impl NumberRow {
    /// A number as a registration's, by the word of the population side.
    pub(super) fn confirmed(&self, registration: Position) -> NumberRow {
        NumberRow {
            state: NumberState::Confirmed,
            registration,
            facts: registration,
            ..self.clone()
        }
    }

    /// A number that its holder had elsewhere, and that another takes the place of.
    pub(super) fn given_up(&self, other: Number) -> NumberRow {
        NumberRow {
            state: NumberState::Revoked,
            replaced_by: Some(other),
            ..self.clone()
        }
    }
}

/// When an entry's registration was said to be so: that of an import, when its source said so.
fn said_at(decided: &Decided) -> i64 {
    let entry = &decided.known.entry;
    decided.brought().map_or(entry.at, |brought| brought.as_of)
}

//! What a caller may act upon: numbers and cases within its reach. Whatever is beyond it does not exist for it.

use super::{Act, CaseRow, Decided, NumberRow, World};
use crate::ledger::Position;
use crate::number::Number;
use crate::refusal::Refusal;
use crate::registration::Ref;

impl World<'_> {
    /// A number within the caller's reach.
    pub(super) fn number_in_reach(&self, act: &Act, number: Number) -> Result<NumberRow, Refusal> {
        let row = self.of_digits(number).ok_or(Refusal::NoSuchNumber)?;
        let keepers = self.references_of(row).into_iter().map(|own| own.office.as_str());
        if act.from.scope.reaches(keepers) {
            Ok(row.clone())
        } else {
            Err(Refusal::NoSuchNumber)
        }
    }

    /// The registrations a number rests on, oldest first.
    pub(super) fn registrations_of(&self, row: &NumberRow) -> Vec<Position> {
        let attached = self.attached.get(&row.slot).into_iter().flatten();
        let mut registrations: Vec<_> = attached
            .map(|attachment| attachment.registration)
            .chain([row.registration])
            .filter(|position| self.decided.get(position).is_some_and(|known| known.facts().is_some()))
            .collect();
        registrations.sort_unstable();
        registrations.dedup();
        registrations
    }

    /// Where they are written down.
    pub(super) fn references_of(&self, row: &NumberRow) -> Vec<&Ref> {
        let registrations = self.registrations_of(row).into_iter();
        let facts = registrations.filter_map(|position| self.decided.get(&position).and_then(Decided::facts));
        facts.map(|facts| &facts.reference).collect()
    }

    /// A case within the caller's reach, with the entry that opened it.
    pub(super) fn case_in_reach(&self, act: &Act, case_id: uuid::Uuid) -> Result<(CaseRow, &Decided), Refusal> {
        let case = self.cases.get(&case_id).and_then(Option::as_ref);
        let case = case.ok_or(Refusal::NoSuchCase)?;
        let opened = self.decided.get(&case.decision).ok_or(Refusal::Bug)?;
        let about = case.slot.and_then(|slot| self.number(slot));
        let keepers = about.map(|row| self.references_of(row)).unwrap_or_default();
        let own = opened.facts().map(|facts| &facts.reference);
        let reported = opened.reported_reference();
        let own = own.or(reported.as_ref());
        let offices = keepers.into_iter().chain(own).map(|own| own.office.as_str());
        let opener = opened.known.entry.request.office.as_str();
        if act.from.scope.reaches(offices.chain([opener])) {
            Ok((case.clone(), opened))
        } else {
            Err(Refusal::NoSuchCase)
        }
    }
}

/// The offices that a case concerns: who opens it, and those that keep the registrations.
pub(super) fn parties<'a>(act: &Act, keepers: impl IntoIterator<Item = &'a Ref>) -> Vec<String> {
    let keepers = keepers.into_iter().map(|own| own.office.clone());
    let mut parties: Vec<_> = keepers.chain([act.request.office.clone()]).collect();
    parties.sort_unstable();
    parties.dedup();
    parties
}

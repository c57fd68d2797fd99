//! What must be seen to happen between the two sides.

use stateright::Property;

use super::{Sides, State};
use crate::ledger::{EntryKind, SYSTEM_OFFICE};
use crate::protocol::{CaseCause, CaseKind, CaseRow, CaseState, NumberState};

/// Something that happens in some state.
#[derive(Debug, Clone, Copy)]
pub enum Sight {
    Revoked,
    Reissued,
    Merged,
    Split,
    /// A number of the population database took the place of one given here.
    GaveWay,
    /// A registration got the number of the same person.
    SamePerson,
    /// A registration got a number of its own, its child being another.
    DifferentPersons,
    Attached,
    Rejected,
    Withdrawn,
    /// A registration whose number was revoked has got another since.
    DecidedAfresh,
    /// By changed facts a person may be one who has another number.
    ChangedFacts,
    /// The service closed the case of a late twin.
    ClosedByItself,
    /// A registration by former facts waits for a case.
    MetByFormerFacts,
}

impl Sight {
    pub fn property(self) -> Property<Sides> {
        match self {
            Self::Revoked => Property::sometimes("a number is revoked", |_, state: &State| {
                approved(state, CaseKind::Revoke)
            }),
            Self::Reissued => Property::sometimes("a number is reissued", |_, state: &State| {
                approved(state, CaseKind::Reissue)
            }),
            Self::Merged => Property::sometimes("one of two numbers stands", |_, state: &State| {
                approved(state, CaseKind::TwoNumbers)
            }),
            Self::Split => Property::sometimes("two persons are told apart", |_, state: &State| {
                approved(state, CaseKind::SharedNumber)
            }),
            Self::GaveWay => Property::sometimes("a number gives way to the one held", |_, state: &State| {
                case(state, |case| {
                    case.cause == CaseCause::OtherNumber && case.state == CaseState::Approved
                })
            }),
            Self::SamePerson => Property::sometimes("a registration is of the same person", |_, state: &State| {
                let attached = state.store.memory.attachments.values();
                let mut slots: Vec<_> = attached.map(|attachment| attachment.slot).collect();
                slots.sort_unstable();
                let rows = &state.store.memory.numbers;
                let shared = |slot| rows[slot].decision == rows[slot].registration;
                approved(state, CaseKind::Duplicate) && slots.iter().any(shared)
            }),
            Self::DifferentPersons => Property::sometimes("a registration is of another person", |_, state: &State| {
                let mut rows = state.store.memory.numbers.values();
                approved(state, CaseKind::Duplicate) && rows.any(|row| row.decision > row.registration)
            }),
            Self::Attached => Property::sometimes("a number is attached", |_, state: &State| {
                entry(state, EntryKind::Attached)
            }),
            Self::Rejected => Property::sometimes("a case is rejected", |_, state: &State| {
                entry(state, EntryKind::CaseRejected)
            }),
            Self::Withdrawn => Property::sometimes("a case is taken back", |_, state: &State| {
                entry(state, EntryKind::CaseWithdrawn)
            }),
            Self::DecidedAfresh => Property::sometimes("a registration is decided afresh", |_, state: &State| {
                let mut rows = state.store.memory.numbers.values();
                let revoked = rows.any(|row| row.state == NumberState::Revoked && row.replaced_by.is_none());
                let issued = state
                    .store
                    .memory
                    .entries
                    .iter()
                    .filter(|entry| entry.kind == EntryKind::Issued);
                revoked && issued.count() > 1
            }),
            Self::ChangedFacts => Property::sometimes("changed facts are another's", |_, state: &State| {
                case(state, |case| {
                    case.cause == CaseCause::ChangedFacts && case.state == CaseState::Approved
                })
            }),
            Self::ClosedByItself => Property::sometimes("the service closes a case", |_, state: &State| {
                let mut entries = state.store.memory.entries.iter();
                entries.any(|entry| entry.request.office == SYSTEM_OFFICE)
            }),
            Self::MetByFormerFacts => Property::sometimes("a person is met by former facts", |_, state: &State| {
                entry(state, EntryKind::Changed) && case(state, |case| case.cause == CaseCause::SameChild)
            }),
        }
    }
}

fn case(state: &State, is: impl Fn(&CaseRow) -> bool) -> bool {
    state.store.memory.cases.values().any(is)
}

fn approved(state: &State, kind: CaseKind) -> bool {
    case(state, |case| case.kind == kind && case.state == CaseState::Approved)
}

fn entry(state: &State, kind: EntryKind) -> bool {
    state.store.memory.entries.iter().any(|entry| entry.kind == kind)
}

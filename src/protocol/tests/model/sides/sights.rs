//! What must be seen to happen between the two sides.

use stateright::Property;

use super::{Sides, State};
use crate::ledger::{EntryKind, SYSTEM_OFFICE};
use crate::protocol::{CaseCause, CaseKind, CaseRow, CaseState, NumberRow, NumberState};

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
    /// A child keeps the number that a mission handed out.
    Settled,
    /// A number that was handed out is not its child's, who has another.
    HandedOutInVain,
    /// What was left of a block is nobody's for ever.
    BlockClosed,
    /// A number from elsewhere becomes known.
    Imported,
    /// A registration that had no number is brought one.
    Completed,
    /// What was brought contradicts what is known.
    Contradicted,
    /// The picker steps over a number from elsewhere.
    SteppedOver,
    /// A mismatch is a case.
    Reported,
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
            Self::Settled => Property::sometimes("a handed out number is its child's", |_, state: &State| {
                entry(state, EntryKind::Settled)
            }),
            Self::HandedOutInVain => Property::sometimes("a handed out number leads to another", |_, state: &State| {
                number(state, NumberState::Revoked, |row| {
                    row.replaced_by.is_some() && row.issued_at == 0
                })
            }),
            Self::BlockClosed => Property::sometimes("a block is closed", |_, state: &State| {
                let blocks = &state.store.memory.blocks;
                blocks.values().any(|block| block.closed.is_some())
                    && number(state, NumberState::Quarantined, |row| row.registration == row.decision)
            }),
            Self::Imported => Property::sometimes("a number is brought", |_, state: &State| {
                entry(state, EntryKind::Imported) && number(state, NumberState::Issued, |row| row.issued_at == 0)
            }),
            Self::Completed => Property::sometimes("a registration is brought its number", |_, state: &State| {
                entry(state, EntryKind::Completed)
            }),
            Self::Contradicted => Property::sometimes("what is brought contradicts", |_, state: &State| {
                entry(state, EntryKind::ImportDisputed)
            }),
            Self::SteppedOver => Property::sometimes("the picker steps over a number", |_, state: &State| {
                let given = |row: &NumberRow| row.issued_at > 0;
                let rows = &state.store.memory.numbers;
                let brought = rows.values().filter(|row| !given(row));
                brought.into_iter().any(|held| {
                    let later = |row: &&NumberRow| row.slot > held.slot && row.slot.prefix() == held.slot.prefix();
                    rows.values().filter(later).any(given)
                })
            }),
            Self::Reported => Property::sometimes("a mismatch is a case", |_, state: &State| {
                case(state, |case| case.cause == CaseCause::Differs)
            }),
        }
    }
}

fn case(state: &State, is: impl Fn(&CaseRow) -> bool) -> bool {
    state.store.memory.cases.values().any(is)
}

fn number(state: &State, is: NumberState, and: impl Fn(&NumberRow) -> bool) -> bool {
    let mut rows = state.store.memory.numbers.values();
    rows.any(|row| row.state == is && and(row))
}

fn approved(state: &State, kind: CaseKind) -> bool {
    case(state, |case| case.kind == kind && case.state == CaseState::Approved)
}

fn entry(state: &State, kind: EntryKind) -> bool {
    state.store.memory.entries.iter().any(|entry| entry.kind == kind)
}

//! What one entry did: what it holds, what it names, and what it changed.

use uuid::Uuid;

use super::Check;
use super::report::{Place, Tally};
use crate::ledger::{Entry, EntryKind, SYSTEM_OFFICE};
use crate::protocol::{Known, NumberRow, NumberState};

/// Whether an entry holds what its kind calls for.
pub(super) fn shape(entry: &Entry, tally: &mut Tally) {
    let own = entry.decision == entry.position;
    let holds = match (entry.kind, entry.number.is_some(), entry.case_id.is_some()) {
        (EntryKind::Genesis, false, false) => {
            own && entry.request.id == Uuid::nil() && entry.request.office == SYSTEM_OFFICE
        }
        (EntryKind::Recovered | EntryKind::SealKeyChanged | EntryKind::IndexKeyChanged, false, false) => {
            own && entry.request.office == SYSTEM_OFFICE
        }
        (EntryKind::Issued | EntryKind::Settled | EntryKind::Reentered, true, false) => own,
        (EntryKind::UnderReview, false, true) => own,
        (EntryKind::Rejected, false, false) => own,
        (EntryKind::Imported, _, false) | (EntryKind::Completed, true, false) => own,
        (EntryKind::ImportDisputed, false, true) => own,
        (EntryKind::MismatchReported, _, true) => own,
        (EntryKind::Bound, false, false) => entry.decision < entry.position,
        (EntryKind::Confirmed, true, false) => own,
        (EntryKind::BlockReserved | EntryKind::BlockClosed, false, false) => own,
        (EntryKind::Attached | EntryKind::Changed, true, _) => own,
        (kind, true, true) if opening(kind) => own,
        // Where an import brought no number, nobody gets one.
        (EntryKind::CaseApproved | EntryKind::CaseRejected | EntryKind::CaseWithdrawn, _, true) => own,
        _ => false,
    };
    let in_place = (entry.kind == EntryKind::Genesis) == (entry.position == 1);
    let place = Place::Position(entry.position);
    tally.expect(
        Check::Shapes,
        holds && in_place,
        place,
        format_args!("the entry does not hold what its kind calls for"),
    );
}

/// Whether entries of this kind always open a case about a number.
fn opening(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::Disputed
            | EntryKind::RevocationProposed
            | EntryKind::ReissueProposed
            | EntryKind::MergeProposed
            | EntryKind::SplitProposed
    )
}

/// Whether entries of this kind give their registration the number that they name.
pub(super) fn gives(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::Issued | EntryKind::Settled | EntryKind::Reentered | EntryKind::Imported
    )
}

/// Whether an entry opened a case.
pub(super) fn opens(known: &Known) -> bool {
    let entry = &known.entry;
    opening(entry.kind)
        || matches!(
            entry.kind,
            EntryKind::UnderReview | EntryKind::ImportDisputed | EntryKind::MismatchReported
        )
        || (entry.kind == EntryKind::Changed && entry.case_id.is_some())
}

/// Whether the number and the case that an entry names are there.
pub(super) fn named(known: &Known, tally: &mut Tally) {
    let entry = &known.entry;
    let place = Place::Position(entry.position);
    if let Some((_, number)) = entry.number {
        let what = match &known.number {
            None => "the store does not hold the number",
            // A registration that was given a number may have been told of another since.
            Some(row) if row.number != number && gives(entry.kind) && known.former.is_none() => {
                "the store holds other digits"
            }
            Some(_) => "",
        };
        tally.expect(Check::Numbers, what.is_empty(), place, format_args!("{what}"));
    }
    if entry.case_id.is_some() {
        let what = format_args!("the store does not hold the case");
        tally.expect(Check::Cases, known.case.is_some(), place, what);
    }
}

/// Whether an entry changed numbers only if its kind does so.
pub(super) fn changed(entry: &Entry, changed: &[NumberRow], tally: &mut Tally) {
    let place = Place::Position(entry.position);
    let may = match entry.kind {
        EntryKind::Genesis
        | EntryKind::Issued
        | EntryKind::Reentered
        | EntryKind::MismatchReported
        | EntryKind::Recovered
        | EntryKind::SealKeyChanged
        | EntryKind::IndexKeyChanged => changed.is_empty(),
        // A birth may be of a number that was handed out before; of that one alone.
        EntryKind::Settled => {
            changed.len() == 1 && changed.iter().all(|row| Some((row.slot, row.number)) == entry.number)
        }
        EntryKind::UnderReview | EntryKind::Rejected | EntryKind::Bound => {
            changed.len() <= 1 && changed.iter().all(|row| row.decision < entry.position)
        }
        EntryKind::Imported => {
            changed.len() == usize::from(entry.number.is_some())
                && changed
                    .iter()
                    .all(|row| given_by(entry, row) && row.registration == entry.position)
        }
        EntryKind::Completed => changed.len() == 1 && changed.iter().all(|row| given_by(entry, row)),
        // What contradicts is nobody's until it is decided.
        EntryKind::ImportDisputed => {
            changed.len() <= 1
                && changed
                    .iter()
                    .all(|row| row.state == NumberState::Quarantined && row.registration == entry.position)
        }
        EntryKind::BlockReserved => changed
            .iter()
            .all(|row| row.decision == entry.position && row.state == NumberState::Reserved),
        EntryKind::BlockClosed => changed.iter().all(|row| row.state == NumberState::Quarantined),
        _ => true,
    };
    let what = format_args!("it changed a number, which its kind does not");
    tally.expect(Check::Numbers, may, place, what);
}

/// Whether an entry names a number that stands after it.
fn given_by(entry: &Entry, row: &NumberRow) -> bool {
    row.stands() && Some((row.slot, row.number)) == entry.number
}

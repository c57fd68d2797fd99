//! What one entry did: what it holds, and how the number it gave and the case it opened stand.

use uuid::Uuid;

use super::Check;
use super::report::{Place, Tally};
use crate::ledger::{Entry, EntryKind, SYSTEM_OFFICE};
use crate::protocol::{CaseKind, CaseRow, CaseState, Known, LifeStatus, NumberRow, NumberState, Side};

/// Whether an entry holds what its kind calls for.
pub(super) fn shape(entry: &Entry, tally: &mut Tally) {
    let own = entry.decision == entry.position;
    let holds = match (entry.kind, entry.number.is_some(), entry.case_id.is_some()) {
        (EntryKind::Genesis, false, false) => {
            own && entry.request.id == Uuid::nil() && entry.request.office == SYSTEM_OFFICE
        }
        (EntryKind::Issued, true, false) | (EntryKind::UnderReview, false, true) => own,
        (EntryKind::Rejected, false, false) => own,
        (EntryKind::Bound, false, false) => entry.decision < entry.position,
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

/// Whether the number that an entry gave stands as it must.
pub(super) fn number(known: &Known, tally: &mut Tally) {
    let entry = &known.entry;
    let Some((slot, number)) = entry.number else { return };
    let place = Place::Position(entry.position);
    let Some(row) = &known.number else {
        return tally.fail(
            Check::Numbers,
            place,
            format_args!("the store does not hold the number"),
        );
    };
    let expected = NumberRow {
        slot,
        number,
        state: NumberState::Issued,
        life: LifeStatus::Alive,
        replaced_by: None,
        replaces: None,
        case_id: None,
        issued_at: entry.at,
        decision: entry.position,
    };
    let what = if row.number != number {
        "the store holds other digits"
    } else if row.decision != entry.position {
        "the store names another entry as the giver of the number"
    } else {
        "the number stands as no entry says"
    };
    tally.expect(Check::Numbers, *row == expected, place, format_args!("{what}"));
}

/// Whether the case that an entry opened stands as it must.
pub(super) fn case(known: &Known, tally: &mut Tally) {
    let entry = &known.entry;
    let Some(case_id) = entry.case_id else { return };
    let place = Place::Position(entry.position);
    let Some(row) = &known.case else {
        return tally.fail(Check::Cases, place, format_args!("the store does not hold the case"));
    };
    let expected = CaseRow {
        case_id,
        kind: CaseKind::Duplicate,
        state: CaseState::Open,
        // Why it was opened is not told by anything else.
        cause: row.cause,
        decision: entry.position,
        proposed_side: Side::Registration,
        opened_at: entry.at,
        version: 1,
        matches: Vec::new(),
    };
    tally.expect(
        Check::Cases,
        *row == expected,
        place,
        format_args!("the case stands as no entry says"),
    );
}

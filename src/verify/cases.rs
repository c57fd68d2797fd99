//! The pass over the cases.

use std::collections::HashMap;

use uuid::Uuid;

use super::report::{Place, Tally};
use super::{Check, Subject, VerifyError, links, reading};
use crate::ledger::{EntryKind, Position, SYSTEM_OFFICE};
use crate::protocol::{CaseCause, CaseKind, CaseRow, CaseState, Known};
use crate::store::Reader;

/// Checks every case. Answers how many decisions cases were raised against, or `None` if not all could be read.
pub(super) async fn check<R: Reader>(
    subject: &Subject<'_, R>,
    end: Position,
    chunk: i64,
    tally: &mut Tally,
) -> Result<Option<i64>, VerifyError> {
    let mut matches = 0;
    let mut after: Option<Uuid> = None;
    loop {
        let place = after.map_or(Place::Ledger, Place::Case);
        let page = subject.reader.cases_after(after, chunk).await;
        let Some(page) = reading::read_or_report(page, place, tally)? else {
            return Ok(None);
        };
        let Some(last) = page.last() else {
            return Ok(Some(matches));
        };
        after = Some(last.case_id);
        // Later cases are for the next run.
        let page: Vec<_> = page.into_iter().filter(|case| case.decision <= end).collect();
        let named = page
            .iter()
            .flat_map(|case| case.matches.iter().chain([&case.decision]).chain(&case.closed))
            .copied();
        let entries = reading::at(subject.reader, named.collect()).await?;
        for case in &page {
            opened(case, &entries, tally);
            if case.closed.is_none_or(|closed| closed <= end) {
                closed(case, &entries, tally);
            }
            sides(case, &entries, tally);
            matches += case.matches.len() as i64;
        }
    }
}

/// Whether the entry that a case names opened it, and against whom.
fn opened(case: &CaseRow, entries: &HashMap<Position, Known>, tally: &mut Tally) {
    let place = Place::Case(case.case_id);
    let decision = case.decision;
    let kind = |known: &Known| match known.entry.kind {
        EntryKind::UnderReview | EntryKind::ImportDisputed => Some(CaseKind::Duplicate),
        EntryKind::RevocationProposed => Some(CaseKind::Revoke),
        EntryKind::ReissueProposed => Some(CaseKind::Reissue),
        EntryKind::MergeProposed | EntryKind::Changed => Some(CaseKind::TwoNumbers),
        EntryKind::SplitProposed => Some(CaseKind::SharedNumber),
        EntryKind::Disputed | EntryKind::MismatchReported => Some(CaseKind::Mismatch),
        _ => None,
    };
    let waiting = entries
        .get(&decision)
        .filter(|known| case.cause.is_of_an_import() == (known.entry.kind == EntryKind::ImportDisputed))
        .filter(|known| case.cause.is_of_a_comparison() == (known.entry.kind == EntryKind::MismatchReported))
        .is_some_and(|known| kind(known) == Some(case.kind) && known.entry.case_id == Some(case.case_id));
    tally.expect(
        Check::Cases,
        waiting,
        place,
        format_args!("position {decision} did not open it"),
    );
    let at = entries.get(&decision).map(|known| known.entry.at);
    let changes = 1 + i64::from(case.closed.is_some());
    let in_step = at.is_none_or(|at| at == case.opened_at) && case.version == changes;
    tally.expect(
        Check::Cases,
        in_step,
        place,
        format_args!("its time or its version is not that of its entries"),
    );
    for position in &case.matches {
        let earlier = *position < decision;
        let claims = entries
            .get(position)
            .is_some_and(|known| links::holds_blocking_keys(known) || known.number.is_some());
        let what = format_args!("it was raised against position {position}, where there is no earlier child");
        tally.expect(Check::Cases, earlier && claims, place, what);
    }
    let reasoned = case.cause != CaseCause::SameChild || !case.matches.is_empty();
    tally.expect(
        Check::Cases,
        reasoned,
        place,
        format_args!("it was raised against nobody"),
    );
}

/// Whether the entry that is said to have closed a case did so.
fn closed(case: &CaseRow, entries: &HashMap<Position, Known>, tally: &mut Tally) {
    let closing = case
        .closed
        .and_then(|position| entries.get(&position))
        .map(|known| &known.entry);
    let by_itself = case.may_close_by_itself() && case.decided_side.is_none();
    let holds = match (case.state, closing) {
        (CaseState::Open, None) => case.closed.is_none(),
        (CaseState::Approved, Some(entry)) if entry.request.office == SYSTEM_OFFICE => {
            by_itself && entry.kind == EntryKind::CaseApproved && entry.case_id == Some(case.case_id)
        }
        (CaseState::Approved, Some(entry)) => {
            matches!(entry.kind, EntryKind::CaseApproved | EntryKind::Attached) && entry.case_id == Some(case.case_id)
        }
        (CaseState::Rejected, Some(entry)) => {
            entry.kind == EntryKind::CaseRejected && entry.case_id == Some(case.case_id)
        }
        (CaseState::Withdrawn, Some(entry)) => {
            entry.kind == EntryKind::CaseWithdrawn && entry.case_id == Some(case.case_id)
        }
        _ => false,
    };
    let what = format_args!("it is said to be closed, or open, as no entry says");
    tally.expect(Check::Cases, holds, Place::Case(case.case_id), what);
}

fn sides(case: &CaseRow, entries: &HashMap<Position, Known>, tally: &mut Tally) {
    let place = Place::Case(case.case_id);
    let decided = case.decided_side;
    let apart = decided != Some(case.proposed_side);
    tally.expect(
        Check::Sides,
        apart,
        place,
        format_args!("it was decided by the side that proposed it"),
    );
    let office = |position: Position| entries.get(&position).map(|known| &known.entry.request.office);
    // Whoever told of a change that made two persons alike, or of what contradicts something, proposed nothing: the service
    // found it.
    let found = case.cause == CaseCause::ChangedFacts || case.cause.is_of_an_import();
    let one_office = !found && decided.is_some() && office(case.decision) == case.closed.and_then(office);
    tally.expect(
        Check::Sides,
        !one_office,
        place,
        format_args!("it was decided by the office that proposed it"),
    );
    let open = case.state != CaseState::Open || decided.is_none();
    tally.expect(
        Check::Sides,
        open,
        place,
        format_args!("it is open, and yet a side is said to have decided it"),
    );
}

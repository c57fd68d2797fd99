//! The pass over the cases.

use std::collections::HashMap;

use uuid::Uuid;

use super::report::{Place, Tally};
use super::{Check, Subject, VerifyError, links, reading};
use crate::ledger::{EntryKind, Position};
use crate::protocol::{CaseCause, CaseState, Known};
use crate::store::{CaseFile, Reader};

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
        after = Some(last.case.case_id);
        // Later cases are for the next run.
        let page: Vec<_> = page.into_iter().filter(|file| file.case.decision <= end).collect();
        let named = page
            .iter()
            .flat_map(|file| file.case.matches.iter().chain([&file.case.decision]))
            .copied();
        let entries = reading::at(subject.reader, named.collect()).await?;
        for file in &page {
            case(file, &entries, tally);
            sides(file, tally);
            matches += file.case.matches.len() as i64;
        }
    }
}

fn case(file: &CaseFile, entries: &HashMap<Position, Known>, tally: &mut Tally) {
    let case = &file.case;
    let place = Place::Case(case.case_id);
    let decision = case.decision;
    let waiting = entries
        .get(&decision)
        .is_some_and(|known| known.entry.kind == EntryKind::UnderReview && known.entry.case_id == Some(case.case_id));
    tally.expect(
        Check::Cases,
        waiting,
        place,
        format_args!("position {decision} does not wait for it"),
    );
    for position in &case.matches {
        let earlier = *position < decision;
        let claims = entries
            .get(position)
            .is_some_and(|known| links::holds_blocking_keys(known.entry.kind));
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

fn sides(file: &CaseFile, tally: &mut Tally) {
    let (case, decided) = (&file.case, file.decided_side);
    let place = Place::Case(case.case_id);
    let apart = decided != Some(case.proposed_side);
    tally.expect(
        Check::Sides,
        apart,
        place,
        format_args!("it was decided by the side that proposed it"),
    );
    let open = case.state != CaseState::Open || decided.is_none();
    tally.expect(
        Check::Sides,
        open,
        place,
        format_args!("it is open, and yet a side is said to have decided it"),
    );
}

//! What clients were told, against what the ledger holds.

use std::collections::HashMap;

use super::report::{Place, Tally};
use super::{Check, LARGEST_CHUNK, Report, VerifyError, reading};
use crate::client::Outcome;
use crate::client::journal::{Answered, JournalError};
use crate::ledger::{EntryKind, Position, RequestKey};
use crate::protocol::{Known, Standing, Wanted};
use crate::store::Reader;

/// Compares the answers that a client noted (see [`crate::client::journal::answers`]) with the store, `chunk` at a
/// time, and adds what deviates to the report of the same store.
///
/// # Errors
/// [`VerifyError`] if the store does not answer or the journal cannot be read to its end.
pub async fn compare_answers<R: Reader>(
    reader: &R,
    answers: impl Iterator<Item = Result<Answered, JournalError>>,
    chunk: i64,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let chunk = usize::try_from(chunk.clamp(1, LARGEST_CHUNK)).unwrap_or(1);
    // A refusal wrote nothing and may have been mended since: there is nothing to hold it to.
    let mut decisions = answers.filter(|answer| !matches!(answer, Ok(answer) if !answer.outcome.is_final()));
    loop {
        let page = decisions.by_ref().take(chunk).collect::<Result<Vec<_>, _>>()?;
        if page.is_empty() {
            return Ok(());
        }
        compare(reader, &page, &mut report.tally).await?;
    }
}

async fn compare<R: Reader>(reader: &R, page: &[Answered], tally: &mut Tally) -> Result<(), VerifyError> {
    let mut wanted = Wanted::default();
    wanted.requests.extend(page.iter().map(request));
    wanted.requests.sort_unstable();
    wanted.requests.dedup();
    let found = reader.holders(&wanted).await;
    let Some(found) = reading::read_or_report(found, Place::Ledger, tally)? else {
        return Ok(());
    };
    let decisions = reading::at(reader, found.requests.values().copied().collect()).await?;
    for answer in page {
        let decision = found.requests.get(&request(answer));
        let what = deviation(answer, decision, &decisions).unwrap_or_default();
        tally.expect(
            Check::Answers,
            what.is_empty(),
            Place::Request(answer.request_id),
            format_args!("{what}"),
        );
    }
    Ok(())
}

fn request(answer: &Answered) -> RequestKey {
    RequestKey {
        id: answer.request_id,
        office: answer.office.clone(),
    }
}

/// How what a client was told differs from what stands, if it does.
fn deviation(
    answer: &Answered,
    decision: Option<&Position>,
    decisions: &HashMap<Position, Known>,
) -> Option<&'static str> {
    let Some(decision) = decision else {
        return Some("it was answered, and the store does not know it");
    };
    let Some(known) = decisions.get(decision) else {
        return Some("its decision is not in the ledger, or cannot be read");
    };
    let entry = &known.entry;
    // Who waits is told otherwise once its case is decided: what was told before remains a word of this entry.
    let (fits, number) = match (answer.outcome, known.standing()) {
        (Outcome::Refused | Outcome::Open, _) => return None,
        (Outcome::UnderReview, _) => (entry.kind == EntryKind::UnderReview, None),
        (Outcome::Issued, Some(Standing::Issued(row))) => (true, Some(row.number)),
        (Outcome::Rejected, _) => (matches!(entry.kind, EntryKind::Rejected | EntryKind::UnderReview), None),
        (Outcome::Issued, _) => (false, None),
    };
    if !fits {
        return Some("the client was told of another outcome");
    }
    if answer.number != number {
        return Some("the client was told another number");
    }
    // One that was entered again, having been lost, has the number that was told, but elsewhere.
    if entry.kind == EntryKind::Reentered {
        return None;
    }
    // A rejection is told without its position.
    let told = answer.position.map_or(Ok(entry.position), Position::try_from);
    (told != Ok(entry.position)).then_some("the client was told another position")
}

//! The checker: whether every promise holds over a whole store.
//!
//! It reads beside a running server, in chunks, up to where the ledger stood when it began, and writes nothing. Here
//! belongs what must hold of what is stored; nothing here decides or mends anything. Each thing that must hold is a
//! [`Check`] with a stable name.

mod answers;
mod blocks;
mod cases;
mod check;
mod content;
mod digests;
mod effects;
mod entries;
mod links;
mod nodes;
mod numbers;
mod places;
mod reading;
mod report;
mod twins;

pub use answers::compare_answers;
pub use check::Check;
pub use report::{Finding, Report};

use std::sync::Arc;

use self::entries::Expected;
use self::report::{Place, Tally};
use crate::client::journal::JournalError;
use crate::ledger::{FenceError, IndexKey, KeyRing, Position, Recovered};
use crate::protocol::Rules;
use crate::store::{Reader, StoreError, Totals};

/// Rows that are read at a time, unless the caller says otherwise.
pub const DEFAULT_CHUNK: i64 = 1_000;
/// The most rows that may be read at a time; it bounds memory.
pub const LARGEST_CHUNK: i64 = 20_000;

/// The store cannot be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is of another release, or the keys are not its own.
    #[error(transparent)]
    Fence(#[from] FenceError),
    /// Rows came and went meanwhile that are no part of the ledger.
    #[error(
        "the index key was being changed meanwhile, and what was looked at is of before and of after: run it again"
    )]
    Reindexed,
    /// A client's journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What is checked, and with what.
struct Subject<'a, R> {
    reader: &'a R,
    keys: &'a KeyRing,
    rules: &'a Rules,
    recovered: Recovered,
    /// The key by which rows are found.
    index: Arc<IndexKey>,
    /// The key under which they are to be there as well, and from which entry on they are.
    twin: Option<(Arc<IndexKey>, Position)>,
}

/// Checks a whole store, up to where its ledger stands now, reading `chunk` rows at a time (held between 1 and
/// [`LARGEST_CHUNK`]). What does not hold is in the report.
///
/// # Errors
/// [`VerifyError`] if the store does not answer, or was written with other keys or by another release.
pub async fn run<R: Reader>(reader: &R, keys: &KeyRing, rules: &Rules, chunk: i64) -> Result<Report, VerifyError> {
    let chunk = chunk.clamp(1, LARGEST_CHUNK);
    let mut tally = Tally::default();
    let Some(totals) = reading::read_or_report(reader.totals().await, Place::Ledger, &mut tally)? else {
        return Ok(Report {
            size: 0,
            root: [0; 32],
            epoch: 0,
            tally,
        });
    };
    let head = &totals.head;
    head.admits(keys)?;
    let held = |key| keys.index.get(key).ok_or(FenceError::IndexKey(key));
    let twin = head
        .index_to_write()
        .map(|(key, since)| held(key).map(|key| (key, since)));
    let subject = Subject {
        index: held(head.keys.index)?,
        twin: twin.transpose()?,
        reader,
        keys,
        rules,
        recovered: head.recovered,
    };
    let expected = entries::Pass::new(&subject, head).run(chunk, &mut tally).await?;
    nodes::check(&subject, head.size(), &mut tally).await?;
    numbers::check(&subject, head.size(), chunk, &mut tally).await?;
    let matches = cases::check(&subject, head.size(), chunk, &mut tally).await?;
    blocks::check(&subject, &expected.blocks, &mut tally).await?;
    places::check(&subject, &mut tally).await?;
    let now = reader.head().await?;
    if (now.keys.index, now.reindexing) != (head.keys.index, head.reindexing) {
        return Err(VerifyError::Reindexed);
    }
    compare_totals(&totals, &expected, matches, &mut tally);
    Ok(Report {
        size: head.size(),
        root: head.frontier.root(),
        epoch: head.epoch,
        tally,
    })
}

/// Whether the store holds anything that no entry accounts for. Without every entry there is nothing to compare with.
fn compare_totals(totals: &Totals, expected: &Expected, matches: Option<i64>, tally: &mut Tally) {
    if expected.unread > 0 {
        return;
    }
    let exactly = |count| (count, count);
    // While the index key is being changed, some rows are there twice.
    let times = 1 + i64::from(totals.head.reindexing.is_some());
    let strict = (expected.strict_keys_least, times * expected.strict_keys_most);
    let matches = matches.unwrap_or(totals.matches);
    for (check, what, held, (least, most)) in [
        (
            Check::Requests,
            "request ids",
            totals.requests,
            exactly(expected.entries),
        ),
        (Check::GivenOnce, "numbers", totals.numbers, exactly(expected.numbers)),
        (Check::StrictKeys, "strict keys", totals.strict_keys, strict),
        (
            Check::BlockingKeys,
            "blocking keys",
            totals.blocking_keys,
            // A crowd is not added to; whether an entry lacks a key it should have is asked of each entry.
            (0, times * expected.blocking_keys),
        ),
        (Check::Cases, "cases", totals.cases, exactly(expected.cases)),
        (
            Check::Blocks,
            "blocks",
            totals.blocks,
            exactly(expected.blocks.len() as i64),
        ),
        (Check::Cases, "matches of cases", totals.matches, exactly(matches)),
        (
            Check::Numbers,
            "changes of numbers",
            totals.history,
            exactly(expected.history),
        ),
    ] {
        let holds = (least..=most).contains(&held);
        tally.expect(
            check,
            holds,
            Place::Ledger,
            format_args!("the store holds {held} {what}, its entries call for {most}"),
        );
    }
}

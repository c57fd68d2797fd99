//! Reading a store that may be damaged: a row that cannot be read is a finding, not the end.

use std::collections::HashMap;

use super::report::{Place, Tally};
use super::{Check, VerifyError};
use crate::ledger::Position;
use crate::protocol::Known;
use crate::store::{Reader, StoreError};

/// A stretch of the ledger.
pub(super) struct Stretch {
    /// The entries that could be read, in order.
    pub entries: Vec<Known>,
    /// The positions of those that could not.
    pub unreadable: Vec<Position>,
    /// How far it reaches: the next one begins after this position.
    pub last: Position,
}

/// Reads at most `limit` entries after a position, and none past `end`.
pub(super) async fn stretch<R: Reader>(
    reader: &R,
    after: Position,
    limit: i64,
    end: Position,
) -> Result<Stretch, VerifyError> {
    let limit = limit.min(end - after);
    match readable(reader.entries_after(after, limit).await)? {
        Ok(mut entries) => {
            let all_read = (entries.len() as i64) < limit;
            entries.retain(|known| known.entry.position <= end);
            let last = entries
                .last()
                .filter(|_| !all_read)
                .map_or(end, |known| known.entry.position);
            Ok(Stretch {
                entries,
                unreadable: Vec::new(),
                last,
            })
        }
        Err(_) => one_by_one(reader, after + 1, after + limit).await,
    }
}

async fn one_by_one<R: Reader>(reader: &R, first: Position, last: Position) -> Result<Stretch, VerifyError> {
    let mut stretch = Stretch {
        entries: Vec::new(),
        unreadable: Vec::new(),
        last,
    };
    for position in first..=last {
        match readable(reader.entries_at(&[position]).await)? {
            Ok(entries) => stretch.entries.extend(entries),
            Err(_) => stretch.unreadable.push(position),
        }
    }
    Ok(stretch)
}

/// The entries at these positions, as far as there are any that can be read.
pub(super) async fn at<R: Reader>(
    reader: &R,
    mut positions: Vec<Position>,
) -> Result<HashMap<Position, Known>, VerifyError> {
    positions.sort_unstable();
    positions.dedup();
    if positions.is_empty() {
        return Ok(HashMap::new());
    }
    let entries = match readable(reader.entries_at(&positions).await)? {
        Ok(entries) => entries,
        Err(_) => {
            let mut entries = Vec::new();
            for position in positions {
                entries.extend(readable(reader.entries_at(&[position]).await)?.unwrap_or_default());
            }
            entries
        }
    };
    Ok(entries.into_iter().map(|known| (known.entry.position, known)).collect())
}

/// What was read, or a finding and nothing.
pub(super) fn read_or_report<T>(
    outcome: Result<T, StoreError>,
    place: Place,
    tally: &mut Tally,
) -> Result<Option<T>, VerifyError> {
    Ok(match readable(outcome)? {
        Ok(value) => Some(value),
        Err(reason) => {
            tally.fail(
                Check::Readable,
                place,
                format_args!("{reason}; what follows it was not checked"),
            );
            None
        }
    })
}

/// Tells a damaged store (the inner error, in words) from one that does not answer.
pub(super) fn readable<T>(outcome: Result<T, StoreError>) -> Result<Result<T, String>, VerifyError> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(error @ StoreError::Corrupt(_)) => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

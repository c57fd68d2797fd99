//! What stands in a ledger, counted.

use dinhdanh::ledger::EntryKind;
use dinhdanh::store::Reader;
use serde::Serialize;

use crate::Outcome;

/// Entries that are read at a time.
const CHUNK: i64 = 5_000;

/// How many children a ledger decided for, by kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Entries {
    /// Numbers given.
    pub issued: u64,
    /// Cases opened.
    pub under_review: u64,
    /// Rejections.
    pub rejected: u64,
}

impl Entries {
    /// Counts a ledger from its first entry to its last.
    pub async fn of(reader: &impl Reader) -> Outcome<Self> {
        let (mut counted, mut after) = (Self::default(), 0);
        loop {
            let page = reader.entries_after(after, CHUNK).await?;
            let Some(last) = page.last() else {
                return Ok(counted);
            };
            after = last.entry.position;
            for known in &page {
                match known.entry.kind {
                    EntryKind::Issued => counted.issued += 1,
                    EntryKind::UnderReview => counted.under_review += 1,
                    EntryKind::Rejected => counted.rejected += 1,
                    _ => {}
                }
            }
        }
    }
}

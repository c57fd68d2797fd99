//! Following the ledger: other servers write to it too.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use crate::store::{Reader, Store, StoreError};

/// How often the ledger is looked at. Answers from the replay cache stop when it was not for a second.
const EVERY: Duration = Duration::from_millis(200);

/// Entries that changed a number, read at a time.
const PAGE: i64 = 1000;

/// Looks at the ledger again and again, and forgets the answers that its entries touch. Ends with the engine.
pub(super) async fn follow<S: Store>(shared: Arc<Shared<S>>) {
    let mut behind = false;
    loop {
        tokio::time::sleep(EVERY).await;
        let outcome = catch_up(&shared).await;
        match &outcome {
            Err(error) if !behind => {
                tracing::warn!(%error, "the ledger cannot be followed; nothing is answered from memory meanwhile");
            }
            Ok(()) if behind => tracing::info!("the ledger is followed again"),
            _ => {}
        }
        behind = outcome.is_err();
        if behind {
            // Without work there is no turn to find out by.
            shared.up.doubt();
        }
    }
}

/// Forgets what entries touched that were written since the last look.
async fn catch_up<S: Store>(shared: &Shared<S>) -> Result<(), StoreError> {
    let reader = shared.store.reader();
    let at = shared.clock.monotonic();
    let head = reader.head().await?.size();
    let mut from = shared.replays.followed();
    loop {
        let touched = reader.history_after(from, PAGE).await?;
        // Several rows may be of one entry, so a page of fewer rows than entries asked for is surely the last.
        let whole = (touched.len() as i64) < PAGE;
        let reached = touched.last().map_or(from, |(position, _)| *position);
        from = if whole { head.max(reached) } else { reached };
        let slots = touched.into_iter().map(|(_, row)| row.slot);
        shared.replays.follow(from, whole.then_some(at), slots);
        if whole {
            shared
                .ledger_end
                .send_if_modified(|end| std::mem::replace(end, from) != from);
            return Ok(());
        }
    }
}

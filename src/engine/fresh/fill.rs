//! Filling the filter from the store, page by page, while turns go on.

use std::sync::Arc;
use std::time::Duration;

use super::super::Shared;
use super::{Fresh, Phase, Print};
use crate::ledger::RequestKey;
use crate::registration::Key;
use crate::store::{KeyPage, KeyTable, Reader, Store, StoreError};

/// Keys read at a time.
const PAGE: i64 = 2_000;

/// A page that was read while the ledger stood where this server has not (yet) seen it is read again after so long.
const READ_AGAIN: Duration = Duration::from_millis(5);
/// How often that may happen to one page. The turn that the page shows may have been committed a moment ago; one that stays
/// unknown is another server's, and the next turn here will see that.
const READINGS: u32 = 200;

/// How long it waits after the store could not be read.
const STORE_AWAY: Duration = Duration::from_secs(1);

/// Fills the filter whenever that is wanted. Ends with the engine.
pub(in crate::engine) async fn fill<S: Store>(shared: Arc<Shared<S>>) {
    loop {
        shared.fresh.wanted.notified().await;
        let filling = shared.fresh.state.lock().filling;
        let began = shared.clock.monotonic();
        if scan(&shared, filling).await && shared.fresh.complete(filling) {
            let seconds = (shared.clock.monotonic() - began).as_secs_f64();
            tracing::info!(
                seconds,
                "every key of the store is known: fresh births need no look-ups"
            );
        }
    }
}

/// Reads every key. `false` if the filling was given up meanwhile.
async fn scan<S: Store>(shared: &Shared<S>, filling: u64) -> bool {
    for table in KeyTable::ALL {
        let mut after = Vec::new();
        loop {
            match read(shared, table, &after, filling).await {
                Ok(Some(last)) => after = last,
                Ok(None) => break,
                Err(GivenUp) => return false,
            }
        }
    }
    true
}

/// The filling was given up, and another may have begun.
#[derive(Debug)]
pub(super) struct GivenUp;

/// Reads one page, and tells where the next begins, if there is one.
async fn read<S: Store>(
    shared: &Shared<S>,
    table: KeyTable,
    after: &[u8],
    filling: u64,
) -> Result<Option<Vec<u8>>, GivenUp> {
    for _ in 0..READINGS {
        let page = page(shared, table, after, filling).await?;
        let whole = (page.keys.len() as i64) < PAGE;
        if shared.fresh.add(table, &page, filling)? {
            return Ok(page.keys.into_iter().next_back().filter(|_| !whole));
        }
        tokio::time::sleep(READ_AGAIN).await;
    }
    shared.fresh.give_up(filling);
    Err(GivenUp)
}

/// One page, as soon as the store can be read.
async fn page<S: Store>(shared: &Shared<S>, table: KeyTable, after: &[u8], filling: u64) -> Result<KeyPage, GivenUp> {
    loop {
        match shared.store.reader().keys_after(table, after, PAGE).await {
            Ok(page) => return Ok(page),
            Err(StoreError::Corrupt(reason)) => {
                tracing::error!(reason, "the keys of the store cannot be read; every key is looked up");
                shared.fresh.give_up(filling);
                return Err(GivenUp);
            }
            Err(error) => tracing::debug!(%error, "the keys of the store cannot be read at the moment"),
        }
        tokio::time::sleep(STORE_AWAY).await;
        if !shared.fresh.is_filling(filling) {
            return Err(GivenUp);
        }
    }
}

impl Fresh {
    /// Adds a page. `false` if it was read while the ledger stood where this server has not seen it: on the way from the
    /// head at which the filling began, with nothing but this server's commits in between, every key is either on its
    /// page or was added when it was committed. Elsewhere (another server's commits, or a primary that was left behind by
    /// a failover) some may be missing.
    pub(super) fn add(&self, table: KeyTable, page: &KeyPage, filling: u64) -> Result<bool, GivenUp> {
        let prints: Option<Vec<_>> = page.keys.iter().map(|key| self.print_of(table, key)).collect();
        let root = page.head.frontier.root();
        let mut state = self.state.lock();
        if state.filling != filling || state.phase != Phase::Filling {
            return Err(GivenUp);
        }
        let Some(prints) = prints else {
            tracing::error!("a key of the store is of another form; every key is looked up");
            state.turn_off(Phase::Full);
            return Err(GivenUp);
        };
        if !state.roots.contains(&root) {
            return Ok(false);
        }
        state.insert(prints);
        Ok(true)
    }

    /// Notes that every page was added. `false` if the filling was given up before.
    pub(super) fn complete(&self, filling: u64) -> bool {
        let mut state = self.state.lock();
        let complete = state.filling == filling && state.phase == Phase::Filling;
        if complete {
            state.phase = Phase::Complete;
            state.roots.clear();
            metrics::gauge!("dinhdanh_filter_complete").set(1.0);
            metrics::gauge!("dinhdanh_filter_bytes").set(state.known.bytes() as f64);
        }
        complete
    }

    fn give_up(&self, filling: u64) {
        let mut state = self.state.lock();
        if state.filling == filling && state.is_on() {
            state.turn_off(Phase::Off);
            state.quiet = (state.quiet * 2).min(super::LONGEST_QUIET);
        }
    }

    pub(super) fn is_filling(&self, filling: u64) -> bool {
        let state = self.state.lock();
        state.filling == filling && state.phase == Phase::Filling
    }

    fn print_of(&self, table: KeyTable, stored: &[u8]) -> Option<Print> {
        match table {
            KeyTable::Requests => Some(self.print(&RequestKey::from_binding(stored)?)),
            KeyTable::Strict | KeyTable::Blocking => Some(Print::of_key(&Key::from_bytes(stored.try_into().ok()?))),
        }
    }
}

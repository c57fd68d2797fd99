//! Reading the rows by which registrations are found, in the order of their keys.

use std::collections::{BTreeSet, HashMap};

use super::Changing;
use super::place::Place;
use crate::engine::open;
use crate::ledger::Position;
use crate::protocol::{Decided, Found, Wanted};
use crate::registration::Key;
use crate::server::ServeError;
use crate::store::{KeyTable, Reader, Store, StoreError};

/// Keys whose rows get their twins in one turn, or are deleted: births wait for no more than that.
const BATCH: usize = 500;
/// Keys read at a time, and how often that is done for one turn at most.
const PAGE: i64 = 1_000;
const PAGES: usize = 100;

/// Rows to be worked on in one turn, read outside of it: those that were there before the turns themselves saw to it. What is
/// written meanwhile is passed over, so that there is an end however much that is.
pub(super) struct Page {
    /// The table they are in.
    pub table: KeyTable,
    /// The keys, each once, in order.
    pub keys: Vec<Key>,
    /// Who holds them.
    pub found: Found,
    /// What that is, opened.
    pub holders: HashMap<Position, Decided>,
    /// Up to where they are all.
    pub up_to: Place,
}

impl<S: Store> Changing<'_, S> {
    /// The next rows that entries before `since` hold.
    pub(super) async fn page(&self, place: Place, since: Position) -> Result<Option<Page>, ServeError> {
        let Some(table) = place.table() else {
            return Ok(None);
        };
        let (mut keys, mut found, mut up_to) = (Vec::new(), Found::default(), place);
        for _ in 0..PAGES {
            let (mut next, of_next, end) = self.keys_before(table, up_to, since).await?;
            // The last keys were read once more, since others may begin like them.
            next.retain(|key| keys.last().is_none_or(|last| key > last));
            let room = BATCH - keys.len();
            up_to = match next.get(room) {
                Some(_) => up_to.at(next[room - 1]),
                None => end,
            };
            keys.extend(next.into_iter().take(room));
            found.strict.extend(of_next.strict);
            found.blocking.extend(of_next.blocking);
            if keys.len() >= BATCH || up_to.table() != Some(table) {
                break;
            }
        }
        let holders = keys.iter().flat_map(|key| {
            let of_blocking = found.blocking.get(key).into_iter().flatten();
            found.strict.get(key).into_iter().chain(of_blocking).copied()
        });
        let holders: BTreeSet<Position> = holders.collect();
        let known = self
            .store
            .reader()
            .entries_at(&holders.into_iter().collect::<Vec<_>>())
            .await?;
        let opened = known.into_iter().map(|known| open(&self.keys, known));
        let opened = opened.collect::<Result<Vec<_>, _>>().map_err(StoreError::from)?;
        let by_position = |decided: Decided| (decided.known.entry.position, decided);
        Ok(Some(Page {
            table,
            keys,
            found,
            holders: opened.into_iter().map(by_position).collect(),
            up_to,
        }))
    }

    /// Of the next keys those that entries before `since` hold, with their holders, and up to where they are all.
    async fn keys_before(
        &self,
        table: KeyTable,
        place: Place,
        since: Position,
    ) -> Result<(Vec<Key>, Found, Place), ServeError> {
        let reader = self.store.reader();
        let page = reader.keys_after(table, &place.after(), PAGE).await?;
        let keys: BTreeSet<Key> = page
            .keys
            .iter()
            .map(|bytes| <[u8; 16]>::try_from(bytes.as_slice()).map(Key::from_bytes))
            .collect::<Result<_, _>>()
            .map_err(|_| StoreError::Corrupt("a key that is no digest".to_owned()))?;
        let end = match keys.last() {
            // Of keys that begin alike some may be left.
            Some(last) if page.keys.len() as i64 == PAGE => place.at(*last),
            _ => place.next_table(),
        };
        if end == place {
            return Err(StoreError::Corrupt(format!("{PAGE} keys begin alike")).into());
        }
        let keys: Vec<Key> = keys.into_iter().collect();
        let found = reader.holders(&wanted(table, keys.clone())).await?;
        let before = |key: &Key| {
            let of_blocking = found.blocking.get(key).into_iter().flatten();
            let mut holders = found.strict.get(key).into_iter().chain(of_blocking);
            holders.any(|holder| *holder < since)
        };
        let keys = keys.into_iter().filter(before).collect();
        Ok((keys, found, end))
    }
}

impl Page {
    /// Says that a key is none that those have who hold it.
    pub fn strange(&self, key: &Key) -> ServeError {
        let of_strict = self.found.strict.get(key);
        let of_blocking = self.found.blocking.get(key).and_then(|holders| holders.first());
        let position = of_strict.or(of_blocking).copied().unwrap_or_default();
        StoreError::Corrupt(format!(
            "a key held by position {position} is none of its keys under either index key"
        ))
        .into()
    }
}

/// What is looked up to find who holds keys of a table.
pub(super) fn wanted(table: KeyTable, keys: Vec<Key>) -> Wanted {
    match table {
        KeyTable::Strict => Wanted {
            strict: keys,
            ..Wanted::default()
        },
        _ => Wanted {
            blocking: keys,
            ..Wanted::default()
        },
    }
}

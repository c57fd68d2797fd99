//! The store: where the ledger and the state derived from it are kept.
//!
//! Only this room knows SQL. A backend is two traits: [`Store`] for reading, and [`Turn`] for the one exclusive
//! transaction through which everything is written. What a turn decides is the business of `protocol`.

mod error;
pub mod sqlite;

use std::future::Future;

pub use error::StoreError;

use crate::ledger::{Head, Position, RequestKey};
use crate::number::{Prefix, Slot};
use crate::protocol::{Changes, Found, Known, NumberRow, PrefixRow, Wanted};
use crate::registration::Key;

/// Reading from a store.
///
/// Every call sees only what is durable: nothing that a crash or a failover could take back.
pub trait Reader: Send + Sync + 'static {
    /// The head as of now.
    fn head(&self) -> impl Future<Output = Result<Head, StoreError>> + Send;

    /// What a request was decided to be.
    fn by_request(&self, key: &RequestKey) -> impl Future<Output = Result<Option<Known>, StoreError>> + Send;

    /// What the registration holding a strict key was decided to be.
    fn by_strict_key(&self, key: Key) -> impl Future<Output = Result<Option<Known>, StoreError>> + Send;

    /// The decision that gave a number, and the number as it stands.
    fn by_slot(&self, slot: Slot) -> impl Future<Output = Result<Option<Known>, StoreError>> + Send;

    /// Up to `limit` entries after a position, in order, each with what it led to.
    fn entries_after(&self, after: Position, limit: i64)
    -> impl Future<Output = Result<Vec<Known>, StoreError>> + Send;

    /// Up to `limit` numbers after a slot, in the order of slots.
    fn numbers_after(
        &self,
        after: Option<Slot>,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<NumberRow>, StoreError>> + Send;

    /// The decisions behind strict keys, and behind blocking keys: all rows of the wanted keys.
    fn holders(&self, wanted: &Wanted) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// Every prefix in use, with the picker's state (no free counters).
    fn prefixes(&self) -> impl Future<Output = Result<Vec<(Prefix, PrefixRow)>, StoreError>> + Send;
}

/// A place where the ledger is kept and written.
pub trait Store: Send + Sync + 'static {
    /// The exclusive transaction of this backend.
    type Turn: Turn;
    /// Its reading side.
    type Reader: Reader;

    /// The reading side.
    fn reader(&self) -> &Self::Reader;

    /// Begins a turn: takes the head, alone among all servers, and waits for it if need be.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store cannot be reached.
    fn begin(&self) -> impl Future<Output = Result<Self::Turn, StoreError>> + Send;
}

/// One exclusive transaction: load, decide, commit. Dropping it without a commit leaves no trace.
pub trait Turn: Send {
    /// The head, locked.
    fn head(&self) -> &Head;

    /// Looks up everything the commands of the turn need to know, in one round trip.
    fn find(&mut self, wanted: &Wanted) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// Loads decisions with the numbers and cases they led to, in one round trip. Positions without an entry are
    /// left out.
    fn known(&mut self, decisions: &[Position]) -> impl Future<Output = Result<Vec<Known>, StoreError>> + Send;

    /// Writes everything and commits. When it returns `Ok`, the changes are durable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a constraint forbids the changes, [`StoreError::Full`] if there is no room: nothing
    /// was written. [`StoreError::OutcomeUnknown`] if the commit may or may not have happened.
    fn commit(self, changes: &Changes) -> impl Future<Output = Result<(), StoreError>> + Send;
}

//! The store: where the ledger and the state derived from it are kept.
//!
//! Only this room knows SQL. A backend is two traits: [`Store`] for reading, and [`Turn`] for the one exclusive
//! transaction through which everything is written. What a turn decides is the business of `protocol`.

mod access;
mod counted;
mod decode;
mod error;
mod found;
#[cfg(test)]
mod fuzz;
mod loaded;
mod mark;
mod places;
pub mod postgres;
pub mod sql;
pub mod sqlite;

use std::future::Future;

pub use access::{Access, AccessSubject, AccessesAsked};
pub use error::StoreError;
pub use mark::Mark;
pub use places::{PlaceKeeper, PlaceTable, PlaceVersion};
use uuid::Uuid;

use crate::ledger::{Hash, Head, KeyId, Position, RequestKey, Sealed};
use crate::number::{Prefix, Slot};
use crate::protocol::{
    Attachment, CaseKind, CaseRow, CaseState, Changes, Found, Known, Loaded, Needs, NumberRow, PrefixRow, Side, Wanted,
};
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

    /// The entry that holds the present facts of a number, and the number as it stands.
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

    /// Every prefix in use, with the picker's state (no free counters), in order.
    fn prefixes(&self) -> impl Future<Output = Result<Vec<(Prefix, PrefixRow)>, StoreError>> + Send;

    /// The entries at these positions, each with what it led to. Positions without an entry are left out.
    fn entries_at(&self, positions: &[Position]) -> impl Future<Output = Result<Vec<Known>, StoreError>> + Send;

    /// Up to `limit` cases after an id, in the order of ids, with what they were raised against.
    fn cases_after(
        &self,
        after: Option<Uuid>,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<CaseRow>, StoreError>> + Send;

    /// Up to `limit` cases opened after a position, in the order in which they were opened, that `asked` describes.
    /// What they were raised against is left out.
    fn cases_opened_after(
        &self,
        after: Position,
        asked: &CasesAsked,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<CaseRow>, StoreError>> + Send;

    /// The offices that the cases opened at these positions concern: of each its code and the position, in order.
    fn parties(&self, opened: &[Position]) -> impl Future<Output = Result<Vec<(String, Position)>, StoreError>> + Send;

    /// Numbers with what is attached to them, cases, decisions: as a turn would load them, all of one moment.
    fn look_up(&self, needs: &Needs) -> impl Future<Output = Result<Loaded, StoreError>> + Send;

    /// What the next entries after a position that changed numbers left them as, up to `limit` entries, in order: see
    /// [`crate::protocol::Rare::history`].
    fn history_after(
        &self,
        after: Position,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<(Position, NumberRow)>, StoreError>> + Send;

    /// The last row of the history of each of these numbers, where it has one.
    fn last_changes(
        &self,
        slots: &[Slot],
    ) -> impl Future<Output = Result<Vec<(Position, NumberRow)>, StoreError>> + Send;

    /// The leaves of up to `limit` entries after a position, in order.
    fn leaves_after(&self, after: Position, limit: i64) -> impl Future<Output = Result<Vec<Hash>, StoreError>> + Send;

    /// Up to `limit` nodes of the tree of a level (1 or more), from a place on, in order and without a gap: as far as they
    /// are kept. They may be of entries that are not durable yet, or be wrong: what is made of them is to be checked against
    /// a head.
    fn tree_nodes(
        &self,
        level: u8,
        from: i64,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Hash>, StoreError>> + Send;

    /// How many nodes of a level (1 or more) are kept, if all up to the last are.
    fn kept_nodes(&self, level: u8) -> impl Future<Output = Result<i64, StoreError>> + Send;

    /// Up to `limit` registrations after a position that have a number by a later decision, in order.
    fn attachments_after(
        &self,
        after: Position,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Attachment>, StoreError>> + Send;

    /// Up to `limit` keys after a key (empty for the first), in the order of their bytes, some perhaps more than once; and
    /// the head at the moment at which these were all.
    fn keys_after(
        &self,
        table: KeyTable,
        after: &[u8],
        limit: i64,
    ) -> impl Future<Output = Result<KeyPage, StoreError>> + Send;

    /// How many entries after a position and up to another are sealed with another key than this.
    fn sealed_otherwise(
        &self,
        after: Position,
        up_to: Position,
        key: KeyId,
    ) -> impl Future<Output = Result<i64, StoreError>> + Send;

    /// When a mark was set, in microseconds since 1970-01-01 UTC, if it ever was.
    fn marked(&self, mark: Mark) -> impl Future<Output = Result<Option<i64>, StoreError>> + Send;

    /// Up to `limit` accesses, oldest first, in the order of their ids where they are of one moment.
    fn accesses(
        &self,
        asked: &AccessesAsked,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Access>, StoreError>> + Send;

    /// The table of districts and communes in force, unless it is this one; none where there never was one. Nothing is
    /// decided by it, so it may be told before it is known to be durable.
    fn places_other_than(
        &self,
        known: Option<PlaceVersion>,
    ) -> impl Future<Output = Result<Option<PlaceTable>, StoreError>> + Send;

    /// The head, and how much the store held at that very moment.
    fn totals(&self) -> impl Future<Output = Result<Totals, StoreError>> + Send;
}

/// A node of the tree over the leaves: see [`crate::ledger::TileAt`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeNode {
    /// Its level, from 1.
    pub level: u8,
    /// Its place in the level, from 0.
    pub place: i64,
    /// The hash of the 256 nodes below.
    pub hash: Hash,
}

/// What the store looks decisions up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyTable {
    /// Request ids, each with its office (see [`RequestKey::binding`]).
    Requests,
    /// Strict keys.
    Strict,
    /// Blocking keys.
    Blocking,
}

impl KeyTable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Requests, Self::Strict, Self::Blocking];

    /// The statement that reads its keys.
    fn keys_after(self) -> &'static str {
        match self {
            Self::Requests => sql::REQUESTS_AFTER,
            Self::Strict => sql::STRICT_KEYS_AFTER,
            Self::Blocking => sql::BLOCKING_KEYS_AFTER,
        }
    }
}

/// Some keys as they are stored, and where the ledger stood when they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage {
    /// The head at that moment.
    pub head: Head,
    /// The keys, in order.
    pub keys: Vec<Vec<u8>>,
}

/// Which cases are asked for: those that fit everything that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CasesAsked {
    /// Where they stand.
    pub state: Option<CaseState>,
    /// What they are about.
    pub kind: Option<CaseKind>,
    /// The side that must act next.
    pub waiting_for: Option<Side>,
    /// They concern at least one of these offices; `None` for whatever offices.
    pub offices: Option<Vec<String>>,
}

/// How many rows a store holds beside the entries of its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The head at that moment.
    pub head: Head,
    /// Request ids known.
    pub requests: i64,
    /// Numbers.
    pub numbers: i64,
    /// Strict keys held.
    pub strict_keys: i64,
    /// Blocking keys, counted once for each decision that has them.
    pub blocking_keys: i64,
    /// Cases.
    pub cases: i64,
    /// Decisions that cases were raised against, counted once for each case.
    pub matches: i64,
    /// Numbers that entries changed, once for each entry.
    pub history: i64,
    /// Registrations that have a number by a later decision.
    pub attachments: i64,
    /// Blocks.
    pub blocks: i64,
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

    /// Sets a mark at this time, in microseconds since 1970-01-01 UTC, unless it is set. When it returns `Ok`, it is
    /// durable.
    fn mark(&self, mark: Mark, at: i64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps nodes of the tree; those that are kept already are passed over. Nothing is lost if they are not durable.
    fn keep_nodes(&self, nodes: &[TreeNode]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Records accesses, all or none of them. When it returns `Ok`, they are durable. Those that are recorded already are
    /// passed over, so that whoever does not know how it ended tries again.
    fn record(&self, accesses: &[Access]) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// One exclusive transaction: load, decide, commit. Dropping it without a commit leaves no trace.
pub trait Turn: Send {
    /// The head, locked.
    fn head(&self) -> &Head;

    /// Whether no turn was taken before on the connection of this one: the database may be another than before.
    fn is_first_on_its_connection(&self) -> bool;

    /// Looks up everything the commands of the turn need to know, in one round trip.
    fn find(&mut self, wanted: &Wanted) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// Loads decisions with the numbers and cases they led to, in one round trip. Positions without an entry are
    /// left out.
    fn known(&mut self, decisions: &[Position]) -> impl Future<Output = Result<Vec<Known>, StoreError>> + Send;

    /// The leaves of up to `limit` entries after a position, in order.
    fn leaves_after(
        &mut self,
        after: Position,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<Hash>, StoreError>> + Send;

    /// Loads what else must be known: see [`Needs`].
    fn look_up(&mut self, needs: &Needs) -> impl Future<Output = Result<Loaded, StoreError>> + Send;

    /// Up to which entry everything was sealed anew since the key of sealing was changed; 0 while it is not being changed.
    fn resealed(&mut self) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Puts sealed content in the place of that of entries, notes up to which entry everything was sealed anew, and commits.
    /// Nothing else changes. When it returns `Ok`, that is durable.
    ///
    /// # Errors
    /// As [`Turn::commit`].
    fn reseal(
        self,
        sealed: &[(Position, Sealed)],
        up_to: Position,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How far the change of the index key has come, as it was noted last: see [`Changes::reindexed`].
    fn reindexed(&mut self) -> impl Future<Output = Result<i64, StoreError>> + Send;

    /// Deletes strict keys, and blocking keys of whatever decisions, notes how far the change of the index key has come, and
    /// commits. Nothing else changes. When it returns `Ok`, that is durable.
    ///
    /// # Errors
    /// As [`Turn::commit`].
    fn drop_keys(
        self,
        strict: &[Key],
        blocking: &[Key],
        up_to: i64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends a turn that writes nothing. When it returns `Ok`, everything the turn saw is durable.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`] if that could not be made sure of.
    fn finish(self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes everything and commits. When it returns `Ok`, the changes are durable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a constraint forbids the changes, [`StoreError::Full`] if there is no room: nothing
    /// was written. [`StoreError::OutcomeUnknown`] or [`StoreError::MustReopen`] if the commit may or may not have
    /// happened.
    fn commit(self, changes: &Changes) -> impl Future<Output = Result<(), StoreError>> + Send;
}

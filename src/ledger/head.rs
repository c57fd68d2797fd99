//! The head row: where the ledger stands, and the fence that keeps out a server that disagrees.

use super::{Frontier, KeyId, KeyRing, KeySet, Position};

/// The version of the store's tables and of the stored forms that this release reads and writes.
pub const SCHEMA_VERSION: i64 = 7;

/// The head of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The tree over all entries; its size is the position of the last entry.
    pub frontier: Frontier,
    /// Which life of the store this is; a recovery starts the next.
    pub epoch: i64,
    /// The version of the stored forms.
    pub schema: i64,
    /// The keys in use.
    pub keys: KeySet,
    /// The key of sealing that is being changed for the one in use, if one is.
    pub resealing: Option<Resealing>,
    /// The change of the key of look-up digests that is under way, if one is.
    pub reindexing: Option<Reindexing>,
    /// The key of names, and with it the one that signs, since the index key was changed for the first time. Before, both are
    /// derived from that.
    pub notes: Option<KeyId>,
    /// The time of the last entry, in microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// How many counters of the picker were ever drawn, of all prefixes together.
    pub drawn: i64,
    /// What recoveries have made sure of.
    pub recovered: Recovered,
}

/// A change of the key of sealing, until everything is sealed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resealing {
    /// The key that was in use before.
    pub former: KeyId,
    /// The entry that made the change: only entries before it may still be sealed with the former key.
    pub changed: Position,
}

/// A change of the key of look-up digests. Rows are found by the one in use, and each has a twin under the other as long as the
/// first part lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reindexing {
    /// Every row is to be there under this key as well. The rows of entries from `since` on are, by the turns that write them.
    Adding {
        /// The key that is to come into use.
        key: KeyId,
        /// The first entry whose turn wrote under both.
        since: Position,
    },
    /// Every row under this key is to go: it is not in use, or no more.
    Dropping {
        /// The other key.
        former: KeyId,
        /// The first entry whose turn did not write under it.
        since: Position,
    },
}

impl Reindexing {
    /// From which entry on the turns themselves see to it that the part under way is done for what they write.
    pub fn since(self) -> Position {
        match self {
            Self::Adding { since, .. } | Self::Dropping { since, .. } => since,
        }
    }
}

/// What the recoveries of a store have made sure of, so that nothing that was lost is given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// How many counters are skipped at the beginning of a prefix that is used for the first time, since they may have been
    /// drawn before what was lost.
    pub skipped: u32,
    /// The last birth year of prefixes that may have been in use then; 0 if nothing was ever recovered.
    pub year: i16,
    /// The size of the largest ledger of an earlier epoch that they knew of.
    pub size: i64,
    /// The largest number of counters drawn in an earlier epoch that they reckoned with.
    pub drawn: i64,
}

impl Recovered {
    /// Where the counters of a prefix of this birth year begin.
    pub fn first_counter(&self, birth_year: i16) -> u32 {
        match birth_year <= self.year {
            true => self.skipped,
            false => 0,
        }
    }
}

/// A server may not write to this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FenceError {
    /// The tables are of another version.
    #[error("the store has schema version {found}; this release reads and writes version {SCHEMA_VERSION}")]
    Schema {
        /// The version found.
        found: i64,
    },
    /// The picker's key differs from the one the store was written with.
    #[error("the store was written with another picker key than the one in the key file")]
    Picker,
    /// A key of look-up digests is needed that is not at hand.
    #[error(
        "rows of the store are there under the index key {0}, which is not among those of the key file: fetch the file that \
         holds it; a store from a backup needs the file of its time"
    )]
    IndexKey(KeyId),
    /// The key that signs notes is another.
    #[error(
        "the key file holds another key of signed notes than that of the store: 'notes' is missing there, or was changed, and \
         what is signed with it could not be checked with the public keys that were passed on"
    )]
    Notes,
    /// A key of sealing is needed that is not at hand.
    #[error(
        "content of the store is sealed with the key {0}, which is not among the seal keys of the key file: fetch the file \
         that holds it; a store from a backup needs the file of its time"
    )]
    SealKey(KeyId),
}

impl Head {
    /// The position of the last entry; 0 of an empty ledger.
    pub fn size(&self) -> i64 {
        // A position is stored as i64, so the tree can never outgrow it.
        i64::try_from(self.frontier.size()).unwrap_or(i64::MAX)
    }

    /// The fence: whether a server with these keys may write.
    ///
    /// # Errors
    /// [`FenceError`] says why not.
    pub fn admits(&self, keys: &KeyRing) -> Result<(), FenceError> {
        if self.schema != SCHEMA_VERSION {
            return Err(FenceError::Schema { found: self.schema });
        }
        if keys.ids.picker != self.keys.picker {
            return Err(FenceError::Picker);
        }
        let coming = self.index_to_write().map(|(key, _)| key);
        let mut indexes = [self.keys.index].into_iter().chain(coming);
        if let Some(missing) = indexes.find(|key| keys.index.get(*key).is_none()) {
            return Err(FenceError::IndexKey(missing));
        }
        let former = self.resealing.map(|resealing| resealing.former);
        let mut seals = [self.keys.seal].into_iter().chain(former);
        match seals.find(|key| keys.seal.get(*key).is_none()) {
            Some(missing) => Err(FenceError::SealKey(missing)),
            None if !keys.signs_for(self) => Err(FenceError::Notes),
            None => Ok(()),
        }
    }

    /// The key under which turns write every row as well as under the one in use, and the first entry for which they did.
    pub fn index_to_write(&self) -> Option<(KeyId, Position)> {
        match self.reindexing {
            Some(Reindexing::Adding { key, since }) => Some((key, since)),
            Some(Reindexing::Dropping { .. }) | None => None,
        }
    }
}

//! The head row: where the ledger stands, and the fence that keeps out a server that disagrees.

use super::{Frontier, KeyId, KeyRing, KeySet, Position};

/// The version of the store's tables and of the stored forms that this release reads and writes.
pub const SCHEMA_VERSION: i64 = 6;

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
    /// A key differs from the one the store was written with.
    #[error("the store was written with another {0} key than the one in the key file")]
    Key(&'static str),
    /// A key of sealing is needed that is not at hand.
    #[error(
        "content of the store is sealed with the key {0}, which is not among the seal keys of the key file: put it back there, \
         or, if the key was changed, fetch the new key file"
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
        for (name, mine, theirs) in [
            ("index", keys.ids.index, self.keys.index),
            ("picker", keys.ids.picker, self.keys.picker),
        ] {
            if mine != theirs {
                return Err(FenceError::Key(name));
            }
        }
        let former = self.resealing.map(|resealing| resealing.former);
        match [self.keys.seal]
            .into_iter()
            .chain(former)
            .find(|key| !keys.seal.holds(*key))
        {
            Some(missing) => Err(FenceError::SealKey(missing)),
            None => Ok(()),
        }
    }
}

//! Tables of districts and communes. They stand beside the ledger: nothing is decided by them.

use std::future::Future;

use sha2::{Digest, Sha256};

use super::StoreError;

/// A table as it is kept: whole, and never changed. The one of the highest version is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceTable {
    /// Which one it is, and what it says.
    pub version: PlaceVersion,
    /// When it was brought, in microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Who brought it, as they call themselves.
    pub by: String,
    /// How many rows it has.
    pub units: i64,
    /// The table.
    pub text: String,
}

/// Which table it is. A version that a failover took back may be another table's later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceVersion {
    /// From 1.
    pub number: i64,
    /// The SHA-256 of its text.
    pub digest: [u8; 32],
}

impl PlaceVersion {
    /// The version of this number that says this.
    pub fn of(number: i64, text: &str) -> Self {
        Self {
            number,
            digest: Sha256::digest(text.as_bytes()).into(),
        }
    }
}

/// Adding tables to a store, beside the servers that run on it.
pub trait PlaceKeeper: Send + Sync {
    /// Keeps a table. When it returns `Ok`, it is durable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is a table of this version already; any other if the store does not take it.
    fn keep(&self, table: &PlaceTable) -> impl Future<Output = Result<(), StoreError>> + Send;
}

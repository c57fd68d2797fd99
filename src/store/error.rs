//! What can go wrong with a store.

use crate::ledger::FrontierError;

/// A store could not do what was asked. No variant carries personal data.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached or does not answer; nothing was written.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// It is not the store that was answered from, nor goes on from it. Nothing was written.
    #[error("{0}")]
    RolledBack(String),
    /// There is no room left; nothing was written.
    #[error("the store has no room left")]
    Full,
    /// A constraint forbids the changes: the program has a fault. Nothing was written.
    #[error("a constraint of the store refused the changes: {0}")]
    Conflict(String),
    /// The turn was cut off: it may or may not have been committed. Running the same commands again tells, since what
    /// had been committed is recognised by its request ids.
    #[error("a turn was cut off, its outcome unknown: {0}")]
    OutcomeUnknown(String),
    /// The commit may or may not have happened, and only opening the store again can tell: the process must end.
    #[error("the outcome of a commit is unknown until the store is opened again: {0}")]
    MustReopen(String),
    /// What is stored is not what this program writes.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
    /// The data folder is in use.
    #[error("the data folder is in use by another process: {0}")]
    InUse(String),
    /// The tables could not be brought to this release's version.
    #[error("the store's tables could not be prepared: {0}")]
    Migration(String),
}

impl From<FrontierError> for StoreError {
    fn from(error: FrontierError) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// Whether every row that was to be changed was there.
pub(super) fn all_changed(expected: usize, changed: usize) -> Result<(), StoreError> {
    if changed == expected {
        return Ok(());
    }
    Err(StoreError::Corrupt(format!(
        "of {expected} rows to be changed {changed} are there"
    )))
}

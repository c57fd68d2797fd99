//! Opening stored decisions: from sealed content back to facts.

use crate::ledger::{KeyRing, SealError};
use crate::protocol::{Decided, Known, Says};
use crate::registration::ContentError;
use crate::store::StoreError;

/// A stored registration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its seal does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Its content is not in a form this release knows.
    #[error(transparent)]
    Content(#[from] ContentError),
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        match error {
            // Another server has the key: the caller is to come back, and may meet that one.
            OpenError::Seal(SealError::UnknownKey) => Self::Unavailable(error.to_string()),
            _ => Self::Corrupt(error.to_string()),
        }
    }
}

/// Opens a decision.
pub(crate) fn open(keys: &KeyRing, known: Known) -> Result<Decided, OpenError> {
    let (_, content) = keys.seal.open(&known.entry.request.binding(), &known.entry.sealed)?;
    let says = Says::read(known.entry.kind, &content)?;
    Ok(Decided { known, says })
}

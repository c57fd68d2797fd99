//! Opening stored decisions: from sealed content back to facts.

use crate::ledger::{KeyRing, SealError};
use crate::protocol::{Decided, Known, Says};
use crate::registration::ContentError;

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

/// Opens a decision.
pub(crate) fn open(keys: &KeyRing, known: Known) -> Result<Decided, OpenError> {
    let (_, content) = keys.seal.open(&known.entry.request.binding(), &known.entry.sealed)?;
    let says = Says::read(known.entry.kind, &content)?;
    Ok(Decided { known, says })
}

//! Opening stored decisions: from sealed content back to facts.

use std::sync::Arc;

use crate::ledger::{KeyRing, SealError};
use crate::protocol::{Decided, Known};
use crate::registration::{Content, ContentError, Registration};

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
    let content = Content::decode(&content)?;
    let facts = Registration::from_content(&content)?;
    Ok(Decided {
        known,
        content: Arc::new(content),
        facts: Arc::new(facts),
    })
}

//! Checkpoints: what the service signs of where its ledger stands (C2SP tlog-checkpoint,
//! <https://c2sp.org/tlog-checkpoint>).

use super::note::NAME;
use super::{Hash, Head, NoteError, NoteKey, NoteVerifier};

/// Where a ledger stands: so many entries, with this root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The number of entries.
    pub size: u64,
    /// The root of the tree over all of them.
    pub root: Hash,
}

/// A signed checkpoint does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not signed as it must be.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It is signed, but it is no checkpoint of this service.
    #[error("this note is not a checkpoint of {NAME}")]
    Malformed,
}

impl Checkpoint {
    /// That of a head.
    pub fn of(head: &Head) -> Self {
        Self {
            size: head.frontier.size(),
            root: head.frontier.root(),
        }
    }

    /// The signed note that states it.
    ///
    /// # Errors
    /// [`NoteError::Sign`].
    pub fn signed(&self, key: &NoteKey) -> Result<String, NoteError> {
        let stated = tlog_tiles::Checkpoint::new(NAME, self.size, tlog_tiles::Hash(self.root), "");
        let text = stated.map(|stated| stated.to_bytes()).unwrap_or_default();
        key.sign(std::str::from_utf8(&text).map_err(|_| NoteError::Sign)?)
    }

    /// Reads a signed checkpoint. What a later version may add below its three lines is passed over.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(note: &str, verifier: &NoteVerifier) -> Result<Self, CheckpointError> {
        let text = verifier.open(note)?;
        let stated = tlog_tiles::Checkpoint::from_reader(&mut text.as_bytes(), false);
        let stated = stated.map_err(|_| CheckpointError::Malformed)?;
        match stated.origin() {
            NAME => Ok(Self {
                size: stated.size(),
                root: stated.hash().0,
            }),
            _ => Err(CheckpointError::Malformed),
        }
    }
}

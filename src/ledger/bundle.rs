//! Bundles: all that is needed to check, without the service, that an entry is in its ledger.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Checkpoint, CheckpointError, EntryKind, Hash, NoteVerifier, Position, RequestKey, Statement, hex, is_included,
    unhex,
};

/// The version of the form.
const FORMAT: i64 = 1;
/// The longest bundle that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// An entry, a signed checkpoint, and the proof that the one is in the tree of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What the entry's leaf is made of.
    pub statement: Statement,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The proof, nearest hash first.
    pub proof: Vec<Hash>,
}

/// A bundle proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is not what [`Bundle::text`] writes.
    #[error("this is not a dinhdanh bundle of format {FORMAT}: {0}")]
    Malformed(String),
    /// Its checkpoint does not count.
    #[error("the checkpoint does not count: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The entry is not in the tree of the checkpoint.
    #[error("the proof does not lead from this entry to the root of the checkpoint: one of them was changed")]
    Proof,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: i64,
    entry: WrittenEntry,
    checkpoint: String,
    proof: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    epoch: i64,
    position: Position,
    kind: i64,
    at: i64,
    office: String,
    request_id: String,
    effects_commitment: String,
    content_commitment: String,
}

impl Bundle {
    /// Its text: one JSON object.
    pub fn text(&self) -> String {
        let statement = &self.statement;
        let written = Written {
            format: FORMAT,
            entry: WrittenEntry {
                epoch: statement.epoch,
                position: statement.position,
                kind: statement.kind.code(),
                at: statement.at,
                office: statement.request.office.clone(),
                request_id: statement.request.id.to_string(),
                effects_commitment: hex(&statement.effects),
                content_commitment: hex(&statement.content),
            },
            checkpoint: self.checkpoint.clone(),
            proof: self.proof.iter().map(|hash| hex(hash)).collect(),
        };
        // Plain fields and texts: there is nothing that cannot be written.
        serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
    }

    /// Reads a bundle. Whether it proves anything is told by [`Bundle::check`].
    ///
    /// # Errors
    /// [`BundleError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, BundleError> {
        let malformed = |what: &str| BundleError::Malformed(what.to_owned());
        if text.len() > LONGEST {
            return Err(malformed("it is too long"));
        }
        let written: Written = serde_json::from_str(text).map_err(|error| malformed(&error.to_string()))?;
        if written.format != FORMAT {
            return Err(malformed("it has another format"));
        }
        let entry = written.entry;
        let hash = |field: &str, text: &str| unhex(text).ok_or_else(|| malformed(&format!("{field} is no hash")));
        let proof = written.proof.iter().map(|text| hash("proof", text));
        Ok(Self {
            statement: Statement {
                epoch: entry.epoch,
                position: entry.position,
                kind: EntryKind::from_code(entry.kind).ok_or_else(|| malformed("entry.kind is not known"))?,
                at: entry.at,
                request: RequestKey {
                    id: Uuid::try_parse(&entry.request_id).map_err(|_| malformed("entry.request_id is no UUID"))?,
                    office: entry.office,
                },
                effects: hash("entry.effects_commitment", &entry.effects_commitment)?,
                content: hash("entry.content_commitment", &entry.content_commitment)?,
            },
            proof: proof.collect::<Result<_, _>>()?,
            checkpoint: written.checkpoint,
        })
    }

    /// Whether the entry is in the ledger that the service with this key has signed; answers the checkpoint.
    ///
    /// # Errors
    /// [`BundleError`] says what does not hold.
    pub fn check(&self, verifier: &NoteVerifier) -> Result<Checkpoint, BundleError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, verifier)?;
        let index = u64::try_from(self.statement.position)
            .ok()
            .and_then(|position| position.checked_sub(1));
        let tree = (checkpoint.size, &checkpoint.root);
        match index.is_some_and(|index| is_included(&self.proof, tree, index, &self.statement.leaf())) {
            true => Ok(checkpoint),
            false => Err(BundleError::Proof),
        }
    }
}

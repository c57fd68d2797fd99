//! What the leaf of an entry is made of.

use sha2::{Digest, Sha256};

use super::frontier::leaf_hash;
use super::{EntryKind, Hash, Position, RequestKey, SALT_BYTES};

/// The version of the form of leaves.
const FORM: u8 = 1;

/// All that the leaf of an entry commits to. Nothing in it is personal data: what an entry holds and changed is there as
/// commitments that tell nothing without the salt sealed with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The epoch it was written in.
    pub epoch: i64,
    /// Its place.
    pub position: Position,
    /// What it records.
    pub kind: EntryKind,
    /// When, in microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// The request it answers.
    pub request: RequestKey,
    /// Commits to what it changed and who asked.
    pub effects: Hash,
    /// Commits to its content.
    pub content: Hash,
}

impl Statement {
    /// The hash of the leaf: see docs/transparency.md for its form.
    pub fn leaf(&self) -> Hash {
        let mut data = Vec::with_capacity(192);
        data.push(FORM);
        for value in [self.epoch, self.position, self.kind.code(), self.at] {
            data.extend_from_slice(&value.to_be_bytes());
        }
        put(&mut data, self.request.office.as_bytes());
        put(&mut data, self.request.id.as_bytes());
        data.extend_from_slice(&self.effects);
        data.extend_from_slice(&self.content);
        leaf_hash(&data)
    }
}

/// A commitment that tells nothing without the salt: guessing the content does not help.
pub(super) fn commitment(domain: &[u8], salt: &[u8; SALT_BYTES], content: &[u8]) -> Hash {
    // A salt of its own for each domain, so that opening one commitment does not open the other to guessing.
    let mut derive = Sha256::new();
    derive.update(domain);
    derive.update(salt);
    let derived: Hash = derive.finalize().into();
    let mut hash = Sha256::new();
    hash.update(derived);
    hash.update(content);
    hash.finalize().into()
}

/// Adds bytes, led by their length, so that what follows cannot be taken for part of them.
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

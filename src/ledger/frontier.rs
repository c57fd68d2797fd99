//! The Merkle tree of the ledger (RFC 6962, SHA-256), kept as its frontier: the roots of the perfect subtrees that make
//! up the tree of a given size, largest first. Appending and taking the root need nothing else.

use sha2::{Digest, Sha256};

/// A node of the tree.
pub type Hash = [u8; 32];

/// Bytes in hexadecimal digits, lower case: how roots and digests are shown.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of 64 hexadecimal digits; none of any other text.
pub(super) fn unhex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, place) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(place..place + 2)?, 16).ok()?;
    }
    Some(hash)
}

/// A stored frontier does not belong to the stored size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the frontier does not fit a tree of {size} entries")]
pub struct FrontierError {
    /// The size that was claimed, in entries.
    pub size: i64,
}

/// The frontier of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash (see [`leaf_hash`]).
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        // Each trailing one of the old size is a perfect subtree as large as the node in hand.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.subtrees.push(node);
        self.size += 1;
    }

    /// The root: MTH of RFC 6962 section 2.1; of an empty tree the hash of nothing.
    pub fn root(&self) -> Hash {
        self.subtrees
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// The stored form: the subtree roots, largest first, 32 bytes each.
    pub fn encode(&self) -> Vec<u8> {
        self.subtrees.concat()
    }

    /// Reads the stored form of a tree of `size` entries.
    pub fn decode(size: i64, bytes: &[u8]) -> Result<Self, FrontierError> {
        let error = FrontierError { size };
        let leaves = u64::try_from(size).map_err(|_| error)?;
        let (subtrees, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || subtrees.len() != leaves.count_ones() as usize {
            return Err(error);
        }
        Ok(Self {
            size: leaves,
            subtrees: subtrees.to_vec(),
        })
    }
}

/// The hash of a leaf (RFC 6962: led by a zero byte, so that no leaf can pass for a node).
pub(super) fn leaf_hash(data: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(data);
    hash.finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

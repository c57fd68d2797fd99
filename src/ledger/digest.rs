//! Keyed digests: what the store may index without being able to read it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::KeyId;
use super::key_chain::Named;

/// The secret under which facts are digested for look-up and comparison (HMAC-SHA-256, RFC 2104).
///
/// A person's facts are easily guessed, so a plain hash of them would be readable by trial; a keyed one is not.
#[derive(Clone)]
pub struct IndexKey {
    id: KeyId,
    mac: Hmac<Sha256>,
}

impl IndexKey {
    /// Takes the 32 secret bytes.
    pub fn new(key: &[u8; 32]) -> Self {
        // HMAC pads a short key with zeros to the block (RFC 2104), which makes the constructor infallible. What it keeps is
        // wiped when it is dropped, here and in every copy.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(key);
        Self {
            id: KeyId::of("index", key),
            mac: Hmac::new((&*block).into()),
        }
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The digest of `parts` in a domain of its own: equal parts in two domains give unrelated digests, and each part
    /// is led by its length, so that moving a byte from one part to the next changes the digest.
    pub fn tag(&self, domain: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl Named for IndexKey {
    fn id(&self) -> KeyId {
        self.id
    }
}

impl std::fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IndexKey(..)")
    }
}

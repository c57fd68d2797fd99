//! Sealing: content at rest is readable only with the key (AES-256-GCM-SIV, RFC 8452).
//!
//! The misuse-resistant mode is chosen because nonces are drawn at random by many servers for years: a repeated nonce
//! must not be a disaster.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};

use super::KeyId;

/// Length of the random nonce drawn for each sealing, in bytes.
pub const NONCE_BYTES: usize = 12;
/// Length of the random salt sealed with each content, in bytes.
pub const SALT_BYTES: usize = 32;

/// Sealed content as it stands in a ledger row.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which key it is sealed with.
    pub key: KeyId,
    /// The nonce, then the ciphertext with its 16-byte tag.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.bytes.len())
    }
}

/// Content could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is sealed with a key that this server does not hold.
    #[error("content is sealed with a key that is not in the key file")]
    UnknownKey,
    /// It was changed, or belongs to another request.
    #[error("sealed content does not open: it was changed or belongs elsewhere")]
    Changed,
}

/// A sealing key. The library wipes its memory when it is dropped.
pub struct SealKey {
    id: KeyId,
    key: LessSafeKey,
}

impl SealKey {
    /// The key of this secret.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] where the cipher does not take it.
    pub fn of(secret: &[u8; 32]) -> Result<Self, SealError> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, secret).map_err(|_| SealError::UnknownKey)?;
        Ok(Self {
            id: KeyId::of("seal", secret),
            key: LessSafeKey::new(key),
        })
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Seals `salt` and `content` for the owner named by `bound_to` (office and request id): the same bytes in the row
    /// of another request do not open.
    pub fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        bound_to: &[u8],
        salt: &[u8; SALT_BYTES],
        content: &[u8],
    ) -> Result<Sealed, SealError> {
        let mut plain = Vec::with_capacity(NONCE_BYTES + SALT_BYTES + content.len() + 16);
        plain.extend_from_slice(salt);
        plain.extend_from_slice(content);
        self.seal_bytes(nonce, bound_to, plain)
    }

    /// The same for bytes without a salt.
    pub fn seal_bytes(
        &self,
        nonce: [u8; NONCE_BYTES],
        bound_to: &[u8],
        mut plain: Vec<u8>,
    ) -> Result<Sealed, SealError> {
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound_to), &mut plain)
            .map_err(|_| SealError::Changed)?;
        plain.splice(0..0, nonce);
        Ok(Sealed {
            key: self.id,
            bytes: plain,
        })
    }

    /// Opens what [`SealKey::seal`] sealed: the salt and the content.
    pub fn open(&self, bound_to: &[u8], sealed: &Sealed) -> Result<([u8; SALT_BYTES], Vec<u8>), SealError> {
        let opened = self.open_bytes(bound_to, sealed)?;
        let (salt, content) = opened.split_first_chunk::<SALT_BYTES>().ok_or(SealError::Changed)?;
        Ok((*salt, content.to_vec()))
    }

    /// Opens what [`SealKey::seal_bytes`] sealed.
    pub fn open_bytes(&self, bound_to: &[u8], sealed: &Sealed) -> Result<Vec<u8>, SealError> {
        if sealed.key != self.id {
            return Err(SealError::UnknownKey);
        }
        let (nonce, body) = sealed
            .bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::Changed)?;
        let mut plain = body.to_vec();
        let opened = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(bound_to), &mut plain)
            .map_err(|_| SealError::Changed)?
            .len();
        plain.truncate(opened);
        Ok(plain)
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealKey({:?})", self.id)
    }
}

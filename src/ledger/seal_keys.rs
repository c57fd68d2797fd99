//! The keys of sealing of one installation: one seals, all of them open.

use super::key_chain::{KeyChain, Named};
use super::{KeyId, NONCE_BYTES, SALT_BYTES, SealError, SealKey, Sealed};

/// The keys of sealing. What another server may have sealed with another of them than the one in use opens all the same.
pub type SealKeys = KeyChain<SealKey>;

impl Named for SealKey {
    fn id(&self) -> KeyId {
        self.id()
    }
}

impl SealKeys {
    /// The keys of these secrets, of which the first seals.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] if there is none, or the cipher does not take one.
    pub(super) fn of_secrets<'a>(secrets: impl Iterator<Item = &'a [u8; 32]>) -> Result<Self, SealError> {
        let keys = secrets.map(SealKey::of).collect::<Result<Vec<_>, _>>()?;
        Self::of(keys).ok_or(SealError::UnknownKey)
    }

    /// Seals `salt` and `content` with the key in use: see [`SealKey::seal`].
    pub fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        bound_to: &[u8],
        salt: &[u8; SALT_BYTES],
        content: &[u8],
    ) -> Result<Sealed, SealError> {
        self.current().seal(nonce, bound_to, salt, content)
    }

    /// Opens what any of them sealed: see [`SealKey::open`].
    pub fn open(&self, bound_to: &[u8], sealed: &Sealed) -> Result<([u8; SALT_BYTES], Vec<u8>), SealError> {
        let key = self.get(sealed.key).ok_or(SealError::UnknownKey)?;
        key.open(bound_to, sealed)
    }

    /// Seals anew what any of them sealed: the same salt and content, under this key.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] if either is not among them, [`SealError::Changed`] if it does not open.
    pub fn reseal(
        &self,
        with: KeyId,
        nonce: [u8; NONCE_BYTES],
        bound_to: &[u8],
        sealed: &Sealed,
    ) -> Result<Sealed, SealError> {
        let (former, with) = (self.get(sealed.key), self.get(with));
        let (former, with) = former.zip(with).ok_or(SealError::UnknownKey)?;
        let opened = former.open_bytes(bound_to, sealed)?;
        with.seal_bytes(nonce, bound_to, opened)
    }
}

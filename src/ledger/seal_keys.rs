//! The keys of sealing of one installation: one seals, all of them open.

use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use super::{KeyId, NONCE_BYTES, SALT_BYTES, SealError, SealKey, Sealed};

/// The keys of sealing. Which of them seals is said by the head of the ledger; what another server may have sealed with
/// another of them opens all the same. More may come while a server runs; none is ever taken out of it.
pub struct SealKeys(RwLock<State>);

struct State {
    keys: Vec<Arc<SealKey>>,
    /// Which of them seals.
    current: usize,
}

impl SealKeys {
    /// The keys of these secrets, of which the first seals.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] if there is none, or the cipher does not take one.
    pub(super) fn of<'a>(secrets: impl Iterator<Item = &'a [u8; 32]>) -> Result<Self, SealError> {
        let keys = secrets.map(|secret| SealKey::of(secret).map(Arc::new));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        match keys.is_empty() {
            true => Err(SealError::UnknownKey),
            false => Ok(Self(RwLock::new(State { keys, current: 0 }))),
        }
    }

    /// The id of the key that seals.
    pub fn current(&self) -> KeyId {
        self.sealing().id()
    }

    /// The ids of all, the oldest first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.0.read().keys.iter().map(|key| key.id()).collect()
    }

    /// Whether a key is among them.
    pub fn holds(&self, id: KeyId) -> bool {
        self.key(id).is_ok()
    }

    /// Seals with this key from now on, if it is among them.
    pub(super) fn seal_with(&self, id: KeyId) {
        if self.current() == id {
            return;
        }
        let mut state = self.0.write();
        if let Some(at) = state.keys.iter().position(|key| key.id() == id) {
            state.current = at;
        }
    }

    /// Adds those of others that are not among them.
    pub(super) fn take_in(&self, others: Self) -> Vec<KeyId> {
        let mut state = self.0.write();
        let mut taken = Vec::new();
        for key in others.0.into_inner().keys {
            if !state.keys.iter().any(|known| known.id() == key.id()) {
                taken.push(key.id());
                state.keys.push(key);
            }
        }
        taken
    }

    /// Seals `salt` and `content` with the key in use: see [`SealKey::seal`].
    pub fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        bound_to: &[u8],
        salt: &[u8; SALT_BYTES],
        content: &[u8],
    ) -> Result<Sealed, SealError> {
        self.sealing().seal(nonce, bound_to, salt, content)
    }

    /// Opens what any of them sealed: see [`SealKey::open`].
    pub fn open(&self, bound_to: &[u8], sealed: &Sealed) -> Result<([u8; SALT_BYTES], Vec<u8>), SealError> {
        self.key(sealed.key)?.open(bound_to, sealed)
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
        let opened = self.key(sealed.key)?.open_bytes(bound_to, sealed)?;
        self.key(with)?.seal_bytes(nonce, bound_to, opened)
    }

    fn sealing(&self) -> Arc<SealKey> {
        let state = self.0.read();
        Arc::clone(&state.keys[state.current])
    }

    fn key(&self, id: KeyId) -> Result<Arc<SealKey>, SealError> {
        let state = self.0.read();
        let found = state.keys.iter().find(|key| key.id() == id);
        found.cloned().ok_or(SealError::UnknownKey)
    }
}

impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SealKeys").field(&self.ids()).finish()
    }
}

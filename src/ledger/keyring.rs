//! The secret keys of one installation, ready for use.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{FenceError, Head, IndexKey, KeyChain, KeyFileError, NoteKey, SealError, SealKeys, Secret, Secrets};
use crate::number::Picker;

/// Names a key by a check value of it: the first 8 bytes of a domain-separated SHA-256 of the secret, as a signed
/// integer. Nobody has to invent names, and a server with another key cannot claim this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub i64);

impl KeyId {
    pub(super) fn of(purpose: &str, secret: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"dinhdanh key check v1\0");
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(secret);
        let digest: [u8; 32] = hash.finalize().into();
        let (head, _) = digest.split_at(8);
        Self(head.iter().fold(0_i64, |id, byte| (id << 8) | i64::from(*byte)))
    }
}

impl KeyId {
    /// The id of such a text as `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let id = u64::from_str_radix(text, 16).ok()?.cast_signed();
        (Self(id).to_string() == text).then_some(Self(id))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The ids of the keys in use: what the head row holds, so that a server with other keys is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySet {
    /// Of the key of look-up digests.
    pub index: KeyId,
    /// Of the key of the number picker.
    pub picker: KeyId,
    /// Of the key new content is sealed with.
    pub seal: KeyId,
}

/// The keys of look-up digests. The one in use makes the digests by which rows are found.
pub type IndexKeys = KeyChain<IndexKey>;

/// The keys of one installation, ready for use.
#[derive(Debug)]
pub struct KeyRing {
    /// Digests facts for look-up.
    pub index: IndexKeys,
    /// Digests what must be called the same after the index key was changed: names in Redis, and what is handed out to be
    /// brought back.
    pub names: IndexKey,
    /// Turns counters into numbers.
    pub picker: Picker,
    /// Seals content.
    pub seal: SealKeys,
    /// Signs what is to be checked elsewhere.
    pub note: NoteKey,
    /// Their ids, as the head of a new store names them.
    pub ids: KeySet,
}

impl KeyRing {
    /// Makes the ring of three secrets of 32 bytes.
    pub fn new(index: &[u8; 32], picker: &[u8; 32], seal: &[u8; 32]) -> Result<Self, SealError> {
        let notes = NoteKey::seed_of(&IndexKey::new(index));
        Self::of([index].into_iter(), picker, [seal].into_iter(), &notes)
    }

    /// The same with several keys of look-up digests and of sealing, the oldest first, and the seed of the key that signs. Until
    /// a head says which of them are in use, the first are.
    pub(super) fn of<'a>(
        indexes: impl Iterator<Item = &'a [u8; 32]>,
        picker: &[u8; 32],
        seals: impl Iterator<Item = &'a [u8; 32]>,
        notes: &Secret,
    ) -> Result<Self, SealError> {
        let index = IndexKeys::of(indexes.map(IndexKey::new)).ok_or(SealError::UnknownKey)?;
        let seal = SealKeys::of_secrets(seals)?;
        Ok(Self {
            ids: KeySet {
                index: index.current().id(),
                picker: KeyId::of("picker", picker),
                seal: seal.current().id(),
            },
            note: NoteKey::of_seed(notes).map_err(|_| SealError::UnknownKey)?,
            names: names_of(notes),
            index,
            picker: Picker::new(picker),
            seal,
        })
    }

    /// Whether the key that signs is the one of a store: as its head says since the index key was changed for the first time, and
    /// before that the one that is derived from it.
    pub(super) fn signs_for(&self, head: &Head) -> bool {
        let derived = || {
            self.index
                .get(head.keys.index)
                .map(|index| names_of(&NoteKey::seed_of(&index)).id())
        };
        head.notes.or_else(derived) == Some(self.names.id())
    }

    /// The fence, and with it the keys that new content is sealed and digested with from now on: those that the head names.
    ///
    /// # Errors
    /// [`FenceError`] if a server with these keys may not write.
    pub fn follow(&self, head: &Head) -> Result<(), FenceError> {
        head.admits(self)?;
        self.seal.switch_to(head.keys.seal);
        self.index.switch_to(head.keys.index);
        Ok(())
    }

    /// Takes in the keys of another ring of the same store, and tells which were not known before.
    ///
    /// # Errors
    /// [`FenceError`] if it is of another store; then nothing is taken in.
    pub fn take_in(&self, other: Self) -> Result<Vec<KeyId>, FenceError> {
        if self.ids.picker != other.ids.picker {
            return Err(FenceError::Picker);
        }
        if self.names.id() != other.names.id() {
            return Err(FenceError::Notes);
        }
        let mut taken = self.index.take_in(other.index);
        taken.extend(self.seal.take_in(other.seal));
        Ok(taken)
    }

    /// The text of a key file for three secrets.
    pub fn file_text(index: &[u8; 32], picker: &[u8; 32], seal: &[u8; 32]) -> Zeroizing<String> {
        Secrets::new(index.into(), picker.into(), seal.into()).text()
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// [`KeyFileError`], which never repeats a secret.
    pub fn from_file_text(text: &str) -> Result<Self, KeyFileError> {
        Ok(Secrets::read(text)?.ring()?)
    }
}

/// The key of names that goes with the seed of the key that signs: its id stands for both.
fn names_of(notes: &Secret) -> IndexKey {
    IndexKey::new(&Zeroizing::new(
        IndexKey::new(notes.bytes()).tag("key of names v1", &[]),
    ))
}

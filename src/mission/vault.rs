//! What keeps the journal from whoever finds the machine: a key made of the passphrase.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::MissionError;
use crate::ledger::{IndexKey, NONCE_BYTES, SealKey, Sealed};
use crate::registration::{Key, Ref, reference_key};
use crate::shell::random;

/// The shortest passphrase, in characters.
const SHORTEST: usize = 12;
/// Length of the salt, in bytes.
pub const SALT_BYTES: usize = 16;

/// The most memory that a journal may demand before it is opened, in KiB.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
/// The most passes.
const MOST_PASSES: u32 = 64;

/// How a passphrase becomes a key (Argon2id, RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardness {
    /// The memory it takes, in KiB.
    pub memory_kib: u32,
    /// How often that is gone through.
    pub passes: u32,
}

impl Default for Hardness {
    /// The second of the two recommendations of RFC 9106, on one lane.
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            passes: 3,
        }
    }
}

/// The keys of an open journal.
pub struct Vault {
    seal: SealKey,
    index: IndexKey,
}

impl Vault {
    /// The keys that a passphrase gives with this salt.
    ///
    /// # Errors
    /// [`MissionError::ShortPassphrase`]; [`MissionError::NotAJournal`] where there can be no such hardness.
    pub fn open(passphrase: &str, salt: &[u8; SALT_BYTES], hardness: Hardness) -> Result<Self, MissionError> {
        if passphrase.chars().count() < SHORTEST {
            return Err(MissionError::ShortPassphrase(SHORTEST));
        }
        if hardness.memory_kib > MOST_MEMORY_KIB || hardness.passes > MOST_PASSES {
            return Err(MissionError::NotAJournal);
        }
        let mut keys = Zeroizing::new([0; 64]);
        let params = Params::new(hardness.memory_kib, hardness.passes, 1, Some(keys.len()));
        let params = params.map_err(|_| MissionError::NotAJournal)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), salt, keys.as_mut_slice())
            .map_err(|_| MissionError::NotAJournal)?;
        let (seal, index) = keys.split_first_chunk::<32>().ok_or(MissionError::NotAJournal)?;
        let index = index.first_chunk::<32>().ok_or(MissionError::NotAJournal)?;
        Ok(Self {
            seal: SealKey::of(seal).map_err(|_| MissionError::NotAJournal)?,
            index: IndexKey::new(index),
        })
    }

    /// Seals what belongs to the row `bound_to`: in another row it does not open.
    ///
    /// # Errors
    /// [`MissionError::Tampered`] where the cipher refuses, which it does only for what is far too long.
    pub fn seal(&self, bound_to: &[u8], plain: Vec<u8>) -> Result<Vec<u8>, MissionError> {
        let nonce: [u8; NONCE_BYTES] = random::bytes();
        let sealed = self.seal.seal_bytes(nonce, bound_to, plain);
        Ok(sealed.map_err(|_| MissionError::Tampered)?.bytes)
    }

    /// Opens what [`Vault::seal`] sealed.
    ///
    /// # Errors
    /// [`MissionError::Tampered`].
    pub fn unseal(&self, bound_to: &[u8], bytes: Vec<u8>) -> Result<Vec<u8>, MissionError> {
        let sealed = Sealed {
            key: self.seal.id(),
            bytes,
        };
        self.seal
            .open_bytes(bound_to, &sealed)
            .map_err(|_| MissionError::Tampered)
    }

    /// What an entry of a book is found by.
    pub fn entry(&self, reference: &Ref) -> Key {
        reference_key(reference, &self.index)
    }
}

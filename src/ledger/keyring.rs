//! The secret keys of one installation, and the text form in which they are kept.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::{IndexKey, NoteKey, SealError, SealKey};
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

/// The keys of one installation, ready for use.
#[derive(Debug)]
pub struct KeyRing {
    /// Digests facts for look-up.
    pub index: IndexKey,
    /// Turns counters into numbers.
    pub picker: Picker,
    /// Seals content.
    pub seal: SealKey,
    /// Signs what is to be checked elsewhere.
    pub note: NoteKey,
    /// Their ids.
    pub ids: KeySet,
}

/// A key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It is not the TOML that [`KeyRing::file_text`] writes. The text is never repeated, since it may hold a secret.
    #[error("the key file is not readable as a dinhdanh key file (format 1)")]
    Malformed,
    /// It is of a format this release does not know.
    #[error("the key file has format {0}; this release knows format 1")]
    UnknownFormat(i64),
    /// A key is not 64 hexadecimal digits.
    #[error("the key '{0}' in the key file is not 64 hexadecimal digits")]
    BadKey(&'static str),
    /// The cipher refused a key.
    #[error(transparent)]
    Seal(#[from] SealError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    format: i64,
    index: String,
    picker: String,
    seal: String,
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        self.index.zeroize();
        self.picker.zeroize();
        self.seal.zeroize();
    }
}

impl KeyRing {
    /// Makes the ring of three secrets of 32 bytes.
    pub fn new(index: &[u8; 32], picker: &[u8; 32], seal: &[u8; 32]) -> Result<Self, SealError> {
        let ids = KeySet {
            index: KeyId::of("index", index),
            picker: KeyId::of("picker", picker),
            seal: KeyId::of("seal", seal),
        };
        let index = IndexKey::new(index);
        Ok(Self {
            note: NoteKey::derived_from(&index).map_err(|_| SealError::UnknownKey)?,
            index,
            picker: Picker::new(picker),
            seal: SealKey::of(seal)?,
            ids,
        })
    }

    /// The text of a key file for three secrets.
    pub fn file_text(index: &[u8; 32], picker: &[u8; 32], seal: &[u8; 32]) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "# The secret keys of one dinhdanh installation. Keep a copy apart from the data: without it\n\
             # the registrations cannot be read and no further number can be given.\n\
             format = 1\nindex = \"{}\"\npicker = \"{}\"\nseal = \"{}\"\n",
            hex(index).as_str(),
            hex(picker).as_str(),
            hex(seal).as_str()
        ))
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// [`KeyFileError`], which never repeats a secret.
    pub fn from_file_text(text: &str) -> Result<Self, KeyFileError> {
        let file: KeyFile = toml::from_str(text).map_err(|_| KeyFileError::Malformed)?;
        if file.format != 1 {
            return Err(KeyFileError::UnknownFormat(file.format));
        }
        let index = unhex(&file.index).ok_or(KeyFileError::BadKey("index"))?;
        let picker = unhex(&file.picker).ok_or(KeyFileError::BadKey("picker"))?;
        let seal = unhex(&file.seal).ok_or(KeyFileError::BadKey("seal"))?;
        Ok(Self::new(&index, &picker, &seal)?)
    }
}

fn hex(bytes: &[u8; 32]) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    Zeroizing::new(bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect())
}

fn unhex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}

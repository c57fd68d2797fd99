//! Signed notes: a text with an Ed25519 signature under it that stands on lines of its own (C2SP signed-note,
//! <https://c2sp.org/signed-note>), so that whoever has the public key can check it with public tools.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{IndexKey, Secret};

/// The name under which this service signs.
pub(super) const NAME: &str = "dinhdanh";
/// The signature type of Ed25519.
const ED25519_TYPE: u8 = 1;
/// What leads a line with a signature.
const DASH: &str = "\u{2014} ";
/// The longest note that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// Why a note does not count, or a key is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text of a public key is not one.
    #[error("this is not the public key of signed notes: name+hash+key")]
    Key,
    /// The text is not a note with a signature.
    #[error("this is not a signed note")]
    Malformed,
    /// It is signed, but not by this key.
    #[error("this note is not signed by {NAME} with the key given")]
    OtherKey,
    /// Something was changed since it was signed.
    #[error("the signature does not fit the text")]
    Signature,
    /// The key cannot be used for signing.
    #[error("the note cannot be signed")]
    Sign,
}

/// The key that signs notes.
pub struct NoteKey {
    pair: Ed25519KeyPair,
}

/// The public key by which notes are checked. `Display` writes it in the form in which it is passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    public: [u8; 32],
}

impl NoteKey {
    /// The seed that goes with an index key: derived from it, so that every server of an installation signs alike, and there
    /// is no further secret to keep before the index key is changed.
    pub(super) fn seed_of(index: &IndexKey) -> Secret {
        let mut seed = Secret::blank();
        let derived = Zeroizing::new(index.tag("ed25519 seed of signed notes v1", &[]));
        seed.bytes_mut().copy_from_slice(&*derived);
        seed
    }

    /// The key of a seed.
    ///
    /// # Errors
    /// [`NoteError::Sign`].
    pub(super) fn of_seed(seed: &Secret) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.bytes()).map_err(|_| NoteError::Sign)?;
        Ok(Self { pair })
    }

    /// The public key.
    ///
    /// # Errors
    /// [`NoteError::Sign`].
    pub fn verifier(&self) -> Result<NoteVerifier, NoteError> {
        let public = self.pair.public_key().as_ref().try_into();
        Ok(NoteVerifier {
            name: NAME.to_owned(),
            public: public.map_err(|_| NoteError::Sign)?,
        })
    }

    /// The note of a text, which must end with a line feed. The same text always gives the same note.
    ///
    /// # Errors
    /// [`NoteError::Sign`].
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        let verifier = self.verifier()?;
        let signature = self.pair.sign(text.as_bytes());
        let mut bytes = verifier.id().to_vec();
        bytes.extend_from_slice(signature.as_ref());
        Ok(format!("{text}\n{DASH}{NAME} {}\n", STANDARD.encode(bytes)))
    }
}

impl NoteVerifier {
    /// Reads a public key: name, hash of name and key, and the key, with a plus sign between.
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let public = match key.split_first() {
            Some((&ED25519_TYPE, public)) => public.try_into().map_err(|_| NoteError::Key)?,
            _ => return Err(NoteError::Key),
        };
        let verifier = Self {
            name: name.to_owned(),
            public,
        };
        match !name.is_empty() && hash == hex(verifier.id()) {
            true => Ok(verifier),
            false => Err(NoteError::Key),
        }
    }

    /// The text of a note that this key has signed. Signatures of others are passed over.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let at = note
            .rfind("\n\n")
            .filter(|_| note.len() <= LONGEST)
            .ok_or(NoteError::Malformed)?;
        let (text, signatures) = (&note[..=at], &note[at + 2..]);
        for line in signatures.lines() {
            let signed = line.strip_prefix(DASH).and_then(|line| line.split_once(' '));
            let (name, signature) = signed.ok_or(NoteError::Malformed)?;
            let signature = STANDARD.decode(signature).map_err(|_| NoteError::Malformed)?;
            let (id, signature) = signature.split_at_checked(4).ok_or(NoteError::Malformed)?;
            if name == self.name && id == self.id() {
                let key = UnparsedPublicKey::new(&ED25519, self.public);
                let held = key.verify(text.as_bytes(), signature);
                return held.map(|()| text).map_err(|_| NoteError::Signature);
            }
        }
        Err(NoteError::OtherKey)
    }

    /// The first four bytes of the hash by which a signature names its key.
    fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', ED25519_TYPE]);
        hash.update(self.public);
        let digest: [u8; 32] = hash.finalize().into();
        [digest[0], digest[1], digest[2], digest[3]]
    }
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

impl fmt::Display for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519_TYPE][..], &self.public].concat();
        write!(f, "{}+{}+{}", self.name, hex(self.id()), STANDARD.encode(key))
    }
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoteKey(..)")
    }
}

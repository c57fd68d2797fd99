//! A registration as it is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use prost::Message;

use super::{clean, fields};
use crate::proto::v1 as pb;

/// Leads the bytes of [`Content::encode`].
const ENCODING_VERSION: u8 = 1;
/// Leads the bytes of [`Content::canonical`].
const CANONICAL_VERSION: u8 = 1;

/// A registration's message in the one form in which it is kept: text as [`written`](super::written), nothing present
/// that says nothing, nationalities and identifiers in capitals, sorted, each once; an order of 0 of 0 is 1 of 1.
///
/// It may still break every rule; [`check`](super::check) says so. `Debug` shows nothing of it.
#[derive(Clone, PartialEq)]
pub struct Content(pb::BirthRegistration);

/// Why stored bytes or a stored message cannot be read as a registration. Holds no personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// There are no bytes.
    #[error("the content is empty")]
    Empty,
    /// The bytes are of another version than this program writes.
    #[error("version {0} of the content is not known")]
    Version(u8),
    /// The bytes are not a message.
    #[error("the content is not a registration message")]
    Malformed,
    /// A field which a registration cannot do without is missing or makes no sense.
    #[error("the field {0} cannot be read")]
    Field(&'static str),
}

impl Content {
    /// Cleans a message, valid or not.
    pub fn of(raw: &pb::BirthRegistration) -> Content {
        Content(clean::registration(raw))
    }

    /// The cleaned message.
    pub fn message(&self) -> &pb::BirthRegistration {
        &self.0
    }

    /// The bytes to seal and keep: a version byte, then the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![ENCODING_VERSION];
        bytes.extend(self.0.encode_to_vec());
        bytes
    }

    /// Reads what [`Content::encode`] wrote.
    ///
    /// # Errors
    /// [`ContentError::Empty`], [`ContentError::Version`] or [`ContentError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Content, ContentError> {
        match bytes.split_first() {
            None => Err(ContentError::Empty),
            Some((&ENCODING_VERSION, message)) => {
                let message = pb::BirthRegistration::decode(message).map_err(|_| ContentError::Malformed)?;
                Ok(Content(message))
            }
            Some((&version, _)) => Err(ContentError::Version(version)),
        }
    }

    /// Every field that is present: its dotted path and its value in the form in which it is compared
    /// ([`normal`](super::normal)), in the order of the contract. A list has one row for each of its items.
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        fields::visit(&self.0, &mut |path, value| {
            rows.push((path.to_owned(), value.to_owned()))
        });
        rows
    }

    /// The bytes of which the content digest is taken: a version byte, then each of [`Content::fields`] as its path and
    /// value, both led by their length in four bytes. Two registrations say the same exactly if these are equal.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2048);
        bytes.push(CANONICAL_VERSION);
        fields::visit(&self.0, &mut |path, value| {
            push_with_length(&mut bytes, path);
            push_with_length(&mut bytes, value);
        });
        bytes
    }

    /// The paths of the fields in which the two differ, sorted, each once, and without their values.
    pub fn differing(&self, other: &Content) -> Vec<String> {
        let (ours, theirs) = (self.by_path(), other.by_path());
        let paths: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
        let differing = paths.into_iter().filter(|path| ours.get(*path) != theirs.get(*path));
        differing.map(|path| (*path).to_owned()).collect()
    }

    fn by_path(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut values: BTreeMap<_, Vec<_>> = BTreeMap::new();
        fields::visit(&self.0, &mut |path, value| {
            values.entry(path).or_default().push(value.to_owned());
        });
        values
    }
}

fn push_with_length(bytes: &mut Vec<u8>, text: &str) {
    // A message is far shorter than 4 GiB; saturating keeps the function whole all the same.
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(text.as_bytes());
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content { .. }")
    }
}

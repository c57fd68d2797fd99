//! A registration as it is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use prost::Message;

use super::{BroughtText, HandedText, clean, fields};
use crate::proto::v1 as pb;

/// Leads the bytes of [`Content::encode`].
const ENCODING_VERSION: u8 = 1;
/// The same, where the number was handed out before. (What leads other commands is in between.)
const HANDED_VERSION: u8 = 3;
/// The same, where it was brought by an import.
const BROUGHT_VERSION: u8 = 4;
/// Leads the bytes of [`Content::canonical`].
const CANONICAL_VERSION: u8 = 1;

/// A registration's message in the one form in which it is kept: text as [`written`](super::written), nothing present
/// that says nothing, nationalities and identifiers in capitals, sorted, each once; an order of 0 of 0 is 1 of 1.
///
/// A mission tells with it the number that it has handed out already, an import where it comes from and which number the
/// child has there. It may still break every rule; [`check`](super::check) says so. `Debug` shows nothing of it.
#[derive(Clone, PartialEq)]
pub struct Content {
    registration: pb::BirthRegistration,
    handed: Option<HandedText>,
    brought: Option<BroughtText>,
}

/// All of it, as it is kept.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct Kept {
    #[prost(message, optional, tag = "1")]
    registration: Option<pb::BirthRegistration>,
    #[prost(message, optional, tag = "2")]
    handed: Option<HandedText>,
    #[prost(message, optional, tag = "3")]
    brought: Option<BroughtText>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept { .. }")
    }
}

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
        Content {
            registration: clean::registration(raw),
            handed: None,
            brought: None,
        }
    }

    /// The same, of a birth whose number was handed out before.
    pub fn handed_out(raw: &pb::BirthRegistration, handed: HandedText) -> Content {
        Content {
            handed: Some(handed),
            ..Content::of(raw)
        }
    }

    /// The same, of a birth that an import brought; `papers` are the child's, beside those that it names itself.
    pub fn brought_in(raw: &pb::BirthRegistration, papers: &[pb::Identifier], brought: BroughtText) -> Content {
        let mut raw = raw.clone();
        if !papers.is_empty() {
            let child = raw.child.get_or_insert_default();
            child.existing_identifiers.extend_from_slice(papers);
        }
        Content {
            brought: Some(brought),
            ..Content::of(&raw)
        }
    }

    /// The cleaned message.
    pub fn message(&self) -> &pb::BirthRegistration {
        &self.registration
    }

    /// The number that was handed out before, if one was.
    pub fn handed(&self) -> Option<&HandedText> {
        self.handed.as_ref()
    }

    /// What an import says beside the registration, if one brought it.
    pub fn brought(&self) -> Option<&BroughtText> {
        self.brought.as_ref()
    }

    /// Whether two say the same of a birth, whatever number was handed out or brought.
    pub fn registers_the_same_as(&self, other: &Content) -> bool {
        let birth = |content: &Content| canonical(|show| fields::visit(&content.registration, show));
        birth(self) == birth(other)
    }

    /// The bytes of which the key of an item is a digest: what an import says of a child, whichever job says it.
    pub(super) fn as_item(&self) -> Vec<u8> {
        canonical(|show| {
            fields::visit(&self.registration, show);
            if let Some(brought) = &self.brought {
                show("number", &brought.number);
            }
        })
    }

    /// The bytes to seal and keep: a version byte, then the message, or both messages.
    pub fn encode(&self) -> Vec<u8> {
        let kept = || Kept {
            registration: Some(self.registration.clone()),
            handed: self.handed.clone(),
            brought: self.brought.clone(),
        };
        let (version, message) = match (&self.handed, &self.brought) {
            (None, None) => (ENCODING_VERSION, self.registration.encode_to_vec()),
            (Some(_), _) => (HANDED_VERSION, kept().encode_to_vec()),
            (None, Some(_)) => (BROUGHT_VERSION, kept().encode_to_vec()),
        };
        let mut bytes = vec![version];
        bytes.extend(message);
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
                let registration = pb::BirthRegistration::decode(message).map_err(|_| ContentError::Malformed)?;
                let (handed, brought) = (None, None);
                Ok(Content {
                    registration,
                    handed,
                    brought,
                })
            }
            Some((&version @ (HANDED_VERSION | BROUGHT_VERSION), message)) => match Kept::decode(message) {
                Ok(Kept {
                    registration: Some(registration),
                    handed,
                    brought,
                }) if (version == HANDED_VERSION, version == BROUGHT_VERSION)
                    == (handed.is_some(), brought.is_some()) =>
                {
                    Ok(Content {
                        registration,
                        handed,
                        brought,
                    })
                }
                _ => Err(ContentError::Malformed),
            },
            Some((&version, _)) => Err(ContentError::Version(version)),
        }
    }

    /// Every field that is present: its dotted path and its value in the form in which it is compared
    /// ([`normal`](super::normal)), in the order of the contract. A list has one row for each of its items.
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        self.visit(&mut |path, value| rows.push((path.to_owned(), value.to_owned())));
        rows
    }

    /// The bytes of which the content digest is taken: a version byte, then each of [`Content::fields`] as its path and
    /// value, both led by their length in four bytes. Two registrations say the same exactly if these are equal.
    pub fn canonical(&self) -> Vec<u8> {
        canonical(|show| self.visit(show))
    }

    /// The paths of the fields in which the two differ, sorted, each once, and without their values.
    pub fn differing(&self, other: &Content) -> Vec<String> {
        let (ours, theirs) = (self.by_path(), other.by_path());
        let paths: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
        let differing = paths.into_iter().filter(|path| ours.get(*path) != theirs.get(*path));
        differing.map(|path| (*path).to_owned()).collect()
    }

    /// The values of every field of the registration that is present, by its path.
    pub(super) fn of_registration(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut values: BTreeMap<_, Vec<_>> = BTreeMap::new();
        fields::visit(&self.registration, &mut |path, value| {
            values.entry(path).or_default().push(value.to_owned());
        });
        values
    }

    fn by_path(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut values: BTreeMap<_, Vec<_>> = BTreeMap::new();
        self.visit(&mut |path, value| values.entry(path).or_default().push(value.to_owned()));
        values
    }

    fn visit(&self, show: &mut dyn FnMut(&'static str, &str)) {
        fields::visit(&self.registration, show);
        if let Some(handed) = &self.handed {
            handed.visit(show);
        }
        if let Some(brought) = &self.brought {
            brought.visit(show);
        }
    }
}

/// The canonical bytes of the fields that a visit shows.
fn canonical(visit: impl FnOnce(&mut dyn FnMut(&'static str, &str))) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2048);
    bytes.push(CANONICAL_VERSION);
    visit(&mut |path, value| {
        push_with_length(&mut bytes, path);
        push_with_length(&mut bytes, value);
    });
    bytes
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

//! What an entry says, in the form in which it is sealed and kept.

use std::fmt;
use std::sync::Arc;

use prost::Message;

use crate::ledger::{EntryKind, IndexKey, content_digest};
use crate::proto::v1 as pb;
use crate::registration::{Content, ContentError, Ref, Registration};

/// Leads the bytes of what is kept of a command other than a birth; a birth's are led by 1.
const ACT_VERSION: u8 = 2;

/// A registration as it is kept, and the same as typed facts.
#[derive(Debug, Clone)]
pub struct Registered {
    /// As it is kept.
    pub content: Arc<Content>,
    /// As typed facts.
    pub facts: Arc<Registration>,
}

impl Registered {
    /// Reads a registration that was checked before.
    ///
    /// # Errors
    /// [`ContentError`] if it never was.
    pub fn of(content: Content) -> Result<Self, ContentError> {
        let facts = Registration::from_content(&content)?;
        Ok(Self {
            content: Arc::new(content),
            facts: Arc::new(facts),
        })
    }
}

/// The fields of a request: of each that is present its dotted path, and its value in the form in which it is compared.
/// `Debug` shows nothing of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Adds a field; one that is empty leaves no trace.
    pub fn add(&mut self, path: impl Into<String>, value: impl fmt::Display) {
        let value = value.to_string();
        if !value.is_empty() {
            self.0.push((path.into(), value));
        }
    }

    /// The value of a field, if it is present.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == path)
            .map(|(_, value)| value.as_str())
    }

    /// Adds where a registration is written down, each part under its own path.
    pub fn add_reference(&mut self, path: &str, reference: &Ref) {
        let message = pb::RegistrationRef::from(reference);
        self.add(format!("{path}.office_code"), message.office_code);
        self.add(format!("{path}.register"), message.register);
        self.add(format!("{path}.book_year"), message.book_year);
        self.add(format!("{path}.book_number"), message.book_number);
        self.add(format!("{path}.entry_number"), message.entry_number);
    }

    /// The registration whose parts were added under this path, if one was.
    pub fn reference(&self, path: &str) -> Option<Ref> {
        let text = |part: &str| self.get(&format!("{path}.{part}")).unwrap_or_default();
        Ref::read(&pb::RegistrationRef {
            office_code: text("office_code").to_owned(),
            register: text("register").parse().unwrap_or_default(),
            book_year: text("book_year").parse().unwrap_or_default(),
            book_number: text("book_number").to_owned(),
            entry_number: text("entry_number").to_owned(),
        })
    }

    /// All values of a field that is a list.
    pub fn all<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let of_path = self.0.iter().filter(move |(known, _)| known == path);
        of_path.map(|(_, value)| value.as_str())
    }

    /// The paths in which the two differ, each once.
    pub fn differing(&self, other: &Self) -> Vec<String> {
        let mut paths: Vec<&String> = self.0.iter().chain(&other.0).map(|(path, _)| path).collect();
        paths.sort_unstable();
        paths.dedup();
        let differs = |path: &&String| !self.all(path).eq(other.all(path));
        paths.into_iter().filter(differs).cloned().collect()
    }

    /// The digest by which two requests of one kind are compared.
    pub fn digest(&self, key: &IndexKey, kind: EntryKind) -> [u8; 16] {
        let mut canonical = vec![ACT_VERSION];
        for text in self.0.iter().flat_map(|(path, value)| [path, value]) {
            canonical.extend_from_slice(&(text.len() as u64).to_be_bytes());
            canonical.extend_from_slice(text.as_bytes());
        }
        content_digest(key, kind.name(), &canonical)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fields { .. }")
    }
}

/// What an entry says.
#[derive(Debug, Clone, Default)]
pub struct Says {
    /// The registration it holds: as it was registered, as it is to be after a reissue, or as a change left it.
    pub registered: Option<Registered>,
    /// The fields of its request, where that was not a birth.
    pub fields: Fields,
}

/// What is kept of a command other than a birth.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct Kept {
    #[prost(message, repeated, tag = "1")]
    fields: Vec<KeptField>,
    #[prost(message, optional, tag = "2")]
    registration: Option<pb::BirthRegistration>,
}

#[derive(Clone, PartialEq, Eq, Message)]
#[prost(skip_debug)]
struct KeptField {
    #[prost(string, tag = "1")]
    path: String,
    #[prost(string, tag = "2")]
    value: String,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept { .. }")
    }
}

impl fmt::Debug for KeptField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptField { .. }")
    }
}

/// The bytes to seal of a command other than a birth.
pub(super) fn encode(fields: &Fields, registration: Option<&Content>) -> Vec<u8> {
    let kept = Kept {
        fields: fields
            .0
            .iter()
            .map(|(path, value)| KeptField {
                path: path.clone(),
                value: value.clone(),
            })
            .collect(),
        registration: registration.map(|content| content.message().clone()),
    };
    let mut bytes = vec![ACT_VERSION];
    bytes.extend(kept.encode_to_vec());
    bytes
}

impl Says {
    /// Reads what an entry of this kind holds.
    ///
    /// # Errors
    /// [`ContentError`] if it is in no form that this release knows.
    pub fn read(kind: EntryKind, bytes: &[u8]) -> Result<Self, ContentError> {
        if kind == EntryKind::Genesis {
            return Ok(Self::default());
        }
        if kind.is_of_a_birth() || kind.is_of_an_import() {
            return Ok(Self {
                registered: Some(Registered::of(Content::decode(bytes)?)?),
                fields: Fields::default(),
            });
        }
        let kept = match bytes.split_first() {
            None => return Err(ContentError::Empty),
            Some((&ACT_VERSION, rest)) => Kept::decode(rest).map_err(|_| ContentError::Malformed)?,
            Some((&version, _)) => return Err(ContentError::Version(version)),
        };
        let registration = kept.registration.map(|message| Registered::of(Content::of(&message)));
        let fields = kept.fields.into_iter().map(|field| (field.path, field.value));
        Ok(Self {
            registered: registration.transpose()?,
            fields: Fields(fields.collect()),
        })
    }
}

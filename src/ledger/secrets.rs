//! The text form in which secret keys are kept.
//!
//! It is TOML of the plainest kind, and is read here rather than by a library: what those say of a text that they cannot read
//! holds a copy of it, which nobody wipes. Nothing here copies a secret but into a [`Secret`].

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::{IndexKey, KeyId, KeyRing, NoteKey, SealError};

/// How many keys of one purpose a file may hold.
const MOST: usize = 16;
/// The longest text that is written: so long that it is never moved while it grows, which would leave a copy behind.
const LONGEST: usize = 8192;

/// 32 secret bytes. They stay in one place of the heap, wherever this is moved to, and are wiped there when it is dropped.
pub struct Secret(Box<[u8; 32]>);

impl Secret {
    /// A secret to be filled in.
    pub fn blank() -> Self {
        Self(Box::new([0; 32]))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its bytes, to be filled in.
    pub fn bytes_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }

    fn read(digits: &str) -> Option<Self> {
        let mut secret = Self::blank();
        if digits.len() != 64 {
            return None;
        }
        for (byte, pair) in secret.0.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(secret)
    }
}

impl From<&[u8; 32]> for Secret {
    fn from(bytes: &[u8; 32]) -> Self {
        let mut secret = Self::blank();
        secret.0.copy_from_slice(bytes);
        secret
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It is not what [`Secrets::text`] writes. The text is never repeated, since it may hold a secret.
    #[error("the key file is not readable as a dinhdanh key file (format 1, 2 or 3)")]
    Malformed,
    /// It is of a format this release does not know.
    #[error("the key file has format {0}; this release knows formats 1 to 3")]
    UnknownFormat(i64),
    /// A key is not 64 hexadecimal digits.
    #[error("the key '{0}' in the key file is not 64 hexadecimal digits")]
    BadKey(&'static str),
    /// A list of keys is not one.
    #[error("the key file must list from 1 to {MOST} keys under '{0}', none of them twice")]
    List(&'static str),
    /// The cipher refused a key.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// What a key that may be changed is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Look-up digests.
    Index,
    /// Sealing.
    Seal,
}

impl Purpose {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Seal => "seal",
        }
    }

    /// The name of the list of its keys in a file.
    fn list(self) -> &'static str {
        match self {
            Self::Index => "indexes",
            Self::Seal => "seals",
        }
    }
}

/// The secrets of a key file.
#[derive(Debug)]
pub struct Secrets {
    /// Keys of look-up digests, the oldest first.
    indexes: Vec<Secret>,
    picker: Secret,
    /// Keys of sealing, the oldest first.
    seals: Vec<Secret>,
    /// The seed of the key that signs. A file leaves it out as long as it is the one derived from the only index key.
    notes: Secret,
}

impl Secrets {
    /// Those of a new store.
    pub fn new(index: Secret, picker: Secret, seal: Secret) -> Self {
        Self {
            notes: NoteKey::seed_of(&IndexKey::new(index.bytes())),
            indexes: vec![index],
            picker,
            seals: vec![seal],
        }
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// [`KeyFileError`], which never repeats a secret.
    pub fn read(text: &str) -> Result<Self, KeyFileError> {
        let lines = Reading(text).lines().ok_or(KeyFileError::Malformed)?;
        let found = |name: &str| lines.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let Some(Value::Number(format)) = found("format") else {
            return Err(KeyFileError::Malformed);
        };
        let names: &[&str] = match format {
            1 => &["format", "index", "picker", "seal"],
            2 => &["format", "index", "picker", "seals"],
            3 => &["format", "indexes", "picker", "seals", "notes"],
            other => return Err(KeyFileError::UnknownFormat(*other)),
        };
        // Each of them once, and nothing else.
        if lines.len() != names.len() || !names.iter().all(|name| found(name).is_some()) {
            return Err(KeyFileError::Malformed);
        }
        let key = |name: &'static str| match found(name) {
            Some(Value::Text(digits)) => Secret::read(digits).ok_or(KeyFileError::BadKey(name)),
            _ => Err(KeyFileError::Malformed),
        };
        let keys = |purpose: Purpose| match found(purpose.list()) {
            None => Ok(vec![key(purpose.name())?]),
            Some(Value::List(texts)) => texts
                .iter()
                .map(|digits| Secret::read(digits).ok_or(KeyFileError::BadKey(purpose.list())))
                .collect::<Result<Vec<_>, _>>(),
            Some(_) => Err(KeyFileError::Malformed),
        };
        let indexes = keys(Purpose::Index)?;
        let first = indexes.first().ok_or(KeyFileError::List(Purpose::Index.list()))?;
        let secrets = Self {
            notes: match found("notes") {
                Some(_) => key("notes")?,
                None => NoteKey::seed_of(&IndexKey::new(first.bytes())),
            },
            indexes,
            picker: key("picker")?,
            seals: keys(Purpose::Seal)?,
        };
        for purpose in [Purpose::Index, Purpose::Seal] {
            let ids = secrets.ids(purpose);
            let twice = ids.iter().enumerate().any(|(at, id)| ids[..at].contains(id));
            if ids.is_empty() || ids.len() > MOST || twice {
                return Err(KeyFileError::List(purpose.list()));
            }
        }
        Ok(secrets)
    }

    /// The text of a key file: of the oldest format that can hold it, which the most releases read.
    pub fn text(&self) -> Zeroizing<String> {
        let derived = |index: &Secret| NoteKey::seed_of(&IndexKey::new(index.bytes()));
        let format = match (self.indexes.as_slice(), self.seals.len()) {
            ([index], seals) if derived(index).bytes() == self.notes.bytes() => 1 + usize::from(seals > 1),
            _ => 3,
        };
        let mut text = Zeroizing::new(String::with_capacity(LONGEST));
        text.push_str(
            "# The secret keys of one dinhdanh installation. Keep a copy apart from the data: without it\n\
             # the registrations cannot be read and no further number can be given.\n",
        );
        if format > 1 {
            text.push_str(
                "# Of a list the oldest key is first. The store knows which is in use; `dinhdanh rekey` changes to the last.\n",
            );
        }
        text.push_str("format = ");
        text.push_str(["1", "2", "3"][format - 1]);
        text.push('\n');
        push_keys(&mut text, Purpose::Index, &self.indexes, format >= 3);
        push_key(&mut text, "picker", &self.picker);
        push_keys(&mut text, Purpose::Seal, &self.seals, format >= 2);
        if format >= 3 {
            push_key(&mut text, "notes", &self.notes);
        }
        text
    }

    /// The keys, ready for use.
    ///
    /// # Errors
    /// [`SealError`] where the cipher does not take one.
    pub fn ring(&self) -> Result<KeyRing, SealError> {
        KeyRing::of(
            self.indexes.iter().map(Secret::bytes),
            self.picker.bytes(),
            self.seals.iter().map(Secret::bytes),
            &self.notes,
        )
    }

    /// The ids of the keys for a purpose, the oldest first.
    pub fn ids(&self, purpose: Purpose) -> Vec<KeyId> {
        let keys = match purpose {
            Purpose::Index => &self.indexes,
            Purpose::Seal => &self.seals,
        };
        keys.iter().map(|key| KeyId::of(purpose.name(), key.bytes())).collect()
    }

    /// Adds a key at the end of a list. The key that signs stays as it is, whatever becomes of the index keys: its public half
    /// was passed on.
    ///
    /// # Errors
    /// [`KeyFileError::List`] if there are too many, or it is among them.
    pub fn add(&mut self, purpose: Purpose, key: Secret) -> Result<KeyId, KeyFileError> {
        let id = KeyId::of(purpose.name(), key.bytes());
        let ids = self.ids(purpose);
        if ids.len() >= MOST || ids.contains(&id) {
            return Err(KeyFileError::List(purpose.list()));
        }
        self.keys_mut(purpose).push(key);
        Ok(id)
    }

    /// Takes out all keys for a purpose before this one, and tells which they were. None of them if it is not there.
    pub fn drop_before(&mut self, purpose: Purpose, kept: KeyId) -> Vec<KeyId> {
        let mut ids = self.ids(purpose);
        let at = ids.iter().position(|id| *id == kept).unwrap_or(0);
        self.keys_mut(purpose).drain(..at);
        ids.truncate(at);
        ids
    }

    fn keys_mut(&mut self, purpose: Purpose) -> &mut Vec<Secret> {
        match purpose {
            Purpose::Index => &mut self.indexes,
            Purpose::Seal => &mut self.seals,
        }
    }
}

fn push_keys(text: &mut String, purpose: Purpose, keys: &[Secret], listed: bool) {
    if let ([key], false) = (keys, listed) {
        return push_key(text, purpose.name(), key);
    }
    text.push_str(purpose.list());
    text.push_str(" = [\n");
    for key in keys {
        text.push_str("    ");
        push_quoted(text, key);
        text.push_str(",\n");
    }
    text.push_str("]\n");
}

fn push_key(text: &mut String, name: &str, key: &Secret) {
    text.push_str(name);
    text.push_str(" = ");
    push_quoted(text, key);
    text.push('\n');
}

fn push_quoted(text: &mut String, secret: &Secret) {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    text.push('"');
    for byte in secret.bytes() {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text.push('"');
}

/// A value of a line, which stays where it is.
enum Value<'a> {
    Number(i64),
    Text(&'a str),
    List(Vec<&'a str>),
}

/// A text being read.
struct Reading<'a>(&'a str);

impl<'a> Reading<'a> {
    /// Every name with its value.
    fn lines(mut self) -> Option<Vec<(&'a str, Value<'a>)>> {
        let mut lines = Vec::new();
        loop {
            self.skip_lines();
            if self.0.is_empty() {
                return Some(lines);
            }
            let (name, rest) = self.0.split_once('=')?;
            self.0 = rest;
            let value = self.value()?;
            // Nothing but a comment stands behind it.
            self.skip_blanks();
            if !self.0.is_empty() && !self.0.starts_with(['\n', '#']) {
                return None;
            }
            lines.push((name.trim_matches([' ', '\t']), value));
        }
    }

    fn value(&mut self) -> Option<Value<'a>> {
        self.skip_blanks();
        if let Some(rest) = self.0.strip_prefix('[') {
            self.0 = rest;
            return self.list().map(Value::List);
        }
        if self.0.starts_with(['"', '\'']) {
            return self.quoted().map(Value::Text);
        }
        let end = self
            .0
            .find(|c: char| !c.is_ascii_digit() && c != '-')
            .unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits.parse().ok().map(Value::Number)
    }

    fn list(&mut self) -> Option<Vec<&'a str>> {
        let mut texts = Vec::new();
        loop {
            self.skip_lines();
            if let Some(rest) = self.0.strip_prefix(']') {
                self.0 = rest;
                return Some(texts);
            }
            texts.push(self.quoted()?);
            self.skip_lines();
            match self.0.strip_prefix(',') {
                Some(rest) => self.0 = rest,
                None if self.0.starts_with(']') => {}
                None => return None,
            }
        }
    }

    fn quoted(&mut self) -> Option<&'a str> {
        let quote = self.0.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (text, rest) = self.0[1..].split_once(quote)?;
        self.0 = rest;
        // No key has an escape or a line break in it.
        (!text.contains(['\\', '\n'])).then_some(text)
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\r']);
    }

    fn skip_lines(&mut self) {
        loop {
            self.0 = self.0.trim_start_matches([' ', '\t', '\r', '\n']);
            if !self.0.starts_with('#') {
                return;
            }
            self.0 = self.0.find('\n').map_or("", |end| &self.0[end..]);
        }
    }
}

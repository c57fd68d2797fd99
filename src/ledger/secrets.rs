//! The text form in which secret keys are kept.
//!
//! It is TOML of the plainest kind, and is read here rather than by a library: what those say of a text that they cannot read
//! holds a copy of it, which nobody wipes. Nothing here copies a secret but into a [`Secret`].

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::{KeyId, KeyRing, SealError};

/// How many keys of sealing one file may hold.
const MOST_SEALS: usize = 16;
/// The longest text that is written: so long that it is never moved while it grows, which would leave a copy behind.
const LONGEST: usize = 4096;

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
    #[error("the key file is not readable as a dinhdanh key file (format 1 or 2)")]
    Malformed,
    /// It is of a format this release does not know.
    #[error("the key file has format {0}; this release knows formats 1 and 2")]
    UnknownFormat(i64),
    /// A key is not 64 hexadecimal digits.
    #[error("the key '{0}' in the key file is not 64 hexadecimal digits")]
    BadKey(&'static str),
    /// The list of keys of sealing is not one.
    #[error("the key file must list from 1 to {MOST_SEALS} keys under 'seals', none of them twice")]
    Seals,
    /// The cipher refused a key.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// The secrets of a key file.
#[derive(Debug)]
pub struct Secrets {
    index: Secret,
    picker: Secret,
    /// Keys of sealing, the oldest first.
    seals: Vec<Secret>,
}

impl Secrets {
    /// Those of a new store.
    pub fn new(index: Secret, picker: Secret, seal: Secret) -> Self {
        Self {
            index,
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
        let seal = match format {
            1 => "seal",
            2 => "seals",
            other => return Err(KeyFileError::UnknownFormat(*other)),
        };
        let names = ["format", "index", "picker", seal];
        // Each of them once, and nothing else.
        if lines.len() != names.len() || !names.iter().all(|name| found(name).is_some()) {
            return Err(KeyFileError::Malformed);
        }
        let key = |name: &'static str| match found(name) {
            Some(Value::Text(digits)) => Secret::read(digits).ok_or(KeyFileError::BadKey(name)),
            _ => Err(KeyFileError::Malformed),
        };
        let seals = match found("seals") {
            None => vec![key("seal")?],
            Some(Value::List(texts)) => texts
                .iter()
                .map(|digits| Secret::read(digits).ok_or(KeyFileError::BadKey("seals")))
                .collect::<Result<Vec<_>, _>>()?,
            Some(_) => return Err(KeyFileError::Malformed),
        };
        let secrets = Self {
            index: key("index")?,
            picker: key("picker")?,
            seals,
        };
        let ids = secrets.seal_ids();
        let twice = ids.iter().enumerate().any(|(at, id)| ids[..at].contains(id));
        match ids.is_empty() || ids.len() > MOST_SEALS || twice {
            true => Err(KeyFileError::Seals),
            false => Ok(secrets),
        }
    }

    /// The text of a key file: of format 1, which every release reads, while there is one key of sealing.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(LONGEST));
        text.push_str(
            "# The secret keys of one dinhdanh installation. Keep a copy apart from the data: without it\n\
             # the registrations cannot be read and no further number can be given.\n",
        );
        text.push_str(if self.seals.len() == 1 {
            "format = 1\n"
        } else {
            "format = 2\n"
        });
        for (name, secret) in [("index", &self.index), ("picker", &self.picker)] {
            text.push_str(name);
            text.push_str(" = ");
            push_quoted(&mut text, secret);
            text.push('\n');
        }
        match self.seals.as_slice() {
            [seal] => {
                text.push_str("seal = ");
                push_quoted(&mut text, seal);
                text.push('\n');
            }
            seals => {
                text.push_str("# The oldest first. The store knows which of them is in use; `dinhdanh rekey` changes to the last.\n");
                text.push_str("seals = [\n");
                for seal in seals {
                    text.push_str("    ");
                    push_quoted(&mut text, seal);
                    text.push_str(",\n");
                }
                text.push_str("]\n");
            }
        }
        text
    }

    /// The keys, ready for use.
    ///
    /// # Errors
    /// [`SealError`] where the cipher does not take one.
    pub fn ring(&self) -> Result<KeyRing, SealError> {
        KeyRing::with_seals(
            self.index.bytes(),
            self.picker.bytes(),
            self.seals.iter().map(Secret::bytes),
        )
    }

    /// The ids of the keys of sealing, the oldest first.
    pub fn seal_ids(&self) -> Vec<KeyId> {
        self.seals.iter().map(|seal| KeyId::of("seal", seal.bytes())).collect()
    }

    /// Adds a key of sealing at the end of the list.
    ///
    /// # Errors
    /// [`KeyFileError::Seals`] if there are too many, or it is among them.
    pub fn add_seal(&mut self, seal: Secret) -> Result<KeyId, KeyFileError> {
        let id = KeyId::of("seal", seal.bytes());
        if self.seals.len() >= MOST_SEALS || self.seal_ids().contains(&id) {
            return Err(KeyFileError::Seals);
        }
        self.seals.push(seal);
        Ok(id)
    }

    /// Takes out all keys of sealing before this one, and tells which they were. None of them if it is not there.
    pub fn drop_seals_before(&mut self, kept: KeyId) -> Vec<KeyId> {
        let mut ids = self.seal_ids();
        let at = ids.iter().position(|id| *id == kept).unwrap_or(0);
        self.seals.drain(..at);
        ids.truncate(at);
        ids
    }
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

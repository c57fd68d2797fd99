//! For whom a call is made.

use std::fmt;

use tonic::metadata::{Ascii, MetadataMap, MetadataValue};

/// The longest office code.
const MAX_OFFICE_CHARS: usize = 32;

/// The office and role a call is made for, ready for the call's metadata.
///
/// The service believes them only when it serves with `--dev`.
#[derive(Clone)]
pub struct Caller {
    office: MetadataValue<Ascii>,
    role: MetadataValue<Ascii>,
}

/// Why there can be no such caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallerError {
    /// The office code cannot be one.
    #[error("an office code has 1 to 32 plain characters (letters, digits, signs) and no spaces")]
    Office,
    /// The name cannot be that of a role.
    #[error("a role is one word, such as REGISTRAR or MISSION")]
    Role,
}

impl Caller {
    /// The caller of this office code, in this role, named as in the contract ("REGISTRAR").
    ///
    /// # Errors
    /// [`CallerError`] if either has characters that metadata cannot carry.
    pub fn new(office: &str, role: &str) -> Result<Self, CallerError> {
        Ok(Self {
            office: word(office).ok_or(CallerError::Office)?,
            role: word(role).ok_or(CallerError::Role)?,
        })
    }

    /// Names the caller in the metadata of a call, and asks for advice in English.
    pub(super) fn name_in(&self, metadata: &mut MetadataMap) {
        metadata.insert("x-dinhdanh-office", self.office.clone());
        metadata.insert("x-dinhdanh-role", self.role.clone());
        metadata.insert("accept-language", MetadataValue::from_static("en"));
    }
}

fn word(text: &str) -> Option<MetadataValue<Ascii>> {
    let fits = (1..=MAX_OFFICE_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { text.parse().ok() } else { None }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} as {:?}", self.office, self.role)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_plain_words_make_a_caller() {
        assert!(Caller::new("26734", "REGISTRAR").is_ok());
        for office in ["", " ", "a b", "26734\n", "xã Bình Minh", &"9".repeat(33)] {
            assert_eq!(
                Caller::new(office, "REGISTRAR").unwrap_err(),
                CallerError::Office,
                "{office:?}"
            );
        }
        assert_eq!(Caller::new("26734", "").unwrap_err(), CallerError::Role);
    }
}

//! What a row is recognised by.

use sha2::{Digest, Sha256};

use crate::registration::Content;

/// The first half of the SHA-256 digest of a row: of its office, role and registration as the service compares them,
/// so that a change of spacing or of the way a tone mark is typed is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowDigest([u8; 16]);

impl RowDigest {
    /// The digest of a row.
    pub fn of(office: &str, role: &str, content: &Content) -> Self {
        let mut hash = Sha256::new();
        for word in [office, role] {
            hash.update((word.len() as u64).to_be_bytes());
            hash.update(word);
        }
        hash.update(content.canonical());
        let mut half = [0; 16];
        half.copy_from_slice(&hash.finalize()[..16]);
        Self(half)
    }

    /// 32 hexadecimal digits, lower case.
    pub(super) fn hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }

    /// Reads what [`hex`](Self::hex) writes.
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = u128::from_str_radix(text, 16).ok().filter(|_| plain)?;
        Some(Self(value.to_be_bytes()))
    }
}

//! How offices and systems are named.

use crate::ledger::SYSTEM_OFFICE;

/// The longest code of an office or name of a shared system.
pub const MAX_CODE_CHARS: usize = 32;

/// Whether this can be a code: what a segment of a SPIFFE path may hold, so that it can stand in a certificate.
pub fn is_code(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=MAX_CODE_CHARS).contains(&text.len()) && text.bytes().all(allowed)
}

/// Whether this can be the code of an office. The service's own entries in the ledger are nobody's.
pub fn is_office(text: &str) -> bool {
    is_code(text) && text != SYSTEM_OFFICE
}

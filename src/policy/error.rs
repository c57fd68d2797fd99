//! What is wrong with a policy file.

/// A policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, naming the field, and what would be right.
    pub what: String,
}

impl PolicyError {
    /// At a place in the text.
    pub(super) fn at(text: &str, offset: usize, what: impl Into<String>) -> Self {
        let before = text.as_bytes().iter().take(offset);
        Self {
            line: 1 + before.filter(|&&byte| byte == b'\n').count(),
            what: what.into(),
        }
    }
}

//! How a command ends badly.

/// A command failed: what to tell the person, and the exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    /// What went wrong and what to do, in plain words, without personal data.
    pub message: String,
    /// The exit code of the process.
    pub code: u8,
}

impl CliError {
    /// A failure with exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 1,
        }
    }

    /// Any error, as a failure with exit code 1.
    pub fn of(error: impl std::error::Error) -> Self {
        Self::new(error.to_string())
    }
}

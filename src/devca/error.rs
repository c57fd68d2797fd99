//! Why certificates could not be made.

use std::path::PathBuf;

use crate::policy::PolicyError;

/// Certificates could not be made. No variant holds anything of a key.
#[derive(Debug, thiserror::Error)]
pub enum DevCaError {
    /// A file cannot be read or written.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// What was read is not what it should be, or a name cannot stand in a certificate.
    #[error("the certificates cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The certificates would be valid beyond the calendar.
    #[error("so many days are more than the calendar has")]
    Days,
    /// The callers cannot be listed together.
    #[error("the callers cannot be listed in one policy: {}", .0.what)]
    Policy(PolicyError),
}

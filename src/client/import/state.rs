//! How far an import has come, in a file beside the one that is imported.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::batch::Line;
use super::counts::Counts;
use crate::client::csv::Encoding;
use crate::client::files::{clear, replace};
use crate::proto::v1::ImportHeader;

/// The form of the file.
const VERSION: u32 = 1;

/// What is needed to go on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    version: u32,
    /// SHA-256 of the imported file, in hexadecimal digits.
    file: String,
    /// The job.
    job_id: String,
    /// Source and time, as they are compared with what is asked.
    said: String,
    /// The first line that is not dealt with.
    next_line: u64,
    /// Bytes of the report that are as they should be.
    reported: u64,
    counts: Counts,
}

/// The state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// It is of another import.
    #[error(
        "{0} was begun with another content or encoding of the file, source or time. Import the same again, or remove it to begin anew: \
         what is known already is told as SAME"
    )]
    Other(PathBuf),
    /// It holds something else.
    #[error("{0} is not the state of an import. It was left as it is")]
    Content(PathBuf),
}

impl State {
    /// The state in a file, of the same import; or where one begins, on the disk: a job keeps its id. Read in another encoding
    /// a file says something else.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn begin(path: &Path, digest: &str, encoding: Encoding, header: &ImportHeader) -> Result<Self, StateError> {
        let as_of = header.as_of.unwrap_or_default();
        let mut said = format!("{} {}.{:09}", header.source, as_of.seconds, as_of.nanos);
        if encoding != Encoding::Utf8 {
            said = format!("{said} {}", encoding.name());
        }
        let text = match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let state = Self {
                    version: VERSION,
                    file: digest.to_owned(),
                    job_id: header.job_id.clone(),
                    said,
                    next_line: 0,
                    reported: 0,
                    counts: Counts::default(),
                };
                state.put(path)?;
                return Ok(state);
            }
            read => read.map_err(|error| failed(path, error))?,
        };
        let state: Self = serde_json::from_slice(&text).map_err(|_| StateError::Content(path.to_owned()))?;
        match (state.version, state.file.as_str(), &state.said) == (VERSION, digest, &said) {
            true => Ok(state),
            false => Err(StateError::Other(path.to_owned())),
        }
    }

    pub fn job_id(&self) -> &str {
        &self.job_id
    }

    pub fn next_line(&self) -> u64 {
        self.next_line
    }

    pub fn reported(&self) -> u64 {
        self.reported
    }

    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    pub fn count(&mut self, line: &Line) {
        self.counts.add(line);
    }

    pub fn advance(&mut self, next_line: u64) {
        self.next_line = next_line;
    }

    /// Brings it to the disk, with the length of a report that is there already.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn write(&mut self, path: &Path, reported: u64) -> Result<(), StateError> {
        self.reported = reported;
        self.put(path)
    }

    fn put(&self, path: &Path) -> Result<(), StateError> {
        let text = serde_json::to_vec(self).map_err(|error| failed(path, error.into()))?;
        replace(path, &text).map_err(|error| failed(path, error))
    }

    /// Takes away the state of an import that is done.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn remove(path: &Path) -> Result<(), StateError> {
        clear(path).map_err(|error| failed(path, error))
    }
}

fn failed(path: &Path, error: io::Error) -> StateError {
    StateError::Io {
        path: path.to_owned(),
        error,
    }
}

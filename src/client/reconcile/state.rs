//! How far a comparison has come, in a file beside the extract.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::client::files::{clear, replace};

/// The form of the file.
const VERSION: u32 = 1;

/// What is needed to go on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    version: u32,
    /// SHA-256 of the extract, in hexadecimal digits.
    extract: String,
    /// What is compared, and for whom: in one line, as it is compared with what is asked.
    asked: String,
    /// The token to go on with.
    token: String,
    /// Records, in the order in which they are sent, that the token covers.
    covered: u64,
    /// Bytes of the findings that it covers.
    found: u64,
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
    /// It is of another comparison.
    #[error(
        "{0} was begun with another extract, scope, office or service. Ask for the same again, or remove it to begin anew"
    )]
    Other(PathBuf),
    /// It holds something else.
    #[error("{0} is not the state of a comparison. It was left as it is")]
    Content(PathBuf),
}

impl State {
    /// Where a comparison begins.
    pub fn start(extract: String, asked: String) -> Self {
        Self {
            version: VERSION,
            extract,
            asked,
            token: String::new(),
            covered: 0,
            found: 0,
        }
    }

    /// The state in a file, of the same comparison; `None` if there is no file.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn read(&self, path: &Path) -> Result<Option<Self>, StateError> {
        let text = match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| failed(path, error))?,
        };
        let state: Self = serde_json::from_slice(&text).map_err(|_| StateError::Content(path.to_owned()))?;
        let same = (state.version, &state.extract, &state.asked) == (self.version, &self.extract, &self.asked);
        match same {
            true => Ok(Some(state)),
            false => Err(StateError::Other(path.to_owned())),
        }
    }

    /// The token to go on with.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Records that need not be sent again.
    pub fn covered(&self) -> u64 {
        self.covered
    }

    /// Bytes of the findings that are as they should be.
    pub fn found(&self) -> u64 {
        self.found
    }

    /// Notes that with this token so many more records are covered, and so many bytes of the findings in all.
    pub fn advance(&mut self, token: String, records: u64, found: u64) {
        self.token = token;
        self.covered += records;
        self.found = found;
    }

    /// Brings it to the disk.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn write(&self, path: &Path) -> Result<(), StateError> {
        let text = serde_json::to_vec(self).map_err(|error| failed(path, error.into()))?;
        replace(path, &text).map_err(|error| failed(path, error))
    }
}

/// Takes away the state of a comparison that is done.
pub(super) fn remove(path: &Path) -> Result<(), StateError> {
    clear(path).map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: io::Error) -> StateError {
    StateError::Io {
        path: path.to_owned(),
        error,
    }
}

//! What cannot be compared in an extract, by line and field, as a CSV file.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::client::files::{create_aside, put};

/// The columns.
const COLUMNS: [&str; 3] = ["line", "field", "problem"];

/// The list being written. It takes its place when it is done.
pub struct Problems {
    path: PathBuf,
    file: csv::Writer<BufWriter<File>>,
    count: u64,
}

impl Problems {
    /// Begins a list.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = csv::Writer::from_writer(BufWriter::new(create_aside(path)?));
        file.write_record(COLUMNS).map_err(io::Error::other)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            count: 0,
        })
    }

    /// Adds a problem, which tells nothing of what stands there.
    pub(super) fn add(&mut self, line: u64, field: &str, problem: &str) -> io::Result<()> {
        self.count += 1;
        let line = line.to_string();
        self.file
            .write_record([&line, field, problem])
            .map_err(io::Error::other)
    }

    /// Ends the list, and tells how many problems there are.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written.
    pub fn finish(self) -> io::Result<u64> {
        let file = self
            .file
            .into_inner()
            .map_err(|error| io::Error::other(error.to_string()))?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        put(&file, &self.path)?;
        Ok(self.count)
    }
}

//! Sending a whole file of births, so that it can be stopped or killed at any moment and go on later.
//!
//! Three passes over the file, each in bounded memory: [`survey`] looks whether everything that was sent is still as it
//! was; [`send`] sends what is not answered yet; [`report`] writes the outcome of each row.

mod report;
mod report_line;
mod row;
mod send;
mod source;
mod survey;
#[cfg(test)]
mod tests;
mod told;

pub use report::{Report, ReportError, report};
pub use send::{End, send};
pub use survey::{Survey, survey};
pub use told::{ToldRow, ToldRows};

use std::fs::File;
use std::path::Path;

use super::csv::{CsvError, Rows};
use super::journal::JournalError;

/// Why a run cannot go on. Nothing is lost: the journal knows what was sent.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The file cannot be used as a whole.
    #[error(transparent)]
    File(#[from] CsvError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Rows that were sent, or may have been, are not as they were.
    #[error(
        "{} changed since being sent (or perhaps sent). Put the file back as it was; new or corrected births go into a \
         new file",
        lines_in_words(.lines, *.more)
    )]
    RowsChanged {
        /// The first of their lines.
        lines: Vec<u64>,
        /// How many more there are.
        more: u64,
    },
    /// Rows that were sent, or may have been, are gone from the end of the file or between others.
    #[error(
        "{count} of the rows that were sent, or may have been, are no longer in the file. Put the file back as it \
         was; new births go into a new file"
    )]
    RowsMissing {
        /// How many.
        count: u64,
    },
}

fn lines_in_words(lines: &[u64], more: u64) -> String {
    let named: Vec<String> = lines.iter().map(u64::to_string).collect();
    match (named.len(), more) {
        (1, 0) => format!("line {} has", named.join("")),
        (_, 0) => format!("lines {} have", named.join(", ")),
        (_, more) => format!("lines {} and {more} more have", named.join(", ")),
    }
}

fn open_rows(file: &Path) -> Result<Rows<File>, CsvError> {
    Rows::new(File::open(file).map_err(CsvError::Read)?)
}

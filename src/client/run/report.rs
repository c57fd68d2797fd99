//! The third pass: a file that says of each row what became of it, and the counts.

use std::io;
use std::path::{Path, PathBuf};

use super::report_line::{COLUMNS, ReportLine};
use super::{RunError, open_rows};
use crate::client::Outcome;
use crate::client::files::{create_aside, put};
use crate::client::journal::Journal;

/// How many refused rows are described.
const DESCRIBED: usize = 10;

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    counts: [u64; Outcome::ALL.len()],
    /// Rows whose decision had been made before: by an earlier sending, or for the same registration.
    pub replayed: u64,
    /// The first of the refused rows: line, reason and fields, in words.
    pub refused: Vec<String>,
}

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file or the journal cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The report cannot be written.
    #[error("the result cannot be written to {}: {error}", .path.display())]
    Write {
        /// Where it was to be.
        path: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
}

impl Report {
    /// How many rows had this outcome.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether every row has its final outcome.
    pub fn is_final(&self) -> bool {
        Outcome::ALL
            .iter()
            .all(|outcome| outcome.is_final() || self.count(*outcome) == 0)
    }

    fn add(&mut self, line: &ReportLine) {
        self.counts[line.outcome as usize] += 1;
        self.replayed += u64::from(line.replayed);
        if line.outcome == Outcome::Refused && self.refused.len() < DESCRIBED {
            self.refused.push(line.problem.clone());
        }
    }
}

/// Writes the report to `out`, for its owner alone (mode 0600); it takes the place of what is there, in one step.
///
/// # Errors
/// [`ReportError`].
pub fn report(file: &Path, journal: &mut Journal, out: &Path) -> Result<Report, ReportError> {
    let failed = |error: io::Error| ReportError::Write {
        path: out.to_owned(),
        error,
    };
    let written = create_aside(out).map_err(failed)?;
    let mut writer = csv::Writer::from_writer(&written);
    let mut report = Report::default();
    writer.write_record(COLUMNS).map_err(|error| failed(error.into()))?;
    for row in open_rows(file).map_err(RunError::from)? {
        let line = ReportLine::of(row, journal)?;
        report.add(&line);
        writer
            .write_record(line.cells())
            .map_err(|error| failed(error.into()))?;
    }
    writer.flush().map_err(failed)?;
    drop(writer);
    put(&written, out).map_err(failed)?;
    Ok(report)
}

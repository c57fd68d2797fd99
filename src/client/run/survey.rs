//! The first pass: is everything that was sent still as it was?

use std::path::Path;

use super::row::{Taken, take};
use super::{RunError, open_rows};
use crate::client::journal::{Journal, JournalError, Plan};

/// How many changed lines are named.
const NAMED: usize = 10;

/// What a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// All rows.
    pub rows: u64,
    /// Those that have their final answer from an earlier run.
    pub answered: u64,
    /// Those that cannot be read, and so not sent.
    pub unfit: u64,
}

impl Survey {
    /// The rows that a run will send.
    pub fn to_send(&self) -> u64 {
        self.rows - self.answered - self.unfit
    }
}

/// Reads the whole file and holds it against the journal.
///
/// # Errors
/// [`RunError`] if a row that was sent, or may have been, has changed or is gone, or if the file cannot be read.
pub fn survey(file: &Path, journal: &Journal) -> Result<Survey, RunError> {
    let mut survey = Survey::default();
    let (mut changed, mut more, mut held) = (Vec::new(), 0, 0);
    for row in open_rows(file)? {
        survey.rows += 1;
        let (line, stands) = match take(row)? {
            Taken::Unfit(unfit) => {
                survey.unfit += 1;
                (unfit.line, !journal.holds(unfit.line))
            }
            Taken::Fit(fit) => match journal.plan(fit.line, fit.digest) {
                Ok(Plan::Answered) => {
                    survey.answered += 1;
                    held += 1;
                    (fit.line, true)
                }
                Ok(Plan::Open(_)) => {
                    held += 1;
                    (fit.line, true)
                }
                Ok(Plan::First | Plan::Refused(_)) => (fit.line, true),
                Err(JournalError::RowChanged { line }) => (line, false),
                Err(error) => return Err(error.into()),
            },
        };
        match stands {
            true => {}
            false if changed.len() < NAMED => changed.push(line),
            false => more += 1,
        }
    }
    if !changed.is_empty() {
        return Err(RunError::RowsChanged { lines: changed, more });
    }
    match journal.held() - held {
        0 => Ok(survey),
        count => Err(RunError::RowsMissing { count }),
    }
}

//! The rows of a file that were answered with a number, for whoever enters them again where the service lost them.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use uuid::Uuid;

use super::row::{Fit, Taken, take};
use super::{RunError, open_rows};
use crate::client::csv::Rows;
use crate::client::journal::{ToldNumber, path_beside, told_numbers};
use crate::number::Number;
use crate::proto::v1::BirthRegistration;

/// A row that was answered with a number.
pub struct ToldRow {
    /// Its line in the file, from 1, the header included.
    pub line: u64,
    /// The request id under which it was answered.
    pub request_id: Uuid,
    /// The number.
    pub number: Number,
    /// In which state it was then.
    pub state: String,
    /// The office it was sent for, and what was sent; `None` if the row is not as it was, or gone.
    pub sent: Option<(String, BirthRegistration)>,
}

/// Those of a file whose journal lies beside it, in the order of its lines; then those that are gone.
pub struct ToldRows {
    rows: Rows<File>,
    /// What is not met yet.
    told: BTreeMap<u64, ToldNumber>,
    others: u64,
}

impl ToldRows {
    /// Opens the file, and reads the whole journal.
    ///
    /// # Errors
    /// [`RunError`] if one of them cannot be used.
    pub fn open(file: &Path) -> Result<Self, RunError> {
        Ok(Self {
            told: told_numbers(&path_beside(file))?,
            rows: open_rows(file)?,
            others: 0,
        })
    }

    /// The numbers of those that are not met yet.
    pub fn numbers(&self) -> impl Iterator<Item = Number> {
        self.told.values().map(|told| told.number)
    }

    /// How many rows were passed that were not answered with a number.
    pub fn others(&self) -> u64 {
        self.others
    }

    fn next_met(&mut self) -> Result<Option<ToldRow>, RunError> {
        for row in self.rows.by_ref() {
            let (line, fit) = match take(row)? {
                Taken::Fit(fit) => (fit.line, Some(fit)),
                Taken::Unfit(unfit) => (unfit.line, None),
            };
            if let Some(told) = self.told.remove(&line) {
                return Ok(Some(ToldRow::of(line, told, fit.map(|fit| *fit))));
            }
            self.others += 1;
        }
        let gone = self.told.pop_first();
        Ok(gone.map(|(line, told)| ToldRow::of(line, told, None)))
    }
}

impl Iterator for ToldRows {
    type Item = Result<ToldRow, RunError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_met().transpose()
    }
}

impl ToldRow {
    fn of(line: u64, told: ToldNumber, row: Option<Fit>) -> Self {
        let as_it_was = row.filter(|row| row.digest == told.row);
        Self {
            line,
            request_id: told.request_id,
            number: told.number,
            state: told.state,
            sent: as_it_was.map(|row| (row.office, row.registration)),
        }
    }
}

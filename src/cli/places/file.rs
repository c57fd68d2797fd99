//! A file of units, and everything that is wrong with it, by line and column.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use jiff::civil::Date;

use crate::cli::CliError;
use crate::client::csv::{CsvError, Encoding, UnitRows, open};
use crate::places::{Change, Fault, MAX_UNITS, UnitFault};

/// Faults that are told; the rest are counted.
const TOLD: usize = 100;

/// What a file says.
#[derive(Default)]
pub struct File {
    /// Its rows.
    pub changes: Vec<Change>,
    /// On which lines a row of this code and first day stands.
    lines: BTreeMap<(String, Option<Date>), Vec<u64>>,
    /// What is wrong with it.
    wrong: Vec<Wrong>,
}

/// Something wrong: on which line (none of a row that was known before), and what.
struct Wrong(Option<u64>, String);

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be understood as a whole.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let failed = |error: CsvError| CliError::new(format!("{}: {error}", path.display()));
        let rows = UnitRows::new(open(path, Encoding::Utf8).map_err(failed)?).map_err(failed)?;
        let mut file = Self::default();
        for row in rows {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    let (line, _, problem) = error.in_row().ok_or_else(|| failed(error))?;
                    file.wrong(Some(line), problem);
                    continue;
                }
            };
            match row.change {
                Err(problems) => {
                    for (column, problem) in problems {
                        file.wrong(Some(row.line), format!("column {column}: {problem}"));
                    }
                }
                Ok(change) => {
                    let key = (change.unit.code.clone(), change.unit.from);
                    file.lines.entry(key).or_default().push(row.line);
                    file.changes.push(change);
                }
            }
            if file.changes.len() + file.wrong.len() > MAX_UNITS {
                return Err(CliError::new(format!("{}: more than {MAX_UNITS} rows", path.display())));
            }
        }
        Ok(file)
    }

    fn wrong(&mut self, line: Option<u64>, what: String) {
        self.wrong.push(Wrong(line, what));
    }

    /// Refuses a file in which a row cannot be read.
    ///
    /// # Errors
    /// [`CliError`], with everything that is wrong.
    pub fn must_be_right(&self, path: &Path) -> Result<(), CliError> {
        match self.wrong[..] {
            [] => Ok(()),
            _ => Err(self.refusal(path)),
        }
    }

    /// Refuses a file because of the table as it would be.
    pub fn refused(mut self, path: &Path, faults: Vec<UnitFault>) -> CliError {
        let mut again: BTreeMap<(String, Option<Date>), usize> = BTreeMap::new();
        for UnitFault { code, from, fault } in faults {
            let key = (code, from);
            let lines = self.lines.get(&key).map(Vec::as_slice).unwrap_or_default();
            let line = match fault {
                // The first of them stands where it may; the others are told one after another.
                Fault::Repeated => {
                    let repeated = again.entry(key.clone()).or_default();
                    *repeated += 1;
                    lines.get(*repeated)
                }
                _ => lines.last(),
            };
            let (line, column) = (line.copied(), fault.column());
            let what = match (line, key) {
                (Some(_), _) => format!("column {column}: {fault}"),
                (None, (code, from)) => {
                    let from = from.map(|day| format!(" from {day}")).unwrap_or_default();
                    format!("row {code}{from} of the table in force, column {column}: {fault}")
                }
            };
            self.wrong(line, what);
        }
        self.wrong.sort_by_key(|wrong| wrong.0.unwrap_or(u64::MAX));
        self.refusal(path)
    }

    fn refusal(&self, path: &Path) -> CliError {
        let mut told: Vec<String> = self.wrong.iter().take(TOLD).map(ToString::to_string).collect();
        let left = self.wrong.len() - told.len();
        if left > 0 {
            told.push(format!("and {left} more"));
        }
        CliError::new(format!(
            "{} is not taken, and nothing was changed:\n  {}",
            path.display(),
            told.join("\n  ")
        ))
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(line) => write!(f, "line {line}: {}", self.1),
            None => f.write_str(&self.1),
        }
    }
}

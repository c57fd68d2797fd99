//! One row, made ready to be sent.

use crate::client::Caller;
use crate::client::csv::{CsvError, Row};
use crate::client::journal::RowDigest;
use crate::proto::v1::BirthRegistration;
use crate::registration::Content;

/// A row of the file.
pub enum Taken {
    /// It can be sent.
    Fit(Box<Fit>),
    /// It cannot.
    Unfit(Unfit),
}

/// A row that can be sent.
pub struct Fit {
    /// Its line in the file, from 1, the header included.
    pub line: u64,
    /// The office it is sent for.
    pub office: String,
    /// The same, with the role, as a caller.
    pub caller: Caller,
    /// What it is recognised by.
    pub digest: RowDigest,
    /// What is sent.
    pub registration: BirthRegistration,
}

/// A row that cannot be sent as it stands. Nothing is asked of the service about it.
pub struct Unfit {
    /// Its line in the file.
    pub line: u64,
    /// The column at fault, where it is one.
    pub column: &'static str,
    /// What is wrong, naming the line.
    pub problem: String,
}

/// Reads a row.
///
/// # Errors
/// [`CsvError`] where no row after it can be read either.
pub fn take(row: Result<Row, CsvError>) -> Result<Taken, CsvError> {
    let row = match row {
        Ok(row) => row,
        Err(error) => return unfit(error).map(Taken::Unfit),
    };
    let caller = match Caller::new(&row.office, row.role.name()) {
        Ok(caller) => caller,
        Err(error) => {
            return Ok(Taken::Unfit(Unfit {
                line: row.line,
                column: "office_code",
                problem: format!("line {}, column office_code: {error}", row.line),
            }));
        }
    };
    let content = Content::of(&row.registration);
    Ok(Taken::Fit(Box::new(Fit {
        line: row.line,
        digest: RowDigest::of(&row.office, row.role.name(), &content),
        office: row.office,
        caller,
        registration: row.registration,
    })))
}

fn unfit(error: CsvError) -> Result<Unfit, CsvError> {
    let problem = error.to_string();
    match error.in_row() {
        Some((line, column, _)) => Ok(Unfit { line, column, problem }),
        None => Err(error),
    }
}

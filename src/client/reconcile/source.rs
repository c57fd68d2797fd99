//! The records of an extract, in the order in which they are sent.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use prost::Message;
use tokio::sync::mpsc;

use super::problems::Problems;
use super::sort::{Sorted, Sorter};
use crate::client::csv::{self, CsvError, Encoding, Extract, ExtractRow};
use crate::proto::v1::ReconciliationRecord;

/// A record that is to be sent.
#[derive(Clone)]
pub struct Outgoing {
    /// The line it stands on.
    pub line: u64,
    /// What it says.
    pub record: ReconciliationRecord,
}

/// What there is to know of an extract before its records are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// SHA-256 of the file, in hexadecimal digits.
    pub digest: String,
    /// How many rows it has.
    pub rows: u64,
    /// Whether its records are in the order in which they must be sent.
    pub sorted: bool,
}

/// Looks over the whole extract.
///
/// # Errors
/// [`CsvError`] if it cannot be read at all.
pub fn survey(path: &Path, encoding: Encoding) -> Result<Survey, CsvError> {
    let digest = csv::digest(path, encoding)?;
    let (mut rows, mut sorted, mut last) = (0, true, String::new());
    for row in Extract::open(path, encoding)? {
        rows += 1;
        let record = match row {
            Ok(row) => row.record,
            Err(error) if error.in_row().is_none() => return Err(error),
            Err(_) => None,
        };
        if let Some(record) = record {
            sorted &= last <= record.number;
            last = record.number;
        }
    }
    Ok(Survey { digest, rows, sorted })
}

/// Gives the records of an extract, less the first `covered` of them, until nobody takes them any more. What cannot be
/// compared goes to the problems.
///
/// # Errors
/// [`CsvError::Read`] if the file cannot be read, or what is written aside to sort it cannot.
pub fn give(
    (path, encoding): (&Path, Encoding),
    sorted: bool,
    covered: u64,
    problems: &mut Problems,
    to: &mpsc::Sender<Outgoing>,
) -> Result<(), CsvError> {
    let mut left = covered;
    let mut last: Option<(String, u64)> = None;
    let each = |outgoing: Outgoing, problems: &mut Problems| {
        let number = &outgoing.record.number;
        if let Some((_, first)) = last.as_ref().filter(|(last, _)| !number.is_empty() && last == number) {
            let first = *first;
            let told = problems.add(outgoing.line, "number", &format!("is that of line {first} as well"));
            return told.map(|()| true);
        }
        last = Some((number.clone(), outgoing.line));
        if left > 0 {
            left -= 1;
            return Ok(true);
        }
        Ok(to.blocking_send(outgoing).is_ok())
    };
    let rows = Extract::open(path, encoding)?;
    match sorted {
        true => in_order(rows, problems, each),
        false => {
            sort(path, rows, problems).and_then(|sorted| from_sorted(sorted, problems, each).map_err(CsvError::Read))
        }
    }
}

/// Gives records as they come, until `each` says that it is enough.
fn in_order(
    rows: Extract<BufReader<File>>,
    problems: &mut Problems,
    mut each: impl FnMut(Outgoing, &mut Problems) -> io::Result<bool>,
) -> Result<(), CsvError> {
    for row in rows {
        if let Some(outgoing) = comparable(row, problems)?
            && !each(outgoing, problems).map_err(CsvError::Read)?
        {
            break;
        }
    }
    Ok(())
}

fn sort(path: &Path, rows: Extract<BufReader<File>>, problems: &mut Problems) -> Result<Sorted, CsvError> {
    let mut sorter = Sorter::beside(path);
    for row in rows {
        if let Some(Outgoing { line, record }) = comparable(row, problems)? {
            // A line is led by zeros, which come before digits: so those without a number come first.
            let key = [record.number.as_bytes(), &line.to_be_bytes()].concat();
            sorter.add(key, record.encode_to_vec()).map_err(CsvError::Read)?;
        }
    }
    sorter.sorted().map_err(CsvError::Read)
}

fn from_sorted(
    sorted: Sorted,
    problems: &mut Problems,
    mut each: impl FnMut(Outgoing, &mut Problems) -> io::Result<bool>,
) -> io::Result<()> {
    for entry in sorted {
        let (key, bytes) = entry?;
        let line = key.last_chunk().copied().map_or(0, u64::from_be_bytes);
        let record = ReconciliationRecord::decode(bytes.as_slice()).map_err(io::Error::other)?;
        if !each(Outgoing { line, record }, problems)? {
            break;
        }
    }
    Ok(())
}

/// The record of a row, if it can be compared; what is wrong with it goes to the problems.
fn comparable(row: Result<ExtractRow, CsvError>, problems: &mut Problems) -> Result<Option<Outgoing>, CsvError> {
    match row {
        Err(error) => {
            let (line, column, problem) = error.in_row().ok_or(error)?;
            problems.add(line, column, &problem).map_err(CsvError::Read)?;
            Ok(None)
        }
        Ok(ExtractRow {
            line,
            record,
            problems: wrong,
        }) => {
            for (column, problem) in wrong {
                problems
                    .add(line, column, &problem.to_string())
                    .map_err(CsvError::Read)?;
            }
            Ok(record.map(|record| Outgoing { line, record }))
        }
    }
}

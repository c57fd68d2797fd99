//! The list of mismatches, office by office.

use std::collections::BTreeMap;
use std::io::{self, BufWriter};
use std::path::Path;

use super::found::{COLUMNS, NOT_COMPARED, Row, read};
use super::sort::Sorter;
use crate::client::files::{create_aside, put};

/// The kinds of findings, in the order in which they are counted.
pub const KINDS: [&str; 4] = ["DIFFERS", "MISSING_HERE", "MISSING_THERE", NOT_COMPARED];

/// Of each office, how many findings of each kind there are. Those whose office nobody knows stand under "".
pub type Counts = BTreeMap<String, [u64; KINDS.len()]>;

/// Writes what was found as a CSV file, in the order of offices and numbers, whatever its size; and counts it.
///
/// # Errors
/// [`io::Error`] if a file cannot be read or written.
pub fn write(found: &Path, list: &Path) -> io::Result<Counts> {
    let mut sorter = Sorter::beside(list);
    for row in read(found, false)? {
        let row = row?;
        sorter.add(key(&row), encoded(&row))?;
    }
    let mut counts = Counts::new();
    let mut file = csv::Writer::from_writer(BufWriter::new(create_aside(list)?));
    file.write_record(COLUMNS).map_err(io::Error::other)?;
    for entry in sorter.sorted()? {
        let row = decoded(&entry?.1);
        let [office, _, _, kind, ..] = &row;
        let counted = counts.entry(office.clone()).or_default();
        if let Some(count) = KINDS
            .iter()
            .position(|known| known == kind)
            .and_then(|index| counted.get_mut(index))
        {
            *count += 1;
        }
        file.write_record(&row).map_err(io::Error::other)?;
    }
    let file = file.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    put(&file.into_inner().map_err(io::IntoInnerError::into_error)?, list)?;
    Ok(counts)
}

/// By office, number and line. No office has a zero byte in its code.
fn key(row: &Row) -> Vec<u8> {
    let [office, number, line, ..] = row;
    let line: u64 = line.parse().unwrap_or(0);
    [office.as_bytes(), &[0], number.as_bytes(), &[0], &line.to_be_bytes()].concat()
}

/// The cells, each led by its length.
fn encoded(row: &Row) -> Vec<u8> {
    let mut bytes = Vec::new();
    for cell in row {
        bytes.extend((cell.len() as u64).to_le_bytes());
        bytes.extend(cell.as_bytes());
    }
    bytes
}

fn decoded(mut bytes: &[u8]) -> Row {
    std::array::from_fn(|_| {
        let Some((length, rest)) = bytes
            .split_first_chunk()
            .map(|(length, rest)| (u64::from_le_bytes(*length), rest))
        else {
            return String::new();
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        let (cell, rest) = rest.split_at(length);
        bytes = rest;
        String::from_utf8_lossy(cell).into_owned()
    })
}

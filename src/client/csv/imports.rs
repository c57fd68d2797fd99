//! Births of another register as rows of a CSV file: what the command `import` reads.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::error::CsvError;
use super::read::Table;
use super::row::Cells;
use super::{COLUMNS, EXPECTED, Encoding, REQUIRED, cells};
use crate::proto::v1::{ImportEntryKind, ImportItem};

/// Columns that such a file may have beside those of a file of births.
///
/// | column | holds |
/// |---|---|
/// | `number` | the personal number, 12 digits; empty where there is none |
/// | `entry_kind` | `BIRTH`, or what else the entry is: that is counted, and not imported; empty means `BIRTH` |
pub const FURTHER: [&str; 2] = ["number", "entry_kind"];

/// The rows of such a file, read one at a time. A row that cannot be read does not end it.
pub struct Imports<R>(Table<R>);

/// One row. `Debug` shows nothing of the person.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportRow {
    /// Its line in the file, counted from 1, the header included, or its row in a Parquet file; and the sequence of its item.
    pub line: u64,
    /// The item.
    pub item: ImportItem,
}

impl<R: Read> Imports<R> {
    /// Reads the header of a file in this encoding.
    ///
    /// # Errors
    /// [`CsvError`] if the file cannot be read or its columns are not as they should be.
    pub fn new(file: R, encoding: Encoding) -> Result<Self, CsvError> {
        Table::new(file, encoding, known(), &REQUIRED).map(Imports)
    }
}

impl Imports<BufReader<File>> {
    /// Opens a file, CSV or Parquet.
    ///
    /// # Errors
    /// [`CsvError`] if it cannot be read, or its form or its columns are not as they should be.
    pub fn open(path: &Path, encoding: Encoding) -> Result<Self, CsvError> {
        Table::open(path, encoding, known(), &REQUIRED).map(Imports)
    }
}

/// The columns that there may be.
fn known() -> impl Iterator<Item = &'static &'static str> + Clone {
    COLUMNS.iter().chain(&FURTHER).chain([&EXPECTED])
}

impl<R: Read> Iterator for Imports<R> {
    type Item = Result<ImportRow, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.0.next()?;
        let table = &self.0;
        Some(read.and_then(|()| {
            table.whole()?;
            let cells = table.cells(true);
            let line = cells.line;
            let item = item(&cells)?;
            Ok(ImportRow { line, item })
        }))
    }
}

fn item(cells: &Cells<'_>) -> Result<ImportItem, CsvError> {
    let sequence = i64::try_from(cells.line).unwrap_or(i64::MAX);
    let birth = matches!(cells.raw("entry_kind").trim(), "" | "BIRTH");
    if !birth {
        return Ok(ImportItem {
            sequence,
            entry_kind: ImportEntryKind::Other.into(),
            ..ImportItem::default()
        });
    }
    Ok(ImportItem {
        sequence,
        number: cells.read("number", cells::personal_number)?,
        registration: Some(cells.registration()?),
        identifiers: Vec::new(),
        entry_kind: ImportEntryKind::Birth.into(),
    })
}

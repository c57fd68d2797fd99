//! A file into rows.

use std::collections::HashMap;
use std::io::Read;

use csv::StringRecord;

use super::error::CsvError;
use super::row::Row;
use super::{COLUMNS, EXPECTED, REQUIRED};

/// The rows of a file, read one at a time. A row that cannot be read does not end the file.
pub struct Rows<R> {
    reader: csv::Reader<R>,
    header: Header,
    record: StringRecord,
}

/// Where each column stands.
pub(super) struct Header(HashMap<&'static str, usize>);

impl<R: Read> Rows<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`CsvError`] if the file cannot be read or its columns are not as they should be.
    pub fn new(file: R) -> Result<Rows<R>, CsvError> {
        let mut reader = csv::Reader::from_reader(file);
        let header = Header::read(reader.headers().map_err(row_error)?)?;
        Ok(Rows {
            reader,
            header,
            record: StringRecord::new(),
        })
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => Some(Row::read(&self.header, &self.record)),
            Err(error) => Some(Err(row_error(error))),
        }
    }
}

impl Header {
    fn read(names: &StringRecord) -> Result<Header, CsvError> {
        let mut places = HashMap::new();
        for (index, name) in names.iter().enumerate() {
            let name = name.trim();
            let known = COLUMNS.iter().chain([&EXPECTED]).find(|column| **column == name);
            let column = *known.ok_or_else(|| unknown_column(index + 1, name))?;
            if places.insert(column, index).is_some() {
                return Err(CsvError::RepeatedColumn { column });
            }
        }
        match REQUIRED.into_iter().find(|column| !places.contains_key(column)) {
            Some(column) => Err(CsvError::MissingColumn { column }),
            None => Ok(Header(places)),
        }
    }

    /// The cell as it stands; empty if there is no such column.
    pub(super) fn cell<'a>(&self, record: &'a StringRecord, column: &'static str) -> &'a str {
        let index = self.0.get(column);
        index.and_then(|index| record.get(*index)).unwrap_or_default()
    }
}

/// The name is repeated only if it is made of lower-case letters, digits and underscores.
fn unknown_column(position: usize, name: &str) -> CsvError {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let shown =
        name.len() <= 40 && name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(plain);
    CsvError::UnknownColumn {
        position,
        name: shown.then(|| name.to_owned()),
    }
}

fn row_error(error: csv::Error) -> CsvError {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(error) => CsvError::Read(error),
        csv::ErrorKind::Utf8 { .. } => CsvError::Row {
            line,
            problem: "is not UTF-8 text",
        },
        csv::ErrorKind::UnequalLengths { .. } => CsvError::Row {
            line,
            problem: "has another number of cells than the header",
        },
        _ => CsvError::Row {
            line,
            problem: "is not a row of a CSV file",
        },
    }
}

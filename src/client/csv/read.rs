//! A file into rows.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, StringRecord};

use super::error::{CellProblem, CsvError};
use super::lines::{Line, Lines};
use super::parquet::Groups;
use super::row::{Cells, Row};
use super::{COLUMNS, EXPECTED, Encoding, REQUIRED, form};

/// The longest cell, in bytes: no text of a registration comes near it.
pub(super) const CELL: usize = 4 * 1024;
/// The longest row, in bytes: the service takes 64 KiB, with what names its parts.
const ROW: usize = 48 * 1024;
const TOO_LONG: &str = "is longer than 48 KiB";

/// The rows of a file, read one at a time. A row that cannot be read does not end the file.
pub struct Rows<R>(Table<R>);

/// A file with a header, read a row at a time.
pub(super) struct Table<R> {
    source: Source<R>,
    encoding: Encoding,
    header: Header,
    record: StringRecord,
    /// The record as it stands in the file, where that is no Unicode.
    bytes: ByteRecord,
    /// The line of a record of a CSV file, from 1.
    line: u64,
    /// Columns of the record whose cells cannot be read at all and are left empty, and why.
    unread: Vec<(&'static str, CellProblem)>,
}

/// Where its rows come from.
enum Source<R> {
    Csv(Box<csv::Reader<Lines<R>>>),
    Parquet(Box<Groups>),
}

/// Where each column stands.
pub(super) struct Header(HashMap<&'static str, usize>);

impl<R: Read> Rows<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`CsvError`] if the file cannot be read or its columns are not as they should be.
    pub fn new(file: R) -> Result<Rows<R>, CsvError> {
        let known = COLUMNS.iter().chain([&EXPECTED]);
        Table::new(file, Encoding::Utf8, known, &REQUIRED).map(Rows)
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.0.next()?;
        Some(
            read.and_then(|()| self.0.whole())
                .and_then(|()| Row::read(&self.0.cells(false))),
        )
    }
}

impl<R: Read> Table<R> {
    /// Reads the header, which may name these columns and must name those.
    pub fn new<'a>(
        file: R,
        encoding: Encoding,
        known: impl Iterator<Item = &'a &'static str> + Clone,
        required: &'static [&'static str],
    ) -> Result<Self, CsvError> {
        let mut reader = csv::Reader::from_reader(Lines::of(file));
        let names = reader.headers().cloned();
        let line = reader.get_mut().next();
        let names = in_line(names, line)?;
        let header = Header::read(&names, known, required)?;
        Ok(Self::of(Source::Csv(Box::new(reader)), encoding, header))
    }

    fn of(source: Source<R>, encoding: Encoding, header: Header) -> Self {
        Self {
            source,
            encoding,
            header,
            record: StringRecord::new(),
            bytes: ByteRecord::new(),
            line: 0,
            unread: Vec::new(),
        }
    }

    /// Reads the next row into `record`; `None` at the end.
    pub fn next(&mut self) -> Option<Result<(), CsvError>> {
        self.unread.clear();
        let read = self.read()?;
        Some(read.and_then(|()| self.bound()))
    }

    /// Leaves out cells that are too long.
    fn bound(&mut self) -> Result<(), CsvError> {
        let long = |cell: &str| cell.len() > CELL;
        if self.record.iter().any(long) {
            let mut bounded = StringRecord::new();
            for (index, cell) in self.record.iter().enumerate() {
                if long(cell) {
                    self.unread.push((self.header.column(index), CellProblem::TooLong));
                }
                bounded.push_field(if long(cell) { "" } else { cell });
            }
            self.record = bounded;
        }
        match self.record.as_slice().len() > ROW {
            true => Err(CsvError::Row {
                line: self.line(),
                problem: TOO_LONG,
            }),
            false => Ok(()),
        }
    }

    fn read(&mut self) -> Option<Result<(), CsvError>> {
        let reader = match &mut self.source {
            Source::Csv(reader) => reader,
            Source::Parquet(groups) => {
                let problems = groups.next(&mut self.record)?;
                let column = |(index, problem)| (self.header.column(index), problem);
                return Some(problems.map(|problems| self.unread.extend(problems.into_iter().map(column))));
            }
        };
        let read = match self.encoding {
            Encoding::Utf8 => reader.read_record(&mut self.record),
            _ => reader.read_byte_record(&mut self.bytes),
        };
        let line = match &read {
            Ok(false) => return None,
            _ => reader.get_mut().next(),
        };
        self.line = line.map_or(0, |line| line.number);
        let told = in_line(read, line);
        if told.is_ok() && self.encoding != Encoding::Utf8 {
            self.decode();
        }
        Some(told.map(drop))
    }

    /// Puts the record into Unicode.
    fn decode(&mut self) {
        self.record.clear();
        for (index, cell) in self.bytes.iter().enumerate() {
            let text = self.encoding.decode(cell);
            if text.is_none() {
                let problem = CellProblem::Meaningless(self.encoding);
                self.unread.push((self.header.column(index), problem));
            }
            self.record.push_field(&text.unwrap_or_default());
        }
    }

    /// Whether every cell of the record can be read.
    pub fn whole(&self) -> Result<(), CsvError> {
        match self.unread.first() {
            None => Ok(()),
            Some((column, problem)) => Err(CsvError::Cell {
                line: self.line(),
                column,
                problem: *problem,
            }),
        }
    }

    /// The cells of the record that cannot be read at all, and why.
    pub fn unread(&self) -> &[(&'static str, CellProblem)] {
        &self.unread
    }

    /// The cells of that row. `either_form` says that dates may be written 31/12/2023, too.
    pub fn cells(&self, either_form: bool) -> Cells<'_> {
        Cells {
            header: &self.header,
            record: &self.record,
            line: self.line(),
            either_form,
        }
    }

    /// The line of the row read last, from 1, the header included. Of a Parquet file the row, from 1.
    fn line(&self) -> u64 {
        match &self.source {
            Source::Csv(_) => self.line,
            Source::Parquet(groups) => groups.row(),
        }
    }
}

impl Table<BufReader<File>> {
    /// Opens a file, CSV or Parquet, and reads its header as [`Table::new`] does.
    pub fn open<'a>(
        path: &Path,
        encoding: Encoding,
        known: impl Iterator<Item = &'a &'static str> + Clone,
        required: &'static [&'static str],
    ) -> Result<Self, CsvError> {
        let mut file = form::open(path, encoding)?;
        if !form::is_parquet(&mut file)? {
            return Self::new(file, encoding, known, required);
        }
        let (groups, names) = Groups::open(file.into_inner(), encoding)?;
        let header = Header::read(&names, known, required)?;
        Ok(Self::of(Source::Parquet(Box::new(groups)), encoding, header))
    }
}

impl Header {
    fn read<'a>(
        names: &StringRecord,
        known: impl Iterator<Item = &'a &'static str> + Clone,
        required: &'static [&'static str],
    ) -> Result<Header, CsvError> {
        let mut places = HashMap::new();
        for (index, name) in names.iter().enumerate() {
            let name = name.trim();
            let known = known.clone().find(|column| **column == name);
            let column = *known.ok_or_else(|| unknown_column(index + 1, name))?;
            if places.insert(column, index).is_some() {
                return Err(CsvError::RepeatedColumn { column });
            }
        }
        match required.iter().find(|column| !places.contains_key(*column)) {
            Some(column) => Err(CsvError::MissingColumn { column, required }),
            None => Ok(Header(places)),
        }
    }

    /// The column at this place.
    fn column(&self, place: usize) -> &'static str {
        let known = self.0.iter().find(|(_, index)| **index == place);
        known.map_or("", |(column, _)| column)
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

/// What was read of a line, if it is a row.
fn in_line<T>(read: Result<T, csv::Error>, line: Option<Line>) -> Result<T, CsvError> {
    let wrong = |problem| CsvError::Row {
        line: line.map_or(0, |line| line.number),
        problem,
    };
    match read {
        _ if line.is_some_and(|line| line.long) => Err(wrong(TOO_LONG)),
        _ if line.is_some_and(|line| line.open) => {
            Err(wrong("opens a quote and does not close it before the end of the line"))
        }
        Ok(read) => Ok(read),
        Err(error) => Err(match error.into_kind() {
            csv::ErrorKind::Io(error) => CsvError::Read(error),
            csv::ErrorKind::Utf8 { .. } => wrong("is not UTF-8 text"),
            csv::ErrorKind::UnequalLengths { .. } => wrong("has another number of cells than the header"),
            _ => wrong("is not a row of a CSV file"),
        }),
    }
}

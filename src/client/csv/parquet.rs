//! A Parquet file into the same rows as those of a CSV file: columns of text, whole numbers, days and truths.
//!
//! A row group is read a few hundred rows at a time, column by column, so that no more than a page of each column is in memory.
//! What the library says of a damaged file may quote what stands in it, and is not shown. It believes whatever a page says of itself,
//! and takes memory accordingly: so that is looked at before, here and in `headers` and `pages`.

mod headers;
mod pages;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec;

use csv::StringRecord;
use jiff::Span;
use jiff::civil::Date;
use parquet::basic::{ConvertedType, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;

use self::headers::{Claim, claim};
use self::pages::Sane;
use super::error::{CellProblem, CsvError};
use super::read::CELL;
use super::{Encoding, cells};
use crate::proto::google::r#type::Date as DateMessage;

/// What such a file begins with.
pub(super) const MAGIC: &[u8] = b"PAR1";
/// Rows that are read at a time.
const ROWS: usize = 256;
/// The most bytes that a row group may come to.
const GROUP_BYTES: i64 = 1 << 30;

type Cell = Result<String, CellProblem>;

/// How the values of a column are written as a cell.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Whole,
    Unsigned,
    Day,
    Truth,
}

/// The rows of a file, read one at a time.
pub(super) struct Groups {
    file: SerializedFileReader<File>,
    /// The same file, for what is looked at before.
    source: File,
    encoding: Encoding,
    kinds: Vec<Kind>,
    next_group: usize,
    /// The columns of the row group that is being read.
    columns: Vec<Column>,
    /// Rows of it that are not read yet.
    left: usize,
    /// Rows that are read, column by column.
    read: Vec<vec::IntoIter<Cell>>,
    /// The row handed out last, from 1.
    row: u64,
    ended: bool,
}

struct Column {
    reader: ColumnReader,
    kind: Kind,
}

impl Groups {
    /// Reads what the file says of itself, and the names of its columns.
    ///
    /// # Errors
    /// [`CsvError`] if it is damaged, or a column is of a type that no cell can be.
    pub fn open(file: File, encoding: Encoding) -> Result<(Self, StringRecord), CsvError> {
        let source = file.try_clone().map_err(CsvError::Read)?;
        let file = guarded(|| SerializedFileReader::new(file)).ok_or(CsvError::NoParquet)?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let names: StringRecord = schema.columns().iter().map(|column| first_part(column)).collect();
        let kinds = schema.columns().iter().enumerate();
        let kinds = kinds.map(|(index, column)| kind(column).ok_or(CsvError::ColumnType { position: index + 1 }));
        let kinds = kinds.collect::<Result<_, _>>()?;
        let groups = Self {
            file,
            source,
            encoding,
            kinds,
            next_group: 0,
            columns: Vec::new(),
            left: 0,
            read: Vec::new(),
            row: 0,
            ended: false,
        };
        Ok((groups, names))
    }

    /// The row handed out last, from 1.
    pub fn row(&self) -> u64 {
        self.row
    }

    /// Reads the next row into a record, and tells of the cells that cannot be read by their place; `None` at the end.
    /// After an error there is no further row.
    pub fn next(&mut self, record: &mut StringRecord) -> Option<Result<Vec<(usize, CellProblem)>, CsvError>> {
        if self.ended {
            return None;
        }
        let more = self.fill();
        self.row += 1;
        match more {
            Ok(true) => Some(Ok(self.hand_out(record))),
            Ok(false) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }

    fn hand_out(&mut self, record: &mut StringRecord) -> Vec<(usize, CellProblem)> {
        record.clear();
        let mut problems = Vec::new();
        for (index, column) in self.read.iter_mut().enumerate() {
            match column.next().unwrap_or_else(|| Ok(String::new())) {
                Ok(cell) => record.push_field(&cell),
                Err(problem) => {
                    record.push_field("");
                    problems.push((index, problem));
                }
            }
        }
        problems
    }

    /// Sees that a row is read, if there is one more.
    fn fill(&mut self) -> Result<bool, CsvError> {
        let row = self.row + 1;
        while self.read.first().is_none_or(|column| column.len() == 0) {
            if self.left == 0 && !self.next_group()? {
                return Ok(false);
            }
            let rows = self.left.min(ROWS);
            let (columns, encoding) = (&mut self.columns, self.encoding);
            let read = guarded(|| columns.iter_mut().map(|column| column.cells(rows, encoding)).collect());
            self.read = read.ok_or(CsvError::Damaged { row })?;
            self.left -= rows;
        }
        Ok(true)
    }

    /// Goes on to the next row group; `false` if there is none.
    fn next_group(&mut self) -> Result<bool, CsvError> {
        let row = self.row + 1;
        if self.next_group >= self.file.num_row_groups() {
            return Ok(false);
        }
        let group = guarded(|| self.file.get_row_group(self.next_group)).ok_or(CsvError::Damaged { row })?;
        self.left = rows_of(group.metadata()).ok_or(CsvError::GroupTooLarge { row })?;
        let claims = group
            .metadata()
            .columns()
            .iter()
            .map(|column| claim(&self.source, column));
        let bytes = claims.fold(Claim::Bytes(0), Claim::and);
        match bytes {
            Claim::Bytes(bytes) if bytes <= GROUP_BYTES => {}
            Claim::Bytes(_) => return Err(CsvError::GroupTooLarge { row }),
            Claim::Impossible => return Err(CsvError::Damaged { row }),
        }
        let columns = self.kinds.iter().enumerate().map(|(index, kind)| {
            let column = group.metadata().column(index).column_descr_ptr();
            let pages = Sane::of(group.get_column_page_reader(index)?, column.max_def_level() > 0);
            let reader = get_column_reader(column, Box::new(pages));
            Ok(Column { reader, kind: *kind })
        });
        self.columns = guarded(|| columns.collect()).ok_or(CsvError::Damaged { row })?;
        self.next_group += 1;
        Ok(true)
    }
}

/// Asks the library, which ends by a panic on some damaged files. What it says is not looked at.
fn guarded<T>(ask: impl FnOnce() -> Result<T, ParquetError>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).ok()?.ok()
}

/// How many rows a group has, if it is no larger than it may be.
fn rows_of(group: &RowGroupMetaData) -> Option<usize> {
    let bytes = group.columns().iter().map(|column| column.uncompressed_size().max(0));
    let bytes = bytes.fold(0_i64, i64::saturating_add);
    let rows = usize::try_from(group.num_rows()).ok();
    rows.filter(|_| bytes <= GROUP_BYTES)
}

fn first_part(column: &ColumnDescriptor) -> &str {
    column.path().parts().first().map_or("", String::as_str)
}

/// None of a type that no cell can be: lists and structures, fractions, moments.
fn kind(column: &ColumnDescriptor) -> Option<Kind> {
    let flat = column.max_rep_level() == 0 && column.max_def_level() <= 1 && column.path().parts().len() == 1;
    match (column.physical_type(), column.converted_type()) {
        _ if !flat => None,
        (Physical::BYTE_ARRAY, ConvertedType::UTF8 | ConvertedType::NONE | ConvertedType::ENUM) => Some(Kind::Text),
        (Physical::INT32, ConvertedType::DATE) => Some(Kind::Day),
        (
            Physical::INT32 | Physical::INT64,
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64,
        ) => Some(Kind::Unsigned),
        (
            Physical::INT32 | Physical::INT64,
            ConvertedType::NONE
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64,
        ) => Some(Kind::Whole),
        (Physical::BOOLEAN, _) => Some(Kind::Truth),
        _ => None,
    }
}

impl Column {
    /// The cells of the next rows: exactly so many.
    fn cells(&mut self, rows: usize, encoding: Encoding) -> Result<vec::IntoIter<Cell>, ParquetError> {
        let kind = self.kind;
        match &mut self.reader {
            ColumnReader::ByteArrayColumnReader(reader) => {
                read(reader, rows, |value: &ByteArray| text(value.data(), encoding))
            }
            ColumnReader::Int32ColumnReader(reader) => read(reader, rows, |value: &i32| match kind {
                Kind::Day => day(*value),
                Kind::Unsigned => Ok(value.cast_unsigned().to_string()),
                _ => Ok(value.to_string()),
            }),
            ColumnReader::Int64ColumnReader(reader) => read(reader, rows, |value: &i64| match kind {
                Kind::Unsigned => Ok(value.cast_unsigned().to_string()),
                _ => Ok(value.to_string()),
            }),
            ColumnReader::BoolColumnReader(reader) => read(reader, rows, |value: &bool| {
                Ok(if *value { "yes".to_owned() } else { String::new() })
            }),
            // No other was let in.
            _ => Err(ParquetError::General(String::new())),
        }
    }
}

fn read<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    cell: impl Fn(&T::T) -> Cell,
) -> Result<vec::IntoIter<Cell>, ParquetError> {
    let (mut levels, mut values, mut read) = (Vec::new(), Vec::new(), 0);
    while read < rows {
        match reader.read_records(rows - read, Some(&mut levels), None, &mut values)? {
            (0, ..) => return Err(ParquetError::EOF(String::new())),
            (more, ..) => read += more,
        }
    }
    let mut values = values.iter();
    // Where a value is always there, there are no levels.
    let cells = (0..rows).map(|row| match levels.get(row) {
        Some(0) => Ok(String::new()),
        _ => values.next().map_or_else(|| Ok(String::new()), &cell),
    });
    Ok(cells.collect::<Vec<_>>().into_iter())
}

fn text(bytes: &[u8], encoding: Encoding) -> Cell {
    if bytes.len() > CELL {
        return Err(CellProblem::TooLong);
    }
    encoding.decode(bytes).ok_or(CellProblem::Meaningless(encoding))
}

/// A day that is counted from 1970 on.
fn day(days: i32) -> Cell {
    let since = Span::new().try_days(days).map_err(|_| CellProblem::Date)?;
    let day = Date::constant(1970, 1, 1).checked_add(since);
    let day = day.map_err(|_| CellProblem::Date)?;
    Ok(cells::write_date(Some(&DateMessage {
        year: day.year().into(),
        month: day.month().into(),
        day: day.day().into(),
    })))
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use tempfile::NamedTempFile;

use super::super::{CellProblem, CsvError, Encoding, Extract, ImportRow, Imports};
use super::made::{Made, MadePage, delta, made, places, plain, read as read_made};
use super::*;

/// A column as it is written.
#[derive(Clone)]
pub(super) enum Values {
    Text(Vec<Option<Vec<u8>>>),
    Whole(Vec<Option<i64>>),
    Days(Vec<Option<i32>>),
    Truths(Vec<bool>),
    Fractions(Vec<f64>),
}

const COLUMNS: [&str; 10] = [
    "number",
    "office_code",
    "book_year",
    "entry_number",
    "kind",
    "registered_on",
    "place_code",
    "child_name",
    "sex",
    "nationalities",
];
const ROW: [&str; 10] = [
    "079201000001",
    "26734",
    "2001",
    "45",
    "ON_TIME",
    "2001-08-19",
    "079",
    "Nguyễn Thị Hòa",
    "FEMALE",
    "VN",
];

/// So many equal rows of text, and the day of birth.
pub(super) fn sample(rows: usize) -> Vec<(&'static str, Values)> {
    let text = |cell: &str| Values::Text(vec![Some(cell.as_bytes().to_vec()); rows]);
    let columns = COLUMNS.into_iter().zip(ROW.map(text));
    columns.chain([("date_of_birth", text("2001-07"))]).collect()
}

/// The same with another column in the place of one of that name, or beside them.
fn with(rows: usize, name: &'static str, values: Values) -> Vec<(&'static str, Values)> {
    let others = sample(rows).into_iter().filter(|(known, _)| *known != name);
    others.chain([(name, values)]).collect()
}

pub(super) fn write(columns: &[(&'static str, Values)], rows_of_a_group: usize, compression: Compression) -> Vec<u8> {
    let fields = columns.iter().map(|(name, values)| match values {
        Values::Text(_) => format!("OPTIONAL BYTE_ARRAY {name} (UTF8);"),
        Values::Whole(_) => format!("OPTIONAL INT64 {name};"),
        Values::Days(_) => format!("OPTIONAL INT32 {name} (DATE);"),
        Values::Truths(_) => format!("REQUIRED BOOLEAN {name};"),
        Values::Fractions(_) => format!("REQUIRED DOUBLE {name};"),
    });
    let schema = format!("message rows {{ {} }}", fields.collect::<String>());
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    for from in (0..rows).step_by(rows_of_a_group) {
        let part = from..(from + rows_of_a_group).min(rows);
        let mut group = writer.next_row_group().unwrap();
        for (_, values) in columns {
            let mut column = group.next_column().unwrap().unwrap();
            match values {
                Values::Text(values) => {
                    let values = values[part.clone()].iter();
                    let values = values.map(|value| value.clone().map(ByteArray::from));
                    put::<ByteArrayType>(column.typed(), &values.collect::<Vec<_>>());
                }
                Values::Whole(values) => put::<Int64Type>(column.typed(), &values[part.clone()]),
                Values::Days(values) => put::<Int32Type>(column.typed(), &values[part.clone()]),
                Values::Truths(values) => {
                    column
                        .typed::<BoolType>()
                        .write_batch(&values[part.clone()], None, None)
                        .unwrap();
                }
                Values::Fractions(values) => {
                    column
                        .typed::<DoubleType>()
                        .write_batch(&values[part.clone()], None, None)
                        .unwrap();
                }
            }
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

fn put<T: DataType>(column: &mut parquet::column::writer::ColumnWriterImpl<'_, T>, values: &[Option<T::T>]) {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = values.iter().flatten().cloned().collect();
    column.write_batch(&values, Some(&levels), None).unwrap();
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Days(values) => values.len(),
            Self::Truths(values) => values.len(),
            Self::Fractions(values) => values.len(),
        }
    }
}

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// The rows of a file, or what is wrong with it; of each row its item, or where it is at fault and why.
type Read = Result<Vec<Result<ImportRow, String>>, String>;

fn imported_as(bytes: &[u8], encoding: Encoding) -> Read {
    let file = file(bytes);
    let rows = Imports::open(file.path(), encoding).map_err(|error| error.to_string())?;
    Ok(rows.map(|row| row.map_err(|error| error.to_string())).collect())
}

fn imported(bytes: &[u8]) -> Read {
    imported_as(bytes, Encoding::Utf8)
}

/// What a CSV file of these cells says.
fn of_csv(born: &str) -> ImportRow {
    let header = COLUMNS.join(",") + ",date_of_birth\n";
    let text = format!("{header}{},{born}\n", ROW.join(","));
    Imports::new(text.as_bytes(), Encoding::Utf8)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
}

#[test]
fn each_row_is_that_of_the_csv_file_however_it_is_compressed_and_divided() {
    let twin = of_csv("2001-07").item;
    let compressions = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(Default::default()),
    ];
    for (compression, rows_of_a_group) in compressions.into_iter().zip([1, 100, 256, 5_000]) {
        let read = imported(&write(&sample(600), rows_of_a_group, compression)).unwrap();
        assert_eq!(read.len(), 600);
        for (row, read) in (1..).zip(read) {
            let read = read.unwrap();
            let mut item = twin.clone();
            item.sequence = row;
            assert_eq!((read.line, read.item), (row.cast_unsigned(), item));
        }
    }
}

#[test]
fn days_whole_numbers_truths_and_nothing_are_read_as_what_they_are() {
    let mut columns = with(2, "date_of_birth", Values::Days(vec![Some(11_504), None]));
    columns.extend([
        ("births", Values::Whole(vec![Some(2), None])),
        ("foundling", Values::Truths(vec![true, false])),
        ("mother_name", Values::Text(vec![None, Some(Vec::new())])),
    ]);
    let read = imported(&write(&columns, 10, Compression::SNAPPY)).unwrap();
    let first = read[0].as_ref().unwrap().item.registration.clone().unwrap();
    let mut twin = of_csv("2001-07-01").item.registration.unwrap();
    twin.child.as_mut().unwrap().births = 2;
    twin.foundling = true;
    assert_eq!(first, twin);
    let second = read[1].as_ref().unwrap().item.registration.clone().unwrap();
    assert_eq!(second.child.unwrap().date_of_birth, None);
}

#[test]
fn what_cannot_be_read_is_told_by_row_and_column_and_the_next_row_is_read() {
    let text = |cells: [&[u8]; 3]| Values::Text(cells.map(|cell| Some(cell.to_vec())).to_vec());
    let long = [b'A'; CELL + 1];
    for (column, values, problem) in [
        (
            "child_name",
            text([b"An", b"V\xFFn", b"An"]),
            "has bytes that mean nothing in UTF-8",
        ),
        ("child_name", text([b"An", &long, b"An"]), "is longer than 4 KiB"),
        (
            "registered_on",
            text([b"2001", b"30/02/2001", b"2001"]),
            "must be a date",
        ),
        (
            "registered_on",
            Values::Days(vec![Some(1), Some(i32::MAX), Some(1)]),
            "must be a date",
        ),
        (
            "number",
            Values::Whole(vec![None, Some(79_201_000_001), None]),
            "has 11 digits: its leading zeros are lost",
        ),
    ] {
        let read = imported(&write(&with(3, column, values), 10, Compression::SNAPPY)).unwrap();
        let told = read[1].as_ref().unwrap_err();
        assert!(
            told.starts_with(&format!("line 2, column {column}: {problem}")),
            "{told}"
        );
        assert!(read[0].is_ok() && read[2].is_ok());
    }
}

#[test]
fn a_file_of_other_columns_is_refused() {
    for (columns, told) in [
        (
            with(1, "births", Values::Fractions(vec![2.0])),
            "column 12 is of a type",
        ),
        (
            with(1, "etnicity", Values::Whole(vec![None])),
            "column 12 of the header (etnicity) is not known",
        ),
        (sample(1)[1..].to_vec(), ""),
        (sample(1)[2..].to_vec(), "the column office_code is missing"),
    ] {
        let read = imported(&write(&columns, 10, Compression::SNAPPY));
        match told {
            "" => assert!(read.is_ok()),
            told => assert!(read.as_ref().unwrap_err().contains(told), "{read:?}"),
        }
    }
}

#[test]
fn text_from_before_unicode_is_read_by_choice() {
    let name = Values::Text(vec![Some("NguyÔn ThÞ Hßa".as_bytes().to_vec())]);
    let read = imported_as(
        &write(&with(1, "child_name", name), 10, Compression::SNAPPY),
        Encoding::Tcvn3,
    );
    let item = read.unwrap().remove(0).unwrap().item;
    assert_eq!(item.registration.unwrap().child.unwrap().full_name, "Nguyễn Thị Hòa");
}

#[test]
fn an_extract_is_read_without_the_cell_that_cannot_be() {
    let columns = [
        ("number", Values::Text(vec![Some(b"079201000001".to_vec())])),
        ("child_name", Values::Text(vec![Some(b"V\xFFn".to_vec())])),
    ];
    let file = file(&write(&columns, 10, Compression::SNAPPY));
    let row = Extract::open(file.path(), Encoding::Utf8)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(row.problems, [("child_name", CellProblem::Meaningless(Encoding::Utf8))]);
    assert_eq!(row.record.unwrap().number, "079201000001");
}

#[test]
fn a_file_that_was_cut_off_is_told_and_not_read_in_part() {
    let whole = write(&sample(300), 100, Compression::SNAPPY);
    for end in (4..whole.len()).step_by(97) {
        let told = imported(&whole[..end]).unwrap_err();
        assert_eq!(told, CsvError::NoParquet.to_string());
    }
}

proptest! {
    /// A byte that is another one: rows are read, or it is told from where on they cannot be; nothing is doubled.
    #[test]
    fn a_damaged_file_is_read_as_far_as_it_can_be(at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = write(&sample(20), 7, Compression::SNAPPY);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(rows) = imported(&bytes) {
            let lines: Vec<u64> = rows.iter().flatten().map(|row| row.line).collect();
            prop_assert!(lines.is_sorted_by(|one, next| one < next));
        }
    }
}

#[test]
fn a_page_that_says_more_than_it_can_hold_is_damage_and_takes_no_memory() {
    let many = 0x7FFF_FFFF;
    let dictionary = MadePage {
        values: many,
        ..plain()
    };
    let larger = MadePage {
        read: Some(many),
        ..plain()
    };
    let files = [
        made(Some(dictionary), places()),
        made(None, delta(6, 1 << 31)),
        made(None, delta(7, 1 << 31)),
        Made {
            codec: 1,
            ..made(None, larger.clone())
        },
    ];
    for file in files {
        let (error, rows) = read_made(&file.file());
        assert!(
            matches!(error, Some(CsvError::Damaged { row: 1 })) && rows == 0,
            "{file:?}: {error:?}"
        );
    }
    // What gzip can make of a few bytes cannot be told from its length.
    let gzip = Made {
        codec: 2,
        ..made(None, larger)
    };
    let error = read_made(&gzip.file()).0;
    assert!(matches!(error, Some(CsvError::GroupTooLarge { row: 1 })), "{error:?}");
}

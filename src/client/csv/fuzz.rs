//! Files that anybody may have made with any software.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::mem::discriminant;

use super::{
    COLUMNS, CsvError, EXTRACT_COLUMNS, Encoding, Extract, Imports, Role, Row, Rows, UnitRows, extract_record,
    to_record,
};
use crate::fuzzing::{Form, Fuzz};
use crate::registration::tests::sample::sample;

/// Cells, and what stands between them.
const WORDS: [&str; 28] = [
    "ON_TIME",
    "MALE",
    "FEMALE",
    "VN",
    "VN;FR",
    "yes",
    "2026-11-20",
    "2026",
    "31/12/2023",
    "12/2023",
    "079",
    "79",
    "079201000001",
    "PASSPORT:C1234567:VN",
    "CITIZEN_CARD:079199900001",
    "REGISTRAR",
    "MISSION",
    "BIRTH",
    "WARD",
    "\"a\"\"b\"",
    "\",\"",
    "\"\n\"",
    "\r\n\r\n",
    "\u{FEFF}",
    "\u{FEFF}\"",
    "NguyÔn",
    "Nguyeãn",
    "expected",
];

fn table<'a>(rows: impl IntoIterator<Item = Vec<String>>, header: impl IntoIterator<Item = &'a &'a str>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).unwrap();
    rows.into_iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

fn births() -> Vec<u8> {
    table(
        [
            to_record(&sample(), Role::Registrar),
            to_record(&sample(), Role::Mission),
        ],
        &COLUMNS,
    )
}

fn fuzz() -> Fuzz {
    // The rows of a file are held all at once here, as nobody else does.
    Fuzz::of(Form::Text)
        .words(WORDS)
        .words(COLUMNS)
        .longest(64 * 1024)
        .memory_mib(96)
}

/// Of a row: its line, or what is wrong with it. Lines go up, and there are no more than the file has.
fn lines<T>(rows: impl Iterator<Item = Result<T, CsvError>>, line: impl Fn(&T) -> u64, file: &[u8]) -> Vec<String> {
    let ends = file.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
    let (mut last, mut kinds) = (0, Vec::new());
    for row in rows {
        let at = match &row {
            Ok(row) => line(row),
            Err(error) => error.in_row().unwrap().0,
        };
        assert!(last < at && at <= ends + 1, "line {at} after {last} of {ends}");
        last = at;
        if kinds.len() < 3 {
            kinds.push(row.map_or_else(|error| kind(&error), |_| "row".to_owned()));
        }
    }
    kinds
}

fn kind(error: &CsvError) -> String {
    match error {
        CsvError::Cell { column, problem, .. } => format!("{column} {problem}"),
        CsvError::Row { problem, .. } => (*problem).to_owned(),
        error => format!("{:?}", discriminant(error)),
    }
}

/// What `issue` reads. A row that was read is written, and read again, as the same.
#[test]
fn rows() {
    fuzz().seed(births()).run(|bytes| {
        let read = match Rows::new(bytes) {
            Err(error) => return vec![kind(&error)],
            Ok(rows) => rows.collect::<Vec<_>>(),
        };
        for Row { registration, role, .. } in read.iter().flatten() {
            let written = table([to_record(registration, *role)], &COLUMNS);
            let again = Rows::new(&*written).unwrap().next().unwrap();
            let same = again
                .as_ref()
                .is_ok_and(|again| (&again.registration, again.role) == (registration, *role));
            assert!(same, "{}", String::from_utf8_lossy(&written));
        }
        lines(read.into_iter(), |row| row.line, bytes)
    });
}

/// What `import` reads, in every encoding.
#[test]
fn imports() {
    fuzz()
        .words(["number", "entry_kind", "MARRIAGE"])
        .seed(births())
        .run(|bytes| {
            Encoding::ALL.map(|(encoding, _)| match Imports::new(bytes, encoding) {
                Ok(rows) => lines(rows, |row| row.line, bytes),
                Err(error) => vec![kind(&error)],
            })
        });
}

/// What `reconcile` reads, in every encoding. A record without problems is written, and read again, as the same.
#[test]
fn extract() {
    let seed = table([to_record(&sample(), Role::Registrar)], &COLUMNS);
    let text = String::from_utf8(seed).unwrap();
    let (header, row) = text.split_once('\n').unwrap();
    let mut record = Vec::new();
    for (column, cell) in header.split(',').zip(row.split(',')) {
        record.push((column, cell));
    }
    let cell = |column: &&str| match *column {
        "number" => "079201000001".to_owned(),
        column => record
            .iter()
            .find(|(known, _)| *known == column)
            .map_or("", |(_, cell)| *cell)
            .replace('"', ""),
    };
    let seed = table([EXTRACT_COLUMNS.iter().map(cell).collect()], &EXTRACT_COLUMNS);
    fuzz().seed(seed).run(|bytes| {
        Encoding::ALL.map(|(encoding, _)| {
            let rows = match Extract::new(bytes, encoding) {
                Err(error) => return vec![kind(&error)],
                Ok(rows) => rows.collect::<Vec<_>>(),
            };
            for row in rows.iter().flatten().filter(|row| row.problems.is_empty()) {
                let Some(record) = &row.record else { continue };
                let written = table([extract_record(record)], &EXTRACT_COLUMNS);
                let again = Extract::new(&*written, Encoding::Utf8)
                    .unwrap()
                    .next()
                    .unwrap()
                    .unwrap();
                let again = again.record.map(|again| (again.number, again.r#ref, again.facts));
                let (number, own, facts) = (record.number.clone(), record.r#ref.clone(), record.facts.clone());
                assert!(
                    again == Some((number, own, facts)),
                    "{}",
                    String::from_utf8_lossy(&written)
                );
            }
            lines(rows.into_iter(), |row| row.line, bytes)
        })
    });
}

/// What `places import` reads.
#[test]
fn units() {
    let example = include_str!("../../../data/units-example.csv");
    let words = [
        "code",
        "name",
        "kind",
        "parent_code",
        "from",
        "until",
        "successor_codes",
        "removed",
        "RURAL_DISTRICT",
    ];
    fuzz()
        .words(words)
        .seed(example)
        .run(|bytes| match UnitRows::new(bytes) {
            Ok(rows) => lines(rows, |row| row.line, bytes),
            Err(error) => vec![kind(&error)],
        });
}

/// Text from before Unicode.
#[test]
fn encoding() {
    let seeds = ["Nguyeãn Thò Hoøa, Traàn Vaên Ñöùc", "NguyÔn ThÞ Hßa, TrÇn V¨n §øc"];
    let bytes = |text: &str| {
        text.chars()
            .map(|letter| u8::try_from(u32::from(letter)).unwrap())
            .collect::<Vec<_>>()
    };
    Fuzz::of(Form::Bytes).seeds(seeds).seeds(seeds.map(bytes)).run(|bytes| {
        Encoding::ALL.map(|(encoding, _)| {
            let text = encoding.decode(bytes);
            assert!(text.as_ref().is_none_or(|text| text.len() <= 3 * bytes.len()));
            text.is_some()
        })
    });
}

//! Parquet files that are damaged, or made to do harm.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;
use std::io::{Seek, Write};
use std::mem::{Discriminant, discriminant};

use csv::StringRecord;
use parquet::basic::Compression;
use prost::Message;

use super::made::{Made, MadePage, put};
use super::tests::{sample, write};
use super::{CsvError, Encoding, Groups};
use crate::fuzzing::{Form, Fuzz};

/// Rows beyond these need not be read to know that they can be.
const ROWS: usize = 2_000;

/// A file of these bytes, without a name.
fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile_in("/dev/shm")
        .or_else(|_| tempfile::tempfile())
        .unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// Whether a file can be opened, and how many of its rows can be read.
fn read(bytes: &[u8]) -> (Option<CsvError>, usize) {
    let (mut groups, _) = match Groups::open(file(bytes), Encoding::Utf8) {
        Err(error) => return (Some(error), 0),
        Ok(opened) => opened,
    };
    let mut record = StringRecord::new();
    for row in 0..ROWS {
        match groups.next(&mut record) {
            Some(Ok(_)) => {}
            Some(Err(error)) => return (Some(error), row),
            None => return (None, row),
        }
    }
    (None, ROWS)
}

fn kind((error, rows): (Option<CsvError>, usize)) -> (Option<Discriminant<CsvError>>, usize) {
    (error.as_ref().map(discriminant), rows.min(9))
}

/// Files as software writes them.
#[test]
fn groups() {
    let compressions = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(Default::default()),
    ];
    let seeds = compressions.map(|compression| write(&sample(3), 2, compression));
    Fuzz::of(Form::Bytes).seeds(seeds).run(|bytes| kind(read(bytes)));
}

/// A page of two texts, plainly.
fn plain() -> MadePage {
    let bytes = b"\x03\0\0\0one\x03\0\0\0two".to_vec();
    MadePage {
        values: 2,
        bytes,
        ..MadePage::default()
    }
}

/// A file of two rows.
fn made(dictionary: Option<MadePage>, data: MadePage) -> Made {
    Made {
        dictionary,
        data: Some(data),
        rows: 2,
        ..Made::default()
    }
}

/// What tells that two values are the first and the second of a dictionary.
fn places() -> MadePage {
    MadePage {
        values: 2,
        encoding: 8,
        bytes: vec![1, 3, 2],
        ..MadePage::default()
    }
}

/// Two texts of three bytes: a block of so many lengths, then the texts.
fn delta(encoding: i32, count: u64) -> MadePage {
    let mut lengths = vec![0x80, 0x01, 0x04];
    put(&mut lengths, count);
    let lengths = |first: u8| [&lengths[..], &[first, 0, 0, 0, 0, 0]].concat();
    let bytes = match encoding {
        6 => [lengths(6), b"onetwo".to_vec()].concat(),
        _ => [lengths(0), lengths(6), b"onetwo".to_vec()].concat(),
    };
    MadePage {
        values: 2,
        encoding,
        bytes,
        ..MadePage::default()
    }
}

/// Files whose pages say of themselves what no software would write.
#[test]
fn pages() {
    let snappy = MadePage {
        bytes: [&[14, 13 << 2][..], &plain().bytes].concat(),
        read: Some(14),
        ..plain()
    };
    let seeds = [
        made(None, plain()),
        made(Some(plain()), places()),
        made(None, delta(6, 2)),
        made(None, delta(7, 2)),
        Made {
            codec: 1,
            ..made(None, snappy)
        },
    ];
    for seed in &seeds {
        let (error, rows) = read(&seed.file());
        assert!(error.is_none() && rows == 2, "{seed:?}: {error:?} after {rows} rows");
    }
    let seeds = seeds.map(|seed| seed.encode_to_vec());
    Fuzz::of(Form::Protobuf)
        .seeds(seeds)
        .run(|bytes| Made::decode(bytes).ok().map(|made| kind(read(&made.file()))));
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
        let (error, rows) = read(&file.file());
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
    let error = read(&gzip.file()).0;
    assert!(matches!(error, Some(CsvError::GroupTooLarge { row: 1 })), "{error:?}");
}

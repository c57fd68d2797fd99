//! Parquet files that are damaged, or made to do harm.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;
use std::io::{Seek, Write};
use std::mem::discriminant;

use csv::StringRecord;
use parquet::basic::Compression;

use super::tests::{sample, write};
use super::{Encoding, Groups};
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

#[test]
fn groups() {
    let compressions = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(Default::default()),
    ];
    let seeds = compressions.map(|compression| write(&sample(3), 2, compression));
    Fuzz::of(Form::Bytes).seeds(seeds).memory_mib(64).run(|bytes| {
        let (mut groups, _) = match Groups::open(file(bytes), Encoding::Utf8) {
            Err(error) => return (discriminant(&error), 0),
            Ok(opened) => opened,
        };
        let mut record = StringRecord::new();
        for row in 0..ROWS {
            match groups.next(&mut record) {
                Some(Ok(_)) => {}
                Some(Err(error)) => return (discriminant(&error), row.min(9)),
                None => break,
            }
        }
        (discriminant(&crate::client::csv::CsvError::Utf16), 0)
    });
}

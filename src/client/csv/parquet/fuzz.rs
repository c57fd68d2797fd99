//! Parquet files that are damaged, or made to do harm.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::mem::{Discriminant, discriminant};

use parquet::basic::Compression;
use prost::Message;

use super::CsvError;
use super::made::{Made, MadePage, delta, made, places, plain, read};
use super::tests::{sample, write};
use crate::fuzzing::{Form, Fuzz};

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

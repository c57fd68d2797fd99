//! Parquet files made by hand, whose pages say whatever they are told to.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;
use std::io::{Seek, Write};

use csv::StringRecord;
use prost::Message;

use super::{CsvError, Encoding, Groups};

/// A file of one column of text, with a page for the dictionary, if there is one, and a page of data.
#[derive(Clone, PartialEq, Message)]
pub struct Made {
    #[prost(message, optional, tag = "1")]
    pub dictionary: Option<MadePage>,
    #[prost(message, optional, tag = "2")]
    pub data: Option<MadePage>,
    /// 0 for none, 1 for snappy, 2 for gzip, 6 for zstd.
    #[prost(int32, tag = "3")]
    pub codec: i32,
    #[prost(int64, tag = "4")]
    pub rows: i64,
    #[prost(bool, tag = "5")]
    pub optional: bool,
}

/// A page, and what it says of itself.
#[derive(Clone, PartialEq, Message)]
pub struct MadePage {
    /// Bytes when it is read; as many as it has, unless it is said.
    #[prost(int32, optional, tag = "1")]
    pub read: Option<i32>,
    /// Bytes as it is kept; as many as it has, unless it is said.
    #[prost(int32, optional, tag = "2")]
    pub kept: Option<i32>,
    #[prost(int32, tag = "3")]
    pub values: i32,
    #[prost(int32, tag = "4")]
    pub encoding: i32,
    #[prost(bytes = "vec", tag = "5")]
    pub bytes: Vec<u8>,
}

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
pub fn read(bytes: &[u8]) -> (Option<CsvError>, usize) {
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

/// A page of two texts, plainly.
pub fn plain() -> MadePage {
    let bytes = b"\x03\0\0\0one\x03\0\0\0two".to_vec();
    MadePage {
        values: 2,
        bytes,
        ..MadePage::default()
    }
}

/// A file of two rows.
pub fn made(dictionary: Option<MadePage>, data: MadePage) -> Made {
    Made {
        dictionary,
        data: Some(data),
        rows: 2,
        ..Made::default()
    }
}

/// What tells that two values are the first and the second of a dictionary.
pub fn places() -> MadePage {
    MadePage {
        values: 2,
        encoding: 8,
        bytes: vec![1, 3, 2],
        ..MadePage::default()
    }
}

/// Two texts of three bytes: a block of so many lengths, then the texts.
pub fn delta(encoding: i32, count: u64) -> MadePage {
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

/// Kinds of fields in the compact protocol of Thrift.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

impl Made {
    /// The file.
    pub fn file(&self) -> Vec<u8> {
        let mut file = b"PAR1".to_vec();
        let dictionary = self.dictionary.as_ref();
        dictionary.inspect(|page| file.extend(page.written(2, 7)));
        let at = file.len();
        self.data.iter().for_each(|page| file.extend(page.written(0, 5)));
        let footer = self.footer(dictionary.is_some(), at, file.len());
        file.extend_from_slice(&footer);
        file.extend(u32::try_from(footer.len()).unwrap_or(u32::MAX).to_le_bytes());
        file.extend(b"PAR1");
        file
    }

    fn footer(&self, dictionary: bool, data: usize, end: usize) -> Vec<u8> {
        let (data, end) = (data as i64, end as i64);
        let root = Fields::new().text(4, "rows").int(5, I32, 1).end();
        let column = Fields::new().int(1, I32, 6).int(3, I32, self.optional.into());
        let column = column.text(4, "number").int(6, I32, 0).end();
        let mut chunk = Fields::new().int(1, I32, 6).list(2, I32, &[vec![0]]);
        chunk = chunk
            .list(3, BINARY, &[[&[6][..], b"number"].concat()])
            .int(4, I32, self.codec.into());
        chunk = chunk
            .int(5, I64, self.rows)
            .int(6, I64, 1_000)
            .int(7, I64, end - 4)
            .int(9, I64, data);
        if dictionary {
            chunk = chunk.int(11, I64, 4);
        }
        let chunk = Fields::new().int(2, I64, 4).structure(3, chunk.end()).end();
        let group = Fields::new()
            .list(1, STRUCT, &[chunk])
            .int(2, I64, 1_000)
            .int(3, I64, self.rows)
            .end();
        let footer = Fields::new().int(1, I32, 1).list(2, STRUCT, &[root, column]);
        footer.int(3, I64, self.rows).list(4, STRUCT, &[group]).end()
    }
}

impl MadePage {
    /// A page of this kind, what is special about it in a field of its own.
    fn written(&self, kind: i64, field: i16) -> Vec<u8> {
        let length = i32::try_from(self.bytes.len()).unwrap_or(i32::MAX);
        let special = Fields::new()
            .int(1, I32, self.values.into())
            .int(2, I32, self.encoding.into());
        let special = match kind {
            0 => special.int(3, I32, 3).int(4, I32, 3),
            _ => special,
        };
        let header = Fields::new()
            .int(1, I32, kind)
            .int(2, I32, self.read.unwrap_or(length).into());
        let header = header.int(3, I32, self.kept.unwrap_or(length).into());
        [header.structure(field, special.end()).end(), self.bytes.clone()].concat()
    }
}

/// Fields of a structure.
struct Fields(Vec<u8>);

impl Fields {
    fn new() -> Self {
        Self(Vec::new())
    }

    /// The head of a field, with its id in full.
    fn head(mut self, id: i16, kind: u8) -> Self {
        self.0.push(kind);
        put(&mut self.0, zigzag(id.into()));
        self
    }

    fn int(self, id: i16, kind: u8, value: i64) -> Self {
        let mut fields = self.head(id, kind);
        put(&mut fields.0, zigzag(value));
        fields
    }

    fn text(self, id: i16, text: &str) -> Self {
        let mut fields = self.head(id, BINARY);
        put(&mut fields.0, text.len() as u64);
        fields.0.extend(text.as_bytes());
        fields
    }

    fn list(self, id: i16, kind: u8, items: &[Vec<u8>]) -> Self {
        let mut fields = self.head(id, LIST);
        fields.0.push(0xF0 | kind);
        put(&mut fields.0, items.len() as u64);
        items.iter().for_each(|item| fields.0.extend(item));
        fields
    }

    fn structure(self, id: i16, fields: Vec<u8>) -> Self {
        let mut own = self.head(id, STRUCT);
        own.0.extend(fields);
        own
    }

    fn end(mut self) -> Vec<u8> {
        self.0.push(0);
        self.0
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// A number of seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value > 0x7F {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}

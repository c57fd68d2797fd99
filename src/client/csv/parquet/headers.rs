//! What the pages of a column say of their sizes, read before any of them is: the library takes room for whatever they say.

use std::fs::File;
use std::os::unix::fs::FileExt;

use parquet::basic::Compression;
use parquet::file::metadata::ColumnChunkMetaData;

/// So much of a page is read to find its header, in bytes; a longer one, with statistics of long text, is read again with more.
const USUAL: usize = 4 * 1024;
const LONGEST: usize = 1 << 20;
/// By how much snappy can make bytes fewer: 64 become a copy of three. With room for the length in front.
const SNAPPY: i64 = 22;
const SNAPPY_FRONT: i64 = 64;
/// So deep values of a header stand within each other, far more than they do.
const DEEPEST: u32 = 16;

/// What pages come to when they are read, as they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// So many bytes, all together.
    Bytes(i64),
    /// One says what cannot be.
    Impossible,
}

impl Claim {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Bytes(one), Self::Bytes(other)) => Self::Bytes(one.saturating_add(other)),
            _ => Self::Impossible,
        }
    }
}

/// What the pages of a column come to. From a header on that cannot be read nothing is claimed: the library cannot read it either.
pub fn claim(file: &File, column: &ColumnChunkMetaData) -> Claim {
    let begin = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
    let length = column.compressed_size();
    let (Ok(mut at), Ok(length)) = (u64::try_from(begin), u64::try_from(length)) else {
        return Claim::Impossible;
    };
    let (end, mut whole) = (at.saturating_add(length), Claim::Bytes(0));
    while at < end {
        let Some(header) = header_at(file, at) else { break };
        let fits = match column.compression() {
            Compression::SNAPPY => header.read <= header.kept.saturating_mul(SNAPPY).saturating_add(SNAPPY_FRONT),
            _ => true,
        };
        let (Ok(kept), Ok(_), true) = (u64::try_from(header.kept), u64::try_from(header.read), fits) else {
            return Claim::Impossible;
        };
        whole = whole.and(Claim::Bytes(header.read));
        at = at.saturating_add(header.length as u64).saturating_add(kept);
    }
    whole
}

/// The sizes in the header of a page, in bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    /// Of the page as it is kept in the file.
    kept: i64,
    /// Of the page as it is read.
    read: i64,
    /// Of the header itself.
    length: usize,
}

fn header_at(file: &File, at: u64) -> Option<Header> {
    [USUAL, LONGEST].into_iter().find_map(|most| {
        let mut bytes = vec![0; most];
        let got = file.read_at(&mut bytes, at).ok()?;
        Thrift(bytes.get(..got)?).page_header(got)
    })
}

/// Bytes in the compact protocol of Thrift, read from the front. Nothing is kept of what is not asked for.
struct Thrift<'a>(&'a [u8]);

impl Thrift<'_> {
    /// The header of a page: of its fields the second and the third are its sizes.
    fn page_header(mut self, all: usize) -> Option<Header> {
        let (mut header, mut id) = (Header::default(), 0);
        while let Some(kind) = self.field(&mut id)? {
            match id {
                2 => header.read = self.whole()?,
                3 => header.kept = self.whole()?,
                _ => self.skip(kind, DEEPEST)?,
            }
        }
        header.length = all - self.0.len();
        Some(header)
    }

    /// The kind of the next field, whose id goes up from the one before; none at the end of a structure.
    fn field(&mut self, id: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        match (head & 0x0F, head >> 4) {
            (0, _) => return Some(None),
            (_, 0) => *id = self.whole()?,
            (_, more) => *id = id.wrapping_add(more.into()),
        }
        Some(Some(head & 0x0F))
    }

    fn skip(&mut self, kind: u8, deepest: u32) -> Option<()> {
        let deeper = deepest.checked_sub(1)?;
        match kind {
            // Truths stand in the head of their field.
            1 | 2 => {}
            3 => drop(self.byte()?),
            4..=6 => drop(self.number()?),
            7 => self.pass(8)?,
            8 => {
                let length = self.number()?;
                self.pass(length)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let size = match head >> 4 {
                    15 => self.number()?,
                    size => size.into(),
                };
                (0..size).try_for_each(|_| self.skip_item(head & 0x0F, deeper))?;
            }
            11 => {
                let size = self.number()?;
                let kinds = if size > 0 { self.byte()? } else { 0 };
                for _ in 0..size {
                    self.skip_item(kinds >> 4, deeper)?;
                    self.skip_item(kinds & 0x0F, deeper)?;
                }
            }
            12 => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, deeper)?;
                }
            }
            13 => self.pass(16)?,
            _ => return None,
        }
        Some(())
    }

    /// In a list a truth has a byte of its own.
    fn skip_item(&mut self, kind: u8, deepest: u32) -> Option<()> {
        match kind {
            1 | 2 => self.byte().map(drop),
            kind => self.skip(kind, deepest),
        }
    }

    fn pass(&mut self, length: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(length).ok()?..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn number(&mut self) -> Option<u64> {
        number(&mut self.0)
    }

    /// A number with a sign, in zigzag.
    fn whole(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }
}

/// A number of seven bits a byte, the lowest first, from the front of bytes.
pub(super) fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

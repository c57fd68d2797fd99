//! Whether a file is what it should be at all, by its first bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use super::legacy::written_in;
use super::parquet::MAGIC;
use super::{CsvError, Encoding};
use crate::client::files::Hashing;

/// So much of a file is looked at to tell its form.
const FIRST: u64 = 64 * 1024;

/// Opens a file that is written in this encoding, if its form is one that can be read. It is told by its beginning.
///
/// # Errors
/// [`CsvError::Read`], [`CsvError::Utf16`], [`CsvError::Legacy`], [`CsvError::Delimiter`].
pub fn open(path: &Path, encoding: Encoding) -> Result<BufReader<File>, CsvError> {
    let mut file = File::open(path).map_err(CsvError::Read)?;
    let mut first = Vec::new();
    let read = (&mut file).take(FIRST).read_to_end(&mut first);
    read.map_err(CsvError::Read)?;
    check_form(&first, encoding)?;
    file.rewind().map_err(CsvError::Read)?;
    Ok(BufReader::new(file))
}

/// SHA-256 of a file that [`open`] takes, in hexadecimal digits.
///
/// # Errors
/// As [`open`].
pub fn digest(path: &Path, encoding: Encoding) -> Result<String, CsvError> {
    let mut hashing = Hashing::of(open(path, encoding)?);
    io::copy(&mut hashing, &mut io::sink()).map_err(CsvError::Read)?;
    Ok(hashing.digest())
}

/// Whether it is a Parquet file. Nothing of it may have been read yet.
///
/// # Errors
/// [`CsvError::Read`].
pub(super) fn is_parquet(file: &mut BufReader<File>) -> Result<bool, CsvError> {
    let first = file.fill_buf().map_err(CsvError::Read)?;
    Ok(first.starts_with(MAGIC))
}

/// Checks the beginning of a file, as far as it was read.
///
/// # Errors
/// [`CsvError::Utf16`], [`CsvError::Legacy`], [`CsvError::Delimiter`].
fn check_form(first: &[u8], encoding: Encoding) -> Result<(), CsvError> {
    if first.starts_with(MAGIC) {
        return Ok(());
    }
    let utf16 = first.starts_with(&[0xFF, 0xFE]) || first.starts_with(&[0xFE, 0xFF]);
    // Without its mark, it is told by the halves of plain letters that are empty.
    if utf16 || first.iter().take(64).any(|byte| *byte == 0) {
        return Err(CsvError::Utf16);
    }
    if encoding == Encoding::Utf8
        && let Some(told) = written_in(first)
    {
        return Err(CsvError::Legacy(told));
    }
    let header = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let has = |delimiter: u8| header.contains(&delimiter);
    match (has(b','), has(b';'), has(b'\t')) {
        (false, true, _) => Err(CsvError::Delimiter("semicolons")),
        (false, false, true) => Err(CsvError::Delimiter("tabs")),
        _ => Ok(()),
    }
}

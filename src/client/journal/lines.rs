//! Reading a journal line by line.

use std::io::{BufRead, Read};

use super::JournalError;
use super::line::{BEGINNING, Header, Line, MAX_LINE_BYTES, VERSION};

/// The whole lines of a journal, in order. A last line that was not written to its end is not among them.
pub struct Lines<R> {
    reader: R,
    /// Whole lines read so far.
    count: u64,
    /// Bytes of the whole lines read so far.
    end: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads the first line. No header means that the file is empty or was torn before its first line was whole.
    ///
    /// # Errors
    /// [`JournalError::NotAJournal`] if the file begins otherwise, [`JournalError::Version`] if its format is another.
    pub fn begin(reader: R) -> Result<(Self, Option<Header>), JournalError> {
        let mut lines = Self {
            reader,
            count: 0,
            end: 0,
        };
        let mut first = Vec::new();
        let whole = lines.read_into(&mut first).map_err(|error| match error {
            JournalError::Broken { .. } => JournalError::NotAJournal,
            other => other,
        })?;
        if !first.starts_with(BEGINNING.as_bytes()) && !BEGINNING.as_bytes().starts_with(&first) {
            return Err(JournalError::NotAJournal);
        }
        if !whole {
            return Ok((lines, None));
        }
        match serde_json::from_slice(&first) {
            Ok(Line::Journal(header)) if header.version == VERSION => Ok((lines, Some(header))),
            _ => Err(version_of(&first).map_or(JournalError::NotAJournal, JournalError::Version)),
        }
    }

    /// The next line and where it begins, in bytes.
    ///
    /// # Errors
    /// [`JournalError::Broken`] if it cannot be understood.
    pub fn next_line(&mut self) -> Result<Option<(u64, Line)>, JournalError> {
        let begin = self.end;
        let mut bytes = Vec::new();
        if !self.read_into(&mut bytes)? {
            return Ok(None);
        }
        match serde_json::from_slice(&bytes) {
            Ok(Line::Journal(_)) => Err(self.broken("it is a second first line")),
            Ok(line) => Ok(Some((begin, line))),
            Err(_) => Err(self.broken("it is not a line of a journal")),
        }
    }

    /// Bytes of the whole lines read so far.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// An error that names the line read last.
    pub fn broken(&self, problem: &'static str) -> JournalError {
        JournalError::Broken {
            line: self.count,
            problem,
        }
    }

    /// Whether a whole line was read.
    fn read_into(&mut self, bytes: &mut Vec<u8>) -> Result<bool, JournalError> {
        let mut limited = (&mut self.reader).take(MAX_LINE_BYTES as u64);
        let got = limited.read_until(b'\n', bytes).map_err(JournalError::Read)?;
        if bytes.last() == Some(&b'\n') {
            self.count += 1;
            self.end += got as u64;
            return Ok(true);
        }
        if got == MAX_LINE_BYTES {
            self.count += 1;
            return Err(self.broken("it is too long"));
        }
        Ok(false)
    }
}

/// The version that a first line of another format claims.
fn version_of(first: &[u8]) -> Option<u32> {
    let head: serde_json::Value = serde_json::from_slice(first).ok()?;
    let version = head.get("version")?.as_u64()?;
    u32::try_from(version).ok().filter(|version| *version != VERSION)
}

//! Lines of a CSV file: a row ends with its line, whatever quotes it leaves open.
//!
//! CSV lets a quoted cell go on over line ends (RFC 4180). No text of a registration does, and a quote that somebody forgot to
//! close would swallow all the rows that follow, up to the next one or the end of the file.

use std::collections::VecDeque;
use std::io::{self, Read};

/// How much is read at a time, in bytes.
const CHUNK: usize = 32 * 1024;
/// Of a longer line, in bytes, only so much is read: no row is as long in any encoding, even with every quote doubled.
pub(super) const LONGEST: usize = 256 * 1024;
/// The byte order mark of UTF-8, which Excel writes.
const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A file being read: a quote that is open at the end of its line is closed there. Every line that is not empty is a row, and
/// noted.
pub(super) struct Lines<R> {
    file: R,
    chunk: Vec<u8>,
    /// What is to be given on, and how much of it was.
    held: Vec<u8>,
    given: usize,
    at: At,
    /// How many bytes of a mark were met at the very beginning.
    marked: usize,
    /// The line being read, from 1.
    line: u64,
    /// Its bytes so far.
    length: usize,
    empty: bool,
    after_cr: bool,
    /// The rows that were given on and not asked for yet: as many as were read ahead.
    rows: VecDeque<Line>,
}

/// The line of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1.
    pub number: u64,
    /// Whether it left a quote open.
    pub open: bool,
    /// Whether it went on after what was read of it.
    pub long: bool,
}

/// Where in a row the next byte stands, as a reader of CSV takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// A cell begins.
    Begin,
    /// In a cell without quotes, or behind those of one.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote between quotes: the end of them, unless another follows.
    Quote,
}

impl<R> Lines<R> {
    pub fn of(file: R) -> Self {
        Self {
            file,
            chunk: vec![0; CHUNK],
            held: Vec::new(),
            given: 0,
            at: At::Begin,
            marked: 0,
            line: 1,
            length: 0,
            empty: true,
            after_cr: false,
            rows: VecDeque::new(),
        }
    }

    /// The line of the next row.
    pub fn next(&mut self) -> Option<Line> {
        self.rows.pop_front()
    }

    fn end_line(&mut self) {
        let open = self.at == At::Quoted;
        if open {
            self.held.push(b'"');
        }
        if !self.empty {
            let number = self.line;
            let long = self.length > LONGEST;
            self.rows.push_back(Line { number, open, long });
        }
        self.at = At::Begin;
        self.length = 0;
        self.line += 1;
        self.empty = true;
        self.marked = MARK.len();
    }

    fn pass(&mut self, byte: u8) {
        let ends = matches!(byte, b'\n' | b'\r');
        self.length = self.length.saturating_add(usize::from(!ends));
        if self.length > LONGEST && !ends {
            self.after_cr = false;
            return;
        }
        if self.line == 1 && MARK.get(self.marked) == Some(&byte) {
            self.marked += 1;
        } else if ends {
            // Of CR LF the first is the end.
            if !(byte == b'\n' && self.after_cr) {
                self.end_line();
            }
        } else {
            self.marked = MARK.len();
            self.empty = false;
            self.at = match (self.at, byte) {
                (At::Begin | At::Quote, b'"') => At::Quoted,
                (At::Quoted, b'"') => At::Quote,
                (At::Quoted, _) => At::Quoted,
                (_, b',') => At::Begin,
                _ => At::Plain,
            };
        }
        self.after_cr = byte == b'\r';
        self.held.push(byte);
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Of a chunk within a line that is too long nothing is left, which must not pass for the end of the file.
        let mut ended = false;
        while self.given == self.held.len() && !ended {
            let length = self.file.read(&mut self.chunk)?;
            self.held.clear();
            self.given = 0;
            let chunk = std::mem::take(&mut self.chunk);
            chunk[..length].iter().for_each(|byte| self.pass(*byte));
            self.chunk = chunk;
            ended = length == 0;
            if ended && !self.empty {
                self.end_line();
            }
        }
        let rest = &self.held[self.given..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.given += length;
        Ok(length)
    }
}

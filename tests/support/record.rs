//! The record of all that was sent and answered, which the auditor reads (tests/rounds/auditor.py).

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The record. A request is in it before it is sent.
pub struct Record {
    path: PathBuf,
    lines: Mutex<(BufWriter<File>, u64)>,
}

/// What was told of a request.
pub enum Told<'a> {
    /// The number of a registration, and its place in the ledger.
    Issued(&'a str, i64),
    /// The case on which a registration waits, and its place.
    UnderReview(&'a str, i64),
    /// A registration gets no number.
    Rejected(&'a str),
    /// Any other command was decided, at this place.
    Decided(i64),
    /// It was refused, and nothing was written.
    Refused(&'a str),
}

impl Record {
    /// A new record in this file.
    pub fn new(path: &Path) -> Self {
        let file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
        Self {
            path: path.to_owned(),
            lines: Mutex::new((file, 0)),
        }
    }

    /// Notes that a request is about to be sent; answers by what this sending is known.
    pub fn sent(&self, office: &str, request_id: &str, call: &str, child: &str) -> u64 {
        let mut lines = self.lines.lock().unwrap();
        lines.1 += 1;
        let sending = lines.1;
        writeln!(lines.0, "sent\t{sending}\t{office}\t{request_id}\t{call}\t{child}").unwrap();
        sending
    }

    /// Notes what a sending was answered.
    pub fn told(&self, sending: u64, told: &Told) {
        let (outcome, position, what) = match told {
            Told::Issued(number, position) => ("issued", Some(position), *number),
            Told::UnderReview(case_id, position) => ("under_review", Some(position), *case_id),
            Told::Rejected(reason) => ("rejected", None, *reason),
            Told::Decided(position) => ("decided", Some(position), "-"),
            Told::Refused(reason) => ("refused", None, *reason),
        };
        let position = position.map_or("-".to_owned(), i64::to_string);
        let mut lines = self.lines.lock().unwrap();
        writeln!(lines.0, "told\t{sending}\t{outcome}\t{position}\t{what}").unwrap();
    }

    /// Notes a checkpoint that was seen (C2SP tlog-checkpoint).
    pub fn seen(&self, note: &str) {
        let words: Vec<&str> = note.lines().take(3).collect();
        let mut lines = self.lines.lock().unwrap();
        writeln!(lines.0, "seen\t{}\t{}", words[1], words[2]).unwrap();
    }

    /// How many requests were sent.
    pub fn sendings(&self) -> u64 {
        self.lines.lock().unwrap().1
    }

    /// The file, with all lines in it.
    pub fn file(&self) -> &Path {
        self.lines.lock().unwrap().0.flush().unwrap();
        &self.path
    }
}

//! The journal of a file of births: under which request id each row is sent, and what was answered.
//!
//! It lies beside the file, for its owner alone, and makes a run that was killed go on where it was: a row keeps its
//! request id for ever, so no child is ever sent under two. The rule that gives this: before a row is sent for the
//! first time, its line here is on the disk. Answers may be lost (the same id is sent again, and gets the same answer).
//! `docs/journal.md` describes the file.
//!
//! What belongs here: the file. Sending is for `client::run`.

mod answers;
mod digest;
mod error;
#[cfg(test)]
mod fuzz;
mod index;
mod line;
mod lines;
mod open;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

pub use answers::{Answered, Answers, ToldNumber, answers, told_numbers};
pub use digest::RowDigest;
pub use error::JournalError;
pub use index::Plan;
pub use open::path_beside;

use super::answer::Answer;
use index::Index;
use line::{AnswerLine, Intent, Line, MAX_LINE_BYTES};

/// Nearly every line is shorter than this, in bytes.
const USUAL_LINE_BYTES: usize = 512;

/// A journal, open for writing; nobody else has it open so.
pub struct Journal {
    file: File,
    path: PathBuf,
    index: Index,
    /// Lines not yet written to the file.
    buffer: Vec<u8>,
    /// Where the buffer begins in the file, in bytes.
    written: u64,
}

impl Journal {
    /// Opens the journal at `path`, or makes it, for rows that are sent to `server`. `same_service` accepts a journal
    /// that was begun under another address. A last line that was not written to its end is cut off.
    ///
    /// # Errors
    /// [`JournalError`] if it is in use, belongs to another server or another version, or is broken.
    pub fn open(path: &Path, server: &str, same_service: bool) -> Result<Self, JournalError> {
        open::open(path, server, same_service)
    }

    /// What is to be done with the row at `line`, whose content has this digest.
    ///
    /// # Errors
    /// [`JournalError::RowChanged`] if a row that was sent, or may have been, is not as it was; and
    /// [`JournalError::TooManyLines`].
    pub fn plan(&self, line: u64, row: RowDigest) -> Result<Plan, JournalError> {
        self.index.plan(line, row)
    }

    /// Whether the row at `line` was sent, or may have been, and was not refused.
    pub fn holds(&self, line: u64) -> bool {
        self.index.holds(line)
    }

    /// How many rows were sent, or may have been, and were not refused.
    pub fn held(&self) -> u64 {
        self.index.held()
    }

    /// Notes that a row will be sent under a request id. It may be sent after the next [`sync`](Self::sync), not before.
    ///
    /// # Errors
    /// [`JournalError::RowChanged`] if the row already has another id.
    pub fn intend(&mut self, line: u64, row: RowDigest, request_id: Uuid) -> Result<(), JournalError> {
        self.index.intend(line, row, request_id)?;
        self.append(&Line::Intent(Intent::new(line, row, request_id)))?;
        Ok(())
    }

    /// Notes the answer of a row that has an intent. It is in the file after the next [`write`](Self::write).
    ///
    /// # Errors
    /// [`JournalError::NotIntended`] if the row was not to be sent under this id.
    pub fn answered(&mut self, line: u64, office: &str, request_id: Uuid, answer: &Answer) -> Result<(), JournalError> {
        let at = self.written + self.buffer.len() as u64;
        self.index.answered(line, request_id, answer.outcome(), at)?;
        self.append(&Line::Answer(AnswerLine::new(line, office, request_id, answer)))
    }

    /// Hands all lines to the operating system: they outlive this process, but not a loss of power.
    ///
    /// # Errors
    /// [`JournalError::Write`]. The journal must then be dropped; opening it again mends what was half written.
    pub fn write(&mut self) -> Result<(), JournalError> {
        self.file.write_all(&self.buffer).map_err(JournalError::Write)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Brings all lines to the disk.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.write()?;
        self.file.sync_data().map_err(JournalError::Write)
    }

    /// The latest answer of the row at `line`, where there is one.
    ///
    /// # Errors
    /// [`JournalError::Read`], or [`JournalError::Broken`] if the file has been tampered with meanwhile.
    pub fn answer(&mut self, line: u64) -> Result<Option<Answer>, JournalError> {
        self.write()?;
        let Some(at) = self.index.answer_at(line) else {
            return Ok(None);
        };
        match self.line_at(at).map_err(JournalError::Read)? {
            Some(Line::Answer(answer)) if answer.line == line => Ok(answer.read().map(|(_, answer)| answer)),
            _ => Err(JournalError::Tampered),
        }
    }

    /// Where the journal lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line that begins at a place in the file.
    fn line_at(&self, at: u64) -> io::Result<Option<Line>> {
        for size in [USUAL_LINE_BYTES, MAX_LINE_BYTES] {
            let mut bytes = vec![0; size];
            let got = self.file.read_at(&mut bytes, at)?;
            if let Some(end) = bytes.iter().take(got).position(|byte| *byte == b'\n') {
                return Ok(serde_json::from_slice(&bytes[..end]).ok());
            }
        }
        Ok(None)
    }

    fn append(&mut self, line: &Line) -> Result<(), JournalError> {
        serde_json::to_writer(&mut self.buffer, line).map_err(|error| JournalError::Write(error.into()))?;
        self.buffer.push(b'\n');
        Ok(())
    }
}

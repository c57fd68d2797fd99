//! What clients were told: a journal read by somebody else.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use uuid::Uuid;

use super::line::Line;
use super::lines::Lines;
use super::{JournalError, RowDigest};
use crate::client::answer::{Answer, Outcome};
use crate::number::Number;

/// One answer. `Debug` shows the number masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The line of the row in its CSV file.
    pub line: u64,
    /// The office the request was sent for.
    pub office: String,
    /// The request id; unique with the office.
    pub request_id: Uuid,
    /// What the client was told: never open. A refused request wrote nothing, and may have a later answer.
    pub outcome: Outcome,
    /// The number, where one was issued.
    pub number: Option<Number>,
    /// Place of the decision in the ledger, from 1, where the answer named one.
    pub position: Option<u64>,
}

/// The answers of a journal, in the order in which they came.
pub struct Answers {
    lines: Lines<BufReader<File>>,
    failed: bool,
}

/// The answers in the journal at `path`, read a line at a time. It may be in use: what is being written at this moment
/// is not seen.
///
/// # Errors
/// [`JournalError`] if there is no such journal.
pub fn answers(path: &Path) -> Result<Answers, JournalError> {
    let file = File::open(path).map_err(JournalError::Open)?;
    let (lines, _) = Lines::begin(BufReader::new(file))?;
    Ok(Answers { lines, failed: false })
}

/// A number that a row was answered with.
#[derive(Clone, PartialEq, Eq)]
pub struct ToldNumber {
    /// What the row is recognised by.
    pub row: RowDigest,
    /// The request id.
    pub request_id: Uuid,
    /// The number.
    pub number: Number,
    /// In which state it was then.
    pub state: String,
}

/// The numbers that rows were answered with, by their lines in the CSV file. The journal is read as [`answers`] reads it.
///
/// # Errors
/// [`JournalError`] if there is no such journal, or it is broken.
pub fn told_numbers(path: &Path) -> Result<BTreeMap<u64, ToldNumber>, JournalError> {
    let file = File::open(path).map_err(JournalError::Open)?;
    let (mut lines, _) = Lines::begin(BufReader::new(file))?;
    read_told(&mut lines)
}

/// The same of lines that were begun to be read.
pub(super) fn read_told<R: BufRead>(lines: &mut Lines<R>) -> Result<BTreeMap<u64, ToldNumber>, JournalError> {
    let (mut sent, mut told) = (BTreeMap::new(), BTreeMap::new());
    while let Some((_, line)) = lines.next_line()? {
        let fits = match line {
            Line::Intent(intent) => {
                let read = intent.read();
                let fits = read.is_some();
                sent.extend(read.map(|read| (intent.line, read)));
                fits
            }
            Line::Answer(written) => {
                let line = written.line;
                match (sent.remove(&line), written.read()) {
                    (Some((row, id)), Some((request_id, answer))) if id == request_id => {
                        if let Answer::Issued { number, state, .. } = answer {
                            let number = ToldNumber {
                                row,
                                request_id,
                                number,
                                state,
                            };
                            told.insert(line, number);
                        }
                        true
                    }
                    _ => false,
                }
            }
            Line::Journal(_) => false,
        };
        if !fits {
            return Err(lines.broken("it lacks something, or stands in the wrong place"));
        }
    }
    Ok(told)
}

impl Answers {
    fn next_answer(&mut self) -> Result<Option<Answered>, JournalError> {
        while let Some((_, line)) = self.lines.next_line()? {
            if let Line::Answer(written) = line {
                let (line, office) = (written.line, written.office.clone());
                let (request_id, answer) = written.read().ok_or_else(|| self.lines.broken("it lacks something"))?;
                return Ok(Some(Answered::of(line, office, request_id, &answer)));
            }
        }
        Ok(None)
    }
}

impl Iterator for Answers {
    type Item = Result<Answered, JournalError>;

    /// Ends after the first error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_answer();
        self.failed = next.is_err();
        next.transpose()
    }
}

impl Answered {
    fn of(line: u64, office: String, request_id: Uuid, answer: &Answer) -> Self {
        let (number, position) = match answer {
            Answer::Issued { number, position, .. } => (Some(*number), Some(*position)),
            Answer::UnderReview { position, .. } => (None, Some(*position)),
            Answer::Rejected { .. } | Answer::Refused { .. } => (None, None),
        };
        Self {
            line,
            office,
            request_id,
            outcome: answer.outcome(),
            number,
            position,
        }
    }
}

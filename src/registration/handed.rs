//! A number that was handed out before the service was told of its holder.

use std::fmt;

use prost::Message;
use prost_types::Timestamp;
use uuid::Uuid;

use super::dates::moment;
use super::{Problem, Violation};
use crate::number::Number;

/// The paths of its fields in a request.
const BLOCK_ID: &str = "block_id";
const NUMBER: &str = "number";
const HANDED_OUT_AT: &str = "handed_out_at";

/// How far the clock of a far office may be ahead, in microseconds.
const CLOCK_AHEAD: i64 = 24 * 3600 * 1_000_000;

/// What a mission says of a number of one of its blocks, valid or not. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Message)]
#[prost(skip_debug)]
pub struct HandedText {
    /// The block.
    #[prost(string, tag = "1")]
    pub block_id: String,
    /// The number.
    #[prost(string, tag = "2")]
    pub number: String,
    /// When it was printed or told to the family.
    #[prost(message, optional, tag = "3")]
    pub handed_out_at: Option<Timestamp>,
}

/// The same, checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// The block: the id of the request that reserved it.
    pub block_id: Uuid,
    /// The number.
    pub number: Number,
    /// When it was printed or told to the family, in microseconds since 1970-01-01 UTC; `None` if it never was.
    pub at: Option<i64>,
}

impl HandedText {
    /// Cleans what came in.
    pub fn of(block_id: &str, number: &str, handed_out_at: Option<Timestamp>) -> Self {
        Self {
            block_id: block_id.trim().to_ascii_lowercase(),
            number: number.trim().to_owned(),
            handed_out_at: handed_out_at.filter(|at| *at != Timestamp::default()),
        }
    }

    /// Every field that is present, as the fields of a registration are listed.
    pub(super) fn visit(&self, show: &mut dyn FnMut(&'static str, &str)) {
        show(BLOCK_ID, &self.block_id);
        show(NUMBER, &self.number);
        if let Some(at) = self.handed_out_at {
            show(HANDED_OUT_AT, &format!("{}.{:09}", at.seconds, at.nanos));
        }
    }

    /// Reads it. `now` is the time by which the future is told, in microseconds.
    ///
    /// # Errors
    /// Every violation there is.
    pub fn check(&self, now: i64) -> Result<Handed, Vec<Violation>> {
        let mut violations = Vec::new();
        let mut wrong = |field: &str, problem| violations.push(Violation::new(field, problem));
        match self.read() {
            Ok(handed) if handed.at.is_none_or(|at| at <= now.saturating_add(CLOCK_AHEAD)) => return Ok(handed),
            Ok(_) => wrong(HANDED_OUT_AT, Problem::Future),
            Err(found) => found.into_iter().for_each(|(field, problem)| wrong(field, problem)),
        }
        Err(violations)
    }

    /// Reads what was checked before; `None` if it never was.
    pub fn checked(&self) -> Option<Handed> {
        self.read().ok()
    }

    fn read(&self) -> Result<Handed, Vec<(&'static str, Problem)>> {
        let mut problems = Vec::new();
        let block_id = Uuid::try_parse(&self.block_id).ok().filter(|id| !id.is_nil());
        match (&block_id, self.block_id.is_empty()) {
            (_, true) => problems.push((BLOCK_ID, Problem::Required)),
            (None, false) => problems.push((BLOCK_ID, Problem::Uuid)),
            (Some(_), false) => {}
        }
        let number = Number::parse(&self.number).ok();
        match (&number, self.number.is_empty()) {
            (_, true) => problems.push((NUMBER, Problem::Required)),
            (None, false) => problems.push((NUMBER, Problem::PersonalNumber)),
            (Some(_), false) => {}
        }
        let at = self.handed_out_at.map(moment);
        if at == Some(None) {
            problems.push((HANDED_OUT_AT, Problem::Time));
        }
        match (block_id, number) {
            (Some(block_id), Some(number)) if problems.is_empty() => Ok(Handed {
                block_id,
                number,
                at: at.flatten(),
            }),
            _ => Err(problems),
        }
    }
}

impl fmt::Debug for HandedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandedText { .. }")
    }
}

impl fmt::Debug for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handed")
            .field("block_id", &self.block_id)
            .finish_non_exhaustive()
    }
}

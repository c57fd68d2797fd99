//! What an import says beside a registration: where it comes from, and the number that the child has there.

use std::fmt;

use prost::Message;
use prost_types::Timestamp;

use super::dates::moment;
use super::{Problem, Violation};
use crate::number::Number;
use crate::proto::v1::ImportSource;

/// The paths of its fields.
const SEQUENCE: &str = "sequence";
const NUMBER: &str = "number";

/// What an import says of a registration, valid or not. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Message)]
#[prost(skip_debug)]
pub struct BroughtText {
    /// The job that brought it, a UUID.
    #[prost(string, tag = "1")]
    pub job_id: String,
    /// Its place in the job.
    #[prost(int64, tag = "2")]
    pub sequence: i64,
    /// Where it comes from.
    #[prost(enumeration = "ImportSource", tag = "3")]
    pub source: i32,
    /// The time at which the source said so.
    #[prost(message, optional, tag = "4")]
    pub as_of: Option<Timestamp>,
    /// The number that the child has, if it has one.
    #[prost(string, tag = "5")]
    pub number: String,
}

/// The same, checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Brought {
    /// Where it comes from.
    pub source: ImportSource,
    /// The time at which the source said so, in microseconds since 1970-01-01 UTC.
    pub as_of: i64,
    /// The number that the child has, if it has one.
    pub number: Option<Number>,
}

impl BroughtText {
    /// Every field that is present, as the fields of a registration are listed.
    pub(super) fn visit(&self, show: &mut dyn FnMut(&'static str, &str)) {
        show("header.job_id", &self.job_id);
        show(SEQUENCE, &self.sequence.to_string());
        show("header.source", &self.source.to_string());
        if let Some(at) = self.as_of {
            show("header.as_of", &format!("{}.{:09}", at.seconds, at.nanos));
        }
        if !self.number.is_empty() {
            show(NUMBER, &self.number);
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Every violation there is.
    pub fn check(&self) -> Result<Brought, Vec<Violation>> {
        self.read().map_err(|problems| {
            let named = problems.into_iter();
            named.map(|(field, problem)| Violation::new(field, problem)).collect()
        })
    }

    /// Reads what was checked before; `None` if it never was.
    pub fn checked(&self) -> Option<Brought> {
        self.read().ok()
    }

    fn read(&self) -> Result<Brought, Vec<(&'static str, Problem)>> {
        let mut problems = Vec::new();
        if self.sequence < 1 {
            problems.push((SEQUENCE, Problem::Required));
        }
        let number = match self.number.as_str() {
            "" => None,
            text => Number::parse(text)
                .map_err(|_| problems.push((NUMBER, Problem::PersonalNumber)))
                .ok(),
        };
        if self.source() == ImportSource::Unspecified {
            problems.push(("header.source", Problem::Required));
        }
        let as_of = self.as_of.and_then(moment);
        if as_of.is_none() {
            problems.push(("header.as_of", Problem::Required));
        }
        match as_of {
            Some(as_of) if problems.is_empty() => Ok(Brought {
                source: self.source(),
                as_of,
                number,
            }),
            _ => Err(problems),
        }
    }
}

impl fmt::Debug for BroughtText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BroughtText { .. }")
    }
}

impl fmt::Debug for Brought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brought")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

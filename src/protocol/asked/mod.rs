//! Reading what is asked about numbers and cases: from a message to a [`Deed`], or to everything that is wrong with it.

mod blocks;
mod changes;
mod numbers;
mod proposals;
mod settlements;

use jiff::civil::Date;
use prost_types::Timestamp;
use uuid::Uuid;

pub use self::blocks::{BlockLimits, close, reserve};
pub use self::changes::change;
pub use self::numbers::{attach, confirm, dispute};
pub use self::proposals::{ProposalMessage, merge, reissue, revocation, split};
pub use self::settlements::{approve, reject, withdraw};
use super::{Deed, Fields};
use crate::number::{Codes, Number};
use crate::proto::google::r#type::Date as DateMessage;
use crate::proto::v1 as pb;
use crate::registration::{Problem, Ref, Violation, check_reference, full_date, moment};

/// The longest code of a ground or reason, in characters.
const CODE: usize = 64;
/// The longest reference to evidence or to a decision, in characters.
const EVIDENCE: usize = 128;

/// What a message asks.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its fields, as they are compared and kept.
    pub fields: Fields,
    /// What is to be done.
    pub deed: Deed,
}

/// A message that breaks its rules.
#[derive(Debug, Clone)]
pub struct Misread {
    /// Its fields, as far as they can be read.
    pub fields: Fields,
    /// Everything that is wrong with it.
    pub violations: Vec<Violation>,
}

/// What messages are read by.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The tables of places.
    pub codes: &'a Codes,
    /// The day by UTC.
    pub today: Date,
}

/// A message being read: its fields so far, and what is wrong with them.
struct Reader<'a> {
    by: Reading<'a>,
    fields: Fields,
    violations: Vec<Violation>,
}

impl<'a> Reader<'a> {
    fn new(by: Reading<'a>) -> Self {
        Self {
            by,
            fields: Fields::default(),
            violations: Vec::new(),
        }
    }

    /// What was asked, if nothing was wrong.
    fn done(self, deed: Option<Deed>) -> Result<Asked, Misread> {
        let Self { fields, violations, .. } = self;
        match deed {
            Some(deed) if violations.is_empty() => Ok(Asked { fields, deed }),
            _ => Err(Misread { fields, violations }),
        }
    }

    fn wrong(&mut self, field: &str, problem: Problem) {
        self.violations.push(Violation::new(field, problem));
    }

    /// A personal number that must be given.
    fn number(&mut self, field: &str, text: &str) -> Option<Number> {
        let text = text.trim();
        if text.is_empty() {
            self.wrong(field, Problem::Required);
            return None;
        }
        match Number::parse(text) {
            Ok(number) => {
                self.fields.add(field, text);
                Some(number)
            }
            Err(_) => {
                self.wrong(field, Problem::PersonalNumber);
                None
            }
        }
    }

    /// The id of a case.
    fn case_id(&mut self, text: &str) -> Option<Uuid> {
        self.uuid("case_id", text)
    }

    /// An id that must be given.
    fn uuid(&mut self, field: &str, text: &str) -> Option<Uuid> {
        let id = Uuid::try_parse(text.trim()).ok();
        match (text.trim().is_empty(), id) {
            (true, _) => self.wrong(field, Problem::Required),
            (false, None) => self.wrong(field, Problem::Uuid),
            (false, Some(id)) => self.fields.add(field, id),
        }
        id
    }

    /// A number that must be given, within bounds.
    fn within(&mut self, field: &str, value: i32, min: i32, max: i32) -> Option<i32> {
        self.fields.add(field, value);
        if (min..=max).contains(&value) {
            return Some(value);
        }
        self.wrong(field, Problem::Range { min, max });
        None
    }

    /// A time that must be given, in microseconds.
    fn time(&mut self, field: &str, time: Option<Timestamp>) -> Option<i64> {
        let at = time.map(moment);
        match at {
            None => self.wrong(field, Problem::Required),
            Some(None) => self.wrong(field, Problem::Time),
            Some(Some(at)) => self.fields.add(field, at),
        }
        at.flatten()
    }

    /// A code or a reference, which may be empty.
    fn code(&mut self, field: &str, text: &str, max: usize) {
        let text = text.trim();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "/_.-".contains(c);
        if text.chars().count() > max {
            self.wrong(field, Problem::TooLong { max });
        } else if !text.chars().all(allowed) {
            self.wrong(field, Problem::Code);
        } else {
            self.fields.add(field, text);
        }
    }

    /// A full date, which may be absent, and is at most a day ahead of UTC.
    fn date(&mut self, field: &str, date: Option<DateMessage>) -> Option<Date> {
        let date = date.filter(|date| *date != DateMessage::default())?;
        match full_date(date) {
            None => self.wrong(field, Problem::Date),
            Some(date) if date > self.by.today.tomorrow().unwrap_or(self.by.today) => {
                self.wrong(field, Problem::Future);
            }
            Some(date) => {
                self.fields.add(field, date);
                return Some(date);
            }
        }
        None
    }

    /// A reference that must be given.
    fn reference(&mut self, field: &str, message: Option<&pb::RegistrationRef>) -> Option<Ref> {
        let Some(message) = message else {
            self.wrong(field, Problem::Required);
            return None;
        };
        match check_reference(message, self.by.codes, self.by.today) {
            Ok(reference) => {
                self.fields.add_reference(field, &reference);
                Some(reference)
            }
            Err(violations) => {
                let renamed = violations.into_iter().map(|violation| Violation {
                    field: violation.field.replacen("ref", field, 1),
                    ..violation
                });
                self.violations.extend(renamed);
                None
            }
        }
    }
}

//! Proposals.

use super::{Asked, CODE, EVIDENCE, Misread, Reader, Reading};
use crate::number::Number;
use crate::proto::google::r#type::Date as DateMessage;
use crate::proto::v1 as pb;
use crate::protocol::{Deed, Ground, Proposal, Proposed, Registered};
use crate::registration::{Content, Problem, Violation, check};

/// What all proposals say.
#[derive(Clone, Copy)]
pub struct ProposalMessage<'a> {
    /// The number.
    pub number: &'a str,
    /// The code of the ground.
    pub ground: &'a str,
    /// The proposer's reference to its evidence.
    pub evidence_ref: &'a str,
    /// When the citizen asked for it.
    pub citizen_requested_on: Option<DateMessage>,
}

/// What all proposals say, read.
struct Common {
    number: Option<Number>,
    citizen_requested_on: Option<jiff::civil::Date>,
}

fn common(reader: &mut Reader<'_>, message: ProposalMessage<'_>) -> Common {
    let number = reader.number("number", message.number);
    if message.ground.trim().is_empty() {
        reader.wrong("ground", Problem::Required);
    }
    reader.code("ground", message.ground, CODE);
    reader.code("evidence_ref", message.evidence_ref, EVIDENCE);
    let citizen_requested_on = reader.date("citizen_requested_on", message.citizen_requested_on);
    Common {
        number,
        citizen_requested_on,
    }
}

impl Common {
    fn deed(self, ground: Option<Ground>, what: Option<Proposed>) -> Option<Deed> {
        Some(Deed::Propose(Box::new(Proposal {
            number: self.number?,
            ground,
            citizen_requested_on: self.citizen_requested_on,
            what: what?,
        })))
    }
}

/// Reads a proposal to revoke. `ground` is that of the code named, if there is one.
///
/// # Errors
/// Everything that is wrong with it.
pub fn revocation(by: Reading<'_>, message: ProposalMessage<'_>, ground: Option<Ground>) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let common = common(&mut reader, message);
    reader.done(common.deed(ground, Some(Proposed::Revocation)))
}

/// Reads a proposal to reissue by a corrected registration.
///
/// # Errors
/// Everything that is wrong with it.
pub fn reissue(
    by: Reading<'_>,
    message: ProposalMessage<'_>,
    ground: Option<Ground>,
    corrected: Option<&pb::BirthRegistration>,
) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let common = common(&mut reader, message);
    let corrected = registration(&mut reader, corrected);
    reader.done(common.deed(ground, corrected.map(Proposed::Reissue)))
}

fn registration(reader: &mut Reader<'_>, corrected: Option<&pb::BirthRegistration>) -> Option<Registered> {
    let Some(corrected) = corrected else {
        reader.wrong("corrected", Problem::Required);
        return None;
    };
    let content = Content::of(corrected);
    let facts = match check(&content, reader.by.codes, reader.by.today) {
        Ok(facts) => facts,
        Err(violations) => {
            let renamed = violations.into_iter().map(|violation| Violation {
                field: violation.field.replacen("registration", "corrected", 1),
                ..violation
            });
            reader.violations.extend(renamed);
            return None;
        }
    };
    for (path, value) in content.fields() {
        reader.fields.add(path.replacen("registration", "corrected", 1), value);
    }
    Some(Registered {
        content: content.into(),
        facts: facts.into(),
    })
}

/// Reads a proposal that one person holds two numbers.
///
/// # Errors
/// Everything that is wrong with it.
pub fn merge(
    by: Reading<'_>,
    message: ProposalMessage<'_>,
    ground: Option<Ground>,
    other: &str,
) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let common = common(&mut reader, message);
    let other = reader.number("other_number", other);
    if other.is_some() && other == common.number {
        reader.wrong("other_number", Problem::SameNumber);
    }
    reader.done(common.deed(ground, other.map(Proposed::Merge)))
}

/// Reads a proposal that two persons hold one number.
///
/// # Errors
/// Everything that is wrong with it.
pub fn split(
    by: Reading<'_>,
    message: ProposalMessage<'_>,
    ground: Option<Ground>,
    second: Option<&pb::RegistrationRef>,
) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let common = common(&mut reader, message);
    let second = reader.reference("second_ref", second);
    reader.done(common.deed(ground, second.map(Proposed::Split)))
}

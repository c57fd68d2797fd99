//! Decisions on cases.

use super::{Asked, CODE, Misread, Reader, Reading};
use crate::proto::v1 as pb;
use crate::protocol::{Decision, Deed, Resolution, Settlement};
use crate::registration::Problem;

/// Reads an approval.
///
/// # Errors
/// Everything that is wrong with it.
pub fn approve(by: Reading<'_>, message: &pb::ApproveCaseRequest) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let resolution = resolution(&mut reader, message.resolution.as_ref());
    let verdict = resolution.map(Decision::Approve);
    settlement(reader, &message.case_id, message.version, &message.reason_code, verdict)
}

/// Reads a rejection.
///
/// # Errors
/// Everything that is wrong with it.
pub fn reject(by: Reading<'_>, message: &pb::RejectCaseRequest) -> Result<Asked, Misread> {
    let verdict = Some(Decision::Reject);
    settlement(
        Reader::new(by),
        &message.case_id,
        message.version,
        &message.reason_code,
        verdict,
    )
}

/// Reads that a case is taken back.
///
/// # Errors
/// Everything that is wrong with it.
pub fn withdraw(by: Reading<'_>, message: &pb::WithdrawCaseRequest) -> Result<Asked, Misread> {
    let verdict = Some(Decision::Withdraw);
    settlement(
        Reader::new(by),
        &message.case_id,
        message.version,
        &message.reason_code,
        verdict,
    )
}

fn settlement(
    mut reader: Reader<'_>,
    case_id: &str,
    version: i64,
    reason_code: &str,
    verdict: Option<Decision>,
) -> Result<Asked, Misread> {
    let case_id = reader.case_id(case_id);
    match version {
        0 => reader.wrong("version", Problem::Required),
        ..0 => reader.wrong("version", Problem::UnknownValue),
        _ => reader.fields.add("version", version),
    }
    reader.code("reason_code", reason_code, CODE);
    let settlement = case_id.zip(verdict).map(|(case_id, verdict)| Settlement {
        case_id,
        version,
        verdict,
    });
    reader.done(settlement.map(Deed::Settle))
}

fn resolution(reader: &mut Reader<'_>, message: Option<&pb::CaseResolution>) -> Option<Resolution> {
    use pb::case_resolution::Answer;
    match message.and_then(|resolution| resolution.answer.as_ref()) {
        None => Some(Resolution::None),
        Some(Answer::SamePerson(number)) => {
            let number = reader.number("resolution.same_person", number);
            number.map(Resolution::SamePerson)
        }
        Some(Answer::DifferentPersons(true)) => {
            reader.fields.add("resolution.different_persons", true);
            Some(Resolution::DifferentPersons)
        }
        Some(Answer::DifferentPersons(false)) => {
            reader.wrong("resolution.different_persons", Problem::Required);
            None
        }
        Some(Answer::StandingNumber(number)) => {
            let number = reader.number("resolution.standing_number", number);
            number.map(Resolution::Standing)
        }
        Some(Answer::Keeper(reference)) => {
            let key = reader.reference("resolution.keeper", Some(reference));
            key.map(Resolution::Keeper)
        }
    }
}

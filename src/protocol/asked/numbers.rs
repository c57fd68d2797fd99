//! Confirming, disputing, attaching.

use super::{Asked, Misread, Reader, Reading};
use crate::proto::v1 as pb;
use crate::protocol::{CaseCause, Deed, Dispute, Target};
use crate::registration::{FACTS_PATHS, Problem};

/// Reads a confirmation.
///
/// # Errors
/// Everything that is wrong with it.
pub fn confirm(by: Reading<'_>, message: &pb::ConfirmNumberRequest) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let number = reader.number("number", &message.number);
    reader.done(number.map(Deed::Confirm))
}

/// Reads a dispute.
///
/// # Errors
/// Everything that is wrong with it.
pub fn dispute(by: Reading<'_>, message: &pb::DisputeNumberRequest) -> Result<Asked, Misread> {
    let mut reader = Reader::new(by);
    let number = reader.number("number", &message.number);
    let reason = match message.reason() {
        pb::DisputeReason::OtherNumber => Some(CaseCause::OtherNumber),
        pb::DisputeReason::FactsDiffer => Some(CaseCause::FactsDiffer),
        pb::DisputeReason::NoSuchPerson => Some(CaseCause::NoSuchPerson),
        pb::DisputeReason::Unspecified => {
            reader.wrong("reason", unspecified(message.reason));
            None
        }
    };
    reader.fields.add("reason", message.reason);
    let held = match reason {
        Some(CaseCause::OtherNumber) => reader.number("held_number", &message.held_number),
        _ => {
            if !message.held_number.is_empty() {
                reader.wrong("held_number", Problem::NotHere);
            }
            None
        }
    };
    if held.is_some() && held == number {
        reader.wrong("held_number", Problem::SameNumber);
    }
    facts_named(&mut reader, reason, &message.fields);
    let deed = number
        .zip(reason)
        .map(|(number, reason)| Dispute { number, held, reason });
    reader.done(deed.map(Deed::Dispute))
}

fn facts_named(reader: &mut Reader<'_>, reason: Option<CaseCause>, fields: &[String]) {
    let wanted = reason == Some(CaseCause::FactsDiffer);
    match (wanted, fields.is_empty()) {
        (true, true) => reader.wrong("fields", Problem::Required),
        (false, false) => reader.wrong("fields", Problem::NotHere),
        _ => {}
    }
    if fields.len() > FACTS_PATHS.len() {
        reader.wrong("fields", Problem::TooMany { max: FACTS_PATHS.len() });
    } else if fields.iter().any(|field| !FACTS_PATHS.contains(&field.as_str())) {
        reader.wrong("fields", Problem::FactsPath);
    } else {
        for field in fields {
            reader.fields.add("fields", field);
        }
    }
}

/// Reads an attachment.
///
/// # Errors
/// Everything that is wrong with it.
pub fn attach(by: Reading<'_>, message: &pb::AttachNumberRequest) -> Result<Asked, Misread> {
    use pb::attach_number_request::Target as Message;
    let mut reader = Reader::new(by);
    let number = reader.number("number", &message.number);
    let target = match &message.target {
        None => {
            reader.wrong("ref", Problem::Required);
            None
        }
        Some(Message::Ref(reference)) => reader.reference("ref", Some(reference)).map(Target::Reference),
        Some(Message::CaseId(case_id)) => reader.case_id(case_id).map(Target::Case),
    };
    reader.done(number.zip(target).map(|(number, target)| Deed::Attach(number, target)))
}

/// What is wrong with a value of an enumeration that is none of those known.
pub(super) fn unspecified(value: i32) -> Problem {
    match value {
        0 => Problem::Required,
        _ => Problem::UnknownValue,
    }
}

//! What a comparison is asked, and what it tells, as messages of the contract.

use std::collections::BTreeSet;

use super::status::{Language, item_status};
use crate::engine::{Difference, Finding};
use crate::number::{Number, PlaceCode};
use crate::proto::v1;
use crate::proto::v1::reconcile_request::Item as Sent;
use crate::proto::v1::reconcile_response::Item;
use crate::protocol::asked::Reading;
use crate::protocol::reconcile::{Compared, Mismatch, Place, Record};
use crate::refusal::Refusal;
use crate::registration::{Problem, Violation, check_reference, moment};

/// The longest key of a record, in characters.
const KEY: usize = 128;
/// The most place codes and years of birth of a scope.
const PLACES: usize = 300;
const YEARS: usize = 500;

/// Reads what is to be compared. Every violation is told.
pub(super) fn read_header(header: &v1::ReconciliationHeader) -> Result<Compared, Refusal> {
    let scope = header.scope.clone().unwrap_or_default();
    let mut violations = Vec::new();
    let mut wrong = |field: &str, problem| violations.push(Violation::new(&format!("header.scope.{field}"), problem));
    let places: Option<BTreeSet<_>> = scope
        .place_codes
        .iter()
        .map(|code| PlaceCode::parse(code.trim()).ok())
        .collect();
    if scope.place_codes.len() > PLACES {
        wrong("place_codes", Problem::TooMany { max: PLACES });
    } else if places.is_none() {
        wrong("place_codes", Problem::PlaceCode);
    }
    let known = 1900..=2399;
    let years: BTreeSet<_> = scope
        .birth_years
        .iter()
        .filter(|year| known.contains(*year))
        .filter_map(|year| i16::try_from(*year).ok())
        .collect();
    if scope.birth_years.len() > YEARS {
        wrong("birth_years", Problem::TooMany { max: YEARS });
    } else if !scope.birth_years.iter().all(|year| known.contains(year)) {
        let (min, max) = known.into_inner();
        wrong("birth_years", Problem::Range { min, max });
    }
    let extracted_at = scope.extracted_at.map(moment);
    if extracted_at == Some(None) {
        wrong("extracted_at", Problem::Time);
    }
    match places {
        Some(places) if violations.is_empty() => Ok(Compared {
            places,
            years,
            extracted_at: extracted_at.flatten(),
            open_cases: header.open_cases,
        }),
        _ => Err(Refusal::InvalidField(violations)),
    }
}

/// Reads a record, or says by its key why it cannot be compared.
///
/// # Errors
/// A header where a record should be, which ends the stream.
pub(super) fn read_record(
    sent: v1::ReconcileRequest,
    reading: Reading<'_>,
) -> Result<Result<Record, (String, Refusal)>, Refusal> {
    match sent.item {
        Some(Sent::Record(record)) => Ok(checked(*record, reading)),
        Some(Sent::Header(_)) => Err(Refusal::invalid("header", Problem::NotHere)),
        None => Ok(Err((String::new(), Refusal::invalid("record", Problem::Required)))),
    }
}

fn checked(record: v1::ReconciliationRecord, reading: Reading<'_>) -> Result<Record, (String, Refusal)> {
    let mut violations = Vec::new();
    let mut wrong = |field: &str, problem| violations.push(Violation::new(&format!("record.{field}"), problem));
    let long = record.key.chars().count() > KEY;
    if long {
        wrong("key", Problem::TooLong { max: KEY });
    }
    let number = match record.number.trim() {
        "" => None,
        digits => Some(Number::parse(digits)),
    };
    match (&number, &record.r#ref) {
        (Some(Err(_)), _) => wrong("number", Problem::PersonalNumber),
        (None, None) => wrong("ref", Problem::Required),
        _ => {}
    }
    let reference = record
        .r#ref
        .as_ref()
        .map(|own| check_reference(own, reading.codes, reading.today));
    let reference = reference.transpose().unwrap_or_else(|wrong| {
        let within = |violation: Violation| Violation {
            field: format!("record.{}", violation.field),
            ..violation
        };
        violations.extend(wrong.into_iter().map(within));
        None
    });
    if !violations.is_empty() {
        let key = if long { String::new() } else { record.key };
        return Err((key, Refusal::InvalidField(violations)));
    }
    Ok(Record {
        key: record.key,
        number: number.and_then(Result::ok),
        reference,
        facts: record.facts.unwrap_or_default(),
    })
}

/// What was found, as it is told: with the names of those whom it is about, or without.
pub(super) fn item(finding: Finding, names: bool, language: Language) -> v1::ReconcileResponse {
    let Finding {
        key,
        number,
        office,
        what,
        case_id,
        name,
        ..
    } = finding;
    let mismatch = |kind: v1::MismatchKind, fields: Vec<&'static str>, key: String| {
        Item::Mismatch(v1::Mismatch {
            key,
            kind: kind.into(),
            fields: fields.into_iter().map(str::to_owned).collect(),
            number: number.map(|number| number.to_string()).unwrap_or_default(),
            office_code: office,
            case_id: case_id.map(|id| id.to_string()).unwrap_or_default(),
            full_name: if names { name } else { String::new() },
        })
    };
    let item = match what {
        Difference::Mismatch(Mismatch::Differs(fields)) => mismatch(v1::MismatchKind::Differs, fields, key),
        Difference::Mismatch(Mismatch::MissingHere) => mismatch(v1::MismatchKind::MissingHere, Vec::new(), key),
        Difference::Mismatch(Mismatch::MissingThere) => mismatch(v1::MismatchKind::MissingThere, Vec::new(), key),
        Difference::Refused(refusal) => Item::Error(v1::RecordError {
            key,
            status: Some(item_status(&refusal, language)),
        }),
    };
    v1::ReconcileResponse {
        item: Some(item),
        records: 0,
    }
}

/// What a comparison has counted.
pub(super) fn summary(place: &Place) -> v1::ReconciliationSummary {
    let counts = place.counts;
    v1::ReconciliationSummary {
        records: counts.records,
        same: counts.same,
        differs: counts.differs,
        missing_here: counts.missing_here,
        missing_there: counts.missing_there,
        errors: counts.errors,
        position: place.end,
        cases: counts.cases,
    }
}

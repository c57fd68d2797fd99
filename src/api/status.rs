//! Refusals as gRPC statuses: the only place that does this.

use std::collections::HashMap;
use std::time::Duration;

use prost::Message;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::messages::for_officer;
use crate::refusal::Refusal;

/// The domain of every `ErrorInfo`.
pub const DOMAIN: &str = "dinhdanh";

/// The language an officer is answered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// The default.
    Vietnamese,
    /// For callers whose first `accept-language` is English.
    English,
}

impl Language {
    /// The language a call asks for.
    pub fn of(metadata: &MetadataMap) -> Self {
        let asked = metadata
            .get("accept-language")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if asked
            .trim_start()
            .get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("en"))
        {
            Self::English
        } else {
            Self::Vietnamese
        }
    }

    /// The locale and the text of a pair (Vietnamese, English).
    pub fn choose(self, (vietnamese, english): (&'static str, &'static str)) -> (&'static str, &'static str) {
        match self {
            Self::Vietnamese => ("vi", vietnamese),
            Self::English => ("en", english),
        }
    }
}

/// A line of the error catalogue.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueEntry {
    /// The gRPC code.
    pub code: Code,
    /// The `ErrorInfo` reason.
    pub reason: &'static str,
}

/// Every reason this release can answer, in the order of the contract.
pub const CATALOGUE: &[CatalogueEntry] = &[
    entry(Code::InvalidArgument, "INVALID_FIELD"),
    entry(Code::InvalidArgument, "MALFORMED"),
    entry(Code::InvalidArgument, "TOO_LARGE"),
    entry(Code::AlreadyExists, "REQUEST_ID_REUSED"),
    entry(Code::AlreadyExists, "REGISTRATION_EXISTS"),
    entry(Code::NotFound, "NO_SUCH_REQUEST"),
    entry(Code::NotFound, "NO_SUCH_REGISTRATION"),
    entry(Code::NotFound, "NO_SUCH_NUMBER"),
    entry(Code::NotFound, "NO_SUCH_CASE"),
    entry(Code::NotFound, "NO_SUCH_BLOCK"),
    entry(Code::NotFound, "NO_SUCH_ENTRY"),
    entry(Code::FailedPrecondition, "NOT_ELIGIBLE"),
    entry(Code::FailedPrecondition, "PREFIX_EXHAUSTED"),
    entry(Code::FailedPrecondition, "PREFIX_CLOSED"),
    entry(Code::FailedPrecondition, "WRONG_STATE"),
    entry(Code::FailedPrecondition, "CASE_OPEN"),
    entry(Code::FailedPrecondition, "NEEDS_REISSUE"),
    entry(Code::FailedPrecondition, "GROUND_NOT_IN_FORCE"),
    entry(Code::FailedPrecondition, "BLOCK_CLOSED"),
    entry(Code::OutOfRange, "CURSOR_AHEAD"),
    entry(Code::PermissionDenied, "ROLE"),
    entry(Code::PermissionDenied, "OWN_PROPOSAL"),
    entry(Code::PermissionDenied, "NOT_YOUR_REGISTRATION"),
    entry(Code::Unauthenticated, "NO_IDENTITY"),
    entry(Code::ResourceExhausted, "QUOTA"),
    entry(Code::Unavailable, "OVERLOADED"),
    entry(Code::Unavailable, "STORE_UNAVAILABLE"),
    entry(Code::Unavailable, "STORE_ROLLED_BACK"),
    entry(Code::Unavailable, "DRAINING"),
    entry(Code::Aborted, "IN_PROGRESS"),
    entry(Code::DeadlineExceeded, "NO_TIME_LEFT"),
    entry(Code::Internal, "BUG"),
];

const fn entry(code: Code, reason: &'static str) -> CatalogueEntry {
    CatalogueEntry { code, reason }
}

/// The gRPC code of a refusal.
pub(super) fn code_of(refusal: &Refusal) -> Code {
    line(refusal).code
}

/// The catalogue's line of a refusal.
fn line(refusal: &Refusal) -> CatalogueEntry {
    let index = match refusal {
        Refusal::InvalidField(_) => 0,
        Refusal::Malformed(_) => 1,
        Refusal::TooLarge { .. } => 2,
        Refusal::RequestIdReused(_) => 3,
        Refusal::RegistrationExists(_) => 4,
        Refusal::NoSuchRequest => 5,
        Refusal::NoSuchRegistration => 6,
        Refusal::NoSuchNumber => 7,
        Refusal::NoSuchCase => 8,
        Refusal::NoSuchBlock => 9,
        Refusal::NoSuchEntry => 10,
        Refusal::NotEligible => 11,
        Refusal::PrefixExhausted => 12,
        Refusal::PrefixClosed { .. } => 13,
        Refusal::WrongState(_) => 14,
        Refusal::CaseOpen => 15,
        Refusal::NeedsReissue => 16,
        Refusal::GroundNotInForce => 17,
        Refusal::BlockClosed => 18,
        Refusal::CursorAhead => 19,
        Refusal::Role => 20,
        Refusal::OwnProposal => 21,
        Refusal::NotYourRegistration => 22,
        Refusal::NoIdentity(_) => 23,
        Refusal::Quota { .. } => 24,
        Refusal::Overloaded { .. } => 25,
        Refusal::StoreUnavailable { .. } => 26,
        Refusal::StoreRolledBack { .. } => 27,
        Refusal::Draining { .. } => 28,
        Refusal::InProgress { .. } => 29,
        Refusal::NoTimeLeft => 30,
        Refusal::Bug => 31,
    };
    CATALOGUE[index]
}

/// The status of a refusal: code, `ErrorInfo`, `LocalizedMessage` and the detail the contract names.
pub fn status(refusal: &Refusal, language: Language) -> Status {
    let CatalogueEntry { code, reason } = line(refusal);
    count(reason);
    let mut details = ErrorDetails::with_error_info(reason, DOMAIN, metadata(refusal));
    let (locale, text) = language.choose(for_officer(refusal));
    details.set_localized_message(locale, text);
    add_violations(&mut details, refusal, language);
    let retry_after = retry_after(refusal);
    if let Some(delay) = retry_after {
        details.set_retry_info(Some(delay));
    }
    let mut status = Status::with_error_details(code, refusal.to_string(), details);
    if let Some(delay) = retry_after
        && code == Code::Unavailable
    {
        let milliseconds = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        status
            .metadata_mut()
            .insert("grpc-retry-pushback-ms", MetadataValue::from(milliseconds));
    }
    status
}

/// Counts a refusal by its reason, one of the catalogue's.
pub fn count(reason: &'static str) {
    metrics::counter!("dinhdanh_refusals_total", "reason" => reason).increment(1);
}

/// The same as a message, for an item of a stream.
pub fn item_status(refusal: &Refusal, language: Language) -> tonic_types::pb::Status {
    // A status made by `status` always carries an encoded message.
    tonic_types::pb::Status::decode(status(refusal, language).details()).unwrap_or_default()
}

fn metadata(refusal: &Refusal) -> HashMap<String, String> {
    match refusal {
        Refusal::PrefixClosed {
            successor: Some(successor),
            ..
        } => HashMap::from([("successor".to_owned(), successor.to_string())]),
        Refusal::TooLarge { limit } => HashMap::from([("limit_bytes".to_owned(), limit.to_string())]),
        _ => HashMap::new(),
    }
}

fn add_violations(details: &mut ErrorDetails, refusal: &Refusal, language: Language) {
    let mut precondition = |kind: &str, subject: &str| {
        let (_, text) = language.choose(for_officer(refusal));
        details.add_precondition_failure_violation(kind, subject, text);
    };
    match refusal {
        Refusal::InvalidField(violations) => {
            for violation in violations {
                let text = match language {
                    Language::Vietnamese => violation.problem.vietnamese(),
                    Language::English => violation.problem.to_string(),
                };
                details.add_bad_request_violation(violation.field.as_str(), text);
            }
        }
        Refusal::RequestIdReused(fields) | Refusal::RegistrationExists(fields) => {
            let (_, text) = language.choose(("khác với lần gửi trước", "differs from what is known"));
            for field in fields {
                details.add_bad_request_violation(field.as_str(), text);
            }
        }
        Refusal::Quota { .. } => {
            let (_, text) = language.choose(for_officer(refusal));
            details.add_quota_failure_violation("office", text);
        }
        Refusal::NotEligible => precondition("NOT_ELIGIBLE", "registration.child.nationalities"),
        Refusal::PrefixExhausted => precondition("PREFIX_EXHAUSTED", "registration.place_code"),
        Refusal::PrefixClosed { .. } => precondition("PREFIX_CLOSED", "registration.place_code"),
        Refusal::WrongState(field) => precondition("WRONG_STATE", field),
        Refusal::CaseOpen => precondition("CASE_OPEN", "number"),
        Refusal::NeedsReissue => precondition("NEEDS_REISSUE", "facts"),
        Refusal::GroundNotInForce => precondition("GROUND_NOT_IN_FORCE", "ground"),
        Refusal::BlockClosed => precondition("BLOCK_CLOSED", "block_id"),
        _ => {}
    }
}

fn retry_after(refusal: &Refusal) -> Option<Duration> {
    match refusal {
        Refusal::Quota { retry_after }
        | Refusal::Overloaded { retry_after }
        | Refusal::StoreUnavailable { retry_after }
        | Refusal::StoreRolledBack { retry_after }
        | Refusal::Draining { retry_after }
        | Refusal::InProgress { retry_after } => Some(*retry_after),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_table_is_the_catalogue() {
        let documented: Vec<(String, String)> = include_str!("../../docs/errors.md")
            .lines()
            .filter_map(|line| {
                let mut cells = line.strip_prefix("| ")?.split(" | ");
                Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
            })
            .filter(|(code, _)| code != "code")
            .collect();
        let known: Vec<_> = CATALOGUE
            .iter()
            .map(|line| (format!("{:?}", line.code), line.reason.to_owned()))
            .collect();
        assert_eq!(documented, known);
    }
}

//! A status other than OK, read.

use std::fmt;
use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The domain of the service's own error details.
const DOMAIN: &str = "dinhdanh";

/// What a status says: no names, numbers or dates, only codes, the paths of fields, and advice worded by the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The status code.
    pub code: Code,
    /// The service's reason, such as `OVERLOADED`; empty where the status did not come from the service.
    pub reason: String,
    /// The paths of the fields it names, such as `registration.child.full_name`.
    pub fields: Vec<String>,
    /// What an officer should read and do; empty where the service says nothing.
    pub advice: String,
    /// How long to wait before sending again, where the service says so.
    pub retry_after: Option<Duration>,
}

impl Trouble {
    /// A code and nothing else.
    pub(super) fn bare(code: Code) -> Self {
        Self {
            code,
            reason: String::new(),
            fields: Vec::new(),
            advice: String::new(),
            retry_after: None,
        }
    }

    /// Reads a status. Details that are missing or broken count as not given.
    pub fn of(status: &Status) -> Self {
        let details = status.get_error_details();
        let reason = details.error_info().filter(|info| info.domain == DOMAIN);
        let reason = reason.map(|info| info.reason.clone()).unwrap_or_default();
        let advice = details.localized_message().map(|text| text.message.clone());
        let mut advice = advice.unwrap_or_default();
        if reason == "NO_IDENTITY" {
            // What is wrong with a certificate is in the status' own text alone.
            advice = format!("{advice} {}", status.message());
        }
        let violations = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
        let preconditions = details
            .precondition_failure()
            .into_iter()
            .flat_map(|failure| &failure.violations);
        Self {
            code: status.code(),
            reason,
            fields: violations
                .map(|violation| violation.field.clone())
                .chain(preconditions.map(|violation| violation.subject.clone()))
                .collect(),
            advice,
            retry_after: details
                .retry_info()
                .and_then(|info| info.retry_delay)
                .or(pushback(status)),
        }
    }
    /// Reads a status that came as a message, within an answer.
    pub fn of_message(message: &tonic_types::pb::Status) -> Self {
        let code = Code::from_i32(message.code);
        Self::of(&Status::with_details(code, "", message.encode_to_vec().into()))
    }
}

/// The wait that a server asks for in its trailers, for clients that read no error details.
fn pushback(status: &Status) -> Option<Duration> {
    let value = status.metadata().get("grpc-retry-pushback-ms")?;
    value.to_str().ok()?.parse().ok().map(Duration::from_millis)
}

/// `CODE/REASON`, or the code alone.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(code_name(self.code))?;
        if self.reason.is_empty() {
            Ok(())
        } else {
            write!(f, "/{}", self.reason)
        }
    }
}

/// The name of a status code as the gRPC specification writes it.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use tonic_types::ErrorDetails;

    #[test]
    fn everything_a_status_says_is_read() {
        let mut details = ErrorDetails::with_error_info("OVERLOADED", DOMAIN, HashMap::new());
        details.set_retry_info(Some(Duration::from_millis(70)));
        details.add_bad_request_violation("registration.place_code", "not known");
        details.add_precondition_failure_violation("PREFIX_CLOSED", "registration.kind", "closed");
        details.set_localized_message("en", "Come back later.");
        let trouble = Trouble::of(&Status::with_error_details(Code::Unavailable, "busy", details));

        assert_eq!(trouble.to_string(), "UNAVAILABLE/OVERLOADED");
        assert_eq!(trouble.fields, ["registration.place_code", "registration.kind"]);
        assert_eq!(trouble.advice, "Come back later.");
        assert_eq!(trouble.retry_after, Some(Duration::from_millis(70)));
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_said() {
        let mut details = ErrorDetails::with_error_info("NO_IDENTITY", DOMAIN, HashMap::new());
        details.set_localized_message("en", "Nobody knows who is calling.");
        let trouble = Trouble::of(&Status::with_error_details(
            Code::Unauthenticated,
            "It has expired.",
            details,
        ));
        assert_eq!(trouble.advice, "Nobody knows who is calling. It has expired.");
    }

    #[test]
    fn a_reason_of_another_domain_is_not_ours() {
        let details = ErrorDetails::with_error_info("NOT_ELIGIBLE", "example.org", HashMap::new());
        let trouble = Trouble::of(&Status::with_error_details(Code::FailedPrecondition, "", details));
        assert_eq!(trouble.to_string(), "FAILED_PRECONDITION");
    }

    #[test]
    fn the_trailer_is_read_where_there_are_no_details() {
        let mut status = Status::unavailable("");
        status.metadata_mut().insert("grpc-retry-pushback-ms", 250.into());
        assert_eq!(Trouble::of(&status).retry_after, Some(Duration::from_millis(250)));
    }
}

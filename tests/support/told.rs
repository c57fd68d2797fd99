//! What a caller is told when a call is refused.

use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// A refusal, taken apart.
#[derive(Debug, Clone)]
pub struct Told {
    pub code: Code,
    pub reason: String,
    pub metadata: Vec<(String, String)>,
    /// Locale and text for the officer.
    pub message: (String, String),
    /// Field and description of every violation.
    pub violations: Vec<(String, String)>,
    /// Type and subject of every precondition that fails.
    pub preconditions: Vec<(String, String)>,
    pub retry_after: Option<Duration>,
    /// The trailer `grpc-retry-pushback-ms`.
    pub pushback: Option<String>,
}

/// Takes a refusal apart. Every refusal has a reason, the service's domain, and a text for the officer.
pub fn told(status: &Status) -> Told {
    let pushback = status
        .metadata()
        .get("grpc-retry-pushback-ms")
        .map(|value| value.to_str().unwrap().to_owned());
    taken_apart(status.code(), status.message(), &status.get_error_details(), pushback)
}

/// The same for an item of a stream.
pub fn told_of(item: &tonic_types::pb::Status) -> Told {
    let status = Status::with_details(Code::from(item.code), &item.message, item.encode_to_vec().into());
    told(&status)
}

fn taken_apart(code: Code, text: &str, details: &ErrorDetails, pushback: Option<String>) -> Told {
    let info = details
        .error_info()
        .unwrap_or_else(|| panic!("a refusal without a reason: {code:?} {text}"));
    let message = details.localized_message().expect("a text for the officer");
    let violations = details
        .bad_request()
        .map(|request| request.field_violations.clone())
        .unwrap_or_default();
    let preconditions = details
        .precondition_failure()
        .map(|failure| failure.violations.clone())
        .unwrap_or_default();
    assert_eq!(info.domain, "dinhdanh");
    assert!(!message.message.is_empty());
    Told {
        code,
        reason: info.reason.clone(),
        metadata: info.metadata.clone().into_iter().collect(),
        message: (message.locale.clone(), message.message.clone()),
        violations: violations
            .into_iter()
            .map(|each| (each.field, each.description))
            .collect(),
        preconditions: preconditions
            .into_iter()
            .map(|each| (each.r#type, each.subject))
            .collect(),
        retry_after: details.retry_info().and_then(|info| info.retry_delay),
        pushback,
    }
}

impl Told {
    /// The fields named, in order.
    pub fn fields(&self) -> Vec<&str> {
        self.violations.iter().map(|(field, _)| field.as_str()).collect()
    }

    /// Code and reason.
    pub fn what(&self) -> (Code, &str) {
        (self.code, self.reason.as_str())
    }
}

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod script;
mod sending;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Caller, Patience};
use crate::proto::v1;

/// Waits of a few milliseconds, so that nothing here takes long.
pub const QUICK: Patience = Patience {
    attempt: Duration::from_secs(20),
    total: Duration::from_secs(60),
    first_wait: Duration::from_millis(1),
    longest_wait: Duration::from_millis(2),
};

fn caller() -> Caller {
    Caller::new("26734", "MISSION").unwrap()
}

fn request() -> v1::IssueNumberRequest {
    v1::IssueNumberRequest {
        request_id: "0197a1b2-0000-7000-8000-000000000001".into(),
        registration: Some(v1::BirthRegistration::default()),
        validate_only: false,
    }
}

fn nobody_stops() -> CancellationToken {
    CancellationToken::new()
}

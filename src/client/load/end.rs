//! How one sending ended, and what follows.

use std::time::Duration;

use tonic::{Code, Status};

use super::Resend;
use crate::client::{Answer, Next, Patience, Trouble, after};
use crate::proto::v1;

/// How one sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was decided: a number, a case, or a rejection.
    Answered(Answer),
    /// The service refused it, and said why.
    Refused(Trouble),
    /// The deadline passed.
    Missed,
    /// Nothing came of it, and the service did not say so.
    Lost(Code),
    /// The service said OK, and nothing that can be understood.
    NotUnderstood,
}

/// The shortest wait after a sending that never reached the service: a server that is gone is not asked in a tight loop.
const LOST_WAIT: Duration = Duration::from_millis(10);

impl End {
    /// Reads how a call ended.
    pub fn of(result: Result<v1::IssueNumberResponse, Status>) -> Self {
        match result {
            Ok(response) => Answer::read(response).map_or(Self::NotUnderstood, Self::Answered),
            Err(status) => Self::of_trouble(Trouble::of(&status)),
        }
    }

    /// Reads how an item of a stream ended.
    pub fn of_item(result: Option<v1::issue_numbers_response::Result>) -> Self {
        use v1::issue_numbers_response::Result;
        match result {
            Some(Result::Answer(response)) => Self::of(Ok(response)),
            Some(Result::Error(error)) => Self::of_trouble(Trouble::of_message(&error)),
            None => Self::NotUnderstood,
        }
    }

    fn of_trouble(trouble: Trouble) -> Self {
        match after(trouble.code, &trouble.reason) {
            Next::Done => Self::Answered(Answer::rejected(trouble)),
            _ if !trouble.reason.is_empty() => Self::Refused(trouble),
            // This side gives a call up by cancelling it.
            _ if matches!(trouble.code, Code::DeadlineExceeded | Code::Cancelled) => Self::Missed,
            _ => Self::Lost(trouble.code),
        }
    }

    /// How long to wait before the same request is sent again; nothing if it is not.
    pub fn resend_after(&self, resend: Resend, failures: u32, patience: &Patience, chance: f64) -> Option<Duration> {
        let (code, told) = match self {
            Self::Answered(_) | Self::NotUnderstood => return None,
            Self::Refused(trouble) => (trouble.code, trouble.retry_after),
            Self::Missed => (Code::DeadlineExceeded, None),
            Self::Lost(code) => (*code, None),
        };
        let reason = if let Self::Refused(trouble) = self {
            &trouble.reason
        } else {
            ""
        };
        if after(code, reason) != Next::SendAgain {
            return None;
        }
        match (resend, self) {
            (Resend::Never, _) => None,
            (Resend::AtOnce, Self::Lost(_)) => Some(LOST_WAIT),
            (Resend::AtOnce, _) => Some(Duration::ZERO),
            (Resend::AsTold, _) => Some(patience.wait(failures, told, chance)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use tonic_types::{ErrorDetails, StatusExt};

    fn refused(code: Code, reason: &str, wait: Option<Duration>) -> End {
        let mut details = ErrorDetails::with_error_info(reason, "dinhdanh", HashMap::new());
        details.set_retry_info(wait);
        End::of(Err(Status::with_error_details(code, "", details)))
    }

    fn wait(end: &End, resend: Resend) -> Option<Duration> {
        end.resend_after(resend, 1, &Patience::default(), 0.0)
    }

    #[test]
    fn a_refusal_is_resent_as_the_client_is_told_to() {
        let told = Duration::from_millis(700);
        let end = refused(Code::Unavailable, "OVERLOADED", Some(told));
        assert_eq!(wait(&end, Resend::Never), None);
        assert_eq!(wait(&end, Resend::AtOnce), Some(Duration::ZERO));
        assert_eq!(wait(&end, Resend::AsTold), Some(told));
    }

    #[test]
    fn what_would_be_refused_for_ever_is_not_resent() {
        for resend in [Resend::AtOnce, Resend::AsTold] {
            assert_eq!(
                wait(&refused(Code::InvalidArgument, "INVALID_FIELD", None), resend),
                None
            );
            assert_eq!(wait(&End::NotUnderstood, resend), None);
        }
    }

    #[test]
    fn a_missed_deadline_is_no_refusal_and_no_loss() {
        for code in [Code::DeadlineExceeded, Code::Cancelled] {
            assert_eq!(End::of(Err(Status::new(code, ""))), End::Missed);
        }
        let end = refused(Code::DeadlineExceeded, "NO_TIME_LEFT", None);
        assert!(matches!(end, End::Refused(_)));
        assert_eq!(wait(&End::Missed, Resend::AsTold), Some(Duration::from_millis(50)));
    }

    #[test]
    fn a_lost_sending_never_becomes_a_tight_loop() {
        let lost = End::of(Err(Status::unavailable("gone")));
        assert_eq!(lost, End::Lost(Code::Unavailable));
        assert_eq!(wait(&lost, Resend::AtOnce), Some(LOST_WAIT));
    }

    #[test]
    fn a_rejection_is_an_answer() {
        let end = refused(Code::FailedPrecondition, "NOT_ELIGIBLE", None);
        assert!(matches!(end, End::Answered(Answer::Rejected { .. })));
    }
}

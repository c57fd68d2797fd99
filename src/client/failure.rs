//! How a call ends without what was asked for, and what that says of an item.

use tonic::Code;

use super::{Answer, Next, Trouble, after, settles_earlier_sendings};

/// Why a call did not bring what it asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The service decided against it, or refused it.
    #[error("{trouble}")]
    Refused {
        /// What the service said.
        trouble: Trouble,
        /// Whether it said so to the first sending.
        first: bool,
    },
    /// There was no answer in the time allowed; the last trouble.
    #[error("no answer in the time allowed: {0}")]
    TimeUp(Trouble),
    /// Nobody waits for it any more; the last trouble, if it was sent at all.
    #[error("stopped before there was an answer")]
    Stopped(Option<Trouble>),
}

/// Why it is not known what became of an item.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// There was no answer in the time allowed; the last trouble.
    #[error("no answer in the time allowed: {0}")]
    TimeUp(Trouble),
    /// The run was stopped; the last trouble, if it was sent at all.
    #[error("stopped before there was an answer")]
    Stopped(Option<Trouble>),
    /// The service does not take calls from this client at all; no other item will fare better.
    #[error("the service does not take this client's calls: {0}")]
    NotAccepted(Trouble),
    /// It was refused, but an earlier sending may have been carried out.
    #[error("refused ({0}), though an earlier sending may have been carried out")]
    Uncertain(Trouble),
    /// The service said OK, and nothing that can be understood.
    #[error("the answer cannot be understood")]
    NotUnderstood,
}

/// What a failure says of an item. `sent_before`: an earlier run may have sent the same request.
pub(super) fn conclude(failure: Failure, sent_before: bool) -> Result<Answer, Unanswered> {
    refusal(failure, sent_before).map(|refusal| match refusal {
        Refusal::Decided(trouble) => Answer::rejected(trouble),
        Refusal::NothingWritten(trouble) => Answer::refused(trouble),
    })
}

/// A refusal after which it is known what became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was decided so, and that is kept.
    Decided(Trouble),
    /// Nothing was written.
    NothingWritten(Trouble),
}

/// The same, with all that the service said.
pub(super) fn refusal(failure: Failure, sent_before: bool) -> Result<Refusal, Unanswered> {
    let (trouble, first) = match failure {
        Failure::Refused { trouble, first } => (trouble, first),
        Failure::TimeUp(trouble) => return Err(Unanswered::TimeUp(trouble)),
        Failure::Stopped(trouble) => return Err(Unanswered::Stopped(trouble)),
    };
    if after(trouble.code, &trouble.reason) == Next::Done {
        return Ok(Refusal::Decided(trouble));
    }
    if matches!(trouble.code, Code::Unauthenticated | Code::Unimplemented) {
        return Err(Unanswered::NotAccepted(trouble));
    }
    let only_sending = first && !sent_before;
    if only_sending || settles_earlier_sendings(trouble.code) {
        Ok(Refusal::NothingWritten(trouble))
    } else {
        Err(Unanswered::Uncertain(trouble))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: Code, reason: &str, first: bool) -> Failure {
        let trouble = Trouble {
            reason: reason.to_owned(),
            ..Trouble::bare(code)
        };
        Failure::Refused { trouble, first }
    }

    #[test]
    fn a_refusal_of_the_content_is_one_whatever_was_sent_before() {
        for (first, sent_before) in [(true, false), (false, false), (true, true), (false, true)] {
            let answer = conclude(refused(Code::InvalidArgument, "INVALID_FIELD", first), sent_before);
            assert!(matches!(answer, Ok(Answer::Refused { .. })));
            let answer = conclude(refused(Code::FailedPrecondition, "NOT_ELIGIBLE", first), sent_before);
            assert!(matches!(answer, Ok(Answer::Rejected { .. })));
        }
    }

    #[test]
    fn a_refusal_of_the_caller_leaves_open_what_an_earlier_sending_did() {
        let end = |first, sent_before| conclude(refused(Code::PermissionDenied, "ROLE", first), sent_before);
        assert!(matches!(end(true, false), Ok(Answer::Refused { .. })));
        for (first, sent_before) in [(false, false), (true, true), (false, true)] {
            assert!(matches!(end(first, sent_before), Err(Unanswered::Uncertain(_))));
        }
    }

    #[test]
    fn a_service_that_takes_no_calls_is_told_apart() {
        for code in [Code::Unauthenticated, Code::Unimplemented] {
            let end = conclude(refused(code, "", true), false);
            assert!(matches!(end, Err(Unanswered::NotAccepted(_))));
        }
    }
}

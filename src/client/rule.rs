//! What a client does after an answer.

use tonic::Code;

/// What follows from the way a sending ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is decided, and the decision is kept: asking again would give the same.
    Done,
    /// It is refused, and this sending wrote nothing. The same id may be used again once the cause is mended.
    NothingWritten,
    /// It may or may not have been carried out: send the same id again.
    SendAgain,
}

/// What follows from a status code and the reason in its `ErrorInfo` ("" where there is none), as the contract's
/// errors say. A code that the call is not known to answer with says nothing, so the same id is sent again.
pub fn after(code: Code, reason: &str) -> Next {
    match code {
        Code::Ok => Next::Done,
        Code::FailedPrecondition if reason == "NOT_ELIGIBLE" => Next::Done,
        Code::InvalidArgument
        | Code::AlreadyExists
        | Code::NotFound
        | Code::FailedPrecondition
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::Unimplemented => Next::NothingWritten,
        Code::Unavailable
        | Code::Aborted
        | Code::ResourceExhausted
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::Unknown
        | Code::Internal
        | Code::OutOfRange
        | Code::DataLoss => Next::SendAgain,
    }
}

/// Whether a refusal also tells that no *earlier* sending of the same id was carried out.
///
/// Who is calling is checked before the request id is looked up, so a refusal for that reason says nothing of a sending
/// whose answer was lost. What is checked after the look-up, or rests on the content alone, does.
pub fn settles_earlier_sendings(code: Code) -> bool {
    matches!(
        code,
        Code::InvalidArgument | Code::AlreadyExists | Code::FailedPrecondition
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: [Code; 17] = [
        Code::Ok,
        Code::Cancelled,
        Code::Unknown,
        Code::InvalidArgument,
        Code::DeadlineExceeded,
        Code::NotFound,
        Code::AlreadyExists,
        Code::PermissionDenied,
        Code::ResourceExhausted,
        Code::FailedPrecondition,
        Code::Aborted,
        Code::OutOfRange,
        Code::Unimplemented,
        Code::Internal,
        Code::Unavailable,
        Code::DataLoss,
        Code::Unauthenticated,
    ];

    const REASONS: &str = "INVALID_FIELD MALFORMED TOO_LARGE REQUEST_ID_REUSED REGISTRATION_EXISTS NO_SUCH_REQUEST \
        NO_SUCH_REGISTRATION NO_SUCH_NUMBER NO_SUCH_CASE NO_SUCH_BLOCK NO_SUCH_ENTRY NOT_ELIGIBLE PREFIX_EXHAUSTED \
        PREFIX_CLOSED WRONG_STATE CASE_OPEN NEEDS_REISSUE GROUND_NOT_IN_FORCE BLOCK_CLOSED CURSOR_AHEAD ROLE \
        OWN_PROPOSAL NOT_YOUR_REGISTRATION NO_IDENTITY QUOTA OVERLOADED STORE_UNAVAILABLE STORE_ROLLED_BACK DRAINING \
        IN_PROGRESS NO_TIME_LEFT BUG SOMETHING_NEW";

    /// The rule once more, in the words of the contract, for every code with every reason and with none.
    #[test]
    fn every_code_with_every_reason_is_as_the_contract_says() {
        let send_again = "UNAVAILABLE ABORTED RESOURCE_EXHAUSTED DEADLINE_EXCEEDED CANCELLED UNKNOWN INTERNAL \
            OUT_OF_RANGE DATA_LOSS";
        let send_again: Vec<&str> = send_again.split(' ').filter(|name| !name.is_empty()).collect();
        for code in CODES {
            for reason in REASONS.split_whitespace().chain([""]) {
                let expected = match (name(code), reason) {
                    ("OK", _) | ("FAILED_PRECONDITION", "NOT_ELIGIBLE") => Next::Done,
                    (name, _) if send_again.contains(&name) => Next::SendAgain,
                    _ => Next::NothingWritten,
                };
                assert_eq!(after(code, reason), expected, "{code:?} {reason}");
            }
        }
    }

    #[test]
    fn only_what_is_checked_after_the_request_id_settles_earlier_sendings() {
        let settling: Vec<&str> = CODES
            .into_iter()
            .filter(|code| settles_earlier_sendings(*code))
            .map(name)
            .collect();
        assert_eq!(settling, ["INVALID_ARGUMENT", "ALREADY_EXISTS", "FAILED_PRECONDITION"]);
    }

    fn name(code: Code) -> &'static str {
        crate::client::trouble::code_name(code)
    }
}

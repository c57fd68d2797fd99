//! The closed catalogue of refusals: every reason for which a call is not answered with what it asked for.
//!
//! The rooms name a refusal; `api/status.rs` alone turns it into a gRPC status. No variant carries personal data: field
//! paths, codes and times only.

use std::time::Duration;

use crate::number::PlaceCode;
use crate::registration::{Problem, Violation};

/// Why a call is refused. What a client does about each is told in API terms: see `docs/errors.md`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fields break their rules; every violation is listed. Nothing was written.
    #[error("{} of the request's fields are not valid", .0.len())]
    InvalidField(Vec<Violation>),
    /// The message cannot be read.
    #[error("the request cannot be read: {0}")]
    Malformed(&'static str),
    /// The message is larger than allowed, in bytes.
    #[error("the request is larger than {limit} bytes")]
    TooLarge {
        /// The largest size allowed.
        limit: usize,
    },
    /// The request id was used for other content; the paths of the fields that differ.
    #[error("this request id was used before with other content")]
    RequestIdReused(Vec<String>),
    /// The registration is known with other facts; the paths of the fields that differ.
    #[error("this registration is known with other facts")]
    RegistrationExists(Vec<String>),
    /// No such request of this office.
    #[error("no such request of this office")]
    NoSuchRequest,
    /// No such registration of this office.
    #[error("no such registration of this office")]
    NoSuchRegistration,
    /// No such number that this caller may know of.
    #[error("no such number")]
    NoSuchNumber,
    /// No such case that this caller may know of.
    #[error("no such case")]
    NoSuchCase,
    /// No such block of this office.
    #[error("no such block of this office")]
    NoSuchBlock,
    /// No such entry of the ledger that this caller may know of.
    #[error("no such entry")]
    NoSuchEntry,
    /// The block was closed: none of its numbers can be settled any more.
    #[error("the block is closed")]
    BlockClosed,
    /// What is asked does not fit how things stand: the field that names what.
    #[error("{0} is not in a state for this")]
    WrongState(&'static str),
    /// A case about the number is open already.
    #[error("a case about this number is open")]
    CaseOpen,
    /// Sex, year of birth and place of registration are part of the number, and change by a reissue only.
    #[error("this change needs another number")]
    NeedsReissue,
    /// The ground is not in force on this day.
    #[error("the ground is not in force")]
    GroundNotInForce,
    /// Who proposed does not decide, nor anybody on the same side.
    #[error("the other side decides on this case")]
    OwnProposal,
    /// The feed is asked for from a place that the ledger has not reached.
    #[error("the ledger has not reached this position")]
    CursorAhead,
    /// The child gets no number. A decision: kept, and answered again.
    #[error("only children of Vietnamese nationality get a number")]
    NotEligible,
    /// All numbers of the prefix are given.
    #[error("no number is left for this place, year and sex")]
    PrefixExhausted,
    /// The place code is known, but not open on the day of issue.
    #[error("place code {place} is not open for new numbers")]
    PrefixClosed {
        /// The place asked for.
        place: PlaceCode,
        /// The place that took over.
        successor: Option<PlaceCode>,
    },
    /// The caller's role may not make this call.
    #[error("this role may not make this call")]
    Role,
    /// The registration belongs to another office.
    #[error("the registration belongs to another office")]
    NotYourRegistration,
    /// The call says nothing of who is calling, or not readably.
    #[error("the call does not say who is calling: {0}")]
    NoIdentity(&'static str),
    /// This office asks too fast.
    #[error("this office asks faster than it may")]
    Quota {
        /// When to come back.
        retry_after: Duration,
    },
    /// More work is waiting than can be done in time.
    #[error("the service is overloaded")]
    Overloaded {
        /// When to come back.
        retry_after: Duration,
    },
    /// The store does not answer, or has no room.
    #[error("the store is not available")]
    StoreUnavailable {
        /// When to come back.
        retry_after: Duration,
    },
    /// The store is older than what was answered from it: no work is taken before somebody has recovered it.
    #[error("the store was put back to an earlier state; it must be recovered first")]
    StoreRolledBack {
        /// When to come back.
        retry_after: Duration,
    },
    /// The server is going down; another one, or this one later, will answer.
    #[error("the server is shutting down")]
    Draining {
        /// When to come back.
        retry_after: Duration,
    },
    /// The same key is being worked on at this moment.
    #[error("this request is being worked on")]
    InProgress {
        /// When to ask again.
        retry_after: Duration,
    },
    /// It could not be answered before its caller's time is up. Nothing was begun.
    #[error("it could not be answered in the time that is left")]
    NoTimeLeft,
    /// The program has a fault. The outcome is unknown: the same id may be sent again.
    #[error("an internal fault; the outcome is unknown")]
    Bug,
}

impl Refusal {
    /// One field breaks a rule.
    pub fn invalid(field: &str, problem: Problem) -> Self {
        Self::InvalidField(vec![Violation::new(field, problem)])
    }
}

//! What became of one item.

use std::fmt;

use super::trouble::{Trouble, code_name};
use crate::number::Number;
use crate::proto::v1::{self, issue_number_response};

/// The answer to one item. The first three are final: asking again would give the same decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The child has this number.
    Issued {
        /// The number.
        number: Number,
        /// Where the number was in its life, without its prefix: "ISSUED", "REVOKED"; empty if the service did not say.
        state: String,
        /// Place of the decision in the ledger, from 1.
        position: u64,
        /// Whether it had been decided before.
        replayed: bool,
    },
    /// A case must be settled first.
    UnderReview {
        /// The case, a UUID.
        case_id: String,
        /// Place of the decision in the ledger, from 1.
        position: u64,
        /// Whether it had been decided before.
        replayed: bool,
    },
    /// Decided: the child gets no number.
    Rejected {
        /// The reason, such as `NOT_ELIGIBLE`.
        reason: String,
    },
    /// Not decided, nothing written: something must be mended first.
    Refused {
        /// The status code by name, such as `INVALID_ARGUMENT`.
        code: String,
        /// The reason, such as `INVALID_FIELD`; empty where the refusal did not come from the service itself.
        reason: String,
        /// The paths of the fields concerned.
        fields: Vec<String>,
    },
}

/// The sort of an outcome, for counting and for files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The child has a number.
    Issued,
    /// A case must be settled first.
    UnderReview,
    /// Decided: no number.
    Rejected,
    /// Not decided, nothing written.
    Refused,
    /// No answer yet.
    Open,
}

impl Outcome {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::Issued,
        Self::UnderReview,
        Self::Rejected,
        Self::Refused,
        Self::Open,
    ];

    /// Its name in files: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::UnderReview => "under_review",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Open => "open",
        }
    }

    /// The outcome of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// Whether it will not be sent again.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Refused | Self::Open)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Answer {
    /// Its sort; never [`Outcome::Open`].
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Issued { .. } => Outcome::Issued,
            Self::UnderReview { .. } => Outcome::UnderReview,
            Self::Rejected { .. } => Outcome::Rejected,
            Self::Refused { .. } => Outcome::Refused,
        }
    }

    /// Reads a response. None if it makes no sense: no outcome, no such number, no position.
    pub(super) fn read(response: v1::IssueNumberResponse) -> Option<Self> {
        let position = u64::try_from(response.position).ok().filter(|position| *position > 0)?;
        let replayed = response.replayed;
        match response.outcome? {
            issue_number_response::Outcome::Issued(shown) => Some(Self::Issued {
                number: Number::parse(&shown.number).ok()?,
                state: state_name(shown.state()),
                position,
                replayed,
            }),
            issue_number_response::Outcome::UnderReview(review) => Some(Self::UnderReview {
                case_id: review.case_id,
                position,
                replayed,
            }),
        }
    }

    /// A decision that comes as a status.
    pub(super) fn rejected(trouble: Trouble) -> Self {
        Self::Rejected { reason: trouble.reason }
    }

    /// A refusal that wrote nothing.
    pub(super) fn refused(trouble: Trouble) -> Self {
        Self::Refused {
            code: code_name(trouble.code).to_owned(),
            reason: trouble.reason,
            fields: trouble.fields,
        }
    }
}

/// The state of a number without the prefix it has on the wire; empty if not given.
pub fn state_name(state: v1::NumberState) -> String {
    match state {
        v1::NumberState::Unspecified => String::new(),
        given => given.as_str_name().trim_start_matches("NUMBER_STATE_").to_owned(),
    }
}

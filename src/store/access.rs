//! The record of who asked for personal data. It stands beside the ledger: nothing is decided by it.

use crate::number::Slot;

/// A call that asked for personal data, or for what it told of one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// When it was answered, in microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Tells it from others of the same moment: drawn by whoever records it, so that it is recorded once however often
    /// that is tried.
    pub id: i64,
    /// The number it was about.
    pub slot: Option<Slot>,
    /// The code of the office that called.
    pub office: String,
    /// The name of the role it called in.
    pub role: String,
    /// The officer, as the office names them; empty where it was not said.
    pub officer: String,
    /// The code of the purpose; empty where it was not said.
    pub purpose: String,
    /// The full name of the call.
    pub call: String,
    /// The gRPC code it was answered with.
    pub code: i64,
}

/// Which accesses are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessesAsked {
    /// Whose, or to what.
    pub subject: AccessSubject,
    /// Those after this moment and id.
    pub after: (i64, i64),
    /// Those before this moment, in microseconds since 1970-01-01 UTC.
    pub until: i64,
}

/// Whose accesses, or accesses to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessSubject {
    /// To this number, by anybody.
    Number(Slot),
    /// By this office, to anything.
    Office(String),
}

//! What an error of the database means. Only its message is kept, never its detail, which may quote a row.

use crate::store::StoreError;

/// SQLSTATE of a full disk.
const DISK_FULL: &str = "53100";

/// The turn ended before its time, by no fault of what it asked: serialization failure, deadlock, idle for too long,
/// read-only since a failover, and the server shutting down, crashing or starting.
const CUT_OFF: [&str; 7] = ["40001", "40P01", "25P03", "25006", "57P01", "57P02", "57P03"];

/// An error before a turn has begun, or while reading: nothing was written.
pub(super) fn outside(error: &sqlx::Error) -> StoreError {
    match state(error).as_deref() {
        Some("XX001" | "XX002") => StoreError::Corrupt(error.to_string()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// An error in a turn, before its commit was sent.
pub(super) fn in_turn(error: &sqlx::Error) -> StoreError {
    match state(error).as_deref() {
        Some(DISK_FULL) => StoreError::Full,
        Some(state) if state.starts_with("23") => StoreError::Conflict(error.to_string()),
        Some(state) if CUT_OFF.contains(&state) => StoreError::OutcomeUnknown(error.to_string()),
        Some(_) => outside(error),
        // The connection is lost.
        None => StoreError::OutcomeUnknown(error.to_string()),
    }
}

/// An error of the commit itself.
pub(super) fn in_commit(error: &sqlx::Error) -> StoreError {
    StoreError::OutcomeUnknown(error.to_string())
}

/// Whether the connection was found broken, or broke, without the database refusing what was asked.
pub(super) fn lost(error: &sqlx::Error) -> bool {
    state(error).is_none_or(|state| state.starts_with("57P") || state == "25P03")
}

fn state(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

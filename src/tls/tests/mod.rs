//! Names, and judging at the time of a call.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod judging;
mod names;

//! The tests that need a whole process: real binaries, real sockets, real files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and wait on the system's own clock"
)]

mod e2e;
mod support;
mod verify;

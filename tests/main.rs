//! The tests over the public parts of the crate: stores by their contract, the engine, and whole processes with real
//! sockets and real files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and wait on the system's own clock"
)]

mod client;
mod config;
mod contract;
mod e2e;
mod engine;
mod faults;
mod feed;
mod identity;
mod keys;
mod lease;
mod mission;
mod overload;
mod rounds;
mod sides;
mod support;
mod verify;

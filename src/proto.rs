//! The contract, as Rust.

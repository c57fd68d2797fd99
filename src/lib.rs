//! **dinhdanh** gives every child in Viet Nam one personal number, once, for life.
//!
//! The rooms, from the pure core outwards. The first four do no I/O, read no clock and draw no randomness.

/// Entries, their tree, sealing and keyed digests: the record of every decision.
pub mod ledger;
/// The twelve digits: form, dated place codes, prefixes, picking.
pub mod number;
/// Messages and services of the contract, generated from `proto/` at build time.
pub mod proto;
/// The facts of a birth: cleaned, checked, compared, and the keys by which a child is found again.
pub mod registration;
/// The clock and randomness: the only place that asks the system for them.
pub mod shell;

//! The ledger: the append-only record of every decision, and the keys that guard it.
//!
//! Here belongs what an entry is, how it is hashed into the tree, sealed and digested. What an entry *means* is decided
//! in `protocol`; where it is kept is the business of `store`. No I/O, no clock, no randomness: salts and nonces are
//! passed in.

mod digest;

pub use digest::IndexKey;

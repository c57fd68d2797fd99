//! The ledger: the append-only record of every decision, and the keys that guard it.
//!
//! Here belongs what an entry is, how it is hashed into the tree, sealed and digested. What an entry *means* is decided
//! in `protocol`; where it is kept is the business of `store`. No I/O, no clock, no randomness: salts and nonces are
//! passed in.

mod digest;
mod entry;
mod frontier;
mod head;
mod keyring;
mod note;
mod seal;

pub use digest::IndexKey;
pub use entry::{
    Context, Draft, Entry, EntryKind, Moment, Placement, Position, RequestKey, SYSTEM_OFFICE, content_digest,
};
pub use frontier::{Frontier, FrontierError, Hash, hex};
pub use head::{FenceError, Head, SCHEMA_VERSION};
pub use keyring::{KeyFileError, KeyId, KeyRing, KeySet};
pub use note::{NoteError, NoteKey, NoteVerifier};
pub use seal::{NONCE_BYTES, SALT_BYTES, SealError, SealKey, Sealed};

#[cfg(test)]
mod tests;

//! The ledger: the append-only record of every decision, and the keys that guard it.
//!
//! Here belongs what an entry is, how it is hashed into the tree, sealed and digested. What an entry *means* is decided
//! in `protocol`; where it is kept is the business of `store`. No I/O, no clock, no randomness: salts and nonces are
//! passed in.

mod anchor;
mod bundle;
mod checkpoint;
mod digest;
mod entry;
mod frontier;
#[cfg(test)]
mod fuzz;
mod head;
mod key_chain;
mod keyring;
mod note;
mod seal;
mod seal_keys;
mod secrets;
mod statement;
mod tiles;

pub use anchor::{Anchor, Stand};
pub use bundle::{Bundle, BundleError};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use digest::IndexKey;
pub use entry::{
    Context, Draft, Entry, EntryKind, Moment, Placement, Position, RequestKey, SYSTEM_OFFICE, content_digest,
};
use frontier::unhex;
pub use frontier::{Frontier, FrontierError, Hash, hex};
pub use head::{FenceError, Head, Recovered, Reindexing, Resealing, SCHEMA_VERSION};
pub use key_chain::{KeyChain, Named};
pub use keyring::{IndexKeys, KeyId, KeyRing, KeySet};
pub use note::{NoteError, NoteKey, NoteVerifier};
pub use seal::{NONCE_BYTES, SALT_BYTES, SealError, SealKey, Sealed};
pub use seal_keys::SealKeys;
pub use secrets::{KeyFileError, Purpose, Secret, Secrets};
pub use statement::Statement;
pub use tiles::{TILE, TileAt, Tiles, Unproved, goes_on_from, is_included, tile_root};

#[cfg(test)]
mod tests;

//! Tests of the ledger's parts.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bundle;
mod digest;
mod entry;
mod frontier;
mod head;
mod keyring;
mod note;
mod seal;
mod tiles;

use super::KeyRing;

/// A ring of keys that are not secret.
fn ring() -> KeyRing {
    KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap()
}

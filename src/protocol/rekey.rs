//! Changing the key of sealing: the entry from which on another key seals.

use super::own::Seed;
use super::{Changes, Fields};
use crate::ledger::{EntryKind, FenceError, KeyId, KeyRing, Moment, Resealing, SealError};

/// Under which field the entry names the key that was in use before.
const FORMER: &str = "seal.former";
/// Under which field it names the key that is in use from it on.
const KEY: &str = "seal.key";

/// The key of sealing cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RekeyError {
    /// A server with these keys may not write.
    #[error(transparent)]
    Fence(#[from] FenceError),
    /// The entry cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// The turn from which on another key of the ring seals. What was sealed before is still to be sealed anew. `seed` is fresh
/// randomness: id, salt and nonce.
///
/// # Errors
/// [`RekeyError`] if the key is not at hand.
pub fn rekey(
    mut changes: Changes,
    key: KeyId,
    (ring, moment): (&KeyRing, Moment),
    seed: Seed,
) -> Result<Changes, RekeyError> {
    let head = &mut changes.head;
    let former = head.keys.seal;
    head.keys.seal = key;
    head.resealing = Some(Resealing {
        former,
        changed: head.size() + 1,
    });
    ring.follow(head)?;
    let mut fields = Fields::default();
    fields.add(FORMER, former);
    fields.add(KEY, key);
    changes.write_own(EntryKind::SealKeyChanged, &fields, (ring, moment), seed)?;
    Ok(changes)
}

/// The key that is in use from an entry on which says so.
pub fn sealing_from(fields: &Fields) -> Option<KeyId> {
    KeyId::parse(fields.get(KEY)?)
}

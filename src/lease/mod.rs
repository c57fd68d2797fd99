//! The lease: which keys are being worked on at this moment.
//!
//! It exists for load and for good answers ("in hand, ask again"), never for safety: whatever it says, the turn
//! decides. With one server it lives in this process.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::ledger::RequestKey;
use crate::registration::Key;

/// A key that can be in hand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LeaseKey {
    /// A request.
    Request(RequestKey),
    /// The reference of a registration.
    Reference(Key),
}

/// The lease of a single server.
#[derive(Debug, Default)]
pub struct LocalLease {
    /// How many commands hold each key: several requests may concern one registration.
    holders: Mutex<HashMap<LeaseKey, u32>>,
}

impl LocalLease {
    /// Takes keys in hand.
    pub fn take(&self, keys: &[LeaseKey]) {
        let mut holders = self.holders.lock();
        for key in keys {
            *holders.entry(key.clone()).or_default() += 1;
        }
    }

    /// Lets go of keys taken before.
    pub fn release(&self, keys: &[LeaseKey]) {
        let mut holders = self.holders.lock();
        for key in keys {
            if let Some(count) = holders.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    holders.remove(key);
                }
            }
        }
    }

    /// Whether a key is being worked on.
    pub fn in_hand(&self, key: &LeaseKey) -> bool {
        self.holders.lock().contains_key(key)
    }
}

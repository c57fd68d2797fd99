//! What this process has in hand.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::LeaseKey;

/// The keys in hand in this process, exactly.
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

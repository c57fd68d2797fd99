//! The keys of one purpose, of which one is in use: while it is being changed, an installation has more than one.

use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use super::KeyId;

/// A key that can be told by its id.
pub trait Named {
    /// Its id.
    fn id(&self) -> KeyId;
}

/// Keys for one purpose, the oldest first. Which of them is in use is said by the head of the ledger. More may come while a
/// server runs; none is ever taken out.
pub struct KeyChain<K>(RwLock<State<K>>);

struct State<K> {
    keys: Vec<Arc<K>>,
    /// Which of them is in use.
    current: usize,
}

impl<K: Named> KeyChain<K> {
    /// These keys, of which the first is in use. `None` if there is none.
    pub(super) fn of(keys: impl IntoIterator<Item = K>) -> Option<Self> {
        let keys: Vec<_> = keys.into_iter().map(Arc::new).collect();
        (!keys.is_empty()).then(|| Self(RwLock::new(State { keys, current: 0 })))
    }

    /// The key in use.
    pub fn current(&self) -> Arc<K> {
        let state = self.0.read();
        Arc::clone(&state.keys[state.current])
    }

    /// The key of this id, if it is among them.
    pub fn get(&self, id: KeyId) -> Option<Arc<K>> {
        let state = self.0.read();
        state.keys.iter().find(|key| key.id() == id).cloned()
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<Arc<K>> {
        self.0.read().keys.clone()
    }

    /// The ids of all, the oldest first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.all().iter().map(|key| key.id()).collect()
    }

    /// Uses this key from now on, if it is among them.
    pub(super) fn switch_to(&self, id: KeyId) {
        if self.current().id() == id {
            return;
        }
        let mut state = self.0.write();
        if let Some(at) = state.keys.iter().position(|key| key.id() == id) {
            state.current = at;
        }
    }

    /// Adds those of others that are not among them, and tells which these are.
    pub(super) fn take_in(&self, others: Self) -> Vec<KeyId> {
        let mut state = self.0.write();
        let mut taken = Vec::new();
        for key in others.0.into_inner().keys {
            if !state.keys.iter().any(|known| known.id() == key.id()) {
                taken.push(key.id());
                state.keys.push(key);
            }
        }
        taken
    }
}

impl<K: Named> fmt::Debug for KeyChain<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyChain").field(&self.ids()).finish()
    }
}

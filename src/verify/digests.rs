//! Which index key made the digest of each entry: the one of the first entry, until an entry says that it was changed.

use std::sync::Arc;

use super::Check;
use super::content::says_of;
use super::report::{Place, Tally};
use crate::ledger::{Entry, EntryKind, Head, IndexKey, KeyId, KeyRing};
use crate::protocol::{genesis_digest, indexing_from};

/// The key that makes digests, as far as the ledger was gone over.
pub(super) struct DigestKeys<'a> {
    ring: &'a KeyRing,
    /// The key, if it is at hand: a former one need not be.
    current: Option<Arc<IndexKey>>,
    /// The key that the last entry names which changed it.
    named: Option<KeyId>,
}

impl<'a> DigestKeys<'a> {
    /// Before the first entry.
    pub fn new(ring: &'a KeyRing) -> Self {
        Self {
            ring,
            current: None,
            named: None,
        }
    }

    /// The key that made the digest of the next entry, if it is at hand.
    pub fn of(&mut self, entry: &Entry, tally: &mut Tally) -> Option<Arc<IndexKey>> {
        match entry.kind {
            EntryKind::Genesis => {
                let made = |key: &Arc<IndexKey>| genesis_digest(key) == entry.digest;
                self.current = self.ring.index.all().into_iter().find(made);
            }
            EntryKind::IndexKeyChanged => self.change(entry, tally),
            _ => {}
        }
        self.current.clone()
    }

    fn change(&mut self, entry: &Entry, tally: &mut Tally) {
        let says = says_of(entry, self.ring);
        // One that cannot be read is told of elsewhere.
        let Some((former, key)) = says.and_then(|says| indexing_from(&says.fields)) else {
            self.current = None;
            return;
        };
        let known = match (&self.current, self.named) {
            (Some(current), _) => current.id() == former,
            (None, Some(named)) => named == former,
            (None, None) => self.ring.index.get(former).is_none(),
        };
        tally.expect(
            Check::Digests,
            known,
            Place::Position(entry.position),
            format_args!("it changes another index key than the one that was in use"),
        );
        self.current = self.ring.index.get(key);
        self.named = Some(key);
    }

    /// Whether the key in use is the one that the head names.
    pub fn at_the_end(&self, head: &Head, tally: &mut Tally) {
        let last = self.named.or(self.current.as_ref().map(|key| key.id()));
        tally.expect(
            Check::Digests,
            last == Some(head.keys.index),
            Place::Ledger,
            format_args!("the head names another index key than the entries"),
        );
    }
}

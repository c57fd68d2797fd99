//! Changing the key of look-up digests: every row gets a twin under the other key, then rows are found by that one, then the
//! rows of the former go.

use std::collections::HashMap;

use uuid::Uuid;

use super::own::Seed;
use super::{Changes, Decided, Fields, World};
use crate::ledger::{EntryKind, FenceError, IndexKey, KeyId, KeyRing, Moment, Position, Reindexing, SealError};
use crate::number::Codes;
use crate::registration::{Key, keys, keys_brought, mismatch_key};

/// Under which field the entry names the key that was in use before.
const FORMER: &str = "index.former";
/// Under which field it names the key that is in use from it on.
const KEY: &str = "index.key";

/// The key of look-up digests cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReindexError {
    /// A server with these keys may not write.
    #[error(transparent)]
    Fence(#[from] FenceError),
    /// The entry cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Nothing is ready to be changed to.
    #[error("the rows of the store are not there under another index key")]
    NotReady,
}

/// A row cannot be written under both keys: its key is none that the entry has which holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key held by position {0} is none of its keys")]
pub struct NoTwin(pub Position);

/// Every key that a decision may hold, in an order that does not depend on the index key. Which case set a child apart is
/// not always told by the decision itself: all of `cases` are thought of.
pub fn keys_held(decided: &Decided, cases: &[Uuid], index: &IndexKey, codes: &Codes) -> Vec<Key> {
    let entry = &decided.known.entry;
    let mut held = Vec::new();
    if entry.kind == EntryKind::MismatchReported {
        held.push(mismatch_key(&decided.says.fields.digest(index, entry.kind), index));
    }
    if let Some(registered) = &decided.says.registered {
        let (content, facts) = (&registered.content, &registered.facts);
        let all = match content.brought() {
            Some(_) => keys_brought(content, facts, index, codes),
            None => keys(facts, index, codes),
        };
        let apart = |subject: Key| {
            entry
                .case_id
                .iter()
                .chain(cases)
                .map(move |case| subject.apart(index, *case))
        };
        held.push(all.reference);
        held.extend(all.subject);
        held.extend(all.item);
        held.extend(all.blocking);
        held.extend(all.subject.into_iter().flat_map(apart));
    }
    held
}

/// Every key that a decision may hold under the one index key, with the same under the other.
pub fn twins(
    decided: &Decided,
    cases: &[Uuid],
    (index, other): (&IndexKey, &IndexKey),
    codes: &Codes,
) -> HashMap<Key, Key> {
    let under = |index| keys_held(decided, cases, index, codes);
    under(index).into_iter().zip(under(other)).collect()
}

impl World<'_> {
    /// Adds to each row of this turn its twin, if that is to be written as well.
    pub(super) fn add_twins(&mut self) -> Result<(), NoTwin> {
        let Some(other) = self.setting.twin else {
            return Ok(());
        };
        let (index, codes) = (self.setting.index, self.setting.rules.codes);
        let cases: Vec<Uuid> = self.cases.keys().copied().collect();
        let mut known: HashMap<Position, HashMap<Key, Key>> = HashMap::new();
        let changes = &mut self.changes;
        for rows in [&mut changes.strict, &mut changes.moved, &mut changes.blocking] {
            for at in 0..rows.len() {
                let (key, position) = rows[at];
                let decided = self.decided.get(&position).ok_or(NoTwin(position))?;
                let of_decided = known
                    .entry(position)
                    .or_insert_with(|| twins(decided, &cases, (index, other), codes));
                let twin = of_decided.get(&key).ok_or(NoTwin(position))?;
                rows.push((*twin, position));
            }
        }
        Ok(())
    }
}

impl Changes {
    /// From this turn on every row is written under another key of the ring as well.
    ///
    /// # Errors
    /// [`ReindexError`] if the key is not at hand.
    pub fn begin_reindexing(mut self, key: KeyId, ring: &KeyRing) -> Result<Self, ReindexError> {
        let head = &mut self.head;
        head.reindexing = Some(Reindexing::Adding {
            key,
            since: head.size() + 1,
        });
        ring.follow(head)?;
        head.notes.get_or_insert(ring.names.id());
        self.reindexed = Some(0);
        Ok(self)
    }

    /// The turn from which on rows are found by the other key, under which all of them are there. `seed` is fresh randomness:
    /// id, salt and nonce.
    ///
    /// # Errors
    /// [`ReindexError`]; then nothing is changed.
    pub fn switch_index(mut self, (ring, moment): (&KeyRing, Moment), seed: Seed) -> Result<Self, ReindexError> {
        let head = &mut self.head;
        let (key, _) = head.index_to_write().ok_or(ReindexError::NotReady)?;
        let former = head.keys.index;
        head.keys.index = key;
        head.reindexing = Some(Reindexing::Dropping {
            former,
            since: head.size() + 1,
        });
        ring.follow(head)?;
        let mut fields = Fields::default();
        fields.add(FORMER, former);
        fields.add(KEY, key);
        self.write_own(EntryKind::IndexKeyChanged, &fields, (ring, moment), seed)?;
        self.reindexed = Some(0);
        Ok(self)
    }

    /// From this turn on rows are not written under the other key any more, and those that were go: the change is given up.
    ///
    /// # Errors
    /// [`ReindexError::NotReady`] if no row is written under another.
    pub fn give_up_reindexing(mut self) -> Result<Self, ReindexError> {
        let (former, _) = self.head.index_to_write().ok_or(ReindexError::NotReady)?;
        self.head.reindexing = Some(Reindexing::Dropping {
            former,
            since: self.head.size() + 1,
        });
        self.reindexed = Some(0);
        Ok(self)
    }
}

/// The keys of look-up digests before and from an entry on which says so.
pub fn indexing_from(fields: &Fields) -> Option<(KeyId, KeyId)> {
    let key = |name| KeyId::parse(fields.get(name)?);
    key(FORMER).zip(key(KEY))
}

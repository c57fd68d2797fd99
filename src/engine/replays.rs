//! The replay cache: final answers, so that a resent request need not touch the store.
//!
//! An answer is final until a later entry changes its number. Such an entry may be another server's, so every server
//! follows the ledger (see [`super::follower`]) and forgets what an entry touches; while it does not know how the
//! ledger stands, nothing is answered from here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, Weighter};

use crate::ledger::{Position, RequestKey};
use crate::number::Slot;
use crate::protocol::{Reply, Standing};

/// An answer is given from the cache only if the ledger was looked at no longer ago than this.
const FRESH: Duration = Duration::from_secs(1);

/// Answers by request, bounded in bytes.
pub(crate) struct Replays {
    cache: Cache<RequestKey, Answered, Weight, DefaultHashBuilder, Forgotten>,
    by_slot: Arc<Mutex<BySlot>>,
    followed: Mutex<Followed>,
}

/// How far the ledger was followed.
#[derive(Debug, Clone, Copy)]
struct Followed {
    /// The position up to which every touched number was forgotten.
    position: Position,
    /// When the ledger stood there, at the earliest, on the monotonic clock.
    at: Duration,
}

/// An answer to keep.
pub(crate) struct Kept<'a> {
    /// The request.
    pub request: RequestKey,
    /// The digest of its content.
    pub digest: [u8; 16],
    /// The digest of what was sent.
    pub as_sent: [u8; 16],
    /// What it was answered.
    pub reply: &'a Reply,
}

#[derive(Clone)]
struct Answered {
    digest: [u8; 16],
    as_sent: [u8; 16],
    reply: Reply,
}

/// Which requests were answered with the number of a slot.
type BySlot = HashMap<Slot, Vec<RequestKey>>;

/// Keeps the list by slot in step with what the cache drops by itself.
#[derive(Clone)]
struct Forgotten(Arc<Mutex<BySlot>>);

impl Lifecycle<RequestKey, Answered> for Forgotten {
    type RequestState = ();

    fn on_evict(&self, (): &mut (), key: RequestKey, answered: Answered) {
        let Some(slot) = answered.slot() else { return };
        let mut by_slot = self.0.lock();
        if let Some(requests) = by_slot.get_mut(&slot) {
            requests.retain(|request| *request != key);
            if requests.is_empty() {
                by_slot.remove(&slot);
            }
        }
    }
}

impl Answered {
    fn slot(&self) -> Option<Slot> {
        match &self.reply.standing {
            Standing::Issued(number) => Some(number.slot),
            Standing::UnderReview(_) | Standing::NotEligible | Standing::CaseClosed(_) => None,
        }
    }
}

#[derive(Clone)]
struct Weight;

impl Weighter<RequestKey, Answered> for Weight {
    fn weight(&self, key: &RequestKey, answered: &Answered) -> u64 {
        // The facts dominate; their own estimate is added to the fixed parts, the list by slot and the bookkeeping of
        // both.
        let request = size_of::<RequestKey>() + key.office.len();
        let by_slot = size_of::<(Slot, Vec<RequestKey>)>() + request;
        let fixed = request + by_slot + size_of::<Answered>() + 128;
        (fixed + answered.reply.facts.memory()) as u64
    }
}

impl Replays {
    /// An empty cache of at most `bytes`, at a moment when the ledger stood at `position`.
    pub fn new(bytes: u64, position: Position, at: Duration) -> Self {
        // The count is only a hint for its tables: about one answer a kilobyte.
        let items = usize::try_from(bytes / 1024).unwrap_or(usize::MAX).max(1);
        let by_slot = Arc::<Mutex<BySlot>>::default();
        let forgotten = Forgotten(Arc::clone(&by_slot));
        Self {
            cache: Cache::with(items, bytes, Weight, DefaultHashBuilder::default(), forgotten),
            by_slot,
            followed: Mutex::new(Followed { position, at }),
        }
    }

    /// The answer to a request of this content, if it is known, final, and not behind the ledger at this moment.
    pub fn get(&self, key: &RequestKey, digest: &[u8; 16], now: Duration) -> Option<Reply> {
        self.answered(key, now, |answered| answered.digest == *digest)
    }

    /// The same to a request that says so in the very same bytes, which need not even be read to know what they say.
    pub fn resent(&self, key: &RequestKey, as_sent: &[u8; 16], now: Duration) -> Option<Reply> {
        self.answered(key, now, |answered| answered.as_sent == *as_sent)
    }

    fn answered(&self, key: &RequestKey, now: Duration, same: impl Fn(&Answered) -> bool) -> Option<Reply> {
        let answered = self.cache.get(key)?;
        let fresh = now.saturating_sub(self.followed.lock().at) <= FRESH;
        (fresh && same(&answered)).then_some(answered.reply)
    }

    /// The position up to which the ledger was followed.
    pub fn followed(&self) -> Position {
        self.followed.lock().position
    }

    /// Keeps answers that were true when the ledger stood at `seen`, if they are final: a registration without a number may
    /// still get one. Should the ledger have been followed beyond that meanwhile, they may have been touched, and are not
    /// kept.
    pub fn keep<'a>(&self, seen: Position, answers: impl IntoIterator<Item = Kept<'a>>) {
        let followed = self.followed.lock();
        if followed.position > seen {
            return;
        }
        for Kept {
            request,
            digest,
            as_sent,
            reply,
        } in answers
        {
            if !matches!(reply.standing, Standing::Issued(_)) {
                continue;
            }
            let reply = Reply {
                replayed: true,
                ..reply.clone()
            };
            let answered = Answered { digest, as_sent, reply };
            if let Some(slot) = answered.slot() {
                let mut by_slot = self.by_slot.lock();
                let requests = by_slot.entry(slot).or_default();
                if !requests.contains(&request) {
                    requests.push(request.clone());
                }
            }
            self.cache.insert(request, answered);
        }
    }

    /// Forgets every answer with one of these numbers: entries up to `position` changed them. If that is as far as the
    /// ledger went, `at` is a moment when it did.
    pub fn follow(&self, position: Position, at: Option<Duration>, touched: impl IntoIterator<Item = Slot>) {
        let mut followed = self.followed.lock();
        self.forget(touched);
        let at = at.unwrap_or(followed.at);
        *followed = Followed { position, at };
    }

    /// Forgets the same at once, since it was this server that changed these numbers, by the entries after `before` and up
    /// to `position`: whoever is told of the change, and asks after it, is not told how things stood before.
    pub fn wrote(&self, before: Position, position: Position, touched: impl IntoIterator<Item = Slot>) {
        let mut followed = self.followed.lock();
        self.forget(touched);
        // What other servers wrote before that is still to be followed.
        if followed.position == before {
            followed.position = position;
        }
    }

    fn forget(&self, touched: impl IntoIterator<Item = Slot>) {
        for slot in touched {
            // Out of the list first: the cache must not be called while the list is locked.
            let requests = self.by_slot.lock().remove(&slot);
            for request in requests.into_iter().flatten() {
                self.cache.remove(&request);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
mod tests;

//! The replay cache: final answers, so that a resent request need not touch the store.

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::ledger::RequestKey;
use crate::protocol::{Reply, Standing};

/// Answers by request, bounded in bytes.
pub(crate) struct Replays {
    cache: Cache<RequestKey, Answered, Weight>,
}

#[derive(Clone)]
struct Answered {
    digest: [u8; 16],
    reply: Reply,
}

#[derive(Clone)]
struct Weight;

impl Weighter<RequestKey, Answered> for Weight {
    fn weight(&self, key: &RequestKey, answered: &Answered) -> u64 {
        // The facts dominate; their own estimate is added to the fixed parts and the cache's own bookkeeping.
        let fixed = size_of::<RequestKey>() + size_of::<Answered>() + 64;
        (fixed + key.office.len() + answered.reply.facts.memory()) as u64
    }
}

impl Replays {
    /// An empty cache of at most `bytes`.
    pub fn new(bytes: u64) -> Self {
        // The count is only a hint for its tables: about one answer a kilobyte.
        let items = usize::try_from(bytes / 1024).unwrap_or(usize::MAX).max(1);
        Self {
            cache: Cache::with_weighter(items, bytes, Weight),
        }
    }

    /// The answer to a request of this content, if it is known and final.
    pub fn get(&self, key: &RequestKey, digest: &[u8; 16]) -> Option<Reply> {
        let answered = self.cache.get(key)?;
        (answered.digest == *digest).then_some(answered.reply)
    }

    /// Keeps an answer, if it is final: what is under review will change.
    pub fn keep(&self, key: RequestKey, digest: [u8; 16], reply: &Reply) {
        if matches!(reply.standing, Standing::UnderReview(_)) {
            return;
        }
        self.cache.insert(
            key,
            Answered {
                digest,
                reply: Reply {
                    replayed: true,
                    ..reply.clone()
                },
            },
        );
    }
}

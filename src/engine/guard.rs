//! The rollback guard: no work is taken on a store that is not the one that was answered from, or goes on from it.
//!
//! A backup that was put back, and a failover that lost commits, make a store that would give out numbers again which somebody
//! has. So a server remembers how far the ledger had come when it last answered (its *anchor*): in memory, in a file outside
//! the data folder, and where there is a Redis, there, together with all others. Every turn looks whether the head that it has
//! locked goes on from there, hash by hash, before it does anything else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio_util::task::AbortOnDropHandle;

use super::tree;
use crate::lease::{Lease, is_up_within};
use crate::ledger::{Anchor, Frontier, Head, Stand};
use crate::shell::anchors::{self, AnchorError, AnchorFile};
use crate::store::{Reader, StoreError, Turn};

/// How many hashes are read at a time where the ledger went on without this server.
const PAGE: i64 = 4_096;
/// How long a server that starts waits for those with whom it shares an anchor.
const LEASE_WITHIN: Duration = Duration::from_secs(2);
/// How often the file is flushed: so much of it a power cut may take back.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// What a server knows of how far the ledger had come.
pub struct Guard {
    file: Option<Mutex<AnchorFile>>,
    lease: Arc<dyn Lease>,
    state: Mutex<State>,
    rolled_back: AtomicBool,
    _flushing: Option<AbortOnDropHandle<()>>,
}

#[derive(Default)]
struct State {
    /// The last head that was found to go on from all that was known before.
    seen: Option<Head>,
    /// The largest anchor known of each epoch.
    known: BTreeMap<i64, Anchor>,
}

impl State {
    fn furthest(&self) -> Option<Anchor> {
        self.known.last_key_value().map(|(_, last)| *last)
    }

    fn learn(&mut self, anchor: Anchor) {
        let known = self.known.entry(anchor.epoch).or_insert(anchor);
        if anchor.size > known.size {
            *known = anchor;
        }
    }
}

impl Guard {
    /// A guard with a folder of anchors; without one nothing is remembered when the process ends. Within a runtime.
    ///
    /// # Errors
    /// [`AnchorError`].
    pub fn new(folder: Option<&Path>, lease: Arc<dyn Lease>) -> Result<Self, AnchorError> {
        let mut state = State::default();
        let (mut file, mut flushing) = (None, None);
        if let Some(folder) = folder {
            let found = anchors::read_all(folder)?;
            for damaged in found.damaged {
                tracing::warn!(path = %damaged.display(), "an anchor is damaged, and is gone by no more");
            }
            found.anchors.into_iter().for_each(|anchor| state.learn(anchor));
            let taken = AnchorFile::take(folder)?;
            let flusher = taken.flusher()?;
            flushing = Some(AbortOnDropHandle::new(tokio::spawn(keep_flushed(flusher))));
            file = Some(Mutex::new(taken));
        }
        Ok(Self {
            file,
            lease,
            state: Mutex::new(state),
            rolled_back: AtomicBool::new(false),
            _flushing: flushing,
        })
    }

    /// Whether the store was found to be behind when last looked at.
    pub fn is_tripped(&self) -> bool {
        self.rolled_back.load(Ordering::Acquire)
    }

    /// Makes sure, before the first turn, that the store goes on from all that is known.
    ///
    /// # Errors
    /// [`StoreError::RolledBack`] if it does not, or if it is in use and nothing is known of it.
    pub async fn establish(&self, reader: &impl Reader) -> Result<(), StoreError> {
        if self.state.lock().seen.is_some() {
            return Ok(());
        }
        // It is still connecting when a server starts. Should it be away, work goes on without it.
        is_up_within(&*self.lease, LEASE_WITHIN).await;
        self.learn(self.lease.raise(None).await);
        let head = reader.head().await?;
        let known: Vec<_> = self.state.lock().known.values().copied().collect();
        let outcome = async {
            // Of a ledger from which no number was given yet there is nothing to lose: servers are begun on it one by one.
            if known.is_empty() && self.file.is_some() && head.drawn > 0 {
                return Err(behind(&head, None));
            }
            for anchor in &known {
                extends(reader, &head, anchor).await?;
            }
            Ok(())
        };
        let outcome = outcome.await;
        self.judged(outcome, &head)
    }

    /// Looks whether the head of a turn goes on from all that is known.
    ///
    /// # Errors
    /// [`StoreError::RolledBack`]; [`StoreError::Unavailable`] if it is to be looked at from its beginning: see
    /// [`Guard::establish`].
    pub async fn check(&self, turn: &mut impl Turn) -> Result<(), StoreError> {
        if turn.is_first_on_its_connection() {
            // Another database may answer now, and others know more of what was lost.
            self.learn(self.lease.raise(None).await);
        }
        let (seen, last, fault) = {
            let state = self.state.lock();
            let head = turn.head();
            let fault = state
                .known
                .values()
                .find(|known| known.stand(head) == Stand::Behind)
                .copied();
            let last = state.furthest();
            let seen = state.seen.as_ref().filter(|seen| seen.epoch == head.epoch);
            if fault.is_none() && seen == Some(head) {
                return Ok(());
            }
            (seen.cloned(), last, fault)
        };
        let outcome = match (fault, seen) {
            (Some(anchor), _) => Err(behind(turn.head(), Some(anchor))),
            (None, Some(seen)) => goes_on(turn, seen.frontier, last).await,
            // It was recovered by somebody.
            (None, None) => {
                self.state.lock().seen = None;
                return Err(StoreError::Unavailable(
                    "the store is to be looked over first".to_owned(),
                ));
            }
        };
        self.judged(outcome, turn.head())
    }

    /// Remembers the head of a turn that was committed. Nothing may be answered from it before that is done.
    ///
    /// # Errors
    /// [`StoreError::RolledBack`] if other servers have answered from another ledger; [`StoreError::Unavailable`] if the
    /// anchor cannot be written.
    pub async fn committed(&self, head: &Head) -> Result<(), StoreError> {
        let anchor = Anchor::of(head);
        if let Some(file) = &self.file {
            let written = file.lock().write(&anchor);
            written.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        }
        {
            let mut state = self.state.lock();
            state.learn(anchor);
            state.seen = Some(head.clone());
        }
        let shared = self.lease.raise(Some(&anchor)).await;
        if shared.is_some_and(|shared| shared.epoch > anchor.epoch || shared.contradicts(&anchor)) {
            return self.judged(Err(behind(head, shared)), head);
        }
        self.learn(shared);
        Ok(())
    }

    /// Of all that is known, the anchor that is furthest: what is read of the ledger after this was asked must reach it.
    pub fn furthest(&self) -> Option<Anchor> {
        self.state.lock().furthest()
    }

    fn learn(&self, anchor: Option<Anchor>) {
        if let Some(anchor) = anchor {
            self.state.lock().learn(anchor);
        }
    }

    /// Notes what was found of a head.
    fn judged(&self, outcome: Result<(), StoreError>, head: &Head) -> Result<(), StoreError> {
        let behind = match &outcome {
            Ok(()) => false,
            Err(StoreError::RolledBack(_)) => true,
            Err(_) => return outcome,
        };
        if !behind {
            let mut state = self.state.lock();
            state.learn(Anchor::of(head));
            state.seen = Some(head.clone());
        }
        if self.rolled_back.swap(behind, Ordering::AcqRel) != behind {
            metrics::gauge!("dinhdanh_store_rolled_back").set(f64::from(u8::from(behind)));
            match &outcome {
                Err(error) => tracing::error!(%error, "no work is taken: see docs/recovery.md"),
                Ok(()) => tracing::info!("the store goes on from what was answered; work is taken again"),
            }
        }
        outcome
    }
}

/// Makes sure that the ledger of a head, however long, goes on from an anchor.
///
/// # Errors
/// [`StoreError::RolledBack`] if it does not.
pub async fn extends(reader: &impl Reader, head: &Head, anchor: &Anchor) -> Result<(), StoreError> {
    match anchor.stand(head) {
        Stand::Same | Stand::Recovered => return Ok(()),
        Stand::Behind => return Err(behind(head, Some(*anchor))),
        Stand::Beyond => {}
    }
    let root = tree::over(reader, head, |tiles| tiles.root_at(anchor.size.cast_unsigned())).await?;
    match root == Some(anchor.root) {
        true => Ok(()),
        false => Err(behind(head, Some(*anchor))),
    }
}

/// Whether the head of a turn goes on from the tree of one that was seen before, by way of the anchor, if that lies between.
async fn goes_on(turn: &mut impl Turn, mut frontier: Frontier, anchor: Option<Anchor>) -> Result<(), StoreError> {
    let head = turn.head().clone();
    let passed = |frontier: &Frontier| {
        let here = anchor.filter(|anchor| anchor.size.cast_unsigned() == frontier.size());
        here.is_none_or(|anchor| anchor.root == frontier.root())
    };
    while frontier.size() < head.frontier.size() {
        let at = i64::try_from(frontier.size()).unwrap_or(i64::MAX);
        let leaves = turn.leaves_after(at, PAGE).await?;
        if leaves.is_empty() {
            break;
        }
        for leaf in leaves {
            frontier.push(leaf);
            if !passed(&frontier) {
                return Err(behind(&head, anchor));
            }
        }
    }
    match frontier == head.frontier {
        true => Ok(()),
        false => Err(behind(&head, anchor)),
    }
}

/// What is said of a store that is behind.
fn behind(head: &Head, anchor: Option<Anchor>) -> StoreError {
    let (epoch, size) = (head.epoch, head.size());
    StoreError::RolledBack(match anchor {
        None => format!(
            "the store ends at entry {size} of epoch {epoch}, and this server has no anchor that says how far it had come. If \
             it holds all that was ever answered: dinhdanh recover --nothing-lost. If it may be an old copy: dinhdanh recover"
        ),
        Some(anchor) if head.size() == 0 => format!(
            "the store is empty, but {} entries had been answered from. If they were of another store: name another folder of \
             anchors. If not, put the store back, and then: dinhdanh recover",
            anchor.size
        ),
        Some(anchor) => format!(
            "the store ends at entry {size} of epoch {epoch} and does not go on from entry {} of epoch {}, up to which had been \
             answered: an old copy was put back, or a failover lost commits. Recover it before anything else: dinhdanh recover",
            anchor.size, anchor.epoch
        ),
    })
}

async fn keep_flushed(flusher: anchors::Flusher) {
    let flusher = Arc::new(flusher);
    let mut failed = false;
    loop {
        tokio::time::sleep(FLUSH_EVERY).await;
        let flusher = Arc::clone(&flusher);
        let Ok(flushed) = tokio::task::spawn_blocking(move || flusher.flush()).await else {
            continue;
        };
        if let Err(error) = &flushed
            && !failed
        {
            tracing::error!(%error, "the anchor is not kept: should this server end, nobody knows how far the ledger had come");
        }
        failed = flushed.is_err();
    }
}

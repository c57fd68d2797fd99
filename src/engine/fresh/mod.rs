//! Telling what is fresh without asking the store: a filter of every key that the store knows.
//!
//! Most births are fresh: none of their keys is known. A filter that holds every request id, strict key and blocking key
//! of the store says so at once. It may be used in a turn only if it is complete up to the very head which that turn has
//! locked. So it goes on from head to head with this server's own commits, and the whole head is compared, not its size
//! alone: whatever else happened to the ledger (another server wrote, a commit whose outcome was unknown did happen, a
//! failover took commits back), the head is then another one, and everything is looked up until the filter has been
//! filled again ([`fill`]). Decision record 7 tells why that is enough.

mod bloom;
mod fill;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use self::bloom::{Bloom, Print};
pub(super) use self::fill::fill;
use crate::ledger::{Hash, Head, RequestKey};
use crate::number::{Prefix, free_counters};
use crate::protocol::{Changes, PrefixRow, Wanted};

/// Keys of one birth, for a first guess of how many there are.
const KEYS_PER_BIRTH: usize = 6;

/// For so long, at first, nobody else must have written before the filter is filled again. Each time another writes, twice
/// as long: servers that take turns with each other do not keep filling it.
const QUIET: Duration = Duration::from_secs(10);
/// The longest such time.
const LONGEST_QUIET: Duration = Duration::from_secs(3600);

/// What this server knows of the store's keys.
pub(crate) struct Fresh {
    state: Mutex<State>,
    /// Bytes the filter may take; 0 for none.
    most: usize,
    /// Callers choose the ids of requests, so a secret is mixed in: nobody can make them collide.
    hasher: RandomState,
    /// The filter is to be filled.
    wanted: Notify,
}

struct State {
    /// How the ledger stood after the last turn of this server.
    head: Head,
    /// Since when nobody else has written, on the monotonic clock.
    alone_since: Duration,
    /// How long nobody else must have written before it is filled again.
    quiet: Duration,
    phase: Phase,
    /// Counts the fillings, so that one that was given up is told from the next.
    filling: u64,
    known: Bloom,
    /// The roots of the ledger since the filling began: a page read while it stood at one of these counts.
    roots: HashSet<Hash>,
    /// Rows of prefixes as of `head`, where no number came from elsewhere.
    prefixes: HashMap<Prefix, PrefixRow>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Everything is looked up.
    Off,
    /// What is written goes into it, and in the background what was written before.
    Filling,
    /// It holds every key of the store as of `head`.
    Complete,
    /// There are more keys than it may hold.
    Full,
}

impl Fresh {
    /// A filter of at most so many bytes, to be filled from the store, whose ledger stood at `head`.
    pub fn new(most: usize, head: Head, now: Duration) -> Self {
        let fresh = Self {
            state: Mutex::new(State {
                head,
                alone_since: now,
                quiet: QUIET,
                phase: Phase::Off,
                filling: 0,
                known: Bloom::new(0, 0),
                roots: HashSet::new(),
                prefixes: HashMap::new(),
            }),
            most,
            hasher: RandomState::new(),
            wanted: Notify::new(),
        };
        if most > 0 {
            fresh.begin_filling(&mut fresh.state.lock());
        }
        fresh
    }

    /// Whether the store may know this request. `true` while the filter is not complete; what another server has written
    /// since this one's last turn is not known here.
    pub fn may_know(&self, request: &RequestKey) -> bool {
        let state = self.state.lock();
        state.phase != Phase::Complete || state.known.may_hold(self.print(request))
    }

    /// Whether no other server has written for as long as it took to fill the filter, up to this one's last turn.
    pub fn alone(&self) -> bool {
        self.state.lock().phase == Phase::Complete
    }

    /// Takes out of `wanted` what need not be looked up in a turn that has locked `head`: keys which the store surely
    /// does not know. Answers the prefixes that are known here.
    pub fn narrow(&self, head: &Head, now: Duration, wanted: &mut Wanted) -> HashMap<Prefix, PrefixRow> {
        let mut state = self.state.lock();
        self.meet(&mut state, head, now);
        if state.phase == Phase::Complete {
            let known = &state.known;
            wanted.requests.retain(|request| known.may_hold(self.print(request)));
            wanted.strict.retain(|key| known.may_hold(Print::of_key(key)));
            wanted.blocking.retain(|key| known.may_hold(Print::of_key(key)));
        }
        let mut prefixes = HashMap::with_capacity(wanted.prefixes.len());
        wanted.prefixes.retain(|(prefix, want)| {
            let Some(row) = state.prefixes.get(prefix) else {
                return true;
            };
            let free = free_counters(row.next, std::iter::empty(), *want);
            prefixes.insert(*prefix, PrefixRow { free, ..row.clone() });
            false
        });
        prefixes
    }

    /// Remembers prefixes that were looked up in the turn that is under way.
    pub fn learn(&self, prefixes: &HashMap<Prefix, PrefixRow>) {
        let mut state = self.state.lock();
        for (prefix, row) in prefixes {
            state.keep_prefix(*prefix, row);
        }
    }

    /// Notes that the turn under way was committed: only now, since one that was not must leave no trace here.
    pub fn committed(&self, changes: &Changes) {
        let mut state = self.state.lock();
        state.head = changes.head.clone();
        for (prefix, row) in &changes.prefixes {
            state.keep_prefix(*prefix, row);
        }
        if !matches!(state.phase, Phase::Filling | Phase::Complete) {
            return;
        }
        if state.phase == Phase::Filling {
            state.roots.insert(changes.head.frontier.root());
        }
        let requests = changes.entries.iter().map(|entry| self.print(&entry.request));
        let keys = changes.strict.iter().chain(&changes.moved).chain(&changes.blocking);
        let prints = requests.chain(keys.map(|(key, _)| Print::of_key(key)));
        state.insert(prints);
    }

    /// Compares the head that a turn has locked with the one that this server left.
    fn meet(&self, state: &mut State, head: &Head, now: Duration) {
        if state.head != *head {
            if state.is_on() {
                tracing::info!("the ledger was written by another; every key is looked up until it is known again");
                state.turn_off(Phase::Off);
                state.quiet = (state.quiet * 2).min(LONGEST_QUIET);
            }
            state.prefixes.clear();
            state.head = head.clone();
            state.alone_since = now;
        } else if state.phase == Phase::Off && self.most > 0 && now.saturating_sub(state.alone_since) >= state.quiet {
            self.begin_filling(state);
        }
    }

    fn begin_filling(&self, state: &mut State) {
        let births = usize::try_from(state.head.size()).unwrap_or(usize::MAX);
        state.known = Bloom::new(births.saturating_mul(KEYS_PER_BIRTH), self.most);
        state.phase = Phase::Filling;
        state.filling += 1;
        state.roots = HashSet::from([state.head.frontier.root()]);
        self.wanted.notify_one();
    }

    fn print(&self, request: &RequestKey) -> Print {
        Print::of_hash(self.hasher.hash_one(request))
    }
}

impl State {
    fn is_on(&self) -> bool {
        matches!(self.phase, Phase::Filling | Phase::Complete)
    }

    fn insert(&mut self, prints: impl IntoIterator<Item = Print>) {
        let before = self.known.bytes();
        let mut prints = prints.into_iter();
        if !prints.all(|print| self.known.insert(print)) {
            tracing::warn!(
                bytes = before,
                "there are more keys than the filter may hold; every key is looked up"
            );
            self.turn_off(Phase::Full);
        } else if self.known.bytes() != before {
            metrics::gauge!("dinhdanh_filter_bytes").set(self.known.bytes() as f64);
        }
    }

    fn turn_off(&mut self, phase: Phase) {
        self.phase = phase;
        self.known = Bloom::new(0, 0);
        self.roots = HashSet::new();
        metrics::gauge!("dinhdanh_filter_complete").set(0.0);
        metrics::gauge!("dinhdanh_filter_bytes").set(0.0);
    }

    fn keep_prefix(&mut self, prefix: Prefix, row: &PrefixRow) {
        // Numbers from elsewhere must be stepped over, and where they are only the store knows.
        if row.held == 0 {
            let free = Vec::new();
            self.prefixes.insert(prefix, PrefixRow { free, ..*row });
        } else {
            self.prefixes.remove(&prefix);
        }
    }
}

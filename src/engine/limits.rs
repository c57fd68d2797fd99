//! The bounds of the engine, in one place.

use std::time::Duration;

/// Commands of one turn.
const BATCH: usize = 512;

/// Bounds on work in hand. Each has a default that suits a machine of two cores.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Commands that may wait for a turn in each lane; as many again for offices that have little waiting.
    pub queue: usize,
    /// Commands of one turn.
    pub batch: usize,
    /// Items of streams that may wait for a turn, over all streams together.
    pub bulk: usize,
    /// Look-ups that may wait to read the store.
    pub lookups: usize,
    /// The longest that a birth may have to wait for its turn; one that would wait longer is refused.
    pub births_wait: Duration,
    /// The same for verifying and looking up.
    pub lookups_wait: Duration,
    /// The same for corrections and cases.
    pub cases_wait: Duration,
    /// Calls a second that one office may make in the long run.
    pub office_rate: u32,
    /// Calls that one office may make at once.
    pub office_burst: u32,
    /// Memory of the replay cache, in bytes.
    pub replay_bytes: u64,
    /// Memory of the filter of known keys, in bytes: 12 bits a key, about 9 a birth. 0 for none.
    pub filter_bytes: usize,
    /// How long a caller waits who names no deadline.
    pub answer_within: Duration,
    /// How long a turn whose outcome is unknown is run again before its callers are told to send again.
    pub settle_within: Duration,
    /// Shortest time after which a refused caller should come back; the longest is three times that. Both are drawn out
    /// under overload.
    pub retry_after: Duration,
    /// Added to every turn, to make the store slow for tests; else zero.
    pub turn_delay: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: 8192,
            batch: BATCH,
            bulk: 2048,
            lookups: 1024,
            // Longer than a few turns only fills the calls that clients may have under way.
            births_wait: Duration::from_millis(500),
            lookups_wait: Duration::from_secs(1),
            cases_wait: Duration::from_secs(2),
            office_rate: 200,
            office_burst: 2_000,
            replay_bytes: 64 << 20,
            // Enough for some thirty million births.
            filter_bytes: 256 << 20,
            answer_within: Duration::from_secs(20),
            settle_within: Duration::from_secs(30),
            retry_after: Duration::from_millis(250),
            turn_delay: Duration::ZERO,
        }
    }
}

const _: () = {
    // The contents of a turn, of at most 64 KiB each, are packed into one argument, which must stay far below SQLite's limit for a value (1 GB).
    assert!(BATCH * 64 * 1024 < 500_000_000);
};

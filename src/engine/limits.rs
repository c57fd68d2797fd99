//! The bounds of the engine, in one place.

use std::time::Duration;

/// Commands of one turn.
const BATCH: usize = 512;

/// Bounds on work in hand. Each has a default that suits a machine of two cores.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Commands that may wait for a turn.
    pub queue: usize,
    /// Commands of one turn.
    pub batch: usize,
    /// Memory of the replay cache, in bytes.
    pub replay_bytes: u64,
    /// How long a caller waits who names no deadline.
    pub answer_within: Duration,
    /// How long a turn whose outcome is unknown is run again before its callers are told to send again.
    pub settle_within: Duration,
    /// Shortest time after which a refused caller should come back; the longest is three times that.
    pub retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: 4096,
            batch: BATCH,
            replay_bytes: 64 << 20,
            answer_within: Duration::from_secs(20),
            settle_within: Duration::from_secs(30),
            retry_after: Duration::from_millis(250),
        }
    }
}

const _: () = {
    // The contents of a turn, of at most 64 KiB each, are packed into one argument, which must stay far below SQLite's limit for a value (1 GB).
    assert!(BATCH * 64 * 1024 < 500_000_000);
};

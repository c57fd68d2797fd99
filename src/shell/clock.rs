//! What time it is.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A source of time. The process has one and hands it on; tests bring their own.
pub trait Clock: Send + Sync + 'static {
    /// The time of day, UTC. It may jump in either direction when the system's clock is set.
    fn now(&self) -> Timestamp;

    /// Time passed since a moment that is fixed for this clock. It never runs backwards and knows nothing of the time
    /// of day, so it is the one to measure with, and the one to tell a jump of [`Clock::now`] by.
    fn monotonic(&self) -> Duration;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    /// The moment from which `monotonic` counts.
    started: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time begins now, at zero.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the time of day")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

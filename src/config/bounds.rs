//! The bounds: on work in hand, and on what callers may open, send and leave lying.

use std::time::Duration;

use super::settings::Settings;
use super::values::{duration, number};
use crate::engine::Limits;
use crate::gate::ConnectionLimits;

const MILLISECOND: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Reads bounds, each with its default.
struct Bounds<'a>(&'a mut Settings);

impl Bounds<'_> {
    /// A number from 1 to `most`.
    fn count<T: TryFrom<u64>>(&mut self, name: &'static str, most: u64, default: T) -> T {
        self.count_from(name, 1, most, default)
    }

    fn count_from<T: TryFrom<u64>>(&mut self, name: &'static str, least: u64, most: u64, default: T) -> T {
        let read = self.0.read(name, number(least, most));
        read.and_then(|count| T::try_from(count).ok()).unwrap_or(default)
    }

    fn time(&mut self, name: &'static str, (least, most): (Duration, Duration), default: Duration) -> Duration {
        self.0.read(name, duration(least, most)).unwrap_or(default)
    }
}

/// Bounds on work in hand.
pub(super) fn limits(settings: &mut Settings) -> Limits {
    let defaults = Limits::default();
    let mut read = Bounds(settings);
    let wait = (10 * MILLISECOND, MINUTE);
    let limits = Limits {
        queue: read.count("limits.queue", 1_000_000, defaults.queue),
        batch: read.count("limits.batch", defaults.batch as u64, defaults.batch),
        bulk: read.count("limits.bulk", 1_000_000, defaults.bulk),
        lookups: read.count("limits.lookups", 1_000_000, defaults.lookups),
        births_wait: read.time("limits.births_wait", wait, defaults.births_wait),
        lookups_wait: read.time("limits.lookups_wait", wait, defaults.lookups_wait),
        cases_wait: read.time("limits.cases_wait", wait, defaults.cases_wait),
        office_rate: read.count("limits.office_rate", 1_000_000, defaults.office_rate),
        office_burst: read.count("limits.office_burst", 1_000_000, defaults.office_burst),
        replay_bytes: read.count_from("limits.replay_bytes", 1 << 20, 1 << 40, defaults.replay_bytes),
        filter_bytes: read.count_from("limits.filter_bytes", 0, 1 << 40, defaults.filter_bytes),
        retry_after: read.time("limits.retry_after", (MILLISECOND, MINUTE), defaults.retry_after),
        turn_delay: read.time("store.turn_delay", (Duration::ZERO, MINUTE), defaults.turn_delay),
        ..defaults
    };
    if limits.queue < limits.batch {
        settings.wrong(
            "limits.queue",
            format!("is smaller than a batch ({}): a turn could never be full", limits.batch),
        );
    }
    limits
}

/// Bounds on connections and calls.
pub(super) fn connections(settings: &mut Settings) -> ConnectionLimits {
    let defaults = ConnectionLimits::default();
    let mut read = Bounds(settings);
    let time = (100 * MILLISECOND, DAY);
    ConnectionLimits {
        connections: read.count("connections.most", 1_000_000, defaults.connections),
        accepts: read.count_from("connections.accepts", 10, 1_000_000, defaults.accepts),
        streams: read.count("connections.streams", 65_536, defaults.streams),
        open_calls: read.count("connections.open_calls", 10_000_000, defaults.open_calls),
        calls: read.count_from("connections.calls", 2, 10_000_000, defaults.calls),
        office_calls: read.count("connections.office_calls", 10_000_000, defaults.office_calls),
        item_streams: read.count("connections.item_streams", 1_000_000, defaults.item_streams),
        message_bytes: read.count_from("connections.message_bytes", 1 << 20, 1 << 40, defaults.message_bytes),
        header_bytes: read.count_from("connections.header_bytes", 1 << 10, 1 << 20, defaults.header_bytes),
        message_within: read.time("connections.message_within", time, defaults.message_within),
        opening: read.time("connections.opening", time, defaults.opening),
        idle: read.time("connections.idle", time, defaults.idle),
        keepalive: read.time("connections.keepalive", time, defaults.keepalive),
        slow_reader: read.time("connections.slow_reader", time, defaults.slow_reader),
        refusals: read.count_from("connections.refusals", 50, 10_000_000, defaults.refusals),
        shed_after: read.time("connections.shed_after", time, defaults.shed_after),
    }
}

//! What a run found, as it is written to a file.

use std::time::Duration;

use hdrhistogram::Counter;
use hdrhistogram::Histogram;
use serde::Serialize;

use super::herd::Herd;
use super::settle::Settled;
use super::stock::Fates;
use super::tally::Counts;
use super::{Options, Pace, Tally};

/// All that a run found.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// How the figures were taken.
    pub how: How,
    /// Calls for births, each sent for the first time in this run.
    pub births: Option<Kind>,
    /// Calls that repeated an answered request.
    pub repeats: Option<Kind>,
    /// Items of the bulk stream beside them.
    pub bulk: Option<Kind>,
    /// The connections of a herd.
    pub herd: Option<Herd>,
    /// Births and repeats by second of the run.
    pub seconds: Vec<SecondFigures>,
    /// What became of all children, after settling.
    pub children: Fates,
    /// How what was left open was settled.
    pub settled: Option<Settled>,
    /// Whether the run was told to stop before its end.
    pub stopped: bool,
}

/// How figures were taken.
#[derive(Clone, Debug, Serialize)]
pub struct How {
    /// The client: always this one.
    pub client: &'static str,
    /// "open", "closed", "herd" or "settle".
    #[serde(rename = "loop")]
    pub pace: &'static str,
    /// From when latencies are counted: "intended start" or "first sending".
    pub latency_from: &'static str,
    /// Calls under way at a time in a closed loop.
    pub in_flight: Option<usize>,
    /// "unary" or "stream".
    pub way: &'static str,
    /// Servers.
    pub servers: usize,
    /// Connections, over all servers.
    pub connections: usize,
    /// Milliseconds.
    pub deadline_ms: u64,
    /// "never", "at-once" or "as-told".
    pub resend: &'static str,
    /// Which part of the calls repeats one that was answered.
    pub repeat: f64,
    /// Which births.
    pub seed: u64,
    /// Births that were made for the calls, sent or not; those of the bulk stream aside.
    pub births_made: usize,
    /// How long calls were begun: the time that figures a second refer to.
    pub seconds: f64,
    /// From the first call to the end of the last, resendings included.
    pub seconds_to_last_end: f64,
}

/// The figures of one kind of calls.
#[derive(Clone, Debug, Serialize)]
pub struct Kind {
    /// Calls due a second.
    pub offered_per_second: f64,
    /// Answers within the deadline from the intended start, a second.
    pub goodput_per_second: f64,
    /// Final answers a second, in time or not.
    pub answered_per_second: f64,
    /// From the intended start to the answer, of answered calls.
    pub latency_us: Percentiles,
    /// From the intended start to the first sending: how late this client itself was.
    pub late_start_us: Percentiles,
    /// All counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// Percentiles in microseconds, exact to one in a thousand.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Percentiles {
    /// The median.
    pub p50: u64,
    /// 90 of 100 are not above it.
    pub p90: u64,
    /// 99 of 100 are not above it.
    pub p99: u64,
    /// 999 of 1,000 are not above it.
    pub p999: u64,
    /// The largest.
    pub max: u64,
}

/// What happened in one second.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SecondFigures {
    /// From 0.
    pub second: usize,
    /// Calls meant to start in it.
    pub offered: u64,
    /// Of these, those answered in time.
    pub in_time: u64,
    /// Answers that came in it.
    pub answered: u64,
    /// Refusals that came in it.
    pub refused: u64,
    /// Of the calls meant to start in it, answered ones; nothing where there is none.
    pub p50_us: Option<u64>,
    /// The same.
    pub p99_us: Option<u64>,
}

impl How {
    /// How a run of these options is taken, which lasted so long.
    pub fn of(options: &Options, births_made: usize, lasted: Duration, to_last_end: Duration) -> Self {
        let (pace, latency_from, in_flight) = match options.pace {
            Pace::Open(_) => ("open", "intended start", None),
            Pace::Closed { in_flight, .. } => ("closed", "first sending", Some(in_flight.get())),
            Pace::Herd { .. } => ("herd", "intended start", None),
            Pace::Settle { .. } => ("settle", "first sending", None),
        };
        Self {
            client: "dinhdanh load",
            pace,
            latency_from,
            in_flight,
            way: options.way.name(),
            servers: options.servers.len(),
            connections: options.connections.get(),
            deadline_ms: u64::try_from(options.deadline.as_millis()).unwrap_or(u64::MAX),
            resend: options.resend.name(),
            repeat: options.repeat,
            seed: options.seed,
            births_made,
            seconds: lasted.as_secs_f64(),
            seconds_to_last_end: to_last_end.as_secs_f64(),
        }
    }
}

impl Kind {
    /// The figures of a tally over so many seconds; nothing where no call was due.
    pub fn of(tally: &Tally, seconds: f64) -> Option<Self> {
        let counts = &tally.counts;
        let per_second = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        (counts.offered > 0).then(|| Self {
            offered_per_second: per_second(counts.offered),
            goodput_per_second: per_second(counts.in_time),
            answered_per_second: per_second(counts.answered()),
            latency_us: Percentiles::of(&tally.latency),
            late_start_us: Percentiles::of(&tally.late_start),
            counts: counts.clone(),
        })
    }
}

impl Percentiles {
    fn of<C: Counter>(latency: &Histogram<C>) -> Self {
        Self {
            p50: latency.value_at_quantile(0.5),
            p90: latency.value_at_quantile(0.9),
            p99: latency.value_at_quantile(0.99),
            p999: latency.value_at_quantile(0.999),
            max: latency.max(),
        }
    }
}

/// A tally by second.
pub fn seconds(tally: &Tally) -> Vec<SecondFigures> {
    let figures = tally.seconds.iter().enumerate().map(|(index, second)| {
        let quantile = |q| (!second.latency.is_empty()).then(|| second.latency.value_at_quantile(q));
        SecondFigures {
            second: index,
            offered: second.offered,
            in_time: second.in_time,
            answered: second.answered,
            refused: second.refused,
            p50_us: quantile(0.5),
            p99_us: quantile(0.99),
        }
    });
    figures.collect()
}

impl Figures {
    /// Answers that contradict an earlier answer to the same request.
    pub fn contradictions(&self) -> u64 {
        let kinds = [self.births.as_ref(), self.repeats.as_ref(), self.bulk.as_ref()];
        kinds.into_iter().flatten().map(|kind| kind.counts.contradictions).sum()
    }
}

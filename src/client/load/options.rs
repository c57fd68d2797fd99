//! What a load is: how much of what, against whom, and how it behaves when it is refused.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;

use super::schedule::Schedule;
use crate::client::{Address, Trust};

/// A load.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the service answers. Connections are shared out evenly.
    pub servers: Vec<Address>,
    /// For a service reached by TLS.
    pub trust: Option<Trust>,
    /// How many connections, over all servers; a herd has its own count.
    pub connections: NonZeroUsize,
    /// How calls are begun.
    pub pace: Pace,
    /// From the intended start of a call to its answer; what comes later is not counted as in time.
    pub deadline: Duration,
    /// What a refused or unanswered call is followed by.
    pub resend: Resend,
    /// Which part of all calls repeats a request that has been answered, from 0 to 1.
    pub repeat: f64,
    /// How births are sent.
    pub way: Way,
    /// Entries of a bulk stream beside the births.
    pub bulk: usize,
    /// Which births.
    pub seed: u64,
    /// The day on which the last of them are registered.
    pub today: Date,
    /// Where intents and answers are noted.
    pub journal: Option<PathBuf>,
    /// For how long, at the end, children without a final answer are sent again until they have one.
    pub settle: Option<Duration>,
}

/// How calls are begun.
#[derive(Clone, Debug)]
pub enum Pace {
    /// At given moments, whether or not earlier ones have been answered: an open loop.
    Open(Schedule),
    /// One when another one ends: a closed loop.
    Closed {
        /// Calls under way at a time, over all connections.
        in_flight: NonZeroUsize,
        /// Calls in all.
        count: usize,
        /// No call is begun after this time.
        within: Option<Duration>,
    },
    /// Each of many connections sends its one birth, all at the same moment.
    Herd {
        /// How many connections.
        count: NonZeroUsize,
        /// How long to wait between the last connection's opening and the first sending.
        pause: Duration,
        /// How long to go on until all are served.
        within: Duration,
    },
    /// None: only what an earlier run left open is settled.
    Settle {
        /// The births of that run, those of its bulk stream aside.
        births: usize,
    },
}

/// What a call that was refused, or not answered in time, is followed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// Nothing.
    Never,
    /// The same request at once, whatever the service asked for.
    AtOnce,
    /// The same request after the time the service asked for.
    AsTold,
}

/// How births are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `IssueNumber`, each from the office of the birth.
    Unary,
    /// `IssueNumbers`, a stream for each connection, each of one large office.
    Stream,
}

impl Options {
    /// The calls that the pace begins.
    pub fn calls(&self) -> usize {
        match &self.pace {
            Pace::Open(schedule) => schedule.calls(),
            Pace::Closed { count, .. } => *count,
            Pace::Herd { count, .. } => count.get(),
            Pace::Settle { births } => *births,
        }
    }

    /// The time the pace takes, where that is known.
    pub fn lasts(&self) -> Option<Duration> {
        match &self.pace {
            Pace::Open(schedule) => Some(schedule.lasts()),
            Pace::Closed { within, .. } => *within,
            Pace::Herd { .. } | Pace::Settle { .. } => None,
        }
    }
}

impl Resend {
    /// Its name on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::AtOnce => "at-once",
            Self::AsTold => "as-told",
        }
    }
}

impl Way {
    /// Its name on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unary => "unary",
            Self::Stream => "stream",
        }
    }
}

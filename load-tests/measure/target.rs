//! What is measured: a server, called in one way.

use std::fmt;

use clap::ValueEnum;

/// A server, or several behind one balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Target {
    /// Decides nothing and keeps nothing: the ceiling.
    Echo,
    /// What most would write, on PostgreSQL and Redis.
    Baseline,
    /// The service with its embedded store.
    Embedded,
    /// The service on PostgreSQL and Redis.
    Postgres,
    /// Two of them over one PostgreSQL and one Redis.
    PostgresTwo,
    /// Three of them.
    PostgresThree,
    /// The service on PostgreSQL and Redis, with a million rows already there.
    PostgresSmall,
    /// With 17 million.
    PostgresLarge,
}

impl Target {
    /// Its name, as it is given to `--targets`.
    pub fn name(self) -> &'static str {
        match self {
            Target::Echo => "echo",
            Target::Baseline => "baseline",
            Target::Embedded => "embedded",
            Target::Postgres => "postgres",
            Target::PostgresTwo => "postgres-two",
            Target::PostgresThree => "postgres-three",
            Target::PostgresSmall => "postgres-small",
            Target::PostgresLarge => "postgres-large",
        }
    }

    /// Whether it needs PostgreSQL and Redis.
    pub fn is_shared(self) -> bool {
        !matches!(self, Target::Echo | Target::Embedded)
    }

    /// How many rows of past births its tables are filled with before anything is measured. A power of two.
    pub fn rows(self) -> Option<u64> {
        match self {
            Target::PostgresSmall => Some(1 << 20),
            Target::PostgresLarge => Some(1 << 24),
            _ => None,
        }
    }

    /// How many servers it is.
    pub fn servers(self) -> usize {
        match self {
            Target::PostgresTwo => 2,
            Target::PostgresThree => 3,
            _ => 1,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// `IssueNumber`, one birth a call.
    Unary,
    /// `IssueNumbers`, many births a stream.
    Stream,
    /// `IssueNumber` in a storm: of ten calls nine repeat one of the last 400 births, some of them still under way, over
    /// whichever connection comes.
    Storm,
    /// `IssueNumber`, each call repeating, to the byte, one of some births that were answered before the time starts.
    Replay,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Way::Unary => "unary",
            Way::Stream => "stream",
            Way::Storm => "storm",
            Way::Replay => "replay",
        })
    }
}

//! The arguments of `dinhdanh load`, and the load they ask for.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};
use jiff::civil::Date;

use super::CliError;
use super::trust::TrustArgs;
use crate::client::Address;
use crate::client::load::{Options, Pace, Resend, Schedule, Way};
use crate::shell::Clock;

// Not a doc comment: clap would show it in place of the command's own.
// The load that is asked for.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("pace").required(true))]
pub struct LoadOptions {
    /// Where the service answers; several servers are given one by one, and share the connections evenly.
    #[arg(
        long,
        default_value = "http://127.0.0.1:7400",
        env = "DINHDANH_SERVER",
        value_name = "URL"
    )]
    server: Vec<Address>,
    #[command(flatten)]
    trust: TrustArgs,
    /// Connections, over all servers.
    #[arg(long, default_value = "8", value_name = "N")]
    connections: NonZeroUsize,
    /// Open loop: begin so many calls a second, for the time given by --for.
    #[arg(long, group = "pace", requires = "lasts", value_name = "PER_SECOND")]
    rate: Option<f64>,
    /// How long to begin calls, in seconds. With --in-flight, begin none after that.
    #[arg(long = "for", id = "lasts", conflicts_with_all = ["steps", "herd", "settle_only"], value_name = "SECONDS")]
    lasts: Option<f64>,
    /// Open loop: one rate after another, calls a second and for how many seconds.
    #[arg(long, group = "pace", value_name = "RATE:SECONDS,…")]
    steps: Option<Schedule>,
    /// Closed loop: so many calls under way at a time, over all connections.
    #[arg(long, group = "pace", requires = "count", value_name = "N")]
    in_flight: Option<NonZeroUsize>,
    /// With --in-flight: calls in all. With --settle-only: the births of the run that is settled.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50_000_000), conflicts_with_all = ["rate", "steps", "herd"], value_name = "N")]
    count: Option<u32>,
    /// Open so many connections, of one office each; then let all send their one birth at once, and again as told until
    /// all are served. The limit of open files is raised as far as the system allows.
    #[arg(long, group = "pace", conflicts_with_all = ["resend", "ways", "bulk", "repeat"], value_name = "N")]
    herd: Option<NonZeroUsize>,
    /// With --herd: how long to wait between the opening of the last connection and the first sending, in seconds.
    #[arg(long, default_value_t = 1.0, requires = "herd", value_name = "SECONDS")]
    herd_after: f64,
    /// With --herd: give up when not all are served after so many seconds.
    #[arg(long, default_value_t = 600.0, requires = "herd", value_name = "SECONDS")]
    herd_within: f64,
    /// Send nothing new: settle what an earlier run with the same --seed, --ways, --bulk and --today left open in
    /// --journal. --count is what that run says it sent at most ("births made").
    #[arg(long, group = "pace", requires_all = ["journal", "count"], conflicts_with = "repeat")]
    settle_only: bool,
    /// From the intended start of a call to its answer, in seconds; sent to the service as the time a call may take.
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS")]
    deadline: f64,
    /// What to do when a call is refused, or not answered by its deadline.
    #[arg(long, value_enum, default_value_t = ResendArg::Never)]
    resend: ResendArg,
    /// Which part of the calls repeats a request that has been answered, from 0 to 1. A thousand requests are answered
    /// for this before the time starts.
    #[arg(long, default_value_t = 0.0, value_name = "FRACTION")]
    repeat: f64,
    /// How births are sent.
    #[arg(long, value_enum, default_value_t = WayArg::Unary)]
    ways: WayArg,
    /// Beside the births, send a stream of at most so many other ones over a connection of its own, until the births end.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=50_000_000), value_name = "N")]
    bulk: u32,
    /// Which births, of all there could be.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// The day on which the last births are registered, as YYYY-MM-DD. [default: today in Viet Nam]
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// Note what was sent and answered in this new file, for `dinhdanh verify --answers`. It holds personal numbers.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// At the end, send every child without a final answer again, as told, until it has one. Not part of the figures.
    #[arg(long)]
    settle: bool,
    /// Give up settling after so many seconds.
    #[arg(long, default_value_t = 300.0, value_name = "SECONDS")]
    settle_within: f64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ResendArg {
    /// Not at all.
    Never,
    /// Send the same again at once, whatever the service asks for.
    AtOnce,
    /// Send the same again after the time the service asks for.
    AsTold,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WayArg {
    /// IssueNumber, one birth a call, each from its own office.
    Unary,
    /// IssueNumbers, one stream for each connection, each from one large office.
    Stream,
}

impl LoadOptions {
    /// The load that is asked for.
    ///
    /// # Errors
    /// [`CliError`] if the arguments contradict each other.
    pub fn options(&self, clock: &dyn Clock) -> Result<Options, CliError> {
        if !(0.0..=1.0).contains(&self.repeat) {
            return Err(CliError::new("--repeat is a part of the whole: from 0 to 1"));
        }
        if self.repeat > 0.0 && matches!(self.ways, WayArg::Stream) {
            return Err(CliError::new("--repeat goes with --ways unary only"));
        }
        if let Some(journal) = &self.journal
            && journal.exists() != self.settle_only
        {
            let path = journal.display();
            return Err(CliError::new(match self.settle_only {
                true => format!("--journal {path}: there is no such file to settle"),
                false => format!("--journal {path} is there already: name another file, or add --settle-only"),
            }));
        }
        let settle = self.settle || self.settle_only;
        Ok(Options {
            servers: self.server.clone(),
            trust: self.trust.read(self.server.iter())?,
            connections: self.connections,
            pace: self.pace()?,
            deadline: seconds("--deadline", self.deadline)?,
            resend: match self.resend {
                _ if self.herd.is_some() => Resend::AsTold,
                ResendArg::Never => Resend::Never,
                ResendArg::AtOnce => Resend::AtOnce,
                ResendArg::AsTold => Resend::AsTold,
            },
            repeat: self.repeat,
            way: match self.ways {
                WayArg::Unary => Way::Unary,
                WayArg::Stream => Way::Stream,
            },
            bulk: self.bulk as usize,
            seed: self.seed,
            today: self.today.unwrap_or_else(|| super::generate::today(clock)),
            journal: self.journal.clone(),
            settle: settle
                .then(|| seconds("--settle-within", self.settle_within))
                .transpose()?,
        })
    }

    /// The arguments allow exactly one.
    fn pace(&self) -> Result<Pace, CliError> {
        let count = self.count.unwrap_or_default() as usize;
        if let Some(count) = self.herd {
            let pause = match self.herd_after {
                0.0 => Duration::ZERO,
                pause => seconds("--herd-after", pause)?,
            };
            let within = seconds("--herd-within", self.herd_within)?;
            return Ok(Pace::Herd { count, pause, within });
        }
        if let Some(in_flight) = self.in_flight {
            if in_flight < self.connections {
                return Err(CliError::new("--in-flight is less than --connections"));
            }
            let within = self.lasts.map(|lasts| seconds("--for", lasts)).transpose()?;
            return Ok(Pace::Closed {
                in_flight,
                count,
                within,
            });
        }
        if let Some(schedule) = &self.steps {
            return Ok(Pace::Open(schedule.clone()));
        }
        if let (Some(rate), Some(lasts)) = (self.rate, self.lasts) {
            let schedule = Schedule::of(&[(rate, lasts)]);
            return schedule
                .map(Pace::Open)
                .map_err(|error| CliError::new(format!("--rate {rate} --for {lasts}: {error}")));
        }
        Ok(Pace::Settle { births: count })
    }
}

/// A time that is given in seconds.
fn seconds(flag: &str, seconds: f64) -> Result<Duration, CliError> {
    if seconds > 0.0 && seconds <= 86_400.0 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(CliError::new(format!(
            "{flag} is a time from above 0 to 86,400 seconds"
        )))
    }
}

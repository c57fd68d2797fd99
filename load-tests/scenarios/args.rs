//! Which scenarios, and how large.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::args::Ground;
use crate::target::Target;

/// Put the service under loads of all kinds, and see what it does.
///
/// Each scenario starts the servers it needs, sends births by `dinhdanh load`, settles what was left open, and has
/// `dinhdanh verify` hold what clients were told against the ledger. The run exits 1 if that finds anything, or if
/// numbers + reviews + rejections are not all children, whatever the figures are.
#[derive(Debug, Parser)]
#[command(name = "measure scenarios")]
pub struct ScenarioArgs {
    /// Which scenarios, in this order.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Name::value_variants().to_vec())]
    pub only: Vec<Name>,
    /// Seconds instead of minutes for each: to see that everything works, not to measure.
    #[arg(long)]
    pub short: bool,
    /// How often each is measured, its targets in turn. [default: 3, or 1 with --short]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: Option<u32>,
    /// Which servers, where a scenario has a choice. [default: all that can be started]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub targets: Option<Vec<Target>>,
    /// Where the results go: a file for each scenario, and a page of all that are there.
    #[arg(long, default_value = "load-tests/results")]
    pub results: PathBuf,
    /// What targets stand on.
    #[command(flatten)]
    pub ground: Ground,
}

/// A scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// The most that can be had: more and more calls under way.
    Peak,
    /// Latency at parts of the peak, half of it among them.
    Latency,
    /// From a tenth to ten times of capacity, with the store slowed.
    Overload,
    /// Three times the true peak.
    Triple,
    /// Clients that send again at once, and clients that do as they are told.
    Storm,
    /// From idle to ten times of capacity and back.
    Step,
    /// 18,359 connections that all send again after an outage.
    Herd,
    /// A million entries in one stream beside live births.
    Bulk,
    /// Requests that were answered before, also while fresh ones are shed.
    Replays,
    /// Throughput as the ledger grows.
    Rows,
}

impl Name {
    /// As it is given to `--only`, and the name of its file.
    pub fn text(self) -> &'static str {
        match self {
            Name::Peak => "peak",
            Name::Latency => "latency",
            Name::Overload => "overload",
            Name::Triple => "triple",
            Name::Storm => "storm",
            Name::Step => "step",
            Name::Herd => "herd",
            Name::Bulk => "bulk",
            Name::Replays => "replays",
            Name::Rows => "rows",
        }
    }
}

impl ScenarioArgs {
    /// The one or the other size.
    pub fn size<T>(&self, short: T, full: T) -> T {
        if self.short { short } else { full }
    }

    /// How often each is measured.
    pub fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(self.size(1, 3))
    }

    /// Of these targets, those that were asked for and can be started.
    pub fn targets(&self, all: &[Target]) -> Vec<Target> {
        let shared = self.ground.postgres.is_some() && self.ground.redis.is_some();
        let wanted = |target: &&Target| self.targets.as_ref().is_none_or(|wanted| wanted.contains(target));
        let can = |target: &&Target| shared || !target.is_shared();
        all.iter().filter(wanted).filter(can).copied().collect()
    }
}

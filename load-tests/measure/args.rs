//! What to measure.

use std::path::PathBuf;

use clap::Parser;

use crate::Outcome;
use crate::target::{Target, Way};

/// Measure the service against a no-op echo of the same messages, and against what most would write.
///
/// Every round measures the targets in turn, by unary calls and by streams. The run ends with `verify` over what the
/// service wrote, and exits 1 if that finds anything or if any call failed.
///
/// `measure scenarios --help` tells of peaks, overload, storms, herds and the rest.
#[derive(Debug, Parser)]
#[command(name = "measure")]
pub struct Args {
    /// How often each cell is measured.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Calls, or items of streams, in one cell.
    #[arg(long, default_value_t = 40_000)]
    pub count: usize,
    /// Connections to the server.
    #[arg(long, default_value_t = 8)]
    pub connections: usize,
    /// Calls under way at a time, over all connections.
    #[arg(long, default_value_t = 512)]
    pub in_flight: usize,
    /// Streams on each connection; they share what may be under way.
    #[arg(long, default_value_t = 4)]
    pub streams: usize,
    /// What to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Target::Echo, Target::Embedded])]
    pub targets: Vec<Target>,
    /// How to call it.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Way::Unary, Way::Stream])]
    pub ways: Vec<Way>,
    /// What targets stand on.
    #[command(flatten)]
    pub ground: Ground,
    /// Also write all figures to this file, as JSON.
    #[arg(long)]
    pub json: Option<PathBuf>,
}

/// What targets stand on.
#[derive(Debug, clap::Args)]
pub struct Ground {
    /// The PostgreSQL server for the targets that need one: a database of its own is made there for each, and dropped
    /// at the end.
    #[arg(long, env = "DINHDANH_TEST_POSTGRES_URL", hide_env_values = true)]
    pub postgres: Option<String>,
    /// The Redis server for the targets that need one.
    #[arg(long, env = "DINHDANH_TEST_REDIS_URL", hide_env_values = true)]
    pub redis: Option<String>,
    /// Where the service keeps its data meanwhile: a folder is made there, and removed at the end. [default: the
    /// system's place for temporary files]
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Which synthetic births are sent.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Ground {
    /// A new folder for all that is written, removed when it is dropped.
    pub fn folder(&self) -> Outcome<tempfile::TempDir> {
        let parent = self.data.clone().unwrap_or_else(std::env::temp_dir);
        let mut folder = tempfile::Builder::new();
        Ok(folder.prefix("dinhdanh-measure-").tempdir_in(parent)?)
    }
}

impl Args {
    /// Refuses what cannot be shared out evenly.
    pub fn check(&self) -> Outcome<()> {
        let streams = self.connections * self.streams;
        if self.connections == 0 || self.streams == 0 {
            return Err("--connections and --streams begin at 1".into());
        }
        if !self.in_flight.is_multiple_of(streams) || self.in_flight == 0 {
            let problem = format!("--in-flight must be a multiple of all {streams} streams (connections x streams)");
            return Err(problem.into());
        }
        if self.count < self.in_flight {
            return Err("--count is less than --in-flight".into());
        }
        Ok(())
    }

    /// Calls with which each server is warmed up before anything is measured.
    pub fn warm_up(&self) -> usize {
        (self.count / 10).max(self.in_flight)
    }
}

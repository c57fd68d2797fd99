//! The figures, for people and as JSON.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::Outcome;
use crate::args::Args;
use crate::ratio::Ratio;
use crate::row::Row;
use crate::target::{Target, Way};

/// What is compared with what.
const YARDSTICKS: &[(Target, &[Target])] = &[
    (Target::Echo, &[Target::Embedded, Target::Postgres, Target::PostgresTwo]),
    (Target::Baseline, &[Target::Postgres, Target::PostgresTwo]),
    (Target::Postgres, &[Target::PostgresTwo, Target::PostgresThree]),
    (Target::PostgresSmall, &[Target::PostgresLarge]),
];

/// All figures of a run.
#[derive(Debug, Serialize)]
pub struct Report {
    count: usize,
    connections: usize,
    in_flight: usize,
    streams: usize,
    /// Median time of a 4 KiB write with `fdatasync` where the service keeps its data, in microseconds.
    disk_sync_us: u32,
    rows: Vec<Row>,
    ratios: Vec<Ratio>,
    /// The most memory each target's own processes held, in MiB.
    pub peaks: BTreeMap<&'static str, f64>,
    /// Whether `verify` found all in order.
    pub verified: bool,
}

impl Report {
    /// Begins a report and prints the head of its table.
    pub fn new(args: &Args, disk_sync_us: u32) -> Report {
        println!(
            "{} calls a cell, {} in flight over {} connections, streams: {} a connection; disk sync {disk_sync_us} us",
            args.count, args.in_flight, args.connections, args.streams
        );
        println!();
        println!("{}", Row::HEAD);
        Report {
            count: args.count,
            connections: args.connections,
            in_flight: args.in_flight,
            streams: args.streams,
            disk_sync_us,
            rows: Vec::new(),
            ratios: Vec::new(),
            peaks: BTreeMap::new(),
            verified: true,
        }
    }

    /// Adds the row of a round and prints it.
    pub fn add(&mut self, round: u32, mut row: Row) {
        row.round = round;
        println!("{row}");
        self.rows.push(row);
    }

    /// Prints the ratios, writes the file, and says whether all was well.
    pub fn finish(mut self, json: Option<&Path>) -> Outcome<bool> {
        let mut ratios = Vec::new();
        let rows = |target: Target, way: Way| {
            let of_cell = |row: &&Row| row.target == target.name() && row.way == way.to_string();
            self.rows.iter().filter(of_cell).collect::<Vec<_>>()
        };
        for way in [Way::Unary, Way::Stream, Way::Storm, Way::Replay] {
            for (yardstick, targets) in YARDSTICKS {
                for target in *targets {
                    ratios.extend(Ratio::all(&rows(*yardstick, way), &rows(*target, way)));
                }
            }
        }
        // A storm against fresh births of the same target.
        for target in [
            Target::Embedded,
            Target::Postgres,
            Target::PostgresTwo,
            Target::PostgresThree,
        ] {
            ratios.extend(Ratio::all(&rows(target, Way::Unary), &rows(target, Way::Storm)));
        }
        self.ratios = ratios;
        println!();
        for ratio in &self.ratios {
            println!("{ratio}");
        }
        for (target, mib) in &self.peaks {
            println!("peak memory of {target}: {mib:.0} MiB");
        }
        let failed = self.rows.iter().any(|row| !row.failed.is_empty());
        if failed {
            println!("FAILED: calls ended otherwise than with a new number or a case");
        }
        if !self.verified {
            println!("FAILED: verify");
        }
        if let Some(path) = json {
            fs::write(path, serde_json::to_vec_pretty(&self)?)?;
        }
        Ok(self.verified && !failed)
    }
}

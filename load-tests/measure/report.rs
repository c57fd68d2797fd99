//! The figures, for people and as JSON.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::Outcome;
use crate::args::Args;
use crate::cell::Cell;
use crate::ratio::Ratio;
use crate::row::Row;

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
    echo_peak_mib: f64,
    service_peak_mib: f64,
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
            echo_peak_mib: 0.0,
            service_peak_mib: 0.0,
            verified: false,
        }
    }

    /// Adds the row of a round and prints it.
    pub fn add(&mut self, round: u32, mut row: Row) {
        row.round = round;
        println!("{row}");
        self.rows.push(row);
    }

    /// Adds the most memory each server held, in MiB.
    pub fn peaks(&mut self, echo_mib: f64, service_mib: f64) {
        (self.echo_peak_mib, self.service_peak_mib) = (echo_mib, service_mib);
    }

    /// Prints the ratios, writes the file, and says whether all was well.
    pub fn finish(mut self, json: Option<&Path>) -> Outcome<bool> {
        let pairs = [
            ("unary", Cell::EchoUnary, Cell::ServiceUnary),
            ("stream", Cell::EchoStream, Cell::ServiceStream),
        ];
        for (call, echo, service) in pairs {
            let rows = |cell: Cell| {
                self.rows
                    .iter()
                    .filter(|row| row.cell == cell.name())
                    .collect::<Vec<_>>()
            };
            self.ratios.extend(Ratio::all(call, &rows(echo), &rows(service)));
        }
        println!();
        for ratio in &self.ratios {
            println!("{ratio}");
        }
        println!(
            "peak memory: service {:.0} MiB, echo {:.0} MiB",
            self.service_peak_mib, self.echo_peak_mib
        );
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

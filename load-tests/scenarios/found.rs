//! What a scenario found, as it is written to its file.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::steady;
use crate::Outcome;

/// All that a scenario found.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// Its name.
    pub scenario: String,
    /// What was done.
    pub what: String,
    /// How the figures were taken: by which client, in which loop, and from when latencies count.
    pub taken: String,
    /// How the store was slowed, if it was.
    pub slowed: Option<String>,
    /// "short" or "full": figures of a short run say only that everything works.
    pub size: String,
    /// How often each was measured.
    pub rounds: u32,
    /// Cores of the machine, shared by all that ran.
    pub cores: usize,
    /// Median time of a 4 KiB write with `fdatasync` where the service kept its data, in microseconds.
    pub disk_sync_us: u32,
    /// The figures to look at.
    pub findings: Vec<Finding>,
    /// Figures against each other.
    pub plots: Vec<Plot>,
    /// What the checker found, for each target.
    pub checks: Vec<Check>,
    /// All loads, with all their figures.
    pub loads: Vec<Load>,
}

/// One figure.
#[derive(Debug, Serialize, Deserialize)]
pub struct Finding {
    /// What it is.
    pub what: String,
    /// Its median over the rounds.
    pub value: f64,
    /// Its lowest and highest.
    pub range: (f64, f64),
    /// Of what; empty for a ratio.
    pub unit: String,
}

/// Figures against each other.
#[derive(Debug, Serialize, Deserialize)]
pub struct Plot {
    /// What is shown, and how it was taken.
    pub title: String,
    /// What goes from left to right.
    pub x: String,
    /// What goes up.
    pub y: String,
    /// Whether equal distances are equal ratios.
    pub log_x: bool,
    /// The same, upwards.
    pub log_y: bool,
    /// One line each.
    pub series: Vec<Series>,
}

/// One line of a plot.
#[derive(Debug, Serialize, Deserialize)]
pub struct Series {
    /// What it is of.
    pub name: String,
    /// Its points, from left to right.
    pub points: Vec<(f64, f64)>,
}

/// What the checker found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Check {
    /// The target.
    pub target: String,
    /// Whether `verify --answers` found all in order.
    pub verified: bool,
    /// Children that were sent.
    pub sent: u64,
    /// Numbers + reviews + rejections that clients were told.
    pub told: u64,
    /// The same by the ledger; nothing where none is kept.
    pub ledger: Option<u64>,
    /// The most memory its servers held, in MiB.
    pub peak_mib: f64,
}

/// One load.
#[derive(Debug, Serialize, Deserialize)]
pub struct Load {
    /// The target.
    pub target: String,
    /// Which part of the scenario it was.
    pub label: String,
    /// From 1.
    pub round: u32,
    /// What `dinhdanh load` found.
    pub figures: Value,
}

impl Found {
    /// Adds a figure by its values of all rounds; nothing if there are none.
    pub fn find(&mut self, what: impl Into<String>, values: &[f64], unit: &str) {
        let Some(value) = median(values) else { return };
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let what = what.into();
        println!("{what}: {value:.3} {unit} ({lowest:.3} to {highest:.3})");
        self.findings.push(Finding {
            what,
            value,
            range: (lowest, highest),
            unit: unit.to_owned(),
        });
    }

    /// A figure of all loads of a target and label, round by round. `path` as in RFC 6901.
    pub fn values(&self, target: &str, label: &str, path: &str) -> Vec<f64> {
        let loads = self
            .loads
            .iter()
            .filter(|load| load.target == target && load.label == label);
        loads.filter_map(|load| load.figures.pointer(path)?.as_f64()).collect()
    }

    /// What was counted a second by all loads of a target and label while they were under way in full, round by round.
    pub fn steady(&self, target: &str, label: &str, field: &str) -> Vec<f64> {
        let loads = self
            .loads
            .iter()
            .filter(|load| load.target == target && load.label == label);
        loads.filter_map(|load| steady(&load.figures, field)).collect()
    }

    /// The median of what a target answered a second in a closed loop of that label, on which other loads rest.
    pub fn capacity(&self, target: &str, label: &str) -> Outcome<f64> {
        let capacity = median(&self.steady(target, label, "answered")).filter(|capacity| *capacity > 0.0);
        capacity.ok_or_else(|| format!("{target}: its {label} could not be measured").into())
    }

    /// The median of a figure by its path.
    pub fn value(&self, target: &str, label: &str, path: &str) -> Option<f64> {
        median(&self.values(target, label, path))
    }

    /// Whether all that was sent was decided once, and is kept.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(Check::holds)
    }

    /// Writes it to the file of its scenario in a folder.
    pub fn write(&self, folder: &Path) -> Outcome<()> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{}.json", self.scenario));
        Ok(fs::write(path, serde_json::to_string_pretty(self)? + "\n")?)
    }
}

impl Check {
    /// Whether all that was sent was decided once, and is kept.
    pub fn holds(&self) -> bool {
        self.verified && self.sent == self.told && self.ledger.is_none_or(|ledger| ledger == self.sent)
    }
}

/// The ratios of two figures, round by round.
pub fn ratios(above: &[f64], below: &[f64]) -> Vec<f64> {
    above.iter().zip(below).map(|(above, below)| above / below).collect()
}

/// The middle one.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (
        sorted.get(sorted.len().checked_sub(1)? / 2)?,
        sorted.get(sorted.len() / 2)?,
    );
    Some((low + high) / 2.0)
}

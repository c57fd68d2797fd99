//! What became of how many rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::batch::Line;

/// Counts of rows by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// By result.
    pub results: BTreeMap<String, u64>,
    /// By place, the first three digits of a number, and result.
    pub places: BTreeMap<String, BTreeMap<String, u64>>,
    /// By kind of registration and result.
    pub kinds: BTreeMap<String, BTreeMap<String, u64>>,
    /// By what is contradicted or wrong: of rows that were not imported.
    pub reasons: BTreeMap<String, u64>,
    /// By kind of warning.
    pub warnings: BTreeMap<String, u64>,
}

impl Counts {
    pub(super) fn add(&mut self, line: &Line) {
        let one_more = |counts: &mut BTreeMap<String, u64>, name: &str| {
            *counts.entry(name.to_owned()).or_default() += 1;
        };
        one_more(&mut self.results, &line.result);
        if !line.place.is_empty() {
            one_more(self.places.entry(line.place.clone()).or_default(), &line.result);
        }
        if !line.kind.is_empty() {
            one_more(self.kinds.entry(line.kind.clone()).or_default(), &line.result);
        }
        if !line.reason.is_empty() {
            one_more(&mut self.reasons, &line.reason);
        }
        for warning in &line.warnings {
            let kind = warning.split(' ').next().unwrap_or_default();
            one_more(&mut self.warnings, kind);
        }
    }

    /// How many rows there were.
    pub fn rows(&self) -> u64 {
        self.results.values().sum()
    }

    /// How many had this result.
    pub fn of(&self, result: &str) -> u64 {
        self.results.get(result).copied().unwrap_or_default()
    }
}

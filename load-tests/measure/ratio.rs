//! One target measured by another.

use std::fmt;

use serde::Serialize;

use crate::row::Row;

/// How a target compares with another one, by one way of calling: 1 is as good.
#[derive(Debug, Serialize)]
pub struct Ratio {
    target: &'static str,
    yardstick: &'static str,
    way: String,
    /// By what they are compared.
    by: &'static str,
    /// By round.
    rounds: Vec<f64>,
    median: f64,
    lowest: f64,
    highest: f64,
}

impl Ratio {
    /// The ratios of a target's rows to a yardstick's of the same rounds; none if one of the two was not measured.
    pub fn all(yardstick: &[&Row], target: &[&Row]) -> Vec<Ratio> {
        let by = |by, rate: fn(&Row) -> f64| {
            let rounds = yardstick
                .iter()
                .zip(target)
                .map(|(yardstick, target)| rate(target) / rate(yardstick));
            Ratio::new(yardstick.first()?, target.first()?, by, rounds.collect())
        };
        let ratios = [
            by("calls/s", |row| row.calls_per_second),
            by("CPU", Row::calls_per_cpu_second),
            by("1/p99", Row::promptness),
        ];
        ratios.into_iter().flatten().collect()
    }

    fn new(yardstick: &Row, target: &Row, by: &'static str, rounds: Vec<f64>) -> Option<Ratio> {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        let (&lowest, &highest) = (sorted.first()?, sorted.last()?);
        let median = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
        Some(Ratio {
            target: target.target,
            yardstick: yardstick.target,
            way: match yardstick.way == target.way {
                true => target.way.clone(),
                false => format!("{}/{}", target.way, yardstick.way),
            },
            by,
            rounds,
            median,
            lowest,
            highest,
        })
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, lowest, highest) = (self.median, self.lowest, self.highest);
        let pair = format!("{}/{}", self.target, self.yardstick);
        write!(f, "{pair:<29} {:<11} by {:<7}", self.way, self.by)?;
        write!(f, "  median {median:.3}, from {lowest:.3} to {highest:.3}  (rounds:")?;
        for ratio in &self.rounds {
            write!(f, " {ratio:.3}")?;
        }
        f.write_str(")")
    }
}

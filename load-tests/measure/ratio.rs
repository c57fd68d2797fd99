//! The service measured by the echo.

use std::fmt;

use serde::Serialize;

use crate::row::Row;

/// How the service compares with the echo, by one way of calling: 1 is as good as the echo.
#[derive(Debug, Serialize)]
pub struct Ratio {
    call: &'static str,
    /// By what they are compared.
    by: &'static str,
    /// By round.
    rounds: Vec<f64>,
    median: f64,
    lowest: f64,
    highest: f64,
}

impl Ratio {
    /// The ratios of the service's rows to the echo's of the same rounds; none if one of the two was not measured.
    pub fn all(call: &'static str, echo: &[&Row], service: &[&Row]) -> Vec<Ratio> {
        let by = |by, rate: fn(&Row) -> f64| {
            let rounds = echo
                .iter()
                .zip(service)
                .map(|(echo, service)| rate(service) / rate(echo));
            Ratio::new(call, by, rounds.collect())
        };
        let ratios = [
            by("calls/s", |row| row.calls_per_second),
            by("CPU", Row::calls_per_cpu_second),
        ];
        ratios.into_iter().flatten().collect()
    }

    fn new(call: &'static str, by: &'static str, rounds: Vec<f64>) -> Option<Ratio> {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        let (&lowest, &highest) = (sorted.first()?, sorted.last()?);
        let median = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
        Some(Ratio {
            call,
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
        write!(f, "service/echo, {:<6} by {:<7}", self.call, self.by)?;
        write!(f, "  median {median:.3}, from {lowest:.3} to {highest:.3}  (rounds:")?;
        for ratio in &self.rounds {
            write!(f, " {ratio:.3}")?;
        }
        f.write_str(")")
    }
}

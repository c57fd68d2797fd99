//! The figures of one cell of one round.

use std::fmt;

use serde::Serialize;

use crate::Outcome;
use crate::cell::Cell;
use crate::drive::Seen;

/// One cell of one round.
#[derive(Debug, Serialize)]
pub struct Row {
    /// From 1; 0 until it is known.
    pub round: u32,
    /// The name of the cell.
    pub cell: &'static str,
    /// Answers over the time from the first call to the last answer.
    pub calls_per_second: f64,
    p50_us: u32,
    p99_us: u32,
    max_us: u32,
    /// Seconds of processor time for 1,000 calls, of the server and of this program.
    server_cpu_s_per_1000: f64,
    client_cpu_s_per_1000: f64,
    issued: u64,
    reviewed: u64,
    /// Calls that ended otherwise than with a new number or a case: how, and how often.
    pub failed: Vec<(String, u64)>,
}

impl Row {
    /// The head of the table of rows.
    pub const HEAD: &str = "                                                          CPU ms a call
round  cell             calls/s  p50 ms  p99 ms  max ms  server  client  issued reviewed  failed";

    /// The figures of one cell, with the seconds it took and the processor time used meanwhile.
    pub fn new(cell: Cell, seen: Seen, seconds: f64, server_cpu: f64, client_cpu: f64) -> Outcome<Row> {
        let calls = f64::from(u32::try_from(seen.latencies_us.len())?);
        let (Some(&p50_us), Some(&p99_us), Some(&max_us)) = (
            percentile(&seen.latencies_us, 50),
            percentile(&seen.latencies_us, 99),
            seen.latencies_us.last(),
        ) else {
            return Err("no call was answered".into());
        };
        Ok(Row {
            round: 0,
            cell: cell.name(),
            calls_per_second: calls / seconds,
            p50_us,
            p99_us,
            max_us,
            server_cpu_s_per_1000: server_cpu * 1000.0 / calls,
            client_cpu_s_per_1000: client_cpu * 1000.0 / calls,
            issued: seen.issued,
            reviewed: seen.reviewed,
            failed: seen.failed.into_iter().collect(),
        })
    }

    /// Calls for each second of processor time that server and caller used together.
    pub fn calls_per_cpu_second(&self) -> f64 {
        1000.0 / (self.server_cpu_s_per_1000 + self.client_cpu_s_per_1000)
    }
}

/// The smallest of the sorted values that at least so many of a hundred do not exceed.
fn percentile(sorted: &[u32], percent: usize) -> Option<&u32> {
    sorted.get((sorted.len() * percent).div_ceil(100).checked_sub(1)?)
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |us: u32| f64::from(us) / 1000.0;
        let failed: u64 = self.failed.iter().map(|(_, count)| count).sum();
        write!(f, "{:>5}  {:<14} {:>9.0}", self.round, self.cell, self.calls_per_second)?;
        write!(
            f,
            " {:>7.1} {:>7.1} {:>7.1}",
            ms(self.p50_us),
            ms(self.p99_us),
            ms(self.max_us)
        )?;
        write!(
            f,
            " {:>7.3} {:>7.3}",
            self.server_cpu_s_per_1000, self.client_cpu_s_per_1000
        )?;
        write!(f, " {:>7} {:>8} {failed:>7}", self.issued, self.reviewed)?;
        for (what, count) in &self.failed {
            write!(f, "\n       {count} x {what}")?;
        }
        Ok(())
    }
}

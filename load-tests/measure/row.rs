//! The figures of one cell of one round.

use std::fmt;

use serde::Serialize;

use crate::Outcome;
use crate::drive::Seen;
use crate::target::{Target, Way};

/// One cell of one round.
#[derive(Debug, Serialize)]
pub struct Row {
    /// From 1; 0 until it is known.
    pub round: u32,
    /// What was measured.
    pub target: &'static str,
    /// How it was called.
    pub way: String,
    /// Answers over the time from the first call to the last answer.
    pub calls_per_second: f64,
    p50_us: u32,
    p99_us: u32,
    max_us: u32,
    /// Seconds of processor time for 1,000 calls, of the target's own processes, of this program, and of the whole
    /// machine: databases and all else that ran meanwhile included.
    server_cpu_s_per_1000: f64,
    client_cpu_s_per_1000: f64,
    machine_cpu_s_per_1000: f64,
    /// Transactions and statements in the store for 1,000 calls, where they are counted.
    transactions_per_1000: Option<f64>,
    statements_per_1000: Option<f64>,
    issued: u64,
    reviewed: u64,
    replayed: u64,
    /// Calls that ended otherwise than with a number or a case, and answers that cannot be: how, and how often.
    pub failed: Vec<(String, u64)>,
}

impl Row {
    /// The head of the table of rows.
    pub const HEAD: &str = "                                                                      CPU ms a call            store, per 1,000
round  target         way     calls/s  p50 ms  p99 ms  max ms  server  client machine  transact. statem.  issued reviewed replayed  failed";

    /// The figures of one cell, with what it took.
    pub fn new(target: Target, way: Way, seen: Seen, costs: &Costs) -> Outcome<Row> {
        let calls = f64::from(u32::try_from(seen.latencies_us.len())?);
        let (Some(&p50_us), Some(&p99_us), Some(&max_us)) = (
            percentile(&seen.latencies_us, 50),
            percentile(&seen.latencies_us, 99),
            seen.latencies_us.last(),
        ) else {
            return Err("no call was answered".into());
        };
        let mut failed: Vec<_> = seen.failed.into_iter().collect();
        if !matches!(way, Way::Storm | Way::Replay) && seen.replayed > 0 {
            let what = "replayed, though every birth was sent once";
            failed.push((what.to_owned(), seen.replayed));
        }
        Ok(Row {
            round: 0,
            target: target.name(),
            way: way.to_string(),
            calls_per_second: calls / costs.seconds,
            p50_us,
            p99_us,
            max_us,
            server_cpu_s_per_1000: costs.server_cpu * 1000.0 / calls,
            client_cpu_s_per_1000: costs.client_cpu * 1000.0 / calls,
            machine_cpu_s_per_1000: costs.machine_cpu * 1000.0 / calls,
            transactions_per_1000: None,
            statements_per_1000: None,
            issued: seen.issued,
            reviewed: seen.reviewed,
            replayed: seen.replayed,
            failed,
        })
    }

    /// Adds the transactions and statements that all calls of the cell together took.
    pub fn store_work(&mut self, (transactions, statements): (f64, f64)) {
        let calls = self.issued + self.reviewed;
        let per_1000 = |count: f64| Some(count * 1000.0 / (calls.max(1) as f64));
        self.transactions_per_1000 = per_1000(transactions);
        self.statements_per_1000 = per_1000(statements);
    }

    /// Calls for each second of processor time that the whole machine used.
    pub fn calls_per_cpu_second(&self) -> f64 {
        1000.0 / self.machine_cpu_s_per_1000
    }

    /// How much sooner the slowest hundredth is answered: the reciprocal of the 99th percentile.
    pub fn promptness(&self) -> f64 {
        1e6 / f64::from(self.p99_us.max(1))
    }
}

/// What a cell took, or the readings at one moment from which that is told.
pub struct Costs {
    /// Seconds.
    pub seconds: f64,
    /// Seconds of processor time of the target's own processes.
    pub server_cpu: f64,
    /// The same of this program.
    pub client_cpu: f64,
    /// The same of the whole machine.
    pub machine_cpu: f64,
}

impl Costs {
    /// What was used since an earlier reading.
    pub fn since(&self, earlier: &Costs) -> Costs {
        Costs {
            seconds: self.seconds - earlier.seconds,
            server_cpu: self.server_cpu - earlier.server_cpu,
            client_cpu: self.client_cpu - earlier.client_cpu,
            machine_cpu: self.machine_cpu - earlier.machine_cpu,
        }
    }
}

/// The smallest of the sorted values that at least so many of a hundred do not exceed.
fn percentile(sorted: &[u32], percent: usize) -> Option<&u32> {
    sorted.get((sorted.len() * percent).div_ceil(100).checked_sub(1)?)
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: u64 = self.failed.iter().map(|(_, count)| count).sum();
        write!(f, "{:>5}  {:<14} {:<6} ", self.round, self.target, self.way)?;
        write!(f, "{:>8.0}", self.calls_per_second)?;
        for us in [self.p50_us, self.p99_us, self.max_us] {
            write!(f, " {:>7.1}", f64::from(us) / 1000.0)?;
        }
        for cpu in [
            self.server_cpu_s_per_1000,
            self.client_cpu_s_per_1000,
            self.machine_cpu_s_per_1000,
        ] {
            write!(f, " {cpu:>7.3}")?;
        }
        for work in [self.transactions_per_1000, self.statements_per_1000] {
            match work {
                Some(work) => write!(f, " {work:>9.1}")?,
                None => write!(f, " {:>9}", "-")?,
            }
        }
        write!(
            f,
            " {:>7} {:>8} {:>8} {failed:>7}",
            self.issued, self.reviewed, self.replayed
        )?;
        for (what, count) in &self.failed {
            write!(f, "\n       {count} x {what}")?;
        }
        Ok(())
    }
}

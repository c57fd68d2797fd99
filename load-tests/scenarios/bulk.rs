//! A whole archive beside live births.

use super::bench::Bench;
use super::found::{Found, ratios};
use super::words::{MOST_OF_A_SERVICE, closed, open};
use crate::Outcome;
use crate::target::Target;

/// Part of the peak that live births take.
const LIVE: f64 = 0.2;

/// Births at a constant rate, alone and beside a bulk stream.
pub async fn run(mut bench: Bench<'_>) -> Outcome<Found> {
    let entries = bench.args.size(20_000, 1_000_000);
    bench.found.what = format!(
        "Births at a fifth of the peak measured just before: alone, and beside one stream of up to {entries} entries from \
         one office over a connection of its own, 256 of them unanswered at a time."
    );
    bench.found.taken = "dinhdanh load, open loop for the births (latencies from the intended start), closed for the \
                         stream; store as it is"
        .into();
    bench.start(&[Target::Embedded, Target::Postgres], &[]).await?;
    let (alone, beside): (f64, f64) = bench.args.size((2.0, 2.0), (60.0, 240.0));
    for round in 1..=bench.args.rounds() {
        bench.load_each("peak", round, |_, _| {
            Ok(Some(closed(512, alone.min(10.0), MOST_OF_A_SERVICE)))
        })?;
        for (label, seconds, more) in [
            ("alone", alone, String::new()),
            ("beside", beside, format!(" --bulk {entries}")),
        ] {
            bench.load_each(label, round, |found, site| {
                let peak = found.capacity(site.target.name(), "peak")?;
                Ok(Some(open(peak * LIVE, seconds) + &more))
            })?;
        }
    }
    let names = bench.names();
    let found = &mut bench.found;
    for name in &names {
        let p99 = |label: &str| found.values(name, label, "/births/latency_us/p99");
        let slower = ratios(&p99("beside"), &p99("alone"));
        let ms: Vec<f64> = p99("alone").iter().map(|us| us / 1000.0).collect();
        let rate = found.values(name, "beside", "/bulk/answered_per_second");
        let done: Vec<f64> = ["issued", "under_review", "rejected"]
            .map(|kind| found.values(name, "beside", &format!("/bulk/{kind}")))
            .into_iter()
            .reduce(|sum, more| sum.iter().zip(more).map(|(one, other)| one + other).collect())
            .unwrap_or_default();
        found.find(format!("{name}: p99 of births alone"), &ms, "ms");
        found.find(format!("{name}: p99 of births beside bulk/alone"), &slower, "");
        found.find(format!("{name}: entries of the stream"), &rate, "a second");
        found.find(format!("{name}: entries of the stream that were done"), &done, "");
    }
    bench.finish().await
}

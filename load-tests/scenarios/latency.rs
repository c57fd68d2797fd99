//! Latency at a rate that the service can keep up with.

use super::bench::{Bench, SERVICES};
use super::found::{Found, Plot, Series};
use super::words::{MOST_OF_A_SERVICE, closed, open};
use crate::Outcome;

/// Parts of the peak that are offered.
const PARTS: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// Parts of the peak, half of it among them, at a constant rate.
pub async fn run(mut bench: Bench<'_>) -> Outcome<Found> {
    bench.found.what = "Births at a constant rate: parts of the peak measured just before.".into();
    bench.found.taken = "dinhdanh load, open loop; latencies from the intended start of each call, whether or not the \
                         client came to it in time; store as it is"
        .into();
    bench.start(SERVICES, &[]).await?;
    let seconds = bench.args.size(2.0, 20.0);
    for round in 1..=bench.args.rounds() {
        bench.load_each("peak", round, |_, _| Ok(Some(closed(512, seconds, MOST_OF_A_SERVICE))))?;
        for part in PARTS {
            bench.load_each(&part.to_string(), round, |found, site| {
                let peak = found.capacity(site.target.name(), "peak")?;
                Ok(Some(open(peak * part, seconds)))
            })?;
        }
    }
    let names = bench.names();
    let found = &mut bench.found;
    for name in &names {
        for percentile in ["p50", "p99", "p999"] {
            let path = format!("/births/latency_us/{percentile}");
            let values: Vec<f64> = found.values(name, "0.5", &path).iter().map(|us| us / 1000.0).collect();
            found.find(format!("{name}: {percentile} at half of peak"), &values, "ms");
        }
    }
    for name in &names {
        let series = ["p50", "p90", "p99", "p999"].into_iter().map(|percentile| Series {
            name: percentile.to_owned(),
            points: PARTS
                .iter()
                .filter_map(|part| {
                    let label = part.to_string();
                    let rate = found.value(name, &label, "/births/offered_per_second")?;
                    let us = found.value(name, &label, &format!("/births/latency_us/{percentile}"))?;
                    Some((rate, us / 1000.0))
                })
                .collect(),
        });
        let plot = Plot {
            title: format!("{name}: latency against offered load (open loop, from intended start)"),
            x: "births offered a second".to_owned(),
            y: "ms".to_owned(),
            log_x: false,
            log_y: true,
            series: series.collect(),
        };
        found.plots.push(plot);
    }
    bench.finish().await
}

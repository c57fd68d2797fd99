//! The most that can be had.

use super::bench::{Bench, SERVICES};
use super::found::{Found, Plot, Series, ratios};
use super::words::{MOST_OF_A_SERVICE, MOST_OF_AN_ECHO, closed};
use crate::Outcome;
use crate::target::Target;

/// More and more calls under way, by unary calls; and streams with 512.
pub async fn run(mut bench: Bench<'_>) -> Outcome<Found> {
    bench.found.what = "A closed loop with more and more calls under way, each target in turn.".into();
    bench.found.taken =
        "dinhdanh load, closed loop; latencies from the sending of each call, so they leave out how long \
                         callers would queue at a rate of arrival; store as it is"
            .into();
    let targets = [&[Target::Echo, Target::Baseline], SERVICES].concat();
    bench.start(&targets, &[]).await?;
    let in_flight = bench.args.size(vec![16, 128, 512], vec![8, 32, 128, 512, 2048]);
    let seconds = bench.args.size(1.0, 10.0);
    for round in 1..=bench.args.rounds() {
        for count in &in_flight {
            bench.load_each(&count.to_string(), round, |_, site| {
                Ok(Some(closed(*count, seconds, most(site.target))))
            })?;
        }
        bench.load_each("stream", round, |_, site| {
            Ok(Some(closed(512, seconds, most(site.target)) + " --ways stream"))
        })?;
    }
    let names = bench.names();
    let labels: Vec<String> = in_flight.iter().map(ToString::to_string).collect();
    let found = &mut bench.found;
    let path = "/births/answered_per_second";
    for name in &names {
        found.find(format!("{name}: peak, unary"), &peaks(found, name, &labels), "calls/s");
        found.find(
            format!("{name}: streams"),
            &found.values(name, "stream", path),
            "births/s",
        );
    }
    for (target, yardstick) in [
        ("embedded", "echo"),
        ("postgres", "echo"),
        ("postgres-two", "echo"),
        ("postgres", "baseline"),
        ("postgres-two", "postgres"),
    ] {
        let ratio = ratios(&peaks(found, target, &labels), &peaks(found, yardstick, &labels));
        found.find(format!("{target}/{yardstick}: peak, unary"), &ratio, "");
        let streams = ratios(
            &found.values(target, "stream", path),
            &found.values(yardstick, "stream", path),
        );
        found.find(format!("{target}/{yardstick}: streams"), &streams, "");
    }
    for (title, y, path, scale) in [
        ("Throughput against calls under way (closed loop)", "calls/s", path, 1.0),
        (
            "Latency against calls under way (closed loop, p99 from sending)",
            "ms",
            "/births/latency_us/p99",
            1e-3,
        ),
    ] {
        let series = names.iter().map(|name| Series {
            name: (*name).to_owned(),
            points: in_flight
                .iter()
                .filter_map(|count| Some((*count as f64, found.value(name, &count.to_string(), path)? * scale)))
                .collect(),
        });
        let plot = Plot {
            title: title.to_owned(),
            x: "calls under way".to_owned(),
            y: y.to_owned(),
            log_x: true,
            log_y: true,
            series: series.collect(),
        };
        found.plots.push(plot);
    }
    bench.finish().await
}

/// The best of each round.
fn peaks(found: &Found, target: &str, labels: &[String]) -> Vec<f64> {
    let by_label: Vec<Vec<f64>> = labels
        .iter()
        .map(|label| found.values(target, label, "/births/answered_per_second"))
        .collect();
    let rounds = by_label.iter().map(Vec::len).min().unwrap_or(0);
    let best = |round: usize| by_label.iter().map(|values| values[round]).fold(0.0, f64::max);
    (0..rounds).map(best).collect()
}

fn most(target: Target) -> f64 {
    if target == Target::Echo {
        MOST_OF_AN_ECHO
    } else {
        MOST_OF_A_SERVICE
    }
}

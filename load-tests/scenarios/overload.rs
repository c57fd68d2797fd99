//! More than the service can do.

use super::bench::{Bench, SERVICES, SLOW, SLOWED};
use super::found::{Found, Plot, Series, median, ratios};
use super::words::{MOST_OF_A_SERVICE, capacity, closed, open};
use crate::Outcome;
use crate::target::Target;

/// How many times of capacity are offered.
const TIMES: [f64; 7] = [0.1, 0.5, 0.9, 1.5, 2.0, 5.0, 10.0];

/// From a tenth to ten times of capacity, with the store slowed.
pub async fn slowed(mut bench: Bench<'_>) -> Outcome<Found> {
    bench.found.what =
        "Births at a constant rate, from a tenth to ten times of the capacity measured just before; what \
                        is refused is not sent again."
            .into();
    bench.found.taken = "dinhdanh load, open loop; in time is what was answered within 2 s from the intended start of \
                         its call, without the first two seconds, in which queues fill; capacity by a closed loop of 64"
        .into();
    bench.found.slowed = Some(SLOWED.to_owned());
    bench.start(SERVICES, SLOW).await?;
    let seconds = bench.args.size(2.0, 20.0);
    for round in 1..=bench.args.rounds() {
        bench.load_each("capacity", round, |_, _| Ok(Some(capacity(seconds))))?;
        for times in TIMES {
            bench.load_each(&times.to_string(), round, |found, site| {
                let capacity = found.capacity(site.target.name(), "capacity")?;
                Ok(Some(open(capacity * times, seconds)))
            })?;
        }
    }
    let names = bench.names();
    let found = &mut bench.found;
    for name in &names {
        let capacity = found.steady(name, "capacity", "answered");
        found.find(format!("{name}: capacity"), &capacity, "births/s");
        for times in ["2", "5", "10"] {
            let goodput = ratios(&found.steady(name, times, "in_time"), &capacity);
            found.find(
                format!("{name}: goodput/capacity at {times} times offered"),
                &goodput,
                "",
            );
        }
        let p99: Vec<f64> = found
            .values(name, "10", "/births/latency_us/p99")
            .iter()
            .map(|us| us / 1000.0)
            .collect();
        found.find(
            format!("{name}: p99 of accepted births at 10 times offered"),
            &p99,
            "ms",
        );
    }
    let series = names.iter().map(|name| Series {
        name: (*name).to_owned(),
        points: TIMES
            .iter()
            .filter_map(|times| {
                let capacity = found.capacity(name, "capacity").ok()?;
                Some((
                    *times,
                    median(&found.steady(name, &times.to_string(), "in_time"))? / capacity,
                ))
            })
            .collect(),
    });
    let plot = Plot {
        title: "Goodput against offered load, store slowed (open loop, from intended start)".to_owned(),
        x: "offered, times of capacity".to_owned(),
        y: "in time, parts of capacity".to_owned(),
        log_x: true,
        log_y: false,
        series: series.collect(),
    };
    found.plots.push(plot);
    bench.finish().await
}

/// Three times the true peak, where the processor is what is short.
pub async fn triple(mut bench: Bench<'_>) -> Outcome<Found> {
    bench.found.what = "Births at three times the peak measured just before; what is refused is not sent again.".into();
    bench.found.taken = "dinhdanh load, open loop, beside the server on the same cores; in time is what was answered \
                         within 2 s from the intended start; peak by a closed loop of 512; store as it is"
        .into();
    bench.start(&[Target::Embedded, Target::Postgres], &[]).await?;
    let seconds = bench.args.size(2.0, 20.0);
    for round in 1..=bench.args.rounds() {
        bench.load_each("peak", round, |_, _| Ok(Some(closed(512, seconds, MOST_OF_A_SERVICE))))?;
        bench.load_each("triple", round, |found, site| {
            let peak = found.capacity(site.target.name(), "peak")?;
            Ok(Some(open(peak * 3.0, seconds)))
        })?;
    }
    let names = bench.names();
    let found = &mut bench.found;
    for name in &names {
        let peak = found.steady(name, "peak", "answered");
        found.find(format!("{name}: peak"), &peak, "births/s");
        let goodput = ratios(&found.steady(name, "triple", "in_time"), &peak);
        found.find(format!("{name}: goodput/peak at 3 times offered"), &goodput, "");
        let ms = |path: &str| {
            found
                .values(name, "triple", path)
                .iter()
                .map(|us| us / 1000.0)
                .collect::<Vec<_>>()
        };
        let (p99, late) = (ms("/births/latency_us/p99"), ms("/births/late_start_us/p99"));
        found.find(format!("{name}: p99 of accepted births"), &p99, "ms");
        found.find(
            format!("{name}: how late the client itself began calls, p99"),
            &late,
            "ms",
        );
    }
    bench.finish().await
}

//! Clients that send again, and a load that comes and goes.

use super::bench::{Bench, SERVICES, SLOW, SLOWED};
use super::found::{Found, Plot, Series, ratios};
use super::words::{capacity, normal_again, open};
use crate::Outcome;
use crate::target::Target;

/// How many times of capacity are offered, before anything is sent again.
const TIMES: f64 = 2.0;

/// Clients that send again at once, and clients that do as they are told.
pub async fn storm(mut bench: Bench<'_>) -> Outcome<Found> {
    bench.found.what = "Births at twice the capacity measured just before. What is refused or not answered by its \
                        deadline is sent again until it is answered: at once, or after the time the service asks for."
        .into();
    bench.found.taken =
        "dinhdanh load, open loop; answers that came while births were offered, whenever their call was \
                         meant to start; capacity by a closed loop of 64"
            .into();
    bench.found.slowed = Some(SLOWED.to_owned());
    bench.start(SERVICES, SLOW).await?;
    let seconds = bench.args.size(3.0, 30.0);
    for round in 1..=bench.args.rounds() {
        bench.load_each("capacity", round, |_, _| Ok(Some(capacity(seconds))))?;
        for resend in ["at-once", "as-told"] {
            bench.load_each(resend, round, |found, site| {
                let capacity = found.capacity(site.target.name(), "capacity")?;
                Ok(Some(open(capacity * TIMES, seconds) + " --resend " + resend))
            })?;
        }
    }
    let names = bench.names();
    let found = &mut bench.found;
    for name in &names {
        let capacity = found.steady(name, "capacity", "answered");
        for resend in ["at-once", "as-told"] {
            let answered = found.steady(name, resend, "answered");
            found.find(
                format!("{name}, {resend}: answered/capacity"),
                &ratios(&answered, &capacity),
                "",
            );
            let sendings = found.values(name, resend, "/births/sendings");
            let offered = found.values(name, resend, "/births/offered");
            found.find(
                format!("{name}, {resend}: sendings a birth"),
                &ratios(&sendings, &offered),
                "",
            );
        }
    }
    bench.finish().await
}

/// From idle to ten times of capacity and back.
pub async fn step(mut bench: Bench<'_>) -> Outcome<Found> {
    bench.found.what =
        "Births at a tenth of the capacity measured just before, then at ten times of it, then at a tenth \
                        again; what is refused is not sent again."
            .into();
    bench.found.taken =
        "dinhdanh load, open loop; latencies from the intended start, by the second of that start; normal \
                         again: p99 of a second within three times of that before the step, or 50 ms of it"
            .into();
    bench.found.slowed = Some(SLOWED.to_owned());
    bench.start(&[Target::Embedded, Target::Postgres], SLOW).await?;
    let (before, during, after) = bench.args.size((3, 3, 5), (10, 20, 20));
    for round in 1..=bench.args.rounds() {
        bench.load_each("capacity", round, |_, _| Ok(Some(capacity(before as f64))))?;
        bench.load_each("step", round, |found, site| {
            let capacity = found.capacity(site.target.name(), "capacity")?;
            let (idle, high) = (capacity / 10.0, capacity * 10.0);
            Ok(Some(format!(
                "--steps {idle:.1}:{before},{high:.1}:{during},{idle:.1}:{after}"
            )))
        })?;
    }
    let names = bench.names();
    let found = &mut bench.found;
    for name in &names {
        let loads = found
            .loads
            .iter()
            .filter(|load| load.target == *name && load.label == "step");
        let normal: Vec<_> = loads
            .map(|load| normal_again(&load.figures, before, before + during))
            .collect();
        let never = normal.iter().filter(|after| after.is_none()).count();
        let normal: Vec<f64> = normal.into_iter().flatten().collect();
        found.find(
            format!("{name}: latency normal again after the step down"),
            &normal,
            "s",
        );
        found.find(format!("{name}: rounds in which it never was"), &[never as f64], "");
    }
    for (title, y, field, scale) in [
        (
            "p99 by second of intended start: idle, ten times of capacity, idle; store slowed",
            "ms",
            "p99_us",
            1e-3,
        ),
        (
            "Answered in time, by second of intended start",
            "births/s",
            "in_time",
            1.0,
        ),
    ] {
        let series = names.iter().filter_map(|name| {
            let load = found
                .loads
                .iter()
                .find(|load| load.target == *name && load.label == "step")?;
            let seconds = load.figures.get("seconds")?.as_array()?;
            Some(Series {
                name: (*name).to_owned(),
                points: (0..)
                    .zip(seconds)
                    .filter_map(|(at, second)| Some((f64::from(at), second[field].as_f64()? * scale)))
                    .collect(),
            })
        });
        let plot = Plot {
            title: title.to_owned(),
            x: "s".to_owned(),
            y: y.to_owned(),
            log_x: false,
            log_y: y == "ms",
            series: series.collect(),
        };
        found.plots.push(plot);
    }
    bench.finish().await
}

//! Requests that were answered before.

use super::bench::{Bench, SERVICES, SLOW, SLOWED};
use super::found::{Found, ratios};
use super::words::{MOST_OF_AN_ECHO, capacity, closed, open};
use crate::Outcome;
use crate::target::Target;

/// Answers to repeated requests, a second.
const ANSWERED: &str = "/repeats/answered_per_second";
/// Fresh births beside them, as times of what the slowed store can do.
const SHED: f64 = 3.0;

/// Nothing but replays, against the echo; and replays while fresh births are shed.
pub async fn run(mut bench: Bench<'_>) -> Outcome<Found> {
    bench.found.what = format!(
        "A thousand requests that were answered are sent again and again: as fast as they are answered; and at half of that \
         rate beside fresh births of {SHED} times capacity, most of which are refused."
    );
    bench.found.taken =
        "dinhdanh load; the first by a closed loop of 512, the second by an open loop with latencies from \
                         the intended start"
            .into();
    bench.found.slowed = Some(format!("{SLOWED}; replays do not need it"));
    bench.start(&[&[Target::Echo], SERVICES].concat(), SLOW).await?;
    let seconds = bench.args.size(2.0, 20.0);
    let mut transactions: Vec<(&'static str, f64)> = Vec::new();
    for round in 1..=bench.args.rounds() {
        bench.load_each("capacity", round, |_, site| {
            Ok((site.target != Target::Echo).then(|| capacity(seconds)))
        })?;
        let seed = bench.next_seed();
        let (sites, found) = bench.parts();
        for site in sites {
            let before = site.transactions().await?;
            let words = closed(512, seconds, MOST_OF_AN_ECHO) + " --repeat 1";
            let load = site.load("replays", round, seed, &words)?;
            println!("{}", super::bench::line(&load));
            found.loads.push(load);
            transactions.push((site.target.name(), site.transactions().await? - before));
        }
        bench.load_each("while-shedding", round, |found, site| {
            if site.target == Target::Echo {
                return Ok(None);
            }
            let capacity = found.capacity(site.target.name(), "capacity")?;
            let repeats = found.value(site.target.name(), "replays", ANSWERED).unwrap_or(0.0) / 2.0;
            let rate = repeats + SHED * capacity;
            Ok(Some(format!("{} --repeat {:.4}", open(rate, seconds), repeats / rate)))
        })?;
    }
    let names = bench.names();
    let found = &mut bench.found;
    for name in names.into_iter().filter(|name| *name != "echo") {
        let rate = found.values(name, "replays", ANSWERED);
        found.find(format!("{name}: replays"), &rate, "calls/s");
        found.find(
            format!("{name}/echo: replays"),
            &ratios(&rate, &found.values("echo", "replays", ANSWERED)),
            "",
        );
        let turns: Vec<f64> = transactions
            .iter()
            .filter(|(of, _)| *of == name)
            .map(|(_, count)| *count)
            .collect();
        let what = format!("{name}: transactions of the store meanwhile, those for the first thousand included");
        found.find(what, &turns, "");
        let in_time = found.values(name, "while-shedding", "/repeats/in_time");
        let offered = found.values(name, "while-shedding", "/repeats/offered");
        found.find(
            format!("{name}: replays in time while fresh births are shed"),
            &ratios(&in_time, &offered),
            "",
        );
        let p99 = found.values(name, "while-shedding", "/repeats/latency_us/p99");
        let p99: Vec<f64> = p99.iter().map(|us| us / 1000.0).collect();
        found.find(format!("{name}: p99 of these"), &p99, "ms");
    }
    bench.finish().await
}

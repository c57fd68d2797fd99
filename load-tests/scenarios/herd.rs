//! A thundering herd.

use std::time::Duration;

use super::bench::{Bench, line};
use super::found::Found;
use super::site::outage;
use crate::Outcome;
use crate::servers::Setting;
use crate::target::Target;

/// Offices that register births: all communes and missions, and who acts for them.
const OFFICES: usize = 18_359;
/// The client waits so long between opening its last connection and sending; the outage begins meanwhile.
const PAUSE: u64 = 2;
/// A connection may stay without a call while the others are being opened, and through the outage.
const PATIENT: &[Setting] = &[("DINHDANH_CONNECTIONS_OPENING", "600s")];

/// As many connections as there are offices, which all send again after an outage of two minutes.
pub async fn run(mut bench: Bench<'_>) -> Outcome<Found> {
    let offices = bench.args.size(500, OFFICES);
    let away = Duration::from_secs(bench.args.size(4, 120));
    bench.found.what = format!(
        "{offices} connections, one office each, without TLS. When all are open the servers are stopped where they stand \
         (SIGSTOP) for {} s; every office sends its one birth into that, and again as told until it is answered.",
        away.as_secs()
    );
    bench.found.taken = "dinhdanh load --herd; from the end of the outage to the last answer; store as it is, and \
                         connections may stay without a call for ten minutes"
        .into();
    for target in bench.args.targets(&[Target::Embedded, Target::Postgres]) {
        bench.start(&[target], PATIENT).await?;
    }
    for round in 1..=bench.args.rounds() {
        let seed = bench.next_seed();
        let (sites, found) = bench.parts();
        for site in sites {
            let words = format!(
                "--herd {offices} --herd-after {PAUSE} --herd-within {}",
                away.as_secs() + 600
            );
            let load = site.load_and("herd", round, seed, &words, |servers, said| {
                match said.ends_with("connections are open.") {
                    true => outage(servers, away),
                    false => Ok(()),
                }
            })?;
            println!("{}", line(&load));
            found.loads.push(load);
        }
    }
    let names = bench.names();
    let found = &mut bench.found;
    for name in &names {
        let value = |path: &str| found.values(name, "herd", path);
        let (held, served) = (value("/herd/held"), value("/herd/served"));
        let served_after = value("/herd/all_served_after_seconds");
        let served_after: Vec<f64> = served_after
            .iter()
            .map(|after| after - (away.as_secs() - PAUSE) as f64)
            .collect();
        let sendings = value("/births/sendings");
        let lost = found.loads.iter().filter(|load| load.target == *name).map(|load| {
            let errors = |path: &str| {
                load.figures
                    .pointer(path)
                    .and_then(|it| it.as_object())
                    .into_iter()
                    .flatten()
            };
            let counts = errors("/births/lost").chain(errors("/herd/connect_errors"));
            counts
                .filter_map(|(_, count)| count.as_f64())
                .fold(0.0, |sum, count| sum + count)
        });
        let lost: Vec<f64> = lost.collect();
        found.find(format!("{name}: connections held"), &held, "");
        found.find(format!("{name}: connection errors"), &lost, "");
        found.find(format!("{name}: offices served"), &served, "");
        found.find(
            format!("{name}: all served after the end of the outage"),
            &served_after,
            "s",
        );
        found.find(format!("{name}: sendings"), &sendings, "");
    }
    let mut found = bench.finish().await?;
    let peaks: Vec<_> = found
        .checks
        .iter()
        .map(|check| (check.target.clone(), check.peak_mib))
        .collect();
    for (target, mib) in peaks {
        found.find(format!("{target}: most memory the servers held"), &[mib], "MiB");
    }
    Ok(found)
}

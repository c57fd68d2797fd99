//! Throughput as the ledger grows.

use super::bench::{Bench, SERVICES};
use super::found::{Found, Plot, Series};
use crate::Outcome;

/// The same number of births again and again, over the same ledger.
pub async fn run(mut bench: Bench<'_>) -> Outcome<Found> {
    let (parts, births) = bench.args.size((4, 4_000), (20, 50_000));
    bench.found.what = format!("{parts} times {births} births, one after another over the same ledger.");
    bench.found.taken = "dinhdanh load, closed loop of 512, measured once; store as it is".into();
    bench.found.rounds = 1;
    bench.start(SERVICES, &[]).await?;
    for part in 0..parts {
        bench.load_each(&(part * births).to_string(), 1, |_, _| {
            Ok(Some(format!(
                "--in-flight 512 --count {births} --deadline 10 --resend as-told"
            )))
        })?;
    }
    let names = bench.names();
    let found = &mut bench.found;
    let path = "/births/answered_per_second";
    let mut series = Vec::new();
    for name in &names {
        let points: Vec<(f64, f64)> = (0..parts)
            .filter_map(|part| {
                let rows = part * births;
                Some((f64::from(rows), found.value(name, &rows.to_string(), path)?))
            })
            .collect();
        if let (Some((_, first)), Some((_, last))) = (points.first(), points.last()) {
            found.find(format!("{name}: last part/first part"), &[last / first], "");
        }
        series.push(Series {
            name: (*name).to_owned(),
            points,
        });
    }
    found.plots.push(Plot {
        title: "Throughput against births in the ledger (closed loop, 512 under way)".to_owned(),
        x: "births in the ledger before".to_owned(),
        y: "births/s".to_owned(),
        log_x: false,
        log_y: false,
        series,
    });
    bench.finish().await
}

//! The run: starts the targets, measures them in alternation, and has the results checked.

use std::path::Path;

use dinhdanh::shell::{Clock, SystemClock};
use tonic::transport::Channel;

use crate::args::Args;
use crate::births::{self, Stock};
use crate::disk;
use crate::drive::{self, Seen};
use crate::process;
use crate::report::Report;
use crate::row::{Costs, Row};
use crate::servers::Running;
use crate::target::Way;
use crate::{Failure, Outcome};

/// Measures, prints, and says whether all was well.
pub fn run(args: &Args) -> Outcome<bool> {
    args.check()?;
    let folder = args.ground.folder()?;
    let clock = SystemClock::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = Report::new(args, disk::sync_us(folder.path(), clock)?);
    runtime.block_on(measure(args, folder.path(), clock, &mut report))?;
    report.finish(args.json.as_deref())
}

async fn measure(args: &Args, folder: &Path, clock: SystemClock, report: &mut Report) -> Outcome<()> {
    let mut targets = Vec::new();
    for target in &args.targets {
        let mut running = Running::start(*target, &args.ground, folder, &[]).await?;
        running.connect(args.connections).await?;
        targets.push(running);
    }
    let mut stock = Stock::new(args, &clock)?;
    let bench = Bench { args, clock };
    let births = stock.take(args.warm_up());
    for target in &targets {
        let row = bench.cell(target, Way::Unary, births.clone()).await?;
        if !row.failed.is_empty() {
            return Err(format!("the warm-up failed:\n{row}").into());
        }
    }
    for round in 1..=args.rounds {
        for way in &args.ways {
            let births = stock.take(match way {
                Way::Storm => args.count / births::STORM,
                Way::Replay => (args.count / births::REPLAYS).max(1),
                Way::Unary | Way::Stream => args.count,
            });
            for target in &targets {
                report.add(round, bench.cell(target, *way, births.clone()).await?);
            }
        }
    }
    for target in targets {
        report.peaks.insert(target.target.name(), target.peak_mib()?);
        report.verified &= target.finish(&[]).await?;
    }
    Ok(())
}

struct Bench<'a> {
    args: &'a Args,
    clock: SystemClock,
}

impl Bench<'_> {
    /// Sends the births to a target. All is made ready before the time starts.
    async fn cell(
        &self,
        target: &Running,
        way: Way,
        births: Vec<dinhdanh::proto::v1::IssueNumberRequest>,
    ) -> Outcome<Row> {
        let (in_flight, clock) = (self.args.in_flight, self.clock);
        let channels: &[Channel] = &target.channels;
        if way == Way::Replay {
            let first = births::calls(births.clone())?;
            drive::unary(channels, first, in_flight, clock).await?;
        }
        let store_before = target.store_work().await?;
        let costs = || {
            Ok::<_, Failure>(Costs {
                seconds: clock.monotonic().as_secs_f64(),
                server_cpu: target.cpu_seconds()?,
                client_cpu: process::own_cpu_seconds()?,
                machine_cpu: process::machine_cpu_seconds()?,
            })
        };
        let (seen, began): (Seen, Costs) = match way {
            Way::Stream => {
                let count = self.args.connections * self.args.streams;
                let lanes = births::lanes(births, count)?;
                let began = costs()?;
                (drive::streams(channels, lanes, in_flight / count, clock).await?, began)
            }
            Way::Unary | Way::Storm | Way::Replay => {
                let calls = match way {
                    Way::Storm => births::storm(births, self.args.ground.seed)?,
                    Way::Replay => births::replays(births)?,
                    _ => births::calls(births)?,
                };
                let began = costs()?;
                (drive::unary(channels, calls, in_flight, clock).await?, began)
            }
        };
        let costs = costs()?.since(&began);
        let mut row = Row::new(target.target, way, seen, &costs)?;
        if let (Some(before), Some(after)) = (store_before, target.store_work().await?) {
            row.store_work((after.0 - before.0, after.1 - before.1));
        }
        Ok(row)
    }
}

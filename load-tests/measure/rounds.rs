//! The run: starts both servers, measures the cells in alternation, and has the result checked.

use std::path::Path;
use std::process::Command;

use dinhdanh::proto::v1::IssueNumberRequest;
use dinhdanh::shell::{Clock, SystemClock};
use tonic::transport::Channel;

use crate::args::Args;
use crate::births::{self, Stock};
use crate::cell::Cell;
use crate::disk;
use crate::drive::{self, Seen};
use crate::process::{self, Server};
use crate::report::Report;
use crate::row::Row;
use crate::{Failure, Outcome};

/// Measures, prints, and says whether all was well.
pub fn run(args: &Args) -> Outcome<bool> {
    args.check()?;
    let parent = args.data.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new()
        .prefix("dinhdanh-measure-")
        .tempdir_in(parent)?;
    let clock = SystemClock::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = Report::new(args, disk::sync_us(folder.path(), clock)?);
    let data = folder.path().join("data");
    runtime.block_on(measure(args, &data, clock, &mut report))?;
    report.verified = verify(&data)?;
    report.finish(args.json.as_deref())
}

async fn measure(args: &Args, data: &Path, clock: SystemClock, report: &mut Report) -> Outcome<()> {
    let program = std::env::current_exe()?;
    let echo = Server::start(Command::new(&program).arg("echo"))?;
    let mut serve = Command::new(&program);
    serve
        .args(["serve", "--dev", "--listen", "127.0.0.1:0", "--log", "warn", "--data"])
        .arg(data);
    let service = Server::start(&mut serve)?;
    let mut stock = Stock::new(args, &clock)?;
    let bench = Bench {
        args,
        clock,
        echo: (drive::connect(&echo.address, args.connections).await?, &echo),
        service: (drive::connect(&service.address, args.connections).await?, &service),
    };

    let births = stock.take(args.warm_up());
    for cell in [Cell::EchoUnary, Cell::ServiceUnary] {
        let row = bench.cell(cell, births.clone()).await?;
        if !row.failed.is_empty() {
            return Err(format!("the warm-up failed:\n{row}").into());
        }
    }
    for round in 1..=args.rounds {
        for cells in [
            [Cell::EchoUnary, Cell::ServiceUnary],
            [Cell::EchoStream, Cell::ServiceStream],
        ] {
            let births = stock.take(args.count);
            for cell in cells.into_iter().filter(|cell| args.only.contains(cell)) {
                report.add(round, bench.cell(cell, births.clone()).await?);
            }
        }
    }
    report.peaks(echo.peak_mib()?, service.peak_mib()?);
    service.stop()
}

/// Both servers with the connections to them.
struct Bench<'a> {
    args: &'a Args,
    clock: SystemClock,
    echo: (Vec<Channel>, &'a Server),
    service: (Vec<Channel>, &'a Server),
}

impl Bench<'_> {
    /// Sends the births to one cell. All is made ready before the time starts.
    async fn cell(&self, cell: Cell, births: Vec<IssueNumberRequest>) -> Outcome<Row> {
        let (channels, server) = if cell.is_echo() { &self.echo } else { &self.service };
        let (in_flight, clock) = (self.args.in_flight, self.clock);
        let began = || Ok::<_, Failure>((clock.monotonic(), server.cpu_seconds()?, process::own_cpu_seconds()?));
        let (seen, began): (Seen, _) = if cell.is_stream() {
            let count = self.args.connections * self.args.streams;
            let lanes = births::lanes(births, count)?;
            let began = began()?;
            (drive::streams(channels, lanes, in_flight / count, clock).await?, began)
        } else {
            let calls = births::calls(births)?;
            let began = began()?;
            (drive::unary(channels, calls, in_flight, clock).await?, began)
        };
        let seconds = (clock.monotonic() - began.0).as_secs_f64();
        let server_cpu = server.cpu_seconds()? - began.1;
        let client_cpu = process::own_cpu_seconds()? - began.2;
        Row::new(cell, seen, seconds, server_cpu, client_cpu)
    }
}

/// Has the service's own checker read what was written.
fn verify(data: &Path) -> Outcome<bool> {
    let mut verify = Command::new(std::env::current_exe()?);
    Ok(verify.arg("verify").arg("--data").arg(data).status()?.success())
}

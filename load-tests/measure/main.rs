//! Measures `IssueNumber` and `IssueNumbers` against a server that does nothing, and one that does what most would write,
//! on the same machine in the same run; and, as `measure scenarios`, what the service does under loads of all kinds.
//!
//! See `load-tests/README.md` for what each figure means and how it is taken.

mod args;
#[path = "../baseline/mod.rs"]
mod baseline;
mod births;
mod disk;
mod drive;
mod echo;
mod entries;
mod metrics;
mod process;
mod ratio;
mod report;
mod rounds;
mod row;
#[path = "../scenarios/mod.rs"]
mod scenarios;
mod servers;
mod target;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use args::Args;
use scenarios::ScenarioArgs;

/// Ends the run and is shown: nothing here recovers from one.
type Failure = Box<dyn Error + Send + Sync>;
type Outcome<T> = Result<T, Failure>;

fn main() -> ExitCode {
    // This program is also each of the servers it measures, so that what is measured is what was just built.
    match std::env::args().nth(1).as_deref() {
        Some("echo") => ended(echo::serve().map(|()| true)),
        Some("baseline") => ended(serve_baseline().map(|()| true)),
        Some("serve" | "verify" | "init" | "load") => dinhdanh::cli::main(),
        Some("scenarios") => ended(scenarios::run(&ScenarioArgs::parse_from(std::env::args().skip(1)))),
        _ => ended(rounds::run(&Args::parse())),
    }
}

fn ended(outcome: Outcome<bool>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("measure: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve_baseline() -> Outcome<()> {
    let mut arguments = std::env::args().skip(2);
    match (arguments.next(), arguments.next()) {
        (Some(postgres), Some(redis)) => baseline::serve(&postgres, &redis),
        _ => Err("the baseline needs the URLs of PostgreSQL and Redis".into()),
    }
}

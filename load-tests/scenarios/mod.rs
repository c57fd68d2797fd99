//! What the service does under loads of all kinds: one file a sort of scenario.

mod args;
mod bench;
mod bulk;
mod found;
mod herd;
mod latency;
mod overload;
mod page;
mod peak;
mod plot;
mod replays;
mod rows;
mod site;
mod storm;
mod words;

use dinhdanh::shell::SystemClock;

pub use args::ScenarioArgs;

use crate::{Outcome, disk};
use args::Name;
use bench::Bench;

/// Runs the scenarios that were asked for, writes what was found, and says whether all that was sent is kept.
pub fn run(args: &ScenarioArgs) -> Outcome<bool> {
    let folder = args.ground.folder()?;
    let disk_sync_us = disk::sync_us(folder.path(), SystemClock::start())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut holds = true;
    for name in &args.only {
        let bench = Bench::new(args, *name, folder.path(), disk_sync_us);
        let found = runtime.block_on(async {
            match name {
                Name::Peak => peak::run(bench).await,
                Name::Latency => latency::run(bench).await,
                Name::Overload => overload::slowed(bench).await,
                Name::Triple => overload::triple(bench).await,
                Name::Storm => storm::storm(bench).await,
                Name::Step => storm::step(bench).await,
                Name::Herd => herd::run(bench).await,
                Name::Bulk => bulk::run(bench).await,
                Name::Replays => replays::run(bench).await,
                Name::Rows => rows::run(bench).await,
            }
        });
        let kept = match found {
            Ok(found) => {
                found.write(&args.results)?;
                // After each, so that a run that is ended early leaves a page of what it has.
                page::write(&args.results)?;
                found.holds()
            }
            // The others are run all the same.
            Err(error) => {
                println!("{}: {error}", name.text());
                false
            }
        };
        if !kept {
            println!("FAILED: {}", name.text());
            holds = false;
        }
    }
    println!("\nresults: {}", args.results.join("index.html").display());
    Ok(holds)
}

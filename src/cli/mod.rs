//! The command line: one file a command. Here arguments are read and results shown; work is done in the other rooms.

mod backup;
mod certs;
mod check;
mod choice;
mod config;
mod configured;
mod error;
mod follow;
mod follow_line;
mod follow_outlet;
#[cfg(test)]
mod fuzz;
mod generate;
mod generate_extract;
mod generate_ghz;
mod generate_register;
mod import;
mod init;
mod interrupts;
mod issue;
mod issue_outcome;
mod keys;
mod load;
mod load_options;
mod load_summary;
mod lookup;
mod lookup_card;
mod lookup_key;
mod mission;
mod output;
mod places;
mod prove;
mod public_key;
mod quickstart;
mod reconcile;
mod recover;
mod rekey;
mod serve;
mod service;
mod telemetry;
mod trust;
mod verify;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

pub use error::CliError;

use crate::shell::SystemClock;

/// One personal number for every child, once, for life.
///
/// Start with `dinhdanh quickstart`: it shows the whole service at work on your machine.
#[derive(Debug, Parser)]
#[command(name = "dinhdanh", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    log: telemetry::LogArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Quickstart(quickstart::Quickstart),
    Serve(serve::Serve),
    Init(init::Init),
    Certs(certs::Certs),
    Config(config::ConfigCommand),
    Generate(generate::Generate),
    Issue(issue::Issue),
    Load(load::Load),
    Lookup(lookup::Lookup),
    Prove(prove::Prove),
    Check(check::Check),
    Reconcile(reconcile::Reconcile),
    Follow(follow::Follow),
    Mission(mission::Mission),
    Import(import::Import),
    Places(places::Places),
    PublicKey(public_key::PublicKey),
    Verify(verify::Verify),
    Backup(backup::Backup),
    Recover(recover::Recover),
    Keys(keys::Keys),
    Rekey(rekey::Rekey),
}

/// As much as the main thread has: in a build without optimisation the futures of calls need more than the 2 MiB of others.
const WORKER_STACK: usize = 8 << 20;

/// Runs the command the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = telemetry::start_log(&cli.log) {
        return failed(&error);
    }
    let mut workers = tokio::runtime::Builder::new_multi_thread();
    let runtime = match workers.thread_stack_size(WORKER_STACK).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&CliError::of(error)),
    };
    let result = runtime.block_on(run(cli.command));
    // What still runs has been told to stop, or must not go on: do not wait for it.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn run(command: Command) -> Result<(), CliError> {
    let clock = Arc::new(SystemClock::start());
    match command {
        Command::Quickstart(quickstart) => quickstart.run(clock).await,
        Command::Serve(serve) => serve.run(clock).await,
        Command::Init(init) => init.run(clock).await,
        Command::Certs(certs) => certs.run(clock.as_ref()),
        Command::Config(config) => config.run(clock).await,
        Command::Generate(generate) => generate.run(clock.as_ref()),
        Command::Issue(issue) => issue.run(clock).await,
        Command::Load(load) => load.run(clock).await,
        Command::Lookup(lookup) => lookup.run(clock).await,
        Command::Prove(prove) => prove.run(clock).await,
        Command::Check(check) => check.run(),
        Command::Reconcile(reconcile) => reconcile.run(clock).await,
        Command::Follow(follow) => follow.run(clock).await,
        Command::Mission(mission) => mission.run(clock).await,
        Command::Import(import) => import.run(clock).await,
        Command::Places(places) => places.run(clock.as_ref()).await,
        Command::PublicKey(public_key) => public_key.run().await,
        Command::Verify(verify) => verify.run().await,
        Command::Backup(backup) => backup.run(clock.as_ref()).await,
        Command::Recover(recover) => recover.run(clock).await,
        Command::Keys(keys) => keys.run().await,
        Command::Rekey(rekey) => rekey.run(clock).await,
    }
}

fn failed(error: &CliError) -> ExitCode {
    eprintln!("dinhdanh: {error}");
    ExitCode::from(error.code)
}

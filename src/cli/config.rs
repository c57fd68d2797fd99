//! `dinhdanh config`.

use std::sync::Arc;

use clap::{Args, Subcommand};

use super::CliError;
use super::configured::Configured;
use crate::config::{EXAMPLE, Flags};
use crate::server::{Trial, try_out};
use crate::shell::Clock;

/// Look at the configuration: is it right, what is in effect, what can be set.
#[derive(Debug, Args)]
pub struct ConfigCommand {
    #[command(subcommand)]
    which: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Say everything that is wrong with the configuration; then try the store and the lease, changing nothing.
    ///
    /// Ends with exit code 0 if a server would start and find all it needs, 1 otherwise.
    Check(Configured),
    /// Print what is in effect, without passwords.
    Show(Configured),
    /// Print a file with every setting and its meaning.
    Example,
}

impl ConfigCommand {
    /// Runs it.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        match self.which {
            Which::Check(configured) => check(&configured, clock.as_ref()).await,
            Which::Show(configured) => {
                print!("{}", configured.load(Flags::default())?);
                Ok(())
            }
            Which::Example => {
                print!("{EXAMPLE}");
                Ok(())
            }
        }
    }
}

async fn check(configured: &Configured, clock: &dyn Clock) -> Result<(), CliError> {
    let config = configured.load(Flags::default())?;
    println!("ok       settings: nothing contradicts anything");
    let trials = try_out(&config, clock).await;
    for trial in &trials {
        println!("{trial}");
    }
    let wrong = trials
        .iter()
        .filter(|trial| matches!(trial, Trial::Wrong { .. }))
        .count();
    match wrong {
        0 => Ok(()),
        1 => Err(CliError::new("one thing is wrong")),
        many => Err(CliError::new(format!("{many} things are wrong"))),
    }
}

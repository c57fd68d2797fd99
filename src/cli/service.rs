//! The flags by which a command reaches the service.

use std::time::Duration;

use clap::Args;

use super::CliError;
use super::trust::TrustArgs;
use crate::client::{Address, Options, Patience, Trust};

// Not a doc comment: clap would show it in place of the command's own.
// Where the service is, and how it and the caller know each other.
#[derive(Debug, Args)]
pub struct ServiceArgs {
    /// Where the service answers.
    #[arg(
        long,
        default_value = "http://127.0.0.1:7400",
        env = "DINHDANH_SERVER",
        value_name = "URL"
    )]
    pub server: Address,
    #[command(flatten)]
    trust: TrustArgs,
}

impl ServiceArgs {
    /// What is trusted at that address.
    ///
    /// # Errors
    /// [`CliError`] as [`TrustArgs::read`] says.
    pub fn trust(&self) -> Result<Option<Trust>, CliError> {
        self.trust.read([&self.server].into_iter())
    }

    /// How a client behaves that gives an item up after so long.
    ///
    /// # Errors
    /// As [`ServiceArgs::trust`].
    pub fn options(&self, give_up_after: Duration) -> Result<Options, CliError> {
        Ok(Options {
            patience: Patience {
                total: give_up_after,
                ..Patience::default()
            },
            trust: self.trust()?,
            ..Options::new(self.server.clone())
        })
    }
}

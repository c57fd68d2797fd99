//! `dinhdanh mission`: one file a command.

mod blocks;
mod init;
mod items;
mod line;
mod open;
mod register;
mod status;
mod summary;

use std::sync::Arc;

use clap::{Args, Subcommand};

use super::CliError;
use crate::shell::Clock;

/// The tool of a mission's office: hand out numbers without a line, and settle them when there is one.
///
/// A mission makes its journal once (init), reserves blocks of numbers while it has a line (reserve), hands numbers out without
/// one (register), and tells the service later to whom (sync). The journal is encrypted under a passphrase, which is read from
/// --passphrase-file or asked for on the terminal. Keep one journal on one machine: a copy that is put back later hands out
/// numbers twice; that is found when they are settled, but one of the two papers must then be printed anew.
///
/// Example: dinhdanh mission init --office DSQ-TOKYO --key "$(cat public-key)"
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Mission {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Reserve(blocks::Reserve),
    Register(register::Register),
    Sync(line::Sync),
    Status(status::Status),
    List(items::List),
    GiveUp(items::GiveUp),
    Close(blocks::Close),
}

impl Mission {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`], as the command says.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        match self.command {
            Command::Init(init) => init.run(clock.as_ref()).await,
            Command::Reserve(reserve) => reserve.run(clock).await,
            Command::Register(register) => register.run(clock.as_ref()).await,
            Command::Sync(sync) => sync.run(clock).await,
            Command::Status(status) => status.run().await,
            Command::List(list) => list.run().await,
            Command::GiveUp(give_up) => give_up.run(clock.as_ref()).await,
            Command::Close(close) => close.run(clock).await,
        }
    }
}

//! `dinhdanh mission sync`, and the line that other commands use too.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::super::CliError;
use super::super::interrupts::Interrupts;
use super::super::output::print;
use super::super::service::ServiceArgs;
use super::open::JournalArgs;
use super::summary;
use crate::client::{Caller, Client, Options};
use crate::mission::{Journal, Synced, sync};
use crate::policy::Role;
use crate::shell::Clock;

/// Settle what was handed out, while there is a line.
///
/// Every number is settled under the request id that it was given when it was handed out, so the command may be stopped, killed
/// or cut off at any moment, and run again. Blocks that are to be reserved or closed are, and what was settled longer ago than
/// the journal keeps it is wiped. `dinhdanh mission list` shows what became of each number.
///
/// Exit code: 0 if everything was answered; 1 if something is open, refused or to be looked at.
///
/// Example: dinhdanh mission sync --server https://dinhdanh.example:7443 --ca ca.pem --cert mission.pem --key mission.key
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Sync {
    #[command(flatten)]
    journal: JournalArgs,
    #[command(flatten)]
    line: LineArgs,
}

// Not a doc comment: clap would show it in place of the command's own.
// How the service is reached.
#[derive(Debug, Args)]
pub struct LineArgs {
    #[command(flatten)]
    service: ServiceArgs,
    /// Leave a number open, for a later run, when it has had no answer for so long.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    give_up_after: u32,
    /// How long to try to reach the service at the start.
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    connect_within: u32,
}

impl Sync {
    /// Settles, and says what came of it.
    ///
    /// # Errors
    /// [`CliError`] if the service or the journal cannot be reached, or something is left to do.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let mut journal = self.journal.open().await?;
        self.line.settle(&self.journal, &mut journal, clock).await
    }
}

impl LineArgs {
    /// Settles, reserves and closes all that is to be, and says what came of it.
    ///
    /// # Errors
    /// As [`Sync::run`].
    pub async fn settle(
        self,
        file: &JournalArgs,
        journal: &mut Journal,
        clock: Arc<dyn Clock>,
    ) -> Result<(), CliError> {
        let caller = Caller::new(&journal.setup().office, Role::Mission.name()).map_err(CliError::of)?;
        let options = Options {
            connect_within: Duration::from_secs(self.connect_within.into()),
            ..self.service.options(Duration::from_secs(self.give_up_after.into()))?
        };
        let client = Client::connect(options, Arc::clone(&clock))
            .await
            .map_err(CliError::of)?;
        let synced = until_stopped(journal, &client, &caller, &clock).await?;
        let synced = synced.map_err(|error| file.about(&error))?;
        let items = journal.items().await.map_err(|error| file.about(&error))?;
        print(&summary::text(&synced, &items))?;
        summary::verdict(&synced, &items, self.give_up_after)
    }
}

/// Ctrl-C ends the sync when what is on its way has been answered.
async fn until_stopped(
    journal: &mut Journal,
    client: &Client,
    caller: &Caller,
    clock: &Arc<dyn Clock>,
) -> Result<Result<Synced, crate::mission::MissionError>, CliError> {
    let stop = CancellationToken::new();
    let told = || eprintln!("Stopping when what is on its way has been answered. Once more Ctrl-C stops at once.");
    let syncing = sync(journal, client, caller, clock, &stop);
    let ended = Interrupts::listen()?.end(&stop, told, syncing).await;
    ended.ok_or_else(|| CliError::new("stopped; run the same command again, and it goes on where it was"))
}

//! `dinhdanh mission init`.

use clap::Args;

use super::super::CliError;
use super::open::JournalArgs;
use crate::client::Caller;
use crate::ledger::NoteVerifier;
use crate::mission::{Journal, Setup};
use crate::policy::Role;
use crate::shell::Clock;

/// Make the journal of a mission, once.
///
/// The public key is what `dinhdanh public-key` shows where the service runs. It is given to the mission by a way that it
/// trusts: by it, a block is known to be the service's.
///
/// Example: dinhdanh mission init --office DSQ-TOKYO --key dinhdanh+0a1b2c3d+AW…
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Init {
    #[command(flatten)]
    journal: JournalArgs,
    /// The code of the mission's office.
    #[arg(long, value_name = "CODE")]
    office: String,
    /// The public key of the service's notes.
    #[arg(long, value_name = "KEY")]
    key: String,
    /// For how many days what is settled stays readable in the journal.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(0..=3650), value_name = "DAYS")]
    keep: u32,
}

impl Init {
    /// Makes the journal.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be made.
    pub async fn run(self, clock: &dyn Clock) -> Result<(), CliError> {
        Caller::new(&self.office, Role::Mission.name()).map_err(CliError::of)?;
        let key = NoteVerifier::parse(&self.key).map_err(CliError::of)?;
        let passphrase = self.journal.new_passphrase()?;
        let setup = Setup {
            office: self.office,
            key,
            keep_days: self.keep,
        };
        let now = clock.now().as_microsecond();
        Journal::create(&self.journal.journal, passphrase.expose(), setup, now)
            .await
            .map_err(|error| self.journal.about(&error))?;
        println!(
            "made {}. Without its passphrase nobody can read it, nor settle what it holds",
            self.journal.journal.display()
        );
        Ok(())
    }
}

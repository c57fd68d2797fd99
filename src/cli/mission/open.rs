//! Where a mission's journal is, and its passphrase.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::CliError;
use crate::config::Secret;
use crate::mission::{Journal, MissionError};

// Not a doc comment: clap would show it in place of the command's own.
// The journal, and what opens it.
#[derive(Debug, Args)]
pub struct JournalArgs {
    /// The mission's journal.
    #[arg(
        long,
        default_value = "mission.journal",
        env = "DINHDANH_MISSION_JOURNAL",
        value_name = "FILE"
    )]
    pub journal: PathBuf,
    /// A file that holds the passphrase of the journal; without it, it is asked for on the terminal.
    #[arg(long, env = "DINHDANH_MISSION_PASSPHRASE_FILE", value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl JournalArgs {
    /// Opens the journal.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn open(&self) -> Result<Journal, CliError> {
        let passphrase = self.passphrase()?;
        let opened = Journal::open(&self.journal, passphrase.expose()).await;
        opened.map_err(|error| self.about(&error))
    }

    /// The passphrase.
    ///
    /// # Errors
    /// [`CliError`] if there is no file, and nobody to ask.
    pub fn passphrase(&self) -> Result<Secret, CliError> {
        match &self.passphrase_file {
            Some(file) => read(file),
            None => ask("Passphrase of the journal: "),
        }
    }

    /// A new passphrase, asked for twice if it is typed.
    ///
    /// # Errors
    /// [`CliError`] if the two differ, or as for [`JournalArgs::passphrase`].
    pub fn new_passphrase(&self) -> Result<Secret, CliError> {
        let passphrase = self.passphrase()?;
        if self.passphrase_file.is_none() && ask("Once more: ")? != passphrase {
            return Err(CliError::new("the two passphrases differ; nothing was made"));
        }
        Ok(passphrase)
    }

    /// A failure of the journal, naming its file.
    pub fn about(&self, error: &MissionError) -> CliError {
        CliError::new(format!("{}: {error}", self.journal.display()))
    }
}

fn read(file: &Path) -> Result<Secret, CliError> {
    Secret::read(file).map_err(|problem| CliError::new(format!("{}: {problem}", file.display())))
}

fn ask(prompt: &str) -> Result<Secret, CliError> {
    if !std::io::stdin().is_terminal() {
        return Err(CliError::new(
            "there is no terminal to ask for the passphrase: name a file that holds it with --passphrase-file",
        ));
    }
    let typed = rpassword::prompt_password(prompt);
    typed
        .map(Secret::new)
        .map_err(|error| CliError::new(format!("the passphrase cannot be read: {error}")))
}

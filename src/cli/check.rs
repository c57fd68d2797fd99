//! `dinhdanh check`.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::CliError;
use super::output::print;
use crate::ledger::{Bundle, NoteVerifier, hex};

/// Check a bundle of `dinhdanh prove`, without the service.
///
/// What holds is that the service which has this key signed a ledger in which this very entry stands. That it was not taken
/// out later is seen by asking whether a later checkpoint goes on from this one.
///
/// Example: dinhdanh check birth.bundle.json --key dinhdanh+0a1b2c3d+AW…
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Check {
    /// The bundle.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The public key of the service's notes, as `dinhdanh public-key` shows it.
    #[arg(long, value_name = "KEY")]
    key: String,
}

impl Check {
    /// Checks it and says what it proves.
    ///
    /// # Errors
    /// [`CliError`] if it proves nothing.
    pub fn run(self) -> Result<(), CliError> {
        let about = |what: &dyn std::fmt::Display| CliError::new(format!("{}: {what}", self.bundle.display()));
        let verifier = NoteVerifier::parse(&self.key).map_err(CliError::of)?;
        let text = std::fs::read_to_string(&self.bundle).map_err(|error| about(&error))?;
        let bundle = Bundle::parse(&text).map_err(|error| about(&error))?;
        let checkpoint = bundle.check(&verifier).map_err(|error| about(&error))?;
        let statement = &bundle.statement;
        let at = Timestamp::from_microsecond(statement.at).map_err(|error| about(&error))?;
        print(&format!(
            "the entry is in the ledger\n\
             position    {} of {}\n\
             kind        {:?}\n\
             office      {}\n\
             request id  {}\n\
             decided at  {at}\n\
             leaf        {}\n\
             root        {}\n",
            statement.position,
            checkpoint.size,
            statement.kind,
            statement.request.office,
            statement.request.id,
            hex(&statement.leaf()),
            hex(&checkpoint.root),
        ))
    }
}

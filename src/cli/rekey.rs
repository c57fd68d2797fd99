//! `dinhdanh rekey`.

use std::sync::Arc;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::CliError;
use super::configured::Configured;
use super::output::print;
use crate::config::Flags;
use crate::server::{Progress, Rekeyed, rekey_store};
use crate::shell::Clock;

/// Change the key that registrations are sealed with, while servers run.
///
/// First add a key with `dinhdanh keys new-seal`, and let every server have the file: a server that has not is refused from the
/// change on. Then this makes the change, which is one entry of the ledger, and seals everything anew, a few entries at a time;
/// births go on. It may be ended at any time, and goes on from there when it is run again. When it has ended by itself,
/// `dinhdanh keys drop-seals` takes the former key out of the file. Backups made before still need it.
///
/// Examples: dinhdanh rekey --data ./dinhdanh-data
///           dinhdanh rekey --config /etc/dinhdanh/dinhdanh.toml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Rekey {
    #[command(flatten)]
    configured: Configured,
}

impl Rekey {
    /// Changes the key, and shows how far it has come.
    ///
    /// # Errors
    /// [`CliError`] if it could not be done to its end.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let config = self.configured.load(Flags::default())?;
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} sealed anew, {eta} left") {
            bar.set_style(style);
        }
        // Where there is no terminal the bar shows nothing: then a line every tenth part.
        let mut tenth = 0;
        let shown = |progress: Progress| {
            bar.set_length(progress.all.unsigned_abs());
            bar.set_position(progress.done.unsigned_abs());
            let now = 10 * progress.done / progress.all.max(1);
            if bar.is_hidden() && now > tenth {
                tenth = now;
                eprintln!("{} of {} entries are sealed anew", progress.done, progress.all);
            }
        };
        let rekeyed = rekey_store(&config, clock, shown).await;
        bar.finish_and_clear();
        print(&match rekeyed.map_err(CliError::of)? {
            Rekeyed::Nothing(key) => format!(
                "everything is sealed with {key}, the last key of the file: there is nothing to change.\n\
                 To change the key, add one first: dinhdanh keys new-seal\n"
            ),
            Rekeyed::Changed { former, key } => format!(
                "everything is sealed with {key}, and nothing with {former} any more.\n\
                 dinhdanh keys drop-seals takes {former} out of the key file; backups made before still need it.\n"
            ),
        })
    }
}

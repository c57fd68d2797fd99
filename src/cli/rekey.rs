//! `dinhdanh rekey`.

use std::sync::Arc;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::CliError;
use super::configured::Configured;
use super::output::print;
use crate::config::Flags;
use crate::server::{Change, Progress, Reindexed, Rekeyed, Stage, rekey_store};
use crate::shell::Clock;

/// Change the key that registrations are sealed with, or the one of look-up digests, while servers run.
///
/// First add a key with `dinhdanh keys new-seal` or `new-index`, and let every server have the file: a server that has not is
/// refused from the change on. Then this changes to the last key of each list.
///
/// The key of sealing: the change is one entry of the ledger, and then everything is sealed anew. The index key: every row by
/// which registrations are found is written under the new key as well, the change is one entry, and then the rows under the
/// former key are deleted. All of it goes a few entries or rows at a time; births go on. It may be ended at any time, and goes on
/// from there when it is run again. When it has ended by itself, `dinhdanh keys drop-seals` or `drop-indexes` takes the former
/// key out of the file. Backups made before still need it.
///
/// Examples: dinhdanh rekey --data ./dinhdanh-data
///           dinhdanh rekey --config /etc/dinhdanh/dinhdanh.toml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Rekey {
    /// Give up a change of the index key that was begun, as long as rows are still found by the former key.
    #[arg(long)]
    give_up_index: bool,
    #[command(flatten)]
    configured: Configured,
}

impl Rekey {
    /// Changes the keys, and shows how far it has come.
    ///
    /// # Errors
    /// [`CliError`] if it could not be done to its end.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let config = self.configured.load(Flags::default())?;
        let change = match self.give_up_index {
            true => Change::GiveUpIndex,
            false => Change::ToTheLast,
        };
        let mut shown = Shown::new();
        let rekeyed = rekey_store(&config, clock, change, |progress| shown.show(progress)).await;
        shown.bar.finish_and_clear();
        let (seal, index) = rekeyed.map_err(CliError::of)?;
        print(&match (change, index) {
            (Change::GiveUpIndex, Reindexed::Nothing(key)) => {
                format!(
                    "rows are found by the index key {key}: no change of it was under way, and there was nothing to give up.\n"
                )
            }
            (Change::GiveUpIndex, index) => index_text(index),
            (Change::ToTheLast, index) => seal_text(seal) + &index_text(index),
        })
    }
}

fn seal_text(rekeyed: Rekeyed) -> String {
    match rekeyed {
        Rekeyed::Nothing(key) => format!(
            "everything is sealed with {key}, the last of the file: there is nothing to change.\n\
             To change the key, add one first: dinhdanh keys new-seal\n"
        ),
        Rekeyed::Changed { former, key } => format!(
            "everything is sealed with {key}, and nothing with {former} any more.\n\
             dinhdanh keys drop-seals takes {former} out of the key file; backups made before still need it.\n"
        ),
    }
}

fn index_text(reindexed: Reindexed) -> String {
    match reindexed {
        Reindexed::Nothing(key) => format!(
            "rows are found by the index key {key}, the last of the file: there is nothing to change.\n\
             To change the key, add one first: dinhdanh keys new-index\n"
        ),
        Reindexed::Changed { former, key } => format!(
            "rows are found by the index key {key}, and no row is there under {former} any more.\n\
             dinhdanh keys drop-indexes takes {former} out of the key file; backups made before still need it, and\n\
             dinhdanh verify, to check the digests in entries made before.\n"
        ),
        Reindexed::GivenUp { coming, key } => format!(
            "rows are found by the index key {key}, as before: the change was given up, and no row is there under {coming}.\n\
             It is still in the key file, as the last: dinhdanh rekey would change to it. If it is not to come into use, take its line\n\
             out of the file, at every server.\n"
        ),
    }
}

/// What is shown while it goes on.
struct Shown {
    bar: ProgressBar,
    /// Where there is no terminal the bar shows nothing: then a line every tenth part.
    tenth: Option<(Stage, i64)>,
}

impl Shown {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} % {msg}, {eta} left") {
            bar.set_style(style);
        }
        Self { bar, tenth: None }
    }

    fn show(&mut self, Progress { stage, done, all }: Progress) {
        let what = match stage {
            Stage::Sealing => "of the entries are sealed anew",
            Stage::Indexing => "of the rows are there under the new index key",
            Stage::Dropping => "of the rows under the other index key are deleted",
        };
        self.bar.set_message(what);
        self.bar.set_length(all.unsigned_abs());
        self.bar.set_position(done.unsigned_abs());
        let now = Some((stage, 10 * done / all.max(1)));
        if self.bar.is_hidden() && now != self.tenth {
            self.tenth = now;
            eprintln!("{} % {what}", 100 * done / all.max(1));
        }
    }
}

//! `dinhdanh recover`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::CliError;
use super::configured::Configured;
use super::output::print;
use crate::config::Flags;
use crate::server::{Recovery, RecoveryReport, Reentered, recover_store};
use crate::shell::Clock;

/// Recover a store that was put back to an earlier state, so that no number is given twice.
///
/// A store that lost what had been answered (an old backup was put back, a failover lost commits) would give out numbers again
/// that somebody has. This begins a new epoch of its ledger, in which every prefix is advanced past all that may have been
/// drawn: what is skipped is never given to anybody. How much that is, is told by the anchors of this machine, of Redis, and
/// of the folders named with --also; --lost-at-most says it where anchors were lost too. Where the store goes on from all of
/// them, nothing was lost and no epoch is begun.
///
/// What offices were answered is entered again from their files, with the same numbers: --births, at once or later. What cannot
/// be is named with its line, and the command ends with 1 then; `dinhdanh verify --answers JOURNAL` names all that the store
/// does not know.
///
/// With --nothing-lost it only notes how far the ledger has come: for a machine that has no anchor yet.
///
/// Examples: dinhdanh recover --data ./dinhdanh-data --births births.csv
///           dinhdanh recover --data ./dinhdanh-data --lost-at-most 20000
///           dinhdanh recover --config shared.toml --nothing-lost
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Recover {
    #[command(flatten)]
    configured: Configured,
    /// The store holds all that was ever answered from it.
    #[arg(long, conflicts_with_all = ["lost_at_most", "also"])]
    nothing_lost: bool,
    /// At most so many numbers of any one prefix (province, year and sex) were given that the store does not know of: the number
    /// of births since the copy was made, and generously, up to 100,000. Needed where there is no anchor; otherwise the larger
    /// one counts. Each time it is said, so many numbers of every prefix are gone for good: a prefix holds a million.
    #[arg(long, value_name = "NUMBERS", value_parser = clap::value_parser!(u32).range(..=100_000))]
    lost_at_most: Option<u32>,
    /// A folder of anchors of another machine whose servers were at work on this store. May be given more than once.
    #[arg(long, value_name = "FOLDER")]
    also: Vec<PathBuf>,
    /// A file of births that an office sent, with its journal beside it: whatever it was answered and the store does not know is
    /// entered again, with the same number. May be given more than once; alone, too, once the store was recovered.
    #[arg(long, value_name = "FILE", conflicts_with = "nothing_lost")]
    births: Vec<PathBuf>,
}

impl Recover {
    /// Recovers the store and says what that came to.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be done, or too little is known; and if answers are left that could not be entered again.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let config = self.configured.load(Flags::default())?;
        let recovery = Recovery {
            nothing_lost: self.nothing_lost,
            lost_at_most: self.lost_at_most,
            also: self.also,
            births: self.births,
        };
        let report = recover_store(&config, &recovery, clock).await.map_err(CliError::of)?;
        print(&text(&report))?;
        match report.reentered.iter().map(|of_file| of_file.left.len()).sum() {
            0 => Ok(()),
            left => Err(CliError::new(format!(
                "{left} answers could not be entered again: each is named above, and nothing was written for it"
            ))),
        }
    }
}

fn text(report: &RecoveryReport) -> String {
    let RecoveryReport {
        before,
        known,
        skipped,
        after,
        reentered,
    } = report;
    let entered: String = reentered.iter().map(of_file).collect();
    let Some(skipped) = skipped else {
        return format!(
            "nothing more was lost: the ledger goes on from all that is known, up to entry {} of epoch {}, and from here on no \
             older store is taken\n{entered}",
            after.size, after.epoch
        );
    };
    let reached = match known {
        Some(known) => format!("entry {} of epoch {}", known.size, known.epoch),
        None => "nobody knows where: there was no anchor".to_owned(),
    };
    format!(
        "the store ended at    entry {} of epoch {}\n\
         had been answered to  {reached}\n\
         skipped               {skipped} numbers of every prefix in use, never to be given\n\
         begun                 epoch {}, with entry {}\n\
         {entered}\
         What was answered and is lost is named by: dinhdanh verify --answers JOURNAL\n",
        before.size, before.epoch, after.epoch, after.size
    )
}

/// What became of a file, and each row that does not have its number.
fn of_file(reentered: &Reentered) -> String {
    let Reentered {
        file,
        entered,
        stood,
        others,
        left,
    } = reentered;
    let file = file.display();
    let mut text = format!(
        "{file}: {entered} entered again, {stood} stood already, {} not entered; {others} rows had no number\n",
        left.len()
    );
    for (line, why) in left {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  line {line}: {why}");
    }
    text
}

//! `dinhdanh recover`.

use std::path::PathBuf;

use clap::Args;

use super::CliError;
use super::configured::Configured;
use super::output::print;
use crate::config::Flags;
use crate::server::{Recovery, RecoveryReport, recover_store};
use crate::shell::Clock;

/// Recover a store that was put back to an earlier state, so that no number is given twice.
///
/// A store that lost what had been answered (an old backup was put back, a failover lost commits) would give out numbers again
/// that somebody has. This begins a new epoch of its ledger, in which every prefix is advanced past all that may have been
/// drawn: what is skipped is never given to anybody. How much that is, is told by the anchors of this machine, of Redis, and
/// of the folders named with --also; --lost-at-most says it where anchors were lost too. Numbers that were answered and are
/// lost stay lost to the store: `dinhdanh verify --answers JOURNAL` names them.
///
/// With --nothing-lost it only notes how far the ledger has come: for a machine that has no anchor yet.
///
/// Examples: dinhdanh recover --data ./dinhdanh-data
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
    /// At most so many numbers were given that the store does not know of: the number of births since the copy was made, and
    /// generously. Needed where there is no anchor; otherwise the larger one counts.
    #[arg(long, value_name = "NUMBERS", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    lost_at_most: Option<u32>,
    /// A folder of anchors of another machine whose servers were at work on this store. May be given more than once.
    #[arg(long, value_name = "FOLDER")]
    also: Vec<PathBuf>,
}

impl Recover {
    /// Recovers the store and says what that came to.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be done, or too little is known.
    pub async fn run(self, clock: &dyn Clock) -> Result<(), CliError> {
        let config = self.configured.load(Flags::default())?;
        let recovery = Recovery {
            nothing_lost: self.nothing_lost,
            lost_at_most: self.lost_at_most,
            also: self.also,
        };
        let report = recover_store(&config, &recovery, clock).await.map_err(CliError::of)?;
        print(&text(&report))
    }
}

fn text(report: &RecoveryReport) -> String {
    let RecoveryReport {
        before,
        known,
        skipped,
        after,
    } = report;
    let Some(skipped) = skipped else {
        return format!(
            "noted that the ledger has come to entry {} of epoch {}: from here on no older store is taken\n",
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
         What was answered and is lost is named by: dinhdanh verify --answers JOURNAL\n",
        before.size, before.epoch, after.epoch, after.size
    )
}

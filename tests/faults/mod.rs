//! Faults under load, with several servers over one PostgreSQL and one Redis, behind a balancer in the client: births, and
//! every command of the two sides on the numbers given, while somebody follows the feed. Each test goes on under load
//! after its fault, and ends with every answer held against the ledger, by the test and by `verify`: the same request has
//! the same number, no child has two, no command was decided twice or against its answer, and no event was missed.

mod database;
mod promotion;
mod redis;
mod rollback;
mod servers;
mod storm;
pub mod watch;

use std::sync::Arc;

use tokio::task::JoinSet;

use self::watch::Watch;
use crate::support::dealings::Dealings;
use crate::support::load::Load;
use crate::support::site::Site;
use crate::support::{setting, until};

/// Callers at a time.
const CALLERS: u64 = 48;
/// Those who act on the numbers given.
const WORKERS: usize = 12;
/// Of a hundred requests so many were sent before.
const RESENT: u32 = 30;

/// Answers between one fault and the next.
fn between() -> usize {
    usize::try_from(setting("DINHDANH_TEST_BETWEEN_FAULTS", 600)).unwrap()
}

/// How often a fault is repeated.
fn rounds() -> u64 {
    setting("DINHDANH_TEST_FAULTS", 3)
}

/// A site under load.
struct Trial {
    site: Site,
    load: Arc<Load>,
    callers: JoinSet<()>,
    dealings: Arc<Dealings>,
    workers: JoinSet<()>,
    watch: Watch,
}

impl Trial {
    async fn of(site: Site) -> Self {
        let load = Load::new();
        let channels = site.channels();
        let callers = load.storm(&channels, CALLERS, RESENT, setting("DINHDANH_TEST_SEED", 4));
        let (dealings, workers) = Dealings::start(&load, &channels, WORKERS);
        let trial = Self {
            watch: Watch::start(site.urls()),
            site,
            load,
            callers,
            dealings,
            workers,
        };
        trial.goes_on().await;
        trial
    }

    /// Waits until a good many more requests were answered. Whoever follows is killed then, and begins again.
    async fn goes_on(&self) {
        self.site.until_answered(&self.load, between()).await;
        self.watch.is_killed_and_started_again().await;
    }

    /// Ends the load once all that callers do was done, and checks everything.
    async fn end(self) {
        until("every story was told", async || self.dealings.all_told().then_some(())).await;
        self.load.stop();
        self.callers.join_all().await;
        self.dealings.stop();
        self.workers.join_all().await;
        self.load.finish(&self.site.channels()).await;
        self.watch.end(&self.site.entries().await).await;
        let entries = self.site.settle(&self.load).await;
        self.dealings.compare_with(&entries);
    }
}

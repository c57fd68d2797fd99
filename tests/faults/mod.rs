//! Faults under load, with several servers over one PostgreSQL and one Redis, behind a balancer in the client. Each test
//! goes on under load after its fault, and ends with every answer held against the ledger, by the test and by `verify`:
//! the same request has the same number, and no child has two.

mod database;
mod promotion;
mod redis;
mod servers;
mod storm;

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::support::load::Load;
use crate::support::setting;
use crate::support::site::Site;

/// Callers at a time.
const CALLERS: u64 = 48;
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
}

impl Trial {
    async fn of(site: Site) -> Self {
        let load = Load::new();
        let callers = load.storm(&site.channels(), CALLERS, RESENT, setting("DINHDANH_TEST_SEED", 4));
        let trial = Self { site, load, callers };
        trial.goes_on().await;
        trial
    }

    /// Waits until a good many more requests were answered.
    async fn goes_on(&self) {
        self.site.until_answered(&self.load, between()).await;
    }

    /// Ends the load, and checks everything.
    async fn end(self) {
        self.load.stop();
        self.callers.join_all().await;
        self.site.settle(&self.load).await;
    }
}

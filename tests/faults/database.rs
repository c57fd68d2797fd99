//! The database is killed, stands still, or has no connection to spare.

use super::{Trial, rounds};
use crate::support::births::request;
use crate::support::load::OFFICE;
use crate::support::office::Office;
use crate::support::site::Plan;
use crate::support::until;

/// Waits until every server says of its store that it takes turns, or does not.
pub async fn store_is(trial: &Trial, up: bool) {
    for server in 0..trial.site.servers.len() {
        until("the gauge says how the store is", async || {
            let gauge = trial.site.metric(server, "dinhdanh_store_up").await;
            ((gauge > 0.5) == up).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_killed_and_started_again() {
    let mut trial = Trial::of(Plan::of(2).await.start().await).await;
    for _ in 0..rounds() * 2 {
        trial.site.postgres.kill().await;
        store_is(&trial, false).await;
        trial.site.postgres.restart().await;
        store_is(&trial, true).await;
        trial.goes_on().await;
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_stands_still() {
    let trial = Trial::of(Plan::of(2).await.start().await).await;
    for _ in 0..rounds() {
        trial.site.postgres.signal("STOP");
        store_is(&trial, false).await;
        trial.site.postgres.signal("CONT");
        store_is(&trial, true).await;
        trial.goes_on().await;
    }
    trial.end().await;
}

/// Look-ups that wait for a connection hold up no birth, and are answered or told to come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pool_of_readers_is_full() {
    let plan = Plan::of(2).await.with("DINHDANH_STORE_READERS", "1");
    let trial = Trial::of(plan.start().await).await;
    let channels = trial.site.channels();
    let mut look_ups = tokio::task::JoinSet::new();
    for caller in 0..64 {
        let office = Office::new(channels[caller % 2].clone(), OFFICE);
        look_ups.spawn(async move {
            for n in 1..100_u64 {
                // Any answer will do, as long as there is one.
                let _ = office.issuance(&request(OFFICE, n).request_id).await;
            }
        });
    }
    trial.goes_on().await;
    look_ups.join_all().await;
    trial.end().await;
}

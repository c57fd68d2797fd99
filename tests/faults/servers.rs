//! Servers that are killed, and servers that stand still.

use std::time::Duration;

use super::{Trial, between, rounds};
use crate::support::site::Plan;
use crate::support::until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_killed_in_the_middle_of_turns() {
    let mut trial = Trial::of(Plan::of(3).await.start().await).await;
    for round in 0..rounds() * 3 {
        let server = usize::try_from(round).unwrap() % 3;
        trial.site.servers[server].kill();
        // The others go on without it, and later with it.
        trial.goes_on().await;
        trial.site.restart(server);
    }
    trial.goes_on().await;
    trial.end().await;
}

/// A server that stands still for longer than its lease and its turn may last, and then goes on as if nothing had been.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_stand_still_past_lease_and_turn() {
    let trial = Trial::of(Plan::of(2).await.start().await).await;
    for round in 0..rounds() * 2 {
        let server = &trial.site.servers[usize::try_from(round).unwrap() % 2];
        server.signal("STOP");
        // The other one goes on: the database ends the turn that stands still, and the lease lapses.
        trial.site.until_answered(&trial.load, between() / 12).await;
        // Past the bound on both. Nothing can be waited for in a process that stands still.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        server.signal("CONT");
        trial.goes_on().await;
    }
    trial.end().await;
}

/// What a stopped server had in hand is answered by another one, as soon as the lease has lapsed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_in_hand_of_a_server_that_stands_still_is_answered_by_another() {
    let trial = Trial::of(Plan::of(2).await.start().await).await;
    trial.site.servers[0].signal("STOP");
    let channels = trial.site.channels();
    let open = until("requests stand open", async || {
        let open = trial.load.open();
        (!open.is_empty()).then_some(open)
    })
    .await;
    for n in open {
        until("the other server answers", async || {
            trial.load.send(&channels[1], n).await.then_some(())
        })
        .await;
    }
    trial.site.servers[0].signal("CONT");
    trial.end().await;
}

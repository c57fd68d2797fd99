//! Redis loses what it holds, its scripts, its memory of the last minutes, its life, or its speed. Nothing that callers
//! are told depends on it.

use std::time::Duration;

use super::{Trial, rounds};
use crate::support::proxy::Proxy;
use crate::support::redis::Redis;
use crate::support::site::Plan;
use crate::support::until;

fn redis(trial: &mut Trial) -> &mut Redis {
    trial.site.redis.as_mut().expect("a site with Redis")
}

/// Waits until every server says of its lease that it can, or cannot, be asked.
async fn lease_is(trial: &Trial, up: bool) {
    for server in 0..trial.site.servers.len() {
        until("the gauge says how the lease is", async || {
            let gauge = trial.site.metric(server, "dinhdanh_lease_up").await;
            ((gauge > 0.5) == up).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_forgets_everything_and_every_script() {
    let mut trial = Trial::of(Plan::of(2).await.start().await).await;
    for _ in 0..rounds() * 3 {
        for command in [&["FLUSHALL"][..], &["SCRIPT", "FLUSH"]] {
            redis(&mut trial).cli(command);
            trial.goes_on().await;
        }
    }
    lease_is(&trial, true).await;
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_killed_and_comes_back_empty_or_as_it_was_a_while_ago() {
    let mut trial = Trial::of(Plan::of(2).await.start().await).await;
    for round in 0..rounds() * 2 {
        if round % 2 == 1 {
            redis(&mut trial).snapshot();
            trial.goes_on().await;
        } else {
            redis(&mut trial).forget();
        }
        redis(&mut trial).kill();
        trial.goes_on().await;
        lease_is(&trial, false).await;
        redis(&mut trial).restart();
        lease_is(&trial, true).await;
        trial.goes_on().await;
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_stands_still() {
    let mut trial = Trial::of(Plan::of(2).await.start().await).await;
    for _ in 0..rounds() {
        redis(&mut trial).signal("STOP");
        lease_is(&trial, false).await;
        trial.goes_on().await;
        redis(&mut trial).signal("CONT");
        lease_is(&trial, true).await;
        trial.goes_on().await;
    }
    trial.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_answers_slowly() {
    let plan = Plan::of(2).await;
    let wire = Proxy::to(plan.redis().port()).await;
    let trial = Trial::of(plan.redis_at(wire.url()).start().await).await;
    for delay in [20, 60, 90, 150, 400] {
        wire.slow(Duration::from_millis(delay));
        trial.goes_on().await;
    }
    wire.slow(Duration::ZERO);
    lease_is(&trial, true).await;
    trial.end().await;
}

//! What the lease costs: run by hand, on a quiet machine.

use std::time::Instant;

use dinhdanh::lease::{Claimed, Ended, Lease};

use super::{Bench, claim, hint};
use crate::support::redis::Redis;

/// How many claims a batch has.
const BATCH: u32 = 256;
/// How many batches are measured.
const BATCHES: u32 = 400;

#[tokio::test]
#[ignore = "a measurement: cargo test --release --test dinhdanh lease::cost -- --ignored --nocapture"]
async fn of_claiming_and_ending_a_batch() {
    let redis = Redis::start();
    let lease = Bench::single(&redis).server().await;
    let (mut claiming, mut ending) = (0.0, 0.0);
    for _ in 0..BATCHES {
        let claims: Vec<_> = (0..BATCH).map(|_| claim()).collect();
        let started = Instant::now();
        let claimed = lease.claim(&claims).await;
        claiming += started.elapsed().as_secs_f64();
        assert!(claimed.iter().all(|claimed| *claimed == Claimed::Granted));
        let ended = claims.into_iter().map(|claim| Ended {
            claim,
            answered: Some(hint()),
        });
        let ended: Vec<_> = ended.collect();
        let started = Instant::now();
        lease.end(&ended).await;
        ending += started.elapsed().as_secs_f64();
    }
    let per_claim = 1e6 / f64::from(BATCH * BATCHES);
    println!("claim {:.2} us, end {:.2} us", claiming * per_claim, ending * per_claim);
    println!("{}", redis.cli(&["INFO", "cpu"]));
    println!("{}", redis.cli(&["INFO", "commandstats"]));
    println!("{}", redis.cli(&["INFO", "memory"]));
    println!("{}", redis.cli(&["DBSIZE"]));
}

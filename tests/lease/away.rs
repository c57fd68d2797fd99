//! Redis empties itself, forgets its scripts, dies, comes back, stands still or answers slowly.

use std::time::Duration;

use dinhdanh::lease::{Claim, Claimed, Lease, LeaseKey, RedisLease, Servers};

use super::{Bench, claim, end, hint, one, turned};
use crate::support::proxy::Proxy;
use crate::support::redis::Redis;
use crate::support::until;

/// Two servers, and a claim that the first has in hand.
async fn two_at_work(bench: &Bench) -> (RedisLease, RedisLease, Claim) {
    let (ours, theirs) = (bench.server().await, bench.server().await);
    let first = claim();
    assert_eq!(one(&ours, &first).await, Claimed::Granted);
    assert_eq!(one(&theirs, &first).await, Claimed::Elsewhere);
    (ours, theirs, first)
}

/// Claims exclude each other: what they do while Redis can be asked.
async fn works(ours: &RedisLease, theirs: &RedisLease) {
    turned(ours, true).await;
    turned(theirs, true).await;
    let (next, told) = (claim(), hint());
    assert_eq!(one(ours, &next).await, Claimed::Granted);
    assert_eq!(one(theirs, &next).await, Claimed::Elsewhere);
    end(ours, &next, Some(told)).await;
    assert_eq!(one(theirs, &next).await, Claimed::Answered(told));
}

/// Everything is granted, by a server that knows it cannot ask.
async fn grants_everything(lease: &RedisLease, held_elsewhere: &Claim) {
    turned(lease, false).await;
    let claims = vec![held_elsewhere.clone(); 512];
    assert_eq!(lease.claim(&claims).await, vec![Claimed::Granted; 512]);
    assert!(!lease.in_hand(&LeaseKey::Request(held_elsewhere.request.clone())).await);
    end(lease, held_elsewhere, Some(hint())).await;
}

#[tokio::test]
async fn a_redis_that_was_emptied_is_as_good_as_new() {
    let redis = Redis::start();
    let (ours, theirs, first) = two_at_work(&Bench::single(&redis)).await;
    redis.cli(&["FLUSHALL"]);
    assert_eq!(one(&theirs, &first).await, Claimed::Granted);
    // It was taken from us: what we say of it no longer counts.
    end(&ours, &first, Some(hint())).await;
    assert_eq!(one(&ours, &first).await, Claimed::Elsewhere);
    works(&ours, &theirs).await;
    assert!(*ours.up().borrow() && *theirs.up().borrow());
}

#[tokio::test]
async fn scripts_that_were_forgotten_are_sent_again() {
    let redis = Redis::start();
    let (ours, theirs, first) = two_at_work(&Bench::single(&redis)).await;
    for _ in 0..2 {
        redis.cli(&["SCRIPT", "FLUSH"]);
        works(&ours, &theirs).await;
    }
    redis.cli(&["SCRIPT", "FLUSH"]);
    end(&ours, &first, None).await;
    assert_eq!(one(&theirs, &first).await, Claimed::Granted);
    let known = redis.cli(&["INFO", "commandstats"]);
    assert!(known.contains("cmdstat_evalsha:"), "{known}");
}

#[tokio::test]
async fn a_redis_that_dies_is_done_without_and_found_again() {
    let mut redis = Redis::start();
    let (ours, theirs, first) = two_at_work(&Bench::single(&redis)).await;
    redis.kill();
    grants_everything(&theirs, &first).await;
    turned(&ours, false).await;
    redis.restart();
    works(&ours, &theirs).await;
}

#[tokio::test]
async fn a_redis_back_from_an_old_snapshot_is_believed_no_more_than_any_other() {
    let mut redis = Redis::start();
    let (ours, theirs, first) = two_at_work(&Bench::single(&redis)).await;
    redis.snapshot();
    end(&ours, &first, Some(hint())).await;
    redis.kill();
    grants_everything(&theirs, &first).await;
    turned(&ours, false).await;
    redis.restart();
    turned(&theirs, true).await;
    // The old word stands again until its time is over; the store knows better, and the holder can end it.
    assert_eq!(one(&theirs, &first).await, Claimed::Elsewhere);
    turned(&ours, true).await;
    end(&ours, &first, None).await;
    assert_eq!(one(&theirs, &first).await, Claimed::Granted);
    redis.forget();
    redis.kill();
    turned(&ours, false).await;
    turned(&theirs, false).await;
    redis.restart();
    works(&ours, &theirs).await;
}

#[tokio::test]
async fn a_redis_that_stands_still_holds_nobody_up() {
    let redis = Redis::start();
    let bench = Bench::single(&redis);
    let (ours, _, first) = two_at_work(&bench).await;
    let mut hasty = bench.options();
    hasty.patience = Duration::from_millis(50);
    let theirs = RedisLease::start(&hasty, &bench.secret).unwrap();
    turned(&theirs, true).await;
    redis.signal("STOP");
    // Whoever asks at this moment waits no longer than the patience.
    assert_eq!(one(&theirs, &first).await, Claimed::Granted);
    grants_everything(&theirs, &first).await;
    redis.signal("CONT");
    until("both ask again", async || {
        turned(&theirs, true).await;
        let next = claim();
        assert_eq!(one(&ours, &next).await, Claimed::Granted);
        (one(&theirs, &next).await == Claimed::Elsewhere).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_redis_that_answers_slowly_is_done_without_until_it_is_quick_again() {
    let redis = Redis::start();
    let wire = Proxy::to(redis.port()).await;
    let bench = Bench::on(Servers::Single(wire.url()));
    let mut hasty = bench.options();
    hasty.patience = Duration::from_millis(200);
    let lease = bench.server_with(hasty).await;
    let first = claim();
    wire.slow(Duration::from_secs(3600));
    grants_everything(&lease, &first).await;
    wire.slow(Duration::ZERO);
    turned(&lease, true).await;
}

#[tokio::test]
async fn a_server_may_start_before_redis() {
    let mut redis = Redis::start();
    let bench = Bench::single(&redis);
    redis.kill();
    let ours = RedisLease::start(&bench.options(), &bench.secret).unwrap();
    grants_everything(&ours, &claim()).await;
    redis.restart();
    works(&ours, &bench.server().await).await;
}

#[tokio::test]
async fn an_idle_server_notices_that_redis_is_gone() {
    let mut redis = Redis::start();
    let lease = Bench::single(&redis).server().await;
    redis.kill();
    turned(&lease, false).await;
    redis.restart();
    turned(&lease, true).await;
}

#[tokio::test]
async fn a_redis_that_takes_no_writes_is_done_without() {
    let redis = Redis::start();
    let (ours, theirs, first) = two_at_work(&Bench::single(&redis)).await;
    redis.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    grants_everything(&theirs, &first).await;
    turned(&ours, false).await;
    redis.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    works(&ours, &theirs).await;
}

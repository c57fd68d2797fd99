//! What a lease promises, whatever kind of Redis it is in.

use std::time::Duration;

use dinhdanh::lease::{Alone, Claim, Claimed, Ended, Lease, LeaseKey, Servers};

use super::{Bench, claim, end, hint, one};
use crate::support::redis::{Cluster, Redis, Sentinels};
use crate::support::until;

/// Every promise, one after another.
pub async fn holds(bench: &Bench) {
    claims_exclude_each_other(bench).await;
    what_was_taken_in_vain_is_let_go(bench).await;
    a_server_is_not_in_its_own_way(bench).await;
    an_answer_is_told(bench).await;
    what_has_no_answer_is_free_again(bench).await;
    only_who_holds_a_key_ends_it(bench).await;
    others_see_what_is_in_hand(bench).await;
    answers_are_in_the_order_of_claims(bench).await;
    a_batch_without_claims_leaves_it_up(bench).await;
}

async fn claims_exclude_each_other(bench: &Bench) {
    let (ours, theirs) = (bench.server().await, bench.server().await);
    let first = claim();
    assert_eq!(one(&ours, &first).await, Claimed::Granted);
    assert_eq!(one(&theirs, &first).await, Claimed::Elsewhere);
    let same_request = Claim {
        request: first.request.clone(),
        ..claim()
    };
    assert_eq!(one(&theirs, &same_request).await, Claimed::Elsewhere);
    let same_reference = Claim {
        reference: first.reference,
        ..claim()
    };
    assert_eq!(one(&theirs, &same_reference).await, Claimed::Elsewhere);
    assert_eq!(one(&theirs, &claim()).await, Claimed::Granted);
}

/// Batches without births, which confirm, decide or correct.
async fn a_batch_without_claims_leaves_it_up(bench: &Bench) {
    let ours = bench.server().await;
    assert!(ours.claim(&[]).await.is_empty());
    assert!(
        *ours.up().borrow(),
        "a batch without claims passed for a broken connection"
    );
}

async fn what_was_taken_in_vain_is_let_go(bench: &Bench) {
    let (ours, theirs, third) = (bench.server().await, bench.server().await, bench.server().await);
    let (held, other) = (claim(), claim());
    assert_eq!(one(&ours, &held).await, Claimed::Granted);
    let by_reference = Claim {
        reference: held.reference,
        ..other.clone()
    };
    let by_request = Claim {
        request: held.request.clone(),
        ..other.clone()
    };
    assert_eq!(one(&theirs, &by_reference).await, Claimed::Elsewhere);
    assert_eq!(one(&theirs, &by_request).await, Claimed::Elsewhere);
    assert_eq!(one(&third, &other).await, Claimed::Granted);
}

async fn a_server_is_not_in_its_own_way(bench: &Bench) {
    let (ours, theirs) = (bench.server().await, bench.server().await);
    let first = claim();
    let beside = Claim {
        reference: first.reference,
        ..claim()
    };
    assert_eq!(one(&ours, &first).await, Claimed::Granted);
    assert_eq!(one(&ours, &first).await, Claimed::Granted);
    assert_eq!(one(&ours, &beside).await, Claimed::Granted);
    assert_eq!(one(&theirs, &first).await, Claimed::Elsewhere);
}

async fn an_answer_is_told(bench: &Bench) {
    let (ours, theirs) = (bench.server().await, bench.server().await);
    let (first, told) = (claim(), hint());
    assert_eq!(one(&ours, &first).await, Claimed::Granted);
    end(&ours, &first, Some(told)).await;
    assert_eq!(one(&theirs, &first).await, Claimed::Answered(told));
    assert_eq!(one(&ours, &first).await, Claimed::Answered(told));
    // Neither the answer nor who asked for it keeps the reference.
    let later = Claim {
        reference: first.reference,
        ..claim()
    };
    assert_eq!(one(&bench.server().await, &later).await, Claimed::Granted);
}

async fn what_has_no_answer_is_free_again(bench: &Bench) {
    let (ours, theirs) = (bench.server().await, bench.server().await);
    let first = claim();
    assert_eq!(one(&ours, &first).await, Claimed::Granted);
    end(&ours, &first, None).await;
    assert_eq!(one(&theirs, &first).await, Claimed::Granted);
}

async fn only_who_holds_a_key_ends_it(bench: &Bench) {
    let mut short = bench.options();
    short.hold = Duration::from_millis(1);
    let (slow, quick, third) = (
        bench.server_with(short).await,
        bench.server().await,
        bench.server().await,
    );
    let (answered, dropped) = (claim(), claim());
    for claim in [&answered, &dropped] {
        assert_eq!(one(&slow, claim).await, Claimed::Granted);
        until("the keys of the slow server are gone", async || {
            (one(&quick, claim).await == Claimed::Granted).then_some(())
        })
        .await;
    }
    end(&slow, &answered, Some(hint())).await;
    end(&slow, &dropped, None).await;
    for claim in [&answered, &dropped] {
        assert_eq!(one(&third, claim).await, Claimed::Elsewhere);
        let beside = Claim {
            reference: claim.reference,
            ..super::claim()
        };
        assert_eq!(one(&third, &beside).await, Claimed::Elsewhere);
    }
    let told = hint();
    end(&quick, &answered, Some(told)).await;
    assert_eq!(one(&third, &answered).await, Claimed::Answered(told));
}

async fn others_see_what_is_in_hand(bench: &Bench) {
    let (ours, theirs) = (bench.server().await, bench.server().await);
    let first = claim();
    let keys = [
        LeaseKey::Request(first.request.clone()),
        LeaseKey::Reference(first.reference),
    ];
    for key in &keys {
        assert!(!theirs.in_hand(key).await);
    }
    assert_eq!(one(&ours, &first).await, Claimed::Granted);
    for key in &keys {
        assert!(theirs.in_hand(key).await);
        assert!(!ours.in_hand(key).await);
    }
    end(&ours, &first, Some(hint())).await;
    for key in &keys {
        assert!(!theirs.in_hand(key).await);
    }
}

async fn answers_are_in_the_order_of_claims(bench: &Bench) {
    let (ours, theirs) = (bench.server().await, bench.server().await);
    let claims: Vec<_> = (0..512).map(|_| claim()).collect();
    let (held, told) = (&claims[7], hint());
    assert_eq!(one(&ours, held).await, Claimed::Granted);
    assert_eq!(one(&ours, &claims[300]).await, Claimed::Granted);
    end(&ours, &claims[300], Some(told)).await;
    let claimed = theirs.claim(&claims).await;
    assert_eq!(claimed.len(), 512);
    for (index, claimed) in claimed.iter().enumerate() {
        let expected = match index {
            7 => Claimed::Elsewhere,
            300 => Claimed::Answered(told),
            _ => Claimed::Granted,
        };
        assert_eq!(*claimed, expected, "claim {index}");
    }
    let granted = claims
        .iter()
        .zip(&claimed)
        .filter(|(_, claimed)| **claimed == Claimed::Granted);
    let ended: Vec<_> = granted
        .map(|(claim, _)| Ended {
            claim: claim.clone(),
            answered: Some(told),
        })
        .collect();
    theirs.end(&ended).await;
    let again = ours.claim(&claims).await;
    assert_eq!(
        again
            .iter()
            .filter(|claimed| **claimed == Claimed::Answered(told))
            .count(),
        511
    );
}

#[tokio::test]
async fn a_single_server_keeps_every_promise() {
    // The promises hold in a Redis that others use as well.
    match std::env::var("DINHDANH_TEST_REDIS_URL") {
        Ok(url) => holds(&Bench::on(Servers::Single(url))).await,
        Err(_) => holds(&Bench::single(&Redis::start())).await,
    }
}

#[tokio::test]
async fn a_master_named_by_sentinels_keeps_every_promise() {
    let all = Sentinels::start().await;
    let (sentinels, master) = (all.urls(), all.name());
    holds(&Bench::on(Servers::Sentinel { sentinels, master })).await;
}

#[tokio::test]
async fn a_cluster_keeps_every_promise() {
    let cluster = Cluster::start().await;
    holds(&Bench::on(Servers::Cluster(cluster.urls()))).await;
    for node in &cluster.nodes {
        assert!(
            node.cli(&["DBSIZE"]).trim().parse::<u32>().unwrap() > 0,
            "a node was left out"
        );
    }
}

#[tokio::test]
async fn installations_that_share_a_redis_never_meet() {
    let redis = Redis::start();
    let (ours, theirs) = (Bench::single(&redis), Bench::single(&redis));
    // The same request; a reference comes here digested under each installation's own secret.
    let (first, second) = (claim(), claim());
    let second = Claim {
        request: first.request.clone(),
        ..second
    };
    assert_eq!(one(&ours.server().await, &first).await, Claimed::Granted);
    assert_eq!(one(&theirs.server().await, &second).await, Claimed::Granted);
}

#[tokio::test]
async fn who_is_alone_is_granted_everything() {
    let alone = Alone::default();
    let claims = [claim(), claim()];
    assert_eq!(alone.claim(&claims).await, [Claimed::Granted; 2]);
    assert_eq!(alone.claim(&claims).await, [Claimed::Granted; 2]);
    assert!(!alone.in_hand(&LeaseKey::Reference(claims[0].reference)).await);
    assert!(!alone.shared() && *alone.up().borrow());
}

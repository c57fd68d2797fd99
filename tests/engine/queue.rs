//! The queue: bounded, drained to the end, and without work for callers that have gone away.

use std::sync::Arc;

use dinhdanh::engine::{Lane, Limits};
use dinhdanh::refusal::Refusal;

use super::{Bench, OFFICE, answer, births, number, settle};

fn overloaded(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Overloaded { retry_after } if !retry_after.is_zero())
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_the_id_stays_free() {
    let bench = Bench::new(Limits {
        queue: 2,
        ..Limits::default()
    })
    .await;
    let (gate, first) = bench.occupied_with(1).await;
    let waiting = [bench.child(2).await, bench.child(3).await];
    for _ in 0..3 {
        // Answered while no turn can be taken.
        assert!(overloaded(&answer(bench.child(4).await).await.unwrap_err()));
    }
    drop(gate);
    for call in [first].into_iter().chain(waiting) {
        assert!(answer(call).await.is_ok());
    }
    assert!(!answer(bench.child(4).await).await.unwrap().replayed);
    assert_eq!(bench.ledger().await.len(), 4);
}

#[tokio::test]
async fn items_of_streams_wait_for_room_and_are_answered() {
    let bench = Bench::new(Limits {
        bulk: 1,
        ..Limits::default()
    })
    .await;
    let (gate, _first) = bench.occupied_with(1).await;
    let mut calls = vec![bench.child(2).await];
    for n in 3..10 {
        calls.push(bench.call(n.into(), births::birth(OFFICE, n), Lane::Bulk).await);
    }
    settle().await;
    assert!(calls.iter().all(|call| !call.is_finished()));
    drop(gate);
    for call in calls {
        assert!(!answer(call).await.unwrap().replayed);
    }
    assert_eq!(bench.ledger().await.len(), 9);
}

#[tokio::test]
async fn what_waits_is_taken_in_one_turn_up_to_the_limit() {
    let bench = Bench::new(Limits {
        batch: 4,
        ..Limits::default()
    })
    .await;
    let (gate, first) = bench.occupied_with(1).await;
    let before = bench.plan.committed();
    let mut calls = vec![first];
    for n in 2..12 {
        calls.push(bench.child(n).await);
    }
    drop(gate);
    for call in calls {
        assert!(answer(call).await.is_ok());
    }
    // One turn of the first alone, then ten commands by fours.
    assert_eq!(bench.plan.committed() - before, 4);
}

#[tokio::test]
async fn draining_answers_what_was_queued_and_refuses_what_comes() {
    let bench = Bench::new(Limits::default()).await;
    let (gate, first) = bench.occupied_with(1).await;
    let queued = [bench.child(2).await, bench.child(3).await];
    let drain = tokio::spawn({
        let engine = Arc::clone(&bench.engine);
        async move { engine.drain().await }
    });
    settle().await;
    assert!(!drain.is_finished());
    let refused = answer(bench.child(4).await).await.unwrap_err();
    assert!(matches!(refused, Refusal::Draining { retry_after } if !retry_after.is_zero()));
    drop(gate);
    for call in [first].into_iter().chain(queued) {
        assert!(!answer(call).await.unwrap().replayed);
    }
    drain.await.unwrap();
    assert_eq!(bench.ledger().await.len(), 3);
    // Known answers can still be told, and draining again is nothing.
    assert!(answer(bench.child(1).await).await.unwrap().replayed);
    bench.engine.drain().await;
}

#[tokio::test]
async fn draining_does_not_leave_out_who_waited_for_room() {
    let bench = Bench::new(Limits {
        bulk: 1,
        ..Limits::default()
    })
    .await;
    let (gate, _first) = bench.occupied_with(1).await;
    let _second = bench.call(2, births::birth(OFFICE, 2), Lane::Bulk).await;
    let third = bench.call(3, births::birth(OFFICE, 3), Lane::Bulk).await;
    let drain = tokio::spawn({
        let engine = Arc::clone(&bench.engine);
        async move { engine.drain().await }
    });
    settle().await;
    drop(gate);
    assert!(answer(third).await.is_ok());
    drain.await.unwrap();
    assert_eq!(bench.ledger().await.len(), 3);
}

#[tokio::test]
async fn a_call_whose_caller_has_gone_before_its_turn_is_dropped_and_its_id_stays_free() {
    let bench = Bench::new(Limits::default()).await;
    let (gate, first) = bench.occupied_with(1).await;
    let (second, third) = (bench.child(2).await, bench.child(3).await);
    second.abort();
    settle().await;
    drop(gate);
    for call in [first, third] {
        assert!(!answer(call).await.unwrap().replayed);
    }
    assert_eq!(bench.ledger().await.len(), 2);
    assert!(!answer(bench.child(2).await).await.unwrap().replayed);
}

#[tokio::test]
async fn a_turn_of_which_nobody_waits_any_more_writes_nothing_and_the_next_goes_on() {
    let bench = Bench::new(Limits::default()).await;
    let (gate, first) = bench.occupied_with(1).await;
    let second = bench.child(2).await;
    second.abort();
    settle().await;
    drop(gate);
    assert!(answer(first).await.is_ok());
    settle().await;
    assert_eq!(bench.ledger().await.len(), 1);
    assert!(!answer(bench.child(3).await).await.unwrap().replayed);
    assert!(!answer(bench.child(2).await).await.unwrap().replayed);
    assert_eq!(bench.ledger().await.len(), 3);
}

#[tokio::test]
async fn what_is_in_a_turn_is_carried_out_though_its_caller_goes_away() {
    let bench = Bench::new(Limits::default()).await;
    let (gate, first) = bench.occupied_with(1).await;
    first.abort();
    settle().await;
    drop(gate);
    assert!(answer(bench.child(1).await).await.unwrap().replayed);
    assert_eq!(bench.ledger().await.len(), 1);
}

#[tokio::test]
async fn who_follows_a_caller_that_goes_away_is_answered_all_the_same() {
    let bench = Bench::new(Limits::default()).await;
    let (gate, _first) = bench.occupied_with(1).await;
    let leader = bench.child(2).await;
    let follower = bench.child(2).await;
    leader.abort();
    settle().await;
    drop(gate);
    let told = answer(follower).await.unwrap();
    assert_eq!(number(&told), number(&answer(bench.child(2).await).await.unwrap()));
}

#[tokio::test]
async fn who_follows_a_caller_that_went_before_it_was_queued_is_told_to_ask_again() {
    let bench = Bench::new(Limits {
        bulk: 1,
        ..Limits::default()
    })
    .await;
    let (gate, _first) = bench.occupied_with(1).await;
    let _second = bench.call(2, births::birth(OFFICE, 2), Lane::Bulk).await;
    let leader = bench.call(3, births::birth(OFFICE, 3), Lane::Bulk).await;
    let follower = bench.child(3).await;
    leader.abort();
    assert!(matches!(
        answer(follower).await.unwrap_err(),
        Refusal::InProgress { .. }
    ));
    drop(gate);
    assert!(
        !answer(bench.call(3, births::birth(OFFICE, 3), Lane::Bulk).await)
            .await
            .unwrap()
            .replayed
    );
    assert_eq!(bench.ledger().await.len(), 3);
}

//! What the engine does when the store, or the program, fails.

use std::time::Duration;

use dinhdanh::engine::Limits;
use dinhdanh::refusal::Refusal;
use uuid::Uuid;

use super::faulty::Fault;
use super::{Bench, answer, number};

#[tokio::test]
async fn of_a_batch_that_breaks_a_constraint_only_the_culprit_is_told() {
    let bench = Bench::new(Limits::default()).await;
    bench.plan.spoil(Some(Uuid::from_u128(4)));
    let (gate, first) = bench.occupied_with(1).await;
    let mut calls = vec![first];
    for n in 2..8 {
        calls.push(bench.child(n).await);
    }
    drop(gate);
    for (n, call) in (1..).zip(calls) {
        match answer(call).await {
            Ok(reply) => assert!(n != 4 && !reply.replayed),
            Err(refusal) => assert_eq!((n, refusal), (4, Refusal::Bug)),
        }
    }
    assert_eq!(bench.ledger().await.len(), 6);
    // Once the fault is gone the same id is as good as new.
    bench.plan.spoil(None);
    assert!(!answer(bench.child(4).await).await.unwrap().replayed);
    assert_eq!(bench.ledger().await.len(), 7);
}

#[tokio::test]
async fn a_store_without_room_or_out_of_reach_is_said_to_be_and_nothing_is_kept() {
    for fault in [Fault::Full, Fault::Away] {
        let bench = Bench::new(Limits::default()).await;
        let (gate, first) = bench.occupied_with(1).await;
        let second = bench.child(2).await;
        bench.plan.inject([fault, fault]);
        drop(gate);
        for call in [first, second] {
            let refused = answer(call).await.unwrap_err();
            assert!(
                matches!(refused, Refusal::StoreUnavailable { retry_after } if !retry_after.is_zero()),
                "{fault:?}: {refused:?}"
            );
        }
        assert!(bench.ledger().await.is_empty());
        for n in [1, 2] {
            assert!(!answer(bench.child(n).await).await.unwrap().replayed, "{fault:?}");
        }
    }
}

/// Nobody is told anything when nobody knows; the next start tells by what it finds.
#[tokio::test]
async fn an_unknown_outcome_ends_the_work_unanswered_and_a_restart_settles_it() {
    for committed in [false, true] {
        let bench = Bench::new(Limits::default()).await;
        let (gate, first) = bench.occupied_with(1).await;
        let queued = bench.child(2).await;
        bench.plan.inject([Fault::Unknown { committed }]);
        drop(gate);
        bench.ended().await;
        assert!(!first.is_finished(), "nobody knows, so nobody is told");
        for call in [first, queued] {
            call.abort();
            let _ = call.await;
        }
        let bench = bench.restart().await;
        let told = answer(bench.child(1).await).await.unwrap();
        assert_eq!(told.replayed, committed);
        assert_eq!(number(&told), number(&answer(bench.child(1).await).await.unwrap()));
        assert!(!answer(bench.child(2).await).await.unwrap().replayed);
        assert_eq!(bench.ledger().await.len(), 2);
    }
}

#[tokio::test]
async fn an_unknown_outcome_among_commands_run_singly_ends_the_work_too() {
    let bench = Bench::new(Limits::default()).await;
    let (gate, first) = bench.occupied_with(1).await;
    let calls = [bench.child(2).await, bench.child(3).await, bench.child(4).await];
    bench.plan.spoil(Some(Uuid::from_u128(2)));
    let gate = bench.lets_one_through(gate).await;
    assert!(answer(first).await.is_ok());
    bench.plan.inject([Fault::Unknown { committed: true }]);
    drop(gate);
    bench.ended().await;
    assert!(calls.iter().all(|call| !call.is_finished()));
}

/// A turn that was cut off is run again, however often it takes, and what it had written itself is not called known.
#[tokio::test]
async fn a_turn_that_is_cut_off_is_run_again_until_its_outcome_is_known() {
    for committed in [false, true] {
        let bench = Bench::new(Limits::default()).await;
        let (gate, first) = bench.occupied_with(1).await;
        let queued = bench.child(2).await;
        let cut_off = Fault::CutOff { committed };
        bench
            .plan
            .inject([cut_off, Fault::Away, Fault::Away, Fault::CutOff { committed: true }]);
        drop(gate);
        for (n, call) in [(1, first), (2, queued)] {
            let reply = answer(call).await.unwrap();
            assert!(!reply.replayed, "{n}, {committed}");
            let again = answer(bench.child(n).await).await.unwrap();
            assert_eq!((number(&again), again.replayed), (number(&reply), true));
        }
        assert_eq!(bench.ledger().await.len(), 2);
    }
}

#[tokio::test]
async fn of_a_batch_run_singly_a_turn_that_is_cut_off_is_run_again_too() {
    let bench = Bench::new(Limits::default()).await;
    let (gate, first) = bench.occupied_with(1).await;
    let calls = [bench.child(2).await, bench.child(3).await];
    bench.plan.spoil(Some(Uuid::from_u128(2)));
    let gate = bench.lets_one_through(gate).await;
    assert!(answer(first).await.is_ok());
    bench.plan.inject([Fault::CutOff { committed: true }]);
    drop(gate);
    let [culprit, other] = calls;
    assert_eq!(answer(culprit).await.unwrap_err(), Refusal::Bug);
    assert!(!answer(other).await.unwrap().replayed);
    assert_eq!(bench.ledger().await.len(), 2);
}

/// There comes an end to running a turn again. Its callers are told to send again, which tells them what it came to.
#[tokio::test]
async fn callers_of_a_turn_that_stays_unknown_are_told_to_send_again() {
    for committed in [false, true] {
        let limits = Limits {
            settle_within: Duration::ZERO,
            ..Limits::default()
        };
        let bench = Bench::new(limits).await;
        bench.plan.inject([Fault::CutOff { committed }]);
        let refused = answer(bench.child(1).await).await.unwrap_err();
        assert!(matches!(refused, Refusal::StoreUnavailable { .. }), "{refused:?}");
        assert_eq!(answer(bench.child(1).await).await.unwrap().replayed, committed);
        assert_eq!(bench.ledger().await.len(), 1);
    }
}

/// A fault of the program in the middle of a turn must not leave a server that takes calls and answers none.
#[tokio::test]
async fn turns_that_end_by_a_fault_of_the_program_end_the_process() {
    let bench = Bench::new(Limits::default()).await;
    bench.plan.inject([Fault::Panic]);
    let call = bench.child(1).await;
    bench.ended().await;
    call.abort();
    let _ = call.await;
    let bench = bench.restart().await;
    assert!(!answer(bench.child(1).await).await.unwrap().replayed);
}

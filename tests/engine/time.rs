//! Callers who wait no longer, and a store that is away for a while.

use std::sync::Arc;
use std::time::Duration;

use dinhdanh::engine::{Lane, Limits};
use dinhdanh::refusal::Refusal;
use tokio::time::timeout;

use super::faulty::Fault;
use super::{Bench, OFFICE, answer, births, request, sender};
use crate::support::PATIENCE;

const SHORT: Option<Duration> = Some(Duration::from_millis(20));

#[tokio::test]
async fn a_caller_whose_time_is_up_is_told_to_ask_again_and_the_work_goes_on() {
    let bench = Bench::new(Limits::default()).await;
    let gate = bench.plan.hold().await;
    let engine = Arc::clone(&bench.engine);
    let sender = sender();
    let birth = births::birth(OFFICE, 1);
    let call = engine.issue(&sender, request(1), &birth, Lane::Births.into());
    let refused = engine.within(SHORT, call).await.unwrap_err();
    assert!(matches!(refused, Refusal::InProgress { .. }), "{refused:?}");
    let (again, joined) = (bench.child(1).await, bench.child(1).await);
    drop(gate);
    // The flight of the first call is still under way, or has landed: either way its outcome is theirs.
    assert!(answer(again).await.unwrap().replayed);
    assert!(answer(joined).await.unwrap().replayed);
    assert_eq!(bench.ledger().await.len(), 1);
}

#[tokio::test]
async fn while_the_store_is_away_the_engine_says_so_and_finds_out_by_itself_when_it_is_back() {
    let bench = Bench::new(Limits::default()).await;
    let mut up = bench.engine.store_up();
    assert!(*up.borrow_and_update());
    bench.plan.inject([Fault::Away, Fault::Away]);
    assert!(answer(bench.child(1).await).await.is_err());
    assert!(!*up.borrow_and_update());
    // A call whose time is up meanwhile learns why.
    let gate = bench.plan.hold().await;
    let (sender, birth) = (sender(), births::birth(OFFICE, 2));
    let call = bench.engine.issue(&sender, request(2), &birth, Lane::Births.into());
    let refused = bench.engine.within(SHORT, call).await.unwrap_err();
    assert!(matches!(refused, Refusal::StoreUnavailable { .. }), "{refused:?}");
    drop(gate);
    // Nobody calls any more.
    timeout(PATIENCE, up.wait_for(|up| *up)).await.unwrap().unwrap();
}

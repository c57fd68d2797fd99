//! Who asked is recorded, or is not answered.

use dinhdanh::engine::Visit;
use dinhdanh::store::{Access, AccessSubject, AccessesAsked};

use super::*;

/// The accesses that an engine keeps waiting at most.
const ROOM: u64 = 64_000;

/// A call about so many numbers.
fn visit(first: u64, count: u64) -> Visit {
    let digits = |n: u64| Number::parse(&format!("079326{n:06}")).unwrap();
    Visit {
        sender: sender(),
        role: "REGISTRAR",
        call: "dinhdanh.v1.NumberService/GetNumber",
        code: 0,
        numbers: (first..first + count).map(digits).collect(),
    }
}

/// All that the office of these tests did.
async fn recorded(engine: &Engine<Faulty>, patience: Duration) -> Result<Vec<Access>, Refusal> {
    let asked = AccessesAsked {
        subject: AccessSubject::Office(OFFICE.to_owned()),
        after: (i64::MIN, -1),
        until: i64::MAX,
    };
    engine.accesses(&asked, 1_000_000, Some(patience)).await
}

#[tokio::test]
async fn what_cannot_be_recorded_waits_and_is_recorded_once() {
    let bench = Bench::new(Limits::default()).await;
    bench.plan.refuse_accesses(true);
    bench.engine.record(visit(1, 0)).unwrap();
    bench.engine.record(visit(1, 2)).unwrap();
    let told = recorded(&bench.engine, Duration::from_millis(50)).await;
    assert!(matches!(told, Err(Refusal::StoreUnavailable { .. })), "{told:?}");
    bench.plan.refuse_accesses(false);
    let accesses = recorded(&bench.engine, PATIENCE).await.unwrap();
    assert_eq!(accesses.iter().filter(|access| access.slot.is_none()).count(), 1);
    assert_eq!(accesses.len(), 3);
}

#[tokio::test]
async fn without_room_nobody_is_answered_until_there_is_some_again() {
    let bench = Bench::new(Limits::default()).await;
    bench.plan.refuse_accesses(true);
    for first in (0..ROOM).step_by(500) {
        bench.engine.room_to_record().unwrap();
        bench.engine.record(visit(first, 500)).unwrap();
    }
    for refused in [bench.engine.record(visit(1, 0)), bench.engine.room_to_record()] {
        assert!(matches!(refused, Err(Refusal::Overloaded { .. })), "{refused:?}");
    }
    bench.plan.refuse_accesses(false);
    assert_eq!(recorded(&bench.engine, PATIENCE).await.unwrap().len() as u64, ROOM);
    bench.engine.record(visit(1, 1)).unwrap();
}

#[tokio::test]
async fn one_call_of_any_size_is_recorded_as_a_whole() {
    let bench = Bench::new(Limits::default()).await;
    bench.engine.record(visit(0, ROOM + 10)).unwrap();
    assert_eq!(recorded(&bench.engine, PATIENCE).await.unwrap().len() as u64, ROOM + 10);
}

#[tokio::test]
async fn what_was_recorded_is_kept_by_a_close_and_nothing_is_recorded_after_it() {
    let bench = Bench::new(Limits::default()).await;
    bench.engine.record(visit(1, 3)).unwrap();
    bench.engine.close().await;
    let refused = bench.engine.record(visit(1, 3));
    assert!(matches!(refused, Err(Refusal::Draining { .. })), "{refused:?}");
    let bench = bench.restart().await;
    assert_eq!(recorded(&bench.engine, PATIENCE).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_close_ends_though_the_store_does_not_come_back() {
    let limits = Limits {
        settle_within: Duration::ZERO,
        ..Limits::default()
    };
    let bench = Bench::new(limits).await;
    bench.plan.refuse_accesses(true);
    bench.engine.record(visit(1, 3)).unwrap();
    timeout(PATIENCE, bench.engine.close()).await.expect("an end");
}

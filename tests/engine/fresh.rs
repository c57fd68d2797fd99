//! The filter of known keys: it spares look-ups and changes no outcome.

use dinhdanh::engine::{Lane, Limits};
use dinhdanh::number::Number;
use dinhdanh::proto::v1;
use dinhdanh::protocol::Standing;
use dinhdanh::refusal::Refusal;
use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::faulty::Fault;
use super::{Bench, OFFICE, answer, births, number, request, settle};
use crate::support::until;

fn without() -> Limits {
    Limits {
        filter_bytes: 0,
        replay_bytes: 0,
        ..Limits::default()
    }
}

fn with() -> Limits {
    Limits {
        filter_bytes: 8 << 20,
        ..without()
    }
}

impl Bench {
    /// Whether a turn that asks for something unknown needs a look-up.
    async fn looks_up(&self) -> bool {
        let before = self.plan.looked_up();
        let stranger = self.engine.find_request(request(u128::MAX), None).await;
        assert_eq!(stranger.unwrap_err(), Refusal::NoSuchRequest);
        self.plan.looked_up() > before
    }

    /// Waits until the filter is complete.
    async fn complete(&self) {
        until("the filter is complete", async || {
            (!self.looks_up().await).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_fresh_birth_needs_no_look_up_once_its_prefix_was_met() {
    let bench = Bench::new(with()).await;
    bench.complete().await;
    let before = bench.plan.looked_up();
    for n in 1..=20 {
        assert!(!answer(bench.child(n).await).await.unwrap().replayed);
    }
    assert_eq!(bench.plan.looked_up() - before, 1);
}

#[tokio::test]
async fn without_memory_every_turn_looks_up() {
    let bench = Bench::new(without()).await;
    for n in 1..=20 {
        assert!(answer(bench.child(n).await).await.is_ok());
    }
    assert!(bench.looks_up().await);
    assert_eq!(bench.plan.looked_up(), 21);
}

#[tokio::test]
async fn after_a_restart_the_filter_is_filled_from_the_store_while_turns_go_on() {
    let bench = Bench::new(with()).await;
    let mut numbers = Vec::new();
    for n in 1..=30 {
        numbers.push(number(&answer(bench.child(n).await).await.unwrap()));
    }
    let bench = bench.restart().await;
    for n in 31..=40 {
        numbers.push(number(&answer(bench.child(n).await).await.unwrap()));
    }
    bench.complete().await;
    for (n, given) in (1..=40).zip(&numbers) {
        let again = answer(bench.child(n).await).await.unwrap();
        assert_eq!((number(&again), again.replayed), (*given, true));
        // Under another id, which binds it; and as another registration of the same child, which is a matter for a case.
        let bound = bench.call(1000 + u128::from(n), births::birth(OFFICE, n), Lane::Births);
        assert_eq!(number(&answer(bound.await).await.unwrap()), *given);
        let entered_twice = bench.call(2000 + u128::from(n), entered(n, 5000 + n), Lane::Births);
        let told = answer(entered_twice.await).await.unwrap();
        assert!(matches!(told.standing, Standing::UnderReview(_)), "{n}: {told:?}");
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 40);
}

/// What was not committed leaves no trace in the filter; what was, though nobody said so, turns it off.
#[tokio::test]
async fn a_turn_of_unknown_outcome_is_run_again_with_what_it_may_have_written_looked_up() {
    for committed in [false, true] {
        let bench = Bench::new(with()).await;
        assert!(answer(bench.child(1).await).await.is_ok());
        bench.complete().await;
        bench.plan.inject([Fault::CutOff { committed }]);
        let reply = answer(bench.child(2).await).await.unwrap();
        assert!(!reply.replayed);
        assert_eq!(bench.looks_up().await, committed);
        let again = answer(bench.child(2).await).await.unwrap();
        assert_eq!((number(&again), again.replayed), (number(&reply), true));
        assert_eq!(bench.ledger().await.len(), 2);
    }
}

#[tokio::test]
async fn a_batch_run_singly_leaves_a_filter_that_knows_what_was_written() {
    let bench = Bench::new(with()).await;
    assert!(answer(bench.child(1).await).await.is_ok());
    bench.complete().await;
    bench.plan.spoil(Some(Uuid::from_u128(3)));
    let (gate, first) = bench.occupied_with(2).await;
    let calls = [bench.child(3).await, bench.child(4).await];
    drop(gate);
    assert!(answer(first).await.is_ok());
    let [culprit, other] = calls;
    assert_eq!(answer(culprit).await.unwrap_err(), Refusal::Bug);
    assert!(!answer(other).await.unwrap().replayed);
    bench.plan.spoil(None);
    assert!(!bench.looks_up().await);
    assert!(answer(bench.child(4).await).await.unwrap().replayed);
    assert!(!answer(bench.child(3).await).await.unwrap().replayed);
    assert_eq!(bench.ledger().await.len(), 4);
}

/// The registration of child `n` in another entry of the book.
fn entered(n: u64, entry: u64) -> v1::BirthRegistration {
    let mut birth = births::birth(OFFICE, n);
    birth.r#ref.as_mut().unwrap().entry_number = entry.to_string();
    birth
}

/// One call: under which id, of which child, in which entry, of which nationality, and whether it waits for the one before.
type Step = (u8, u64, u64, bool, bool);

/// A number or why there is none, the place in the ledger, and whether it was known.
type Told = (Result<Number, &'static str>, i64, bool);

/// What every call came to; ids of cases are random.
async fn outcomes(bench: &Bench, steps: &[Step]) -> Vec<Result<Told, String>> {
    let mut outcomes = Vec::new();
    let mut under_way = Vec::new();
    for (id, child, entry, foreign, alone) in steps {
        let mut birth = entered(*child, *entry);
        if *foreign {
            birth.child.as_mut().unwrap().nationalities = vec!["FR".into()];
        }
        under_way.push(bench.call(u128::from(*id), birth, Lane::Bulk).await);
        if *alone {
            for call in under_way.drain(..) {
                outcomes.push(answer(call).await);
            }
        }
    }
    for call in under_way {
        outcomes.push(answer(call).await);
    }
    settle().await;
    outcomes
        .into_iter()
        .map(|outcome| {
            let reply = outcome.map_err(|refusal| format!("{refusal:?}"))?;
            let number = match &reply.standing {
                Standing::Issued(row) => Ok(row.number),
                Standing::UnderReview(_) => Err("under review"),
                Standing::NotEligible | Standing::CaseClosed(_) => Err("no number"),
            };
            Ok((number, reply.position, reply.replayed))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn with_the_filter_or_without_every_call_comes_to_the_same(
        steps in vec((1..12_u8, 0..6_u64, 0..8_u64, prop::bool::weighted(0.1), any::<bool>()), 1..40),
        complete in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let without = Bench::new(without()).await;
            let with = Bench::new(with()).await;
            if complete {
                with.complete().await;
            }
            let expected = outcomes(&without, &steps).await;
            prop_assert_eq!(outcomes(&with, &steps).await, expected);
            prop_assert_eq!(with.ledger().await, without.ledger().await);
            Ok(())
        })?;
    }
}

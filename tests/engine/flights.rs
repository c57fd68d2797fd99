//! Calls of one request that are under way together, and answers that are remembered.

use dinhdanh::engine::{Lane, Limits};
use dinhdanh::ledger::EntryKind;
use dinhdanh::proto::v1;
use dinhdanh::protocol::Standing;
use dinhdanh::refusal::Refusal;

use super::{Bench, OFFICE, answer, births, number, renamed, request};

#[tokio::test]
async fn identical_calls_share_one_outcome_and_one_place_in_the_queue() {
    let bench = Bench::new(Limits {
        queue: 1,
        ..Limits::default()
    })
    .await;
    let (gate, first) = bench.occupied_with(1).await;
    let mut calls = Vec::new();
    for _ in 0..50 {
        calls.push(bench.child(2).await);
    }
    drop(gate);
    let first = answer(first).await.unwrap();
    let mut replies = Vec::new();
    for call in calls {
        replies.push(answer(call).await.unwrap());
    }
    assert_eq!(replies.iter().filter(|reply| !reply.replayed).count(), 1);
    assert!(
        replies
            .iter()
            .all(|reply| number(reply) == number(&replies[0]) && reply.position == 3)
    );
    assert_ne!(number(&first), number(&replies[0]));
    assert_eq!(bench.ledger().await, [EntryKind::Issued, EntryKind::Issued]);
}

#[tokio::test]
async fn other_content_under_way_with_the_same_id_goes_its_own_way() {
    let bench = Bench::new(Limits::default()).await;
    let (gate, _first) = bench.occupied_with(1).await;
    let ours = bench.child(2).await;
    let theirs = bench.call(2, renamed(2), Lane::Births).await;
    let ours_again = bench.child(2).await;
    drop(gate);
    let paths = vec!["registration.child.full_name".to_owned()];
    assert_eq!(answer(theirs).await.unwrap_err(), Refusal::RequestIdReused(paths));
    let (ours, again) = (answer(ours).await.unwrap(), answer(ours_again).await.unwrap());
    assert_eq!((number(&ours), ours.replayed), (number(&again), false));
    assert!(again.replayed);
}

#[tokio::test]
async fn a_final_answer_is_remembered_and_needs_no_turn() {
    let bench = Bench::new(Limits::default()).await;
    let first = answer(bench.child(1).await).await.unwrap();
    let turns = bench.plan.arrived();
    let _gate = bench.plan.hold().await;
    let again = answer(bench.child(1).await).await.unwrap();
    assert_eq!(
        (again.standing, again.position, again.replayed),
        (first.standing, first.position, true)
    );
    assert_eq!(bench.plan.arrived(), turns);
}

#[tokio::test]
async fn an_answer_under_review_is_not_remembered() {
    let bench = Bench::new(Limits::default()).await;
    let anew = || {
        let mut birth = births::birth(OFFICE, 1);
        birth.kind = v1::RegistrationKind::ReRegistration.into();
        birth
    };
    let first = answer(bench.call(1, anew(), Lane::Births).await).await.unwrap();
    assert!(matches!(first.standing, Standing::UnderReview(_)));
    let turns = bench.plan.arrived();
    let again = answer(bench.call(1, anew(), Lane::Births).await).await.unwrap();
    assert_eq!((again.standing, again.replayed), (first.standing, true));
    assert_eq!(bench.plan.arrived(), turns + 1, "asked of the store");
}

#[tokio::test]
async fn with_no_room_to_remember_the_store_answers() {
    let bench = Bench::new(Limits {
        replay_bytes: 0,
        ..Limits::default()
    })
    .await;
    let first = answer(bench.child(1).await).await.unwrap();
    let turns = bench.plan.arrived();
    let again = answer(bench.child(1).await).await.unwrap();
    assert_eq!((again.standing, again.replayed), (first.standing, true));
    assert_eq!(bench.plan.arrived(), turns + 1);
}

#[tokio::test]
async fn a_known_id_comes_before_the_fields() {
    let bench = Bench::new(Limits::default()).await;
    let nameless = || {
        let mut birth = births::birth(OFFICE, 1);
        birth.child.as_mut().unwrap().full_name.clear();
        birth
    };
    let refused = answer(bench.call(1, nameless(), Lane::Births).await).await.unwrap_err();
    assert!(matches!(refused, Refusal::InvalidField(_)));
    // The id was not used up; once it is, it is what is said first.
    assert!(answer(bench.child(1).await).await.is_ok());
    let refused = answer(bench.call(1, nameless(), Lane::Births).await).await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::RequestIdReused(vec!["registration.child.full_name".to_owned()])
    );
    assert_eq!(bench.ledger().await.len(), 1);
}

#[tokio::test]
async fn a_question_about_what_is_in_hand_is_told_so_and_answered_later() {
    let bench = Bench::new(Limits::default()).await;
    let reference = bench
        .engine
        .read_reference(births::birth(OFFICE, 2).r#ref.as_ref().unwrap())
        .unwrap();
    assert_eq!(
        bench.engine.find_request(request(2), None).await.unwrap_err(),
        Refusal::NoSuchRequest
    );
    assert_eq!(
        bench.engine.find_registration(&reference, None).await.unwrap_err(),
        Refusal::NoSuchRegistration
    );

    let (gate, _first) = bench.occupied_with(1).await;
    let call = bench.child(2).await;
    let in_hand = |refusal| matches!(refusal, Refusal::InProgress { .. });
    assert!(in_hand(bench.engine.find_request(request(2), None).await.unwrap_err()));
    assert!(in_hand(
        bench.engine.find_registration(&reference, None).await.unwrap_err()
    ));
    drop(gate);

    let told = answer(call).await.unwrap();
    for found in [
        bench.engine.find_request(request(2), None).await,
        bench.engine.find_registration(&reference, None).await,
    ] {
        let found = found.unwrap();
        assert_eq!(
            (number(&found), found.position, found.replayed),
            (number(&told), told.position, true)
        );
    }
    let slot = bench.engine.slot_of(number(&told));
    let held = bench.engine.number_file(slot, None).await.unwrap().unwrap();
    assert_eq!(held.row.decision, told.position);
}

#[tokio::test]
async fn a_refused_request_is_no_longer_in_hand() {
    let bench = Bench::new(Limits {
        queue: 1,
        ..Limits::default()
    })
    .await;
    let (gate, _first) = bench.occupied_with(1).await;
    let waits = bench.child(2).await;
    let refused = answer(bench.child(3).await).await.unwrap_err();
    assert!(matches!(refused, Refusal::Overloaded { .. }));
    drop(gate);
    assert!(answer(waits).await.is_ok());
    assert_eq!(
        bench.engine.find_request(request(3), None).await.unwrap_err(),
        Refusal::NoSuchRequest
    );
}

#[tokio::test]
async fn validating_writes_nothing_and_needs_no_turn() {
    let bench = Bench::new(Limits::default()).await;
    let turns = bench.plan.arrived();
    assert_eq!(bench.engine.validate(&births::birth(OFFICE, 1)), Ok(()));
    let mut foreign = births::birth(OFFICE, 1);
    foreign.child.as_mut().unwrap().nationalities = vec!["FR".to_owned()];
    assert_eq!(bench.engine.validate(&foreign), Err(Refusal::NotEligible));
    assert!(matches!(
        bench.engine.validate(&v1::BirthRegistration::default()),
        Err(Refusal::InvalidField(_))
    ));
    assert_eq!(bench.plan.arrived(), turns);
    assert!(bench.ledger().await.is_empty());
}

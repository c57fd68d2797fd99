//! `DisputeNumber`: the population side holds something else, and the registration side says who is right.

use dinhdanh::proto::v1::{CaseKind, CaseState, DisputeReason, NumberState, Side, VerifyResult};
use tonic::Code;

use super::stage::{AUTHORITY, Stage};
use crate::support::births::{asking, birth, id, request};
use crate::support::calls::{approve, confirm, dispute, dispute_for, known, reject, revoke, who_has, withdraw};
use crate::support::desk::given;

/// A number that was never given here.
const HELD: &str = "001325123456";

#[tokio::test]
async fn a_disputed_number_is_suspended_and_its_case_waits_for_the_registration_side() {
    let stage = Stage::set().await;
    let registered = request("26734", 1);
    let number = stage.commune.number(registered.clone()).await;
    let answer = stage.authority.does(dispute_for(&number, HELD)).await;
    let disputed = answer.number.unwrap();
    assert_eq!(disputed.state(), NumberState::Disputed);
    assert_eq!(disputed.open_case_id, answer.case_id);

    let case = stage.authority.case(&answer.case_id).await;
    assert_eq!((case.kind(), case.state()), (CaseKind::Mismatch, CaseState::Open));
    assert_eq!((case.waiting_for(), case.version), (Side::Registration, 1));
    assert_eq!((case.proposed_by.as_str(), case.decided_by.as_str()), (AUTHORITY, ""));
    assert_eq!(case.numbers, [number.clone(), HELD.to_owned()]);
    assert_eq!(case.refs, [birth("26734", 1).r#ref.unwrap()]);
    assert!(case.opened_at.is_some() && case.decided_at.is_none());
    // The department decides which of the two stands, so it sees both; the office sees its own.
    assert_eq!(stage.department.case(&answer.case_id).await.numbers, case.numbers);
    assert_eq!(
        stage.commune.case(&answer.case_id).await.numbers,
        std::slice::from_ref(&number)
    );
    stage.neighbour.knows_no_case(&answer.case_id).await;

    let held = stage.authority.number_of(HELD).await;
    assert_eq!(held.state(), NumberState::Quarantined);
    assert!(held.registrations.is_empty() && held.issued_at.is_none());
    stage.commune.knows_no_number(HELD).await;

    assert_eq!(stage.commune.outcome(&registered).await.state(), NumberState::Disputed);
    let facts = known(&birth("26734", 1));
    let verified = stage.neighbour.verify(&number, facts.clone()).await.unwrap();
    assert_eq!(verified.state(), NumberState::Disputed);
    let refused = stage.neighbour.is_refused(who_has(&number, &birth("26734", 1))).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"), "it does not stand");
    // Nobody is known to hold the other one.
    let verified = stage.neighbour.verify(HELD, facts).await.unwrap();
    assert_eq!(verified.state(), NumberState::Unspecified);
    assert!(
        verified
            .results
            .iter()
            .all(|each| each.result() == VerifyResult::Mismatch)
    );
    stage.end().await;
}

#[tokio::test]
async fn the_number_that_the_population_side_holds_takes_the_place_of_the_one_given_here() {
    let stage = Stage::set().await;
    let registered = request("26734", 1);
    let number = stage.commune.number(registered.clone()).await;
    let disputed = stage.authority.does(dispute_for(&number, HELD)).await;
    let case = stage.department.case(&disputed.case_id).await;
    let closed = stage.department.does(approve(&case)).await.case.unwrap();
    assert_eq!((closed.state(), closed.version), (CaseState::Approved, 2));
    assert_eq!(
        (closed.decided_by.as_str(), closed.waiting_for()),
        ("STP-079", Side::Unspecified)
    );
    assert!(closed.decided_at.is_some());

    let old = stage.commune.number_of(&number).await;
    assert_eq!((old.state(), old.replaced_by.as_str()), (NumberState::Revoked, HELD));
    assert!(old.open_case_id.is_empty());
    let new = stage.commune.number_of(HELD).await;
    assert_eq!((new.state(), &new.replaces), (NumberState::Confirmed, &number));
    assert_eq!(new.registrations, [birth("26734", 1).r#ref.unwrap()]);

    let told = stage.commune.outcome(&registered).await;
    assert_eq!((&told.number, told.state()), (&number, NumberState::Revoked));
    assert_eq!(told.replaced_by, HELD);
    for paper in [&number, HELD] {
        let resolved = stage.neighbour.does(who_has(paper, &birth("26734", 1))).await;
        assert_eq!(
            (resolved.number.as_str(), resolved.state()),
            (HELD, NumberState::Confirmed)
        );
    }
    // The registration and its child are those of the number that stands: neither gets another.
    let again = stage.commune.issue(asking(id(50), birth("26734", 1))).await.unwrap();
    assert!(again.replayed);
    stage.end().await;
}

#[tokio::test]
async fn a_number_whose_dispute_is_rejected_or_taken_back_stands_again() {
    let stage = Stage::set().await;
    for n in [1, 2] {
        let registered = request("26734", n);
        let number = stage.commune.number(registered.clone()).await;
        let disputed = stage.authority.does(dispute_for(&number, HELD)).await;
        let case = stage.authority.case(&disputed.case_id).await;
        let closed = match n {
            1 => stage.department.does(reject(&case)).await.case.unwrap(),
            _ => stage.authority.does(withdraw(&case)).await.case.unwrap(),
        };
        let expected = if n == 1 {
            CaseState::Rejected
        } else {
            CaseState::Withdrawn
        };
        assert_eq!(closed.state(), expected);
        let told = stage.commune.outcome(&registered).await;
        assert_eq!((&told.number, told.state()), (&number, NumberState::Issued));
        assert!(told.open_case_id.is_empty() && told.replaced_by.is_empty());
        assert_eq!(stage.authority.number_of(HELD).await.state(), NumberState::Quarantined);
        // It is as any other again.
        stage.authority.does(confirm(&number)).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn differing_facts_leave_the_number_standing() {
    let stage = Stage::set().await;
    let registered = request("26734", 1);
    let number = stage.commune.number(registered.clone()).await;
    let disputed = stage.authority.does(dispute(&number, DisputeReason::FactsDiffer)).await;
    let case = stage.department.case(&disputed.case_id).await;
    stage.department.does(approve(&case)).await;
    assert_eq!(stage.commune.outcome(&registered).await.state(), NumberState::Issued);
    stage.end().await;
}

#[tokio::test]
async fn a_number_of_nobody_is_revoked_and_the_registration_is_decided_afresh() {
    let stage = Stage::set().await;
    let registered = request("26734", 1);
    let number = stage.commune.number(registered.clone()).await;
    let disputed = stage
        .authority
        .does(dispute(&number, DisputeReason::NoSuchPerson))
        .await;
    let case = stage.department.case(&disputed.case_id).await;
    stage.department.does(approve(&case)).await;
    let told = stage.commune.outcome(&registered).await;
    assert_eq!((told.state(), told.replaced_by.as_str()), (NumberState::Revoked, ""));

    let afresh = asking(id(50), birth("26734", 1));
    let second = stage.commune.number(afresh.clone()).await;
    assert_ne!(second, number);
    assert_eq!(stage.commune.outcome(&afresh).await.state(), NumberState::Issued);
    // The first request is still told of what it was given.
    let first = given(stage.commune.issuance(&id(1)).await.unwrap());
    assert_eq!((first.number, first.replaced_by.as_str()), (number, ""));
    stage.end().await;
}

#[tokio::test]
async fn a_dispute_is_decided_by_the_registration_side_and_begun_upon_issued_numbers_only() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request("26734", 1)).await;
    let disputed = stage.authority.does(dispute_for(&number, HELD)).await;
    let case = stage.authority.case(&disputed.case_id).await;
    for refused in [
        stage.authority.is_refused(approve(&case)).await,
        stage.authority.is_refused(reject(&case)).await,
    ] {
        assert_eq!(refused.what(), (Code::PermissionDenied, "OWN_PROPOSAL"));
    }
    let refused = stage.commune.is_refused(approve(&case)).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"));
    let refused = stage
        .authority
        .is_refused(dispute(&number, DisputeReason::NoSuchPerson))
        .await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "CASE_OPEN"));
    let refused = stage.commune.is_refused(revoke(&number)).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "CASE_OPEN"));
    let refused = stage.authority.is_refused(confirm(&number)).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));

    let confirmed = stage.commune.number(request("26734", 2)).await;
    stage.authority.does(confirm(&confirmed)).await;
    let refused = stage.authority.is_refused(dispute_for(&confirmed, HELD)).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    stage.end().await;
}

#[tokio::test]
async fn a_dispute_names_what_its_reason_asks_for_and_nothing_else() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request("26734", 1)).await;
    let mut unknown_path = dispute(&number, DisputeReason::FactsDiffer);
    unknown_path.fields = vec!["shoe_size".into()];
    let mut needless_fields = dispute(&number, DisputeReason::NoSuchPerson);
    needless_fields.fields = vec!["full_name".into()];
    let mut needless_number = dispute(&number, DisputeReason::NoSuchPerson);
    needless_number.held_number = HELD.into();
    let mut no_fields = dispute(&number, DisputeReason::FactsDiffer);
    no_fields.fields.clear();
    for (wrong, field) in [
        (dispute(&number, DisputeReason::Unspecified), "reason"),
        (dispute(&number, DisputeReason::OtherNumber), "held_number"),
        (dispute_for(&number, &number), "held_number"),
        (needless_number, "held_number"),
        (no_fields, "fields"),
        (needless_fields, "fields"),
        (unknown_path, "fields"),
    ] {
        let refused = stage.authority.is_refused(wrong).await;
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(refused.fields(), [field]);
    }
    assert_eq!(stage.authority.number_of(&number).await.state(), NumberState::Issued);
    stage.end().await;
}

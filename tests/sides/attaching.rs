//! `AttachNumber`: the population side holds a number for a registration that has none.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::case_resolution::Answer;
use dinhdanh::proto::v1::{CaseState, NumberState};
use tonic::Code;

use super::stage::{AUTHORITY, COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{birth, changed, request};
use crate::support::calls::{approve, attach_to_case, attach_to_ref, known, resolve, revoke, who_has};
use crate::support::office::under_review;

/// A number that was never given here.
const HELD: &str = "001325123456";

/// A re-registration of child `n`: never decided on the service's own knowledge.
fn registered_anew(n: u64) -> v1::IssueNumberRequest {
    changed(request(COMMUNE, n), |registration| {
        registration.kind = v1::RegistrationKind::ReRegistration.into();
    })
}

async fn waiting(stage: &Stage, n: u64) -> String {
    let answer = stage.commune.issue(registered_anew(n)).await.unwrap();
    under_review(&answer).case_id.clone()
}

#[tokio::test]
async fn a_number_unknown_here_is_attached_to_what_waits_for_a_case() {
    let stage = Stage::set().await;
    let case_id = waiting(&stage, 1).await;
    let answer = stage.authority.does(attach_to_case(HELD, &case_id)).await;
    let attached = answer.number.unwrap();
    assert_eq!(
        (attached.number.as_str(), attached.state()),
        (HELD, NumberState::Confirmed)
    );
    assert_eq!(attached.registrations, [birth(COMMUNE, 1).r#ref.unwrap()]);
    assert!(attached.issued_at.is_none(), "it was not given here");
    assert_eq!(answer.case_id, case_id);
    let case = stage.commune.case(&case_id).await;
    assert_eq!(
        (case.state(), case.decided_by.as_str()),
        (CaseState::Approved, AUTHORITY)
    );

    let told = stage.commune.outcome(&registered_anew(1)).await;
    assert_eq!((told.number.as_str(), told.state()), (HELD, NumberState::Confirmed));
    assert_eq!(stage.commune.number_of(HELD).await.state(), NumberState::Confirmed);
    let verified = stage.neighbour.verify(HELD, known(&birth(COMMUNE, 1))).await.unwrap();
    assert_eq!(verified.state(), NumberState::Confirmed);
    let resolved = stage.neighbour.does(who_has(HELD, &birth(COMMUNE, 1))).await;
    assert_eq!(resolved.number, HELD);
    stage.end().await;
}

#[tokio::test]
async fn it_is_attached_by_reference_just_as_well() {
    let stage = Stage::set().await;
    let case_id = waiting(&stage, 1).await;
    let answer = stage
        .authority
        .does(attach_to_ref(HELD, birth(COMMUNE, 1).r#ref.unwrap()))
        .await;
    assert_eq!(answer.case_id, case_id);
    assert_eq!(stage.commune.case(&case_id).await.state(), CaseState::Approved);
    let told = stage.commune.outcome(&registered_anew(1)).await;
    assert_eq!((told.number.as_str(), told.state()), (HELD, NumberState::Confirmed));
    stage.end().await;
}

#[tokio::test]
async fn who_has_no_number_elsewhere_is_given_one() {
    let stage = Stage::set().await;
    let case_id = waiting(&stage, 1).await;
    let case = stage.authority.case(&case_id).await;
    stage
        .authority
        .does(resolve(&case, Answer::DifferentPersons(true)))
        .await;
    let told = stage.commune.outcome(&registered_anew(1)).await;
    assert_eq!(told.state(), NumberState::Issued);
    assert!(told.number.starts_with("079325"));
    stage.end().await;
}

#[tokio::test]
async fn a_number_takes_the_place_of_one_that_was_revoked() {
    let stage = Stage::set().await;
    let revoked = stage.commune.number(request(COMMUNE, 1)).await;
    let case = stage.authority.does(revoke(&revoked)).await.case.unwrap();
    stage.department.does(approve(&case)).await;
    let answer = stage
        .authority
        .does(attach_to_ref(HELD, birth(COMMUNE, 1).r#ref.unwrap()))
        .await;
    assert!(answer.case_id.is_empty(), "none was waiting");
    let told = stage.commune.outcome(&request(COMMUNE, 1)).await;
    assert_eq!((&told.number, told.state()), (&revoked, NumberState::Revoked));
    assert_eq!(told.replaced_by, HELD);
    assert_eq!(stage.authority.number_of(&revoked).await.replaced_by, HELD);
    let resolved = stage.neighbour.does(who_has(&revoked, &birth(COMMUNE, 1))).await;
    assert_eq!(resolved.number, HELD);
    stage.end().await;
}

#[tokio::test]
async fn a_number_that_stands_here_is_shared_by_registrations_of_one_person() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let second = stage.neighbour.issue(request(NEIGHBOUR, 1)).await.unwrap();
    let case_id = &under_review(&second).case_id;
    let answer = stage.authority.does(attach_to_case(&number, case_id)).await;
    assert_eq!(
        answer.number.unwrap().state(),
        NumberState::Issued,
        "it is left as it was"
    );
    assert_eq!(stage.neighbour.outcome(&request(NEIGHBOUR, 1)).await.number, number);
    stage.end().await;
}

#[tokio::test]
async fn nothing_is_attached_to_what_has_a_number_nor_what_is_not_there() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let case_id = waiting(&stage, 2).await;
    let proposed = stage.commune.does(revoke(&number)).await.case.unwrap().case_id;
    let [first, second, unknown] = [1, 2, 3].map(|n| birth(COMMUNE, n).r#ref.unwrap());
    let nobody = "00000000-0000-4000-8000-000000000001";
    for (wrong, reason) in [
        (attach_to_ref(HELD, first), "WRONG_STATE"),
        (attach_to_ref(HELD, unknown), "NO_SUCH_REGISTRATION"),
        (attach_to_case(HELD, nobody), "NO_SUCH_CASE"),
        (attach_to_case(HELD, &proposed), "WRONG_STATE"),
        (attach_to_ref(&number, second.clone()), "CASE_OPEN"),
    ] {
        assert_eq!(stage.authority.is_refused(wrong).await.reason, reason);
    }
    let refused = stage.commune.is_refused(attach_to_case(HELD, &case_id)).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"));

    let case = stage.authority.case(&proposed).await;
    stage.authority.does(approve(&case)).await;
    let refused = stage.authority.is_refused(attach_to_ref(&number, second)).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    assert_eq!(refused.preconditions, [("WRONG_STATE".into(), "number".into())]);
    stage.authority.knows_no_number(HELD).await;
    stage.end().await;
}

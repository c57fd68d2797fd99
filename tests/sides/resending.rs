//! One rule for every command: the same request gets the same decision, however often it is sent.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::case_resolution::Answer;
use dinhdanh::proto::v1::{ChangeKind, DisputeReason};
use tonic::Code;

use super::stage::{COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{birth, changed, child, date, request};
use crate::support::calls::{
    Command, Decided, approve, attach_to_case, attach_to_ref, confirm, correct, dispute_for, event, known, merge,
    new_id, reissue, reject, resolve, revoke, split, withdraw,
};
use crate::support::desk::Desk;
use crate::support::office::under_review;
use crate::support::told::told;

/// Sends a command, sends it again, and then its id with other content, which must be refused by naming the fields.
async fn held_to_the_rule<C>(desk: &Desk, command: C, other: impl FnOnce(&mut C), fields: &[&str]) -> C::Answer
where
    C: Command,
{
    let first = desk.does(command.clone()).await;
    assert!(!first.replayed() && first.position() > 0);
    let again = desk.does(command.clone()).await;
    assert_eq!((again.replayed(), again.position()), (true, first.position()));
    let mut changed = command.clone();
    other(&mut changed);
    let refused = desk.is_refused(changed).await;
    assert_eq!(refused.what(), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    assert_eq!(refused.fields(), fields);
    let again = desk.does(command).await;
    assert_eq!((again.replayed(), again.position()), (true, first.position()));
    first
}

#[tokio::test]
async fn what_the_population_side_tells() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let disputed = stage.commune.number(request(COMMUNE, 2)).await;
    let authority = &stage.authority;
    held_to_the_rule(
        authority,
        confirm(&number),
        |it| it.number = disputed.clone(),
        &["number"],
    )
    .await;
    let other_reason = |it: &mut v1::DisputeNumberRequest| {
        it.reason = DisputeReason::NoSuchPerson.into();
        it.held_number.clear();
    };
    let dispute = dispute_for(&disputed, "001325123456");
    held_to_the_rule(authority, dispute, other_reason, &["held_number", "reason"]).await;

    let anew = changed(request(COMMUNE, 3), |registration| {
        registration.kind = v1::RegistrationKind::ReRegistration.into();
    });
    stage.commune.issue(anew).await.unwrap();
    let attach = attach_to_ref("001325123457", birth(COMMUNE, 3).r#ref.unwrap());
    let other_target = |it: &mut v1::AttachNumberRequest| {
        it.target = attach_to_ref("", birth(COMMUNE, 4).r#ref.unwrap()).target;
    };
    held_to_the_rule(authority, attach, other_target, &["ref.entry_number"]).await;
    stage.end().await;
}

#[tokio::test]
async fn proposals() {
    let stage = Stage::set().await;
    let mut numbers = Vec::new();
    for n in 1..=3 {
        numbers.push(stage.commune.number(request(COMMUNE, n)).await);
    }
    let commune = &stage.commune;
    let other_evidence = |it: &mut v1::ProposeRevocationRequest| it.evidence_ref = "BB/2025-18".into();
    held_to_the_rule(commune, revoke(&numbers[0]), other_evidence, &["evidence_ref"]).await;
    let mut corrected = birth(COMMUNE, 2);
    child(&mut corrected).sex = v1::Sex::Male.into();
    let other_facts = |it: &mut v1::ProposeReissueRequest| {
        let corrected = it.corrected.as_mut().unwrap();
        corrected.place_code = "001".into();
        child(corrected).full_name = "Nguyễn Văn Cúc".into();
    };
    let fields = ["corrected.child.full_name", "corrected.place_code"];
    held_to_the_rule(commune, reissue(&numbers[1], corrected), other_facts, &fields).await;
    let other_number = |it: &mut v1::ProposeMergeRequest| it.other_number = numbers[1].clone();
    held_to_the_rule(
        commune,
        merge(&numbers[2], &numbers[0]),
        other_number,
        &["other_number"],
    )
    .await;
    stage.end().await;
}

#[tokio::test]
async fn a_split() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let second = stage.neighbour.issue(request(NEIGHBOUR, 1)).await.unwrap();
    let attach = attach_to_case(&number, &under_review(&second).case_id);
    stage.authority.does(attach).await;
    let split = split(&number, birth(NEIGHBOUR, 1).r#ref.unwrap());
    let other_day = |it: &mut v1::ProposeSplitRequest| it.citizen_requested_on = date(2025, 9, 3);
    held_to_the_rule(&stage.commune, split, other_day, &["citizen_requested_on"]).await;
    stage.end().await;
}

#[tokio::test]
async fn decisions_on_cases() {
    let stage = Stage::set().await;
    let mut cases = Vec::new();
    for n in 1..=3 {
        let number = stage.commune.number(request(COMMUNE, n)).await;
        cases.push(stage.commune.does(revoke(&number)).await.case.unwrap());
    }
    let other_case = cases[1].case_id.clone();
    let approved = held_to_the_rule(
        &stage.authority,
        approve(&cases[0]),
        |it| it.case_id = other_case,
        &["case_id"],
    );
    let approved = approved.await.case.unwrap();
    assert_eq!(approved.version, 2);
    let other_reason = |it: &mut v1::RejectCaseRequest| it.reason_code = "R-02".into();
    held_to_the_rule(&stage.authority, reject(&cases[1]), other_reason, &["reason_code"]).await;
    let other_version = |it: &mut v1::WithdrawCaseRequest| it.version = 2;
    held_to_the_rule(&stage.commune, withdraw(&cases[2]), other_version, &["version"]).await;

    let number = stage.commune.number(request(COMMUNE, 4)).await;
    let second = stage.neighbour.issue(request(NEIGHBOUR, 4)).await.unwrap();
    let case = stage.authority.case(&under_review(&second).case_id).await;
    let same_person = resolve(&case, Answer::SamePerson(number));
    let different = |it: &mut v1::ApproveCaseRequest| {
        it.resolution = resolve(&case, Answer::DifferentPersons(true)).resolution;
    };
    let fields = ["resolution.different_persons", "resolution.same_person"];
    held_to_the_rule(&stage.authority, same_person, different, &fields).await;
    stage.end().await;
}

#[tokio::test]
async fn changes_of_civil_status() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let right = known(&birth(COMMUNE, 1));
    let renamed = v1::Facts {
        full_name: Some("Nguyễn Thị Bích".into()),
        ..v1::Facts::default()
    };
    // It is the same change after it was made, though the facts no longer match.
    let change = correct(&number, right, renamed, &["full_name"]);
    let other_name = |it: &mut v1::RecordChangeRequest| {
        it.facts.as_mut().unwrap().full_name = Some("Nguyễn Thị Ba".into());
        it.decision_ref = "13/QD-2025".into();
    };
    let fields = ["decision_ref", "facts.full_name"];
    held_to_the_rule(&stage.neighbour, change, other_name, &fields).await;
    stage.end().await;
}

#[tokio::test]
async fn a_known_id_comes_before_the_fields_that_it_is_sent_with() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let broken = |it: &mut v1::ProposeRevocationRequest| {
        it.ground.clear();
        it.evidence_ref = "ông Ba nói".into();
    };
    held_to_the_rule(&stage.commune, revoke(&number), broken, &["evidence_ref", "ground"]).await;
    stage.end().await;
}

#[tokio::test]
async fn one_id_is_for_one_call_of_one_office() {
    let stage = Stage::set().await;
    let registered = request(COMMUNE, 1);
    let number = stage.commune.number(registered.clone()).await;
    let proposal = revoke(&number);
    let case = stage.commune.does(proposal.clone()).await.case.unwrap();
    let withdrawal = v1::WithdrawCaseRequest {
        request_id: proposal.request_id.clone(),
        ..withdraw(&case)
    };
    let refused = stage.commune.is_refused(withdrawal).await;
    assert_eq!(refused.what(), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    assert_eq!(refused.fields(), ["request_id"]);
    let of_a_birth = v1::WithdrawCaseRequest {
        request_id: registered.request_id,
        ..withdraw(&case)
    };
    let refused = stage.commune.is_refused(of_a_birth).await;
    assert_eq!(refused.what(), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    let birth_by_it = v1::IssueNumberRequest {
        request_id: proposal.request_id.clone(),
        ..request(COMMUNE, 2)
    };
    let refused = told(&stage.commune.issue(birth_by_it).await.unwrap_err());
    assert_eq!(refused.what(), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    assert_eq!(refused.fields(), ["request_id"]);
    let asked = told(&stage.commune.issuance(&proposal.request_id).await.unwrap_err());
    assert_eq!(asked.what(), (Code::NotFound, "NO_SUCH_REQUEST"));

    // Another office has ids of its own.
    let decision = v1::RejectCaseRequest {
        request_id: proposal.request_id,
        ..reject(&case)
    };
    stage.authority.does(decision).await;
    stage.end().await;
}

#[tokio::test]
async fn a_refused_command_leaves_its_id_free() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let right = known(&birth(COMMUNE, 1));
    let id = new_id();
    let with_id = |kind| v1::RecordChangeRequest {
        request_id: id.clone(),
        ..event(&number, right.clone(), kind)
    };
    let refused = stage.commune.is_refused(with_id(ChangeKind::FoundAlive)).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    assert!(!stage.commune.does(with_id(ChangeKind::Death)).await.replayed);
    stage.end().await;
}

#[tokio::test]
async fn a_proposal_sent_again_shows_its_case_as_it_stands_now() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let proposal = revoke(&number);
    let case = stage.commune.does(proposal.clone()).await.case.unwrap();
    stage.authority.does(approve(&case)).await;
    let again = stage.commune.does(proposal).await;
    assert!(again.replayed);
    assert_eq!(again.case.unwrap().state(), v1::CaseState::Approved);
    stage.end().await;
}

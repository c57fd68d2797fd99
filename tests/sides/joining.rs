//! One person with two numbers, and one number of two persons.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::case_resolution::Answer;
use dinhdanh::proto::v1::{CaseKind, NumberState, Side};
use tonic::Code;

use super::stage::{COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{birth, changed, child, request};
use crate::support::calls::{approve, merge, reject, resolve, revoke, split, who_has};
use crate::support::office::under_review;

/// Two numbers, of the registrations 1 and 2 of the commune.
async fn two_numbers(stage: &Stage) -> [String; 2] {
    let first = stage.commune.number(request(COMMUNE, 1)).await;
    [first, stage.commune.number(request(COMMUNE, 2)).await]
}

#[tokio::test]
async fn of_two_numbers_the_one_decided_upon_stands_and_the_other_leads_to_it() {
    for second_stands in [false, true] {
        let stage = Stage::set().await;
        let numbers = two_numbers(&stage).await;
        let case = stage.commune.does(merge(&numbers[0], &numbers[1])).await.case.unwrap();
        assert_eq!(
            (case.kind(), case.waiting_for()),
            (CaseKind::TwoNumbers, Side::Population)
        );
        assert_eq!(case.numbers, numbers);
        let standing = usize::from(second_stands);
        let answer = Answer::StandingNumber(numbers[standing].clone());
        stage.authority.does(resolve(&case, answer)).await;

        let [winner, loser] = [standing, 1 - standing];
        let requests = [request(COMMUNE, 1), request(COMMUNE, 2)];
        let told = stage.commune.outcome(&requests[winner]).await;
        assert_eq!((&told.number, told.state()), (&numbers[winner], NumberState::Issued));
        assert_eq!(told.replaces, numbers[loser]);
        assert!(told.open_case_id.is_empty());
        let told = stage.commune.outcome(&requests[loser]).await;
        assert_eq!((&told.number, told.state()), (&numbers[loser], NumberState::Revoked));
        assert_eq!(told.replaced_by, numbers[winner]);
        let asked = who_has(&numbers[loser], requests[loser].registration.as_ref().unwrap());
        assert_eq!(stage.neighbour.does(asked).await.number, numbers[winner]);
        stage.end().await;
    }
}

#[tokio::test]
async fn both_numbers_stand_when_they_are_found_to_be_of_two_persons() {
    let stage = Stage::set().await;
    let numbers = two_numbers(&stage).await;
    let case = stage
        .authority
        .does(merge(&numbers[0], &numbers[1]))
        .await
        .case
        .unwrap();
    assert_eq!(case.waiting_for(), Side::Registration);
    stage.department.does(reject(&case)).await;
    for number in &numbers {
        let shown = stage.commune.number_of(number).await;
        assert_eq!((shown.state(), shown.open_case_id.as_str()), (NumberState::Issued, ""));
    }
    stage.end().await;
}

#[tokio::test]
async fn a_merge_is_of_two_numbers_that_stand_and_decided_for_one_of_them() {
    let stage = Stage::set().await;
    let numbers = two_numbers(&stage).await;
    let refused = stage.commune.is_refused(merge(&numbers[0], &numbers[0])).await;
    assert_eq!(refused.fields(), ["other_number"]);
    let case = stage.commune.does(merge(&numbers[0], &numbers[1])).await.case.unwrap();
    for wrong in [
        approve(&case),
        resolve(&case, Answer::StandingNumber("079325999999".into())),
        resolve(&case, Answer::SamePerson(numbers[0].clone())),
    ] {
        let refused = stage.authority.is_refused(wrong).await;
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(refused.fields(), ["resolution"]);
    }
    let for_the_first = || resolve(&case, Answer::StandingNumber(numbers[0].clone()));
    // The other one may be in a case of its own, or revoked by it.
    let other = stage.commune.does(revoke(&numbers[1])).await.case.unwrap();
    let refused = stage.authority.is_refused(for_the_first()).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "CASE_OPEN"));
    stage.authority.does(approve(&other)).await;
    let refused = stage.authority.is_refused(for_the_first()).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    stage.end().await;
}

/// A sister of child 1, whom another office registers a month later.
fn sister() -> v1::IssueNumberRequest {
    changed(request(NEIGHBOUR, 1), |registration| {
        child(registration).full_name = "Nguyễn Thị Út".into();
        child(registration).date_of_birth.as_mut().unwrap().month = 8;
    })
}

/// The number that was wrongly said to be of both children.
async fn shared_number(stage: &Stage) -> String {
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let second = stage.neighbour.issue(sister()).await.unwrap();
    let case = stage.authority.case(&under_review(&second).case_id).await;
    stage
        .authority
        .does(resolve(&case, Answer::SamePerson(number.clone())))
        .await;
    assert_eq!(stage.neighbour.outcome(&sister()).await.number, number);
    number
}

#[tokio::test]
async fn of_two_persons_with_one_number_one_keeps_it_and_the_other_gets_another() {
    for second_keeps in [false, true] {
        let stage = Stage::set().await;
        let number = shared_number(&stage).await;
        let second_ref = birth(NEIGHBOUR, 1).r#ref.unwrap();
        let case = stage.commune.does(split(&number, second_ref)).await.case.unwrap();
        assert_eq!(
            (case.kind(), case.waiting_for()),
            (CaseKind::SharedNumber, Side::Population)
        );
        let mut sides = [(&stage.commune, request(COMMUNE, 1)), (&stage.neighbour, sister())];
        if second_keeps {
            sides.reverse();
        }
        let [(keeper, kept), (leaver, left)] = sides;
        let reference = kept.registration.as_ref().unwrap().r#ref.clone().unwrap();
        stage
            .authority
            .does(resolve(&case, Answer::Keeper(reference.clone())))
            .await;

        let told = keeper.outcome(&kept).await;
        assert_eq!((&told.number, told.state()), (&number, NumberState::Issued));
        assert!(told.replaced_by.is_empty() && told.open_case_id.is_empty());
        assert_eq!(stage.authority.number_of(&number).await.registrations, [reference]);

        // Who was told of the number is told for ever that it is no longer theirs, and what is.
        let told = leaver.outcome(&left).await;
        assert_eq!((&told.number, told.state()), (&number, NumberState::Revoked));
        let new = leaver.number_of(&told.replaced_by).await;
        assert_ne!(new.number, number);
        assert_eq!(new.state(), NumberState::Issued);
        leaver.knows_no_number(&number).await;

        // The facts of each are with its own number.
        for (paper, registered) in [(&number, &kept), (&new.number, &left)] {
            let asked = who_has(paper, registered.registration.as_ref().unwrap());
            assert_eq!(stage.authority.does(asked).await.number, *paper);
        }
        stage.end().await;
    }
}

#[tokio::test]
async fn a_split_names_a_second_registration_of_the_number() {
    let stage = Stage::set().await;
    let number = shared_number(&stage).await;
    stage.neighbour.number(request(NEIGHBOUR, 2)).await;
    for wrong in [birth(COMMUNE, 1), birth(NEIGHBOUR, 2), birth(NEIGHBOUR, 3)] {
        let refused = stage.commune.is_refused(split(&number, wrong.r#ref.unwrap())).await;
        assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_REGISTRATION"));
    }
    let second_ref = birth(NEIGHBOUR, 1).r#ref.unwrap();
    let case = stage.commune.does(split(&number, second_ref)).await.case.unwrap();
    let somebody = birth(NEIGHBOUR, 2).r#ref.unwrap();
    let refused = stage
        .authority
        .is_refused(resolve(&case, Answer::Keeper(somebody)))
        .await;
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(refused.fields(), ["resolution"]);
    stage.end().await;
}

//! A twin typed when the other already stands as an only child.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::{CaseState, NumberState};

use super::stage::{COMMUNE, Stage};
use crate::support::births::{asking, birth, changed, child, id, request};
use crate::support::calls::{correct, known};
use crate::support::desk::Desk;
use crate::support::office::under_review;

/// The second of twins, whose sister is child 1.
fn second_twin() -> v1::IssueNumberRequest {
    changed(asking(id(2), birth(COMMUNE, 1)), |registration| {
        registration.r#ref = birth(COMMUNE, 2).r#ref;
        child(registration).full_name = "Nguyễn Thị Út".into();
        child(registration).birth_order = 2;
        child(registration).births = 2;
    })
}

/// Corrects child 1 to be the first of twins.
async fn tell_that_the_first_is_a_twin(office: &Desk, number: &str) -> v1::RecordChangeResponse {
    let facts = v1::Facts {
        birth_order: Some(1),
        births: Some(2),
        ..v1::Facts::default()
    };
    let correction = correct(number, known(&birth(COMMUNE, 1)), facts, &["birth_order", "births"]);
    office.does(correction).await
}

#[tokio::test]
async fn the_second_of_twins_gets_its_number_once_the_first_is_corrected() {
    let stage = Stage::set().await;
    let first = stage.commune.number(request(COMMUNE, 1)).await;
    let second = second_twin();
    let answer = stage.commune.issue(second.clone()).await.unwrap();
    let case_id = under_review(&answer).case_id.clone();

    let corrected = tell_that_the_first_is_a_twin(&stage.commune, &first).await;
    assert!(corrected.case_id.is_empty());
    let case = stage.commune.case(&case_id).await;
    assert_eq!(
        (case.state(), case.decided_by.as_str()),
        (CaseState::Approved, "system")
    );
    assert!(case.decided_at.is_some());
    let told = stage.commune.outcome(&second).await;
    assert_ne!(told.number, first);
    assert!(told.number.starts_with("079325"));
    assert_eq!(told.state(), NumberState::Issued);
    assert!(
        told.position > corrected.position,
        "it was given by a decision of its own"
    );
    assert_eq!(stage.commune.number_of(&told.number).await, told);
    assert_eq!(case.numbers, [told.number]);
    stage.end().await;
}

#[tokio::test]
async fn a_correction_that_leaves_the_doubt_leaves_the_case_open() {
    let stage = Stage::set().await;
    let first = stage.commune.number(request(COMMUNE, 1)).await;
    let second = second_twin();
    let answer = stage.commune.issue(second.clone()).await.unwrap();
    let facts = v1::Facts {
        ethnicity: Some("Tày".into()),
        ..v1::Facts::default()
    };
    let correction = correct(&first, known(&birth(COMMUNE, 1)), facts, &["ethnicity"]);
    stage.neighbour.does(correction).await;
    let case_id = &under_review(&answer).case_id;
    assert_eq!(stage.commune.case(case_id).await.state(), CaseState::Open);
    let again = stage.commune.issue(second).await.unwrap();
    assert_eq!(under_review(&again).case_id, *case_id);
    stage.end().await;
}

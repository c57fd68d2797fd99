//! Registrations of what may be a child who has a number: the population side says whether it is.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::case_resolution::Answer;
use dinhdanh::proto::v1::{CaseKind, CaseState, NumberState, Side};
use tonic::Code;

use super::stage::{AUTHORITY, COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{asking, birth, changed, child, id, request};
use crate::support::calls::{approve, reject, resolve, withdraw};
use crate::support::office::under_review;
use crate::support::told::told;

/// The number of a child, another registration that is under review because of it, and its case.
struct Doubt {
    number: String,
    second: v1::IssueNumberRequest,
    case_id: String,
}

/// Two offices register child 1.
async fn doubt(stage: &Stage) -> Doubt {
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let second = request(NEIGHBOUR, 1);
    let answer = stage.neighbour.issue(second.clone()).await.unwrap();
    Doubt {
        number,
        second,
        case_id: under_review(&answer).case_id.clone(),
    }
}

#[tokio::test]
async fn who_waits_learns_nothing_of_the_other_person_and_who_decides_sees_both() {
    let stage = Stage::set().await;
    let Doubt { number, case_id, .. } = doubt(&stage).await;
    let own = birth(NEIGHBOUR, 1).r#ref.unwrap();
    let seen = stage.neighbour.case(&case_id).await;
    assert_eq!((seen.kind(), seen.state()), (CaseKind::Duplicate, CaseState::Open));
    assert_eq!(
        (seen.proposed_by.as_str(), seen.waiting_for()),
        ("system", Side::Population)
    );
    assert_eq!(seen.refs, std::slice::from_ref(&own));
    assert!(seen.numbers.is_empty() && seen.ground.is_empty());

    let seen = stage.authority.case(&case_id).await;
    assert_eq!(seen.numbers, std::slice::from_ref(&number));
    assert_eq!(seen.refs, [own, birth(COMMUNE, 1).r#ref.unwrap()]);
    // The office that registered the child first is not concerned, and its number goes on as it was.
    stage.commune.knows_no_case(&case_id).await;
    assert!(stage.commune.number_of(&number).await.open_case_id.is_empty());
    stage.neighbour.knows_no_number(&number).await;
    stage.end().await;
}

#[tokio::test]
async fn a_registration_of_the_same_person_comes_to_the_number_that_stands() {
    let stage = Stage::set().await;
    let Doubt {
        number,
        second,
        case_id,
    } = doubt(&stage).await;
    let case = stage.authority.case(&case_id).await;
    let closed = stage
        .authority
        .does(resolve(&case, Answer::SamePerson(number.clone())))
        .await;
    let closed = closed.case.unwrap();
    assert_eq!(
        (closed.state(), closed.decided_by.as_str()),
        (CaseState::Approved, AUTHORITY)
    );
    let said = closed.resolution.unwrap().answer.unwrap();
    assert!(said == Answer::SamePerson(number.clone()));

    let told = stage.neighbour.outcome(&second).await;
    assert_eq!((&told.number, told.state()), (&number, NumberState::Issued));
    let [first_ref, second_ref] = [COMMUNE, NEIGHBOUR].map(|office| birth(office, 1).r#ref.unwrap());
    assert_eq!(
        stage.authority.number_of(&number).await.registrations,
        [first_ref.clone(), second_ref.clone()]
    );
    // Each office sees the number, and its own registration alone.
    assert_eq!(stage.commune.number_of(&number).await.registrations, [first_ref]);
    assert_eq!(stage.neighbour.number_of(&number).await.registrations, [second_ref]);
    assert_eq!(stage.commune.outcome(&request(COMMUNE, 1)).await.number, number);
    stage.end().await;
}

#[tokio::test]
async fn different_persons_have_a_number_each() {
    let stage = Stage::set().await;
    let Doubt {
        number,
        second,
        case_id,
    } = doubt(&stage).await;
    let case = stage.authority.case(&case_id).await;
    stage
        .authority
        .does(resolve(&case, Answer::DifferentPersons(true)))
        .await;
    let told = stage.neighbour.outcome(&second).await;
    assert_ne!(told.number, number);
    assert!(told.number.starts_with("079325"));
    assert_eq!(told.state(), NumberState::Issued);
    assert!(told.issued_at.is_some());
    assert_eq!(stage.neighbour.case(&case_id).await.numbers, [told.number]);
    // A third registration may be of either.
    let third = changed(asking(id(90), birth(NEIGHBOUR, 1)), |registration| {
        registration.r#ref = birth(NEIGHBOUR, 90).r#ref;
    });
    let third = stage.neighbour.issue(third).await.unwrap();
    let case = stage.authority.case(&under_review(&third).case_id).await;
    assert_eq!(case.numbers.len(), 2);
    stage.end().await;
}

#[tokio::test]
async fn a_registration_whose_case_is_rejected_gets_no_number() {
    let stage = Stage::set().await;
    let Doubt { second, case_id, .. } = doubt(&stage).await;
    let case = stage.authority.case(&case_id).await;
    stage.authority.does(reject(&case)).await;
    let rejected = stage.neighbour.rejection(&second).await;
    assert_eq!(rejected.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    // The same facts under another id stay refused, other facts are decided afresh.
    let again = stage.neighbour.issue(asking(id(50), birth(NEIGHBOUR, 1))).await;
    assert_eq!(told(&again.unwrap_err()).what(), rejected.what());
    stage.neighbour.number(corrected(51)).await;
    stage.end().await;
}

/// The second registration with the child and the mother that were meant.
fn corrected(n: u64) -> v1::IssueNumberRequest {
    changed(asking(id(n), birth(NEIGHBOUR, 1)), |registration| {
        child(registration).full_name = "Phạm Thu Hà".into();
        registration.mother.as_mut().unwrap().full_name = "Đỗ Thị Yến".into();
    })
}

#[tokio::test]
async fn a_registration_whose_case_its_office_took_back_is_decided_afresh() {
    let stage = Stage::set().await;
    let Doubt {
        number,
        second,
        case_id,
    } = doubt(&stage).await;
    let case = stage.neighbour.case(&case_id).await;
    let closed = stage.neighbour.does(withdraw(&case)).await.case.unwrap();
    assert_eq!(
        (closed.state(), closed.decided_by.as_str()),
        (CaseState::Withdrawn, NEIGHBOUR)
    );
    let rejected = stage.neighbour.rejection(&second).await;
    assert_eq!(rejected.what(), (Code::FailedPrecondition, "WRONG_STATE"));

    let corrected = corrected(50);
    let given = stage.neighbour.number(corrected.clone()).await;
    assert_ne!(given, number);
    assert_eq!(stage.neighbour.outcome(&corrected).await.number, given);
    assert_eq!(stage.neighbour.rejection(&second).await.what(), rejected.what());
    stage.end().await;
}

#[tokio::test]
async fn the_same_facts_are_decided_afresh_too_once_their_case_was_taken_back() {
    let stage = Stage::set().await;
    let Doubt { case_id, .. } = doubt(&stage).await;
    let case = stage.neighbour.case(&case_id).await;
    stage.neighbour.does(withdraw(&case)).await;
    let again = stage
        .neighbour
        .issue(asking(id(50), birth(NEIGHBOUR, 1)))
        .await
        .unwrap();
    assert!(!again.replayed);
    assert_ne!(under_review(&again).case_id, case_id);
    stage.end().await;
}

#[tokio::test]
async fn a_duplicate_is_decided_by_the_population_side_with_an_answer_that_fits() {
    let stage = Stage::set().await;
    let Doubt {
        number,
        case_id,
        second,
    } = doubt(&stage).await;
    let case = stage.authority.case(&case_id).await;
    let refused = stage
        .department
        .is_refused(resolve(&case, Answer::DifferentPersons(true)))
        .await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "OWN_PROPOSAL"));
    let keeper = Answer::Keeper(birth(COMMUNE, 1).r#ref.unwrap());
    for (wrong, field) in [
        (approve(&case), "resolution"),
        (resolve(&case, Answer::StandingNumber(number.clone())), "resolution"),
        (resolve(&case, keeper), "resolution"),
        (
            resolve(&case, Answer::DifferentPersons(false)),
            "resolution.different_persons",
        ),
        (resolve(&case, Answer::SamePerson("7".into())), "resolution.same_person"),
    ] {
        let refused = stage.authority.is_refused(wrong).await;
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(refused.fields(), [field]);
    }
    let again = stage.neighbour.issue(second).await.unwrap();
    assert_eq!(under_review(&again).case_id, case_id, "it goes on waiting");
    stage.end().await;
}

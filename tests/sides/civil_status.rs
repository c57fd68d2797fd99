//! `RecordChange`: what becomes of a person after the number was given.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::case_resolution::Answer;
use dinhdanh::proto::v1::{CaseKind, ChangeKind, LifeStatus, NumberState, Side};
use tonic::Code;

use super::stage::{COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{asking, birth, changed, child, date, id, request};
use crate::support::calls::{correct, event, known, resolve, withdraw};
use crate::support::desk::Desk;
use crate::support::office::under_review;
use crate::support::told::Told;

fn named(name: &str) -> v1::Facts {
    v1::Facts {
        full_name: Some(name.into()),
        ..v1::Facts::default()
    }
}

#[tokio::test]
async fn a_name_is_corrected_by_any_office_that_knows_the_person() {
    let stage = Stage::set().await;
    let registered = request(COMMUNE, 1);
    let number = stage.commune.number(registered.clone()).await;
    let before = known(&birth(COMMUNE, 1));
    let correction = correct(&number, before.clone(), named("Nguyễn Thị Bích"), &["full_name"]);
    let answer = stage.neighbour.does(correction).await;
    let shown = answer.number.unwrap();
    assert_eq!((&shown.number, shown.state()), (&number, NumberState::Issued));
    assert!(shown.registrations.is_empty(), "they are another office's");
    assert!(answer.case_id.is_empty() && !answer.replayed);

    let facts = stage.commune.get(&number).await.unwrap().facts.unwrap();
    assert_eq!(facts.full_name.as_deref(), Some("Nguyễn Thị Bích"));
    assert_eq!(facts.date_of_birth, before.date_of_birth);
    let now = v1::Facts {
        full_name: Some("Nguyễn Thị Bích".into()),
        ..before.clone()
    };
    assert_eq!(
        stage.neighbour.verify(&number, now.clone()).await.unwrap().state(),
        NumberState::Issued
    );
    assert_eq!(
        stage.neighbour.verify(&number, before.clone()).await.unwrap().state(),
        NumberState::Unspecified
    );
    // A further change is of the facts as they are now, and the registration itself says what it always said.
    let refused = stage
        .commune
        .is_refused(correct(&number, before, named("Nguyễn Thị Ba"), &["full_name"]))
        .await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
    stage.commune.does(event(&number, now, ChangeKind::Marriage)).await;
    assert_eq!(stage.commune.outcome(&registered).await.number, number);
    stage.end().await;
}

#[tokio::test]
async fn nobody_finds_out_by_a_change_what_it_may_not_be_told() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let guess = |ethnicity: &str| v1::Facts {
        ethnicity: Some(ethnicity.into()),
        ..known(&birth(COMMUNE, 1))
    };
    // A registrar's guess counts for nothing, right or wrong; the authority's does.
    for ethnicity in ["Kinh", "Ê Đê"] {
        let answer = stage
            .neighbour
            .does(event(&number, guess(ethnicity), ChangeKind::Marriage))
            .await;
        assert_eq!(answer.number.unwrap().number, number);
    }
    let refused = stage
        .authority
        .is_refused(event(&number, guess("Ê Đê"), ChangeKind::Marriage))
        .await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
    stage
        .authority
        .does(event(&number, guess("Kinh"), ChangeKind::Marriage))
        .await;
    stage.end().await;
}

#[tokio::test]
async fn a_person_whom_the_caller_does_not_know_is_like_a_number_never_given() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let right = known(&birth(COMMUNE, 1));
    let other_name = known(&birth(COMMUNE, 2));
    let other_mother = v1::Facts {
        mother: birth(COMMUNE, 2).mother,
        ..right.clone()
    };
    let mut refusals = Vec::new();
    for (number, known) in [
        (&*number, other_name),
        (&*number, other_mother),
        ("079325999999", right.clone()),
    ] {
        let refused = stage
            .neighbour
            .is_refused(event(number, known, ChangeKind::Death))
            .await;
        refusals.push((refused.code, refused.reason, refused.message));
    }
    assert_eq!(refusals[0].1, "NO_SUCH_NUMBER");
    assert!(refusals.iter().all(|refused| *refused == refusals[0]), "{refusals:?}");

    let nothing_known = event(&number, v1::Facts::default(), ChangeKind::Death);
    let refused = stage.neighbour.is_refused(nothing_known).await;
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(refused.fields(), ["match.full_name", "match.date_of_birth"]);
    assert_eq!(stage.commune.number_of(&number).await.life_status(), LifeStatus::Alive);
    stage.end().await;
}

#[tokio::test]
async fn what_is_part_of_the_number_needs_a_reissue() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let right = known(&birth(COMMUNE, 1));
    let sex = v1::Facts {
        sex: Some(v1::Sex::Male.into()),
        ..v1::Facts::default()
    };
    let year = v1::Facts {
        date_of_birth: date(2024, 7, 2),
        ..v1::Facts::default()
    };
    for (facts, path) in [(sex, "sex"), (year, "date_of_birth")] {
        let refused = stage
            .commune
            .is_refused(correct(&number, right.clone(), facts, &[path]))
            .await;
        assert_eq!(refused.what(), (Code::FailedPrecondition, "NEEDS_REISSUE"), "{path}");
    }
    let another_day = v1::Facts {
        date_of_birth: date(2025, 7, 9),
        ..v1::Facts::default()
    };
    stage
        .commune
        .does(correct(&number, right, another_day, &["date_of_birth"]))
        .await;
    assert_eq!(stage.commune.number_of(&number).await.state(), NumberState::Issued);
    stage.end().await;
}

#[tokio::test]
async fn death_and_missing_are_told_as_life_status_and_undone_by_who_is_found_alive() {
    let stage = Stage::set().await;
    let registered = request(COMMUNE, 1);
    let number = stage.commune.number(registered.clone()).await;
    let right = known(&birth(COMMUNE, 1));
    for (kind, status) in [
        (ChangeKind::Missing, LifeStatus::Missing),
        (ChangeKind::Death, LifeStatus::Deceased),
        (ChangeKind::FoundAlive, LifeStatus::Alive),
        (ChangeKind::Death, LifeStatus::Deceased),
    ] {
        let answer = stage.neighbour.does(event(&number, right.clone(), kind)).await;
        assert_eq!(answer.number.unwrap().life_status(), status);
        let told = stage.commune.outcome(&registered).await;
        assert_eq!((told.life_status(), told.state()), (status, NumberState::Issued));
    }
    for kind in [ChangeKind::Death, ChangeKind::Missing] {
        let refused = stage.neighbour.is_refused(event(&number, right.clone(), kind)).await;
        assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    }
    stage.end().await;
}

#[tokio::test]
async fn a_change_says_what_it_changes_and_its_kind_says_what_it_may() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let right = || known(&birth(COMMUNE, 1));
    let correct = |facts, mask: &[&str]| correct(&number, right(), facts, mask);
    let of_kind = |kind: ChangeKind| v1::RecordChangeRequest {
        kind: kind.into(),
        ..correct(named("Nguyễn Thị Ba"), &["full_name"])
    };
    let undated = v1::RecordChangeRequest {
        effective_on: None,
        ..event(&number, right(), ChangeKind::Death)
    };
    let in_the_future = v1::RecordChangeRequest {
        effective_on: date(2999, 1, 1),
        ..event(&number, right(), ChangeKind::Death)
    };
    let before_the_birth = v1::RecordChangeRequest {
        effective_on: date(2025, 7, 1),
        ..event(&number, right(), ChangeKind::Death)
    };
    for (wrong, field) in [
        (of_kind(ChangeKind::Unspecified), "kind"),
        (of_kind(ChangeKind::Ethnicity), "update_mask"),
        (of_kind(ChangeKind::Death), "update_mask"),
        (correct(named("Nguyễn Thị Ba"), &[]), "update_mask"),
        (correct(named("Nguyễn Thị Ba"), &["mother"]), "facts.full_name"),
        (
            correct(named("Nguyễn Thị Ba"), &["full_name", "shoe_size"]),
            "update_mask",
        ),
        (correct(named("Nguyễn 3"), &["full_name"]), "facts.full_name"),
        (correct(v1::Facts::default(), &["full_name"]), "facts.full_name"),
        (undated, "effective_on"),
        (in_the_future, "effective_on"),
        (before_the_birth, "effective_on"),
    ] {
        let refused = stage.commune.is_refused(wrong).await;
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"), "{field}");
        assert_eq!(refused.fields(), [field]);
    }
    // A field that is named and not stated is cleared.
    stage
        .commune
        .does(correct(v1::Facts::default(), &["home_town", "father"]))
        .await;
    let facts = stage.commune.get(&number).await.unwrap().facts.unwrap();
    assert!(facts.home_town.is_none() && facts.place_of_birth.is_some());
    stage.end().await;
}

#[tokio::test]
async fn a_person_is_met_again_by_the_former_name_and_by_the_new_one() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let correction = named("Nguyễn Thị Bích");
    let correction = correct(&number, known(&birth(COMMUNE, 1)), correction, &["full_name"]);
    stage.commune.does(correction).await;
    let without_mother = |n, name: Option<&str>| {
        changed(asking(id(n), birth(NEIGHBOUR, n)), |registration| {
            registration.child = birth(COMMUNE, 1).child;
            registration.mother = None;
            if let Some(name) = name {
                child(registration).full_name = name.into();
            }
        })
    };
    for again in [without_mother(11, None), without_mother(12, Some("Nguyễn Thị Bích"))] {
        let answer = stage.neighbour.issue(again).await.unwrap();
        let case = stage.authority.case(&under_review(&answer).case_id).await;
        assert!(case.numbers.contains(&number));
    }
    stage.neighbour.number(without_mother(13, Some("Nguyễn Thị Ba"))).await;
    stage.end().await;
}

/// Two numbers, and a change by which the second child is found to be of the first one's mother.
async fn found_by_a_change(stage: &Stage, told_by: &Desk) -> ([String; 2], v1::RecordChangeResponse) {
    let numbers = [
        stage.commune.number(request(COMMUNE, 1)).await,
        stage.neighbour.number(request(NEIGHBOUR, 2)).await,
    ];
    let mother = v1::Facts {
        mother: birth(COMMUNE, 1).mother,
        ..v1::Facts::default()
    };
    let change = correct(&numbers[1], known(&birth(NEIGHBOUR, 2)), mother, &["mother"]);
    let answer = told_by.does(change).await;
    (numbers, answer)
}

#[tokio::test]
async fn a_change_that_makes_two_persons_alike_opens_a_case_that_the_population_side_decides() {
    let stage = Stage::set().await;
    let (numbers, answer) = found_by_a_change(&stage, &stage.neighbour).await;
    assert_eq!(answer.number.unwrap().open_case_id, answer.case_id);
    let case = stage.authority.case(&answer.case_id).await;
    assert_eq!(
        (case.kind(), case.waiting_for()),
        (CaseKind::TwoNumbers, Side::Population)
    );
    assert_eq!(case.proposed_by, "system");
    assert_eq!(case.numbers, [numbers[1].clone(), numbers[0].clone()]);
    // The office is told that there is a doubt, and of nobody else.
    assert_eq!(
        stage.neighbour.case(&answer.case_id).await.numbers,
        [numbers[1].clone()]
    );
    stage.commune.knows_no_case(&answer.case_id).await;
    stage
        .authority
        .does(resolve(&case, Answer::StandingNumber(numbers[0].clone())))
        .await;
    let told = stage.neighbour.outcome(&request(NEIGHBOUR, 2)).await;
    assert_eq!((told.state(), &told.replaced_by), (NumberState::Revoked, &numbers[0]));
    stage.end().await;
}

#[tokio::test]
async fn the_population_side_decides_also_when_it_told_of_the_change_itself() {
    let stage = Stage::set().await;
    let (numbers, answer) = found_by_a_change(&stage, &stage.authority).await;
    let case = stage.authority.case(&answer.case_id).await;
    assert_eq!(case.waiting_for(), Side::Population);
    stage
        .authority
        .does(resolve(&case, Answer::StandingNumber(numbers[1].clone())))
        .await;
    let told = stage.neighbour.outcome(&request(NEIGHBOUR, 2)).await;
    assert_eq!((told.state(), &told.replaces), (NumberState::Issued, &numbers[0]));
    stage.end().await;
}

#[tokio::test]
async fn what_the_service_found_nobody_takes_back() {
    let stage = Stage::set().await;
    let (_, answer) = found_by_a_change(&stage, &stage.neighbour).await;
    let case = stage.neighbour.case(&answer.case_id).await;
    let refused = stage.neighbour.is_refused(withdraw(&case)).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "OWN_PROPOSAL"));
    stage.end().await;
}

#[tokio::test]
async fn every_item_of_a_stream_of_changes_is_answered_once() {
    use crate::support::told::told_of;
    use v1::record_changes_response::Result as Answered;
    let stage = Stage::set().await;
    let numbers = [1, 2].map(|n| request(COMMUNE, n));
    let [first, second] = numbers;
    let first = stage.commune.number(first).await;
    let second = stage.commune.number(second).await;
    let wrong_name = known(&birth(COMMUNE, 1));
    let changes = [
        event(&first, known(&birth(COMMUNE, 1)), ChangeKind::Death),
        event(&second, wrong_name, ChangeKind::Death),
        event(&second, known(&birth(COMMUNE, 2)), ChangeKind::Unspecified),
        event(&second, known(&birth(COMMUNE, 2)), ChangeKind::Marriage),
    ];
    let ids = changes.each_ref().map(|change| change.request_id.clone());
    let answers = stage.neighbour.records(changes.into()).await;
    assert_eq!(answers.len(), 4);
    let of = |n: usize| {
        let answer = answers.iter().find(|answer| answer.request_id == ids[n]);
        answer
            .and_then(|answer| answer.result.as_ref())
            .expect("an answer for every item")
    };
    let reason = |n| -> Told {
        match of(n) {
            Answered::Error(status) => told_of(status),
            Answered::Answer(_) => panic!("item {n} was not refused"),
        }
    };
    assert!(
        matches!(of(0), Answered::Answer(answer) if answer.number.as_ref().unwrap().life_status() == LifeStatus::Deceased)
    );
    assert_eq!(reason(1).reason, "NO_SUCH_NUMBER");
    assert_eq!(reason(2).fields(), ["kind"]);
    assert!(matches!(of(3), Answered::Answer(answer) if !answer.replayed));
    stage.end().await;
}

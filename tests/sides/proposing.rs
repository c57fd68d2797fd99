//! Proposals to revoke and to reissue: the number stands until the other side has decided.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::{CaseKind, CaseState, NumberState, Side};
use tonic::Code;

use super::stage::{AUTHORITY, COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{asking, birth, child, date, id, request};
use crate::support::calls::{approve, confirm, reissue, reject, revoke, who_has, withdraw};
use crate::support::desk::given;
use crate::support::office::under_review;
use crate::support::told::told;

/// The registration of child `n`, with the year in which it was born in truth.
fn born_in_2024(n: u64) -> v1::BirthRegistration {
    let mut registration = birth(COMMUNE, n);
    child(&mut registration).date_of_birth.as_mut().unwrap().year = 2024;
    registration
}

#[tokio::test]
async fn grounds_are_listed_as_of_a_day_in_the_order_of_their_codes() {
    let stage = Stage::set().await;
    let listed = stage.commune.does(v1::ListGroundsRequest { on: None }).await.grounds;
    let codes: Vec<_> = listed.iter().map(|ground| ground.code.as_str()).collect();
    let expected = [
        "ND70-11.7.A",
        "ND70-11.7.B",
        "ND70-11.7.C",
        "ND70-11.7.D",
        "QC656-SHARED-NUMBER",
        "QC656-TWO-NUMBERS",
    ];
    assert_eq!(codes, expected);
    assert_eq!(listed[0].kinds().collect::<Vec<_>>(), [CaseKind::Reissue]);
    assert!(listed[0].citizen_request_required && !listed[2].citizen_request_required);
    assert_eq!(listed[0].text.as_ref().unwrap().locale, "vi");

    let before_the_decree = v1::ListGroundsRequest { on: date(2024, 6, 30) };
    let listed = stage.authority.does(before_the_decree).await.grounds;
    let codes: Vec<_> = listed.iter().map(|ground| ground.code.as_str()).collect();
    assert_eq!(codes, ["QC656-SHARED-NUMBER", "QC656-TWO-NUMBERS"]);

    let no_such_day = v1::ListGroundsRequest { on: date(2024, 6, 31) };
    let refused = stage.authority.is_refused(no_such_day).await;
    assert_eq!(refused.fields(), ["on"]);
    let refused = stage.commune.acting_as("SUBSCRIBER");
    let refused = refused.is_refused(v1::ListGroundsRequest { on: None }).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"));
    stage.end().await;
}

#[tokio::test]
async fn a_reissue_gives_a_number_by_the_corrected_facts_and_links_the_two() {
    let stage = Stage::set().await;
    let registered = request(COMMUNE, 1);
    let number = stage.commune.number(registered.clone()).await;
    let proposed = stage
        .commune
        .does(reissue(&number, born_in_2024(1)))
        .await
        .case
        .unwrap();
    assert_eq!(
        (proposed.kind(), proposed.state()),
        (CaseKind::Reissue, CaseState::Open)
    );
    assert_eq!(proposed.waiting_for(), Side::Population);
    assert_eq!(
        (proposed.ground.as_str(), proposed.proposed_by.as_str()),
        ("ND70-11.7.B", COMMUNE)
    );
    assert_eq!(proposed.numbers, std::slice::from_ref(&number));
    // Until the decision nothing has changed but that a case is open.
    let meanwhile = stage.commune.outcome(&registered).await;
    assert_eq!(meanwhile.state(), NumberState::Issued);
    assert_eq!(meanwhile.open_case_id, proposed.case_id);

    let closed = stage.authority.does(approve(&proposed)).await.case.unwrap();
    assert_eq!(
        (closed.state(), closed.decided_by.as_str()),
        (CaseState::Approved, AUTHORITY)
    );
    let old = stage.commune.outcome(&registered).await;
    assert_eq!((&old.number, old.state()), (&number, NumberState::Revoked));
    let new = stage.commune.number_of(&old.replaced_by).await;
    assert!(
        new.number.starts_with("079324"),
        "a girl of 2024, where it was registered"
    );
    assert_eq!((new.state(), &new.replaces), (NumberState::Issued, &number));
    assert_eq!(new.registrations, [birth(COMMUNE, 1).r#ref.unwrap()]);
    assert!(new.issued_at.is_some() && new.open_case_id.is_empty());
    assert_eq!(closed.numbers, [number.clone(), new.number.clone()]);

    // The old number leads to the new one, by the facts of then and by those of now.
    for registration in [birth(COMMUNE, 1), born_in_2024(1)] {
        let resolved = stage.neighbour.does(who_has(&number, &registration)).await;
        assert_eq!(resolved.number, new.number);
    }
    let again = stage.commune.issue(asking(id(50), birth(COMMUNE, 1))).await.unwrap();
    assert!(again.replayed, "the registration has its number");
    let corrected = stage.commune.issue(asking(id(51), born_in_2024(1))).await;
    let refused = told(&corrected.unwrap_err());
    assert_eq!(refused.what(), (Code::AlreadyExists, "REGISTRATION_EXISTS"));
    stage.end().await;
}

#[tokio::test]
async fn a_person_is_met_again_by_the_corrected_facts() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let case = stage
        .commune
        .does(reissue(&number, born_in_2024(1)))
        .await
        .case
        .unwrap();
    stage.authority.does(approve(&case)).await;
    let new = stage.commune.number_of(&number).await.replaced_by;
    let again = v1::BirthRegistration {
        r#ref: birth(NEIGHBOUR, 1).r#ref,
        mother: None,
        ..born_in_2024(1)
    };
    let answer = stage.neighbour.issue(asking(id(1), again)).await.unwrap();
    let case = stage.authority.case(&under_review(&answer).case_id).await;
    assert_eq!(case.numbers, [new]);
    stage.end().await;
}

#[tokio::test]
async fn a_reissue_may_move_the_registration_to_the_office_where_it_belongs() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let moved = v1::BirthRegistration {
        place_code: "001".into(),
        ..birth(NEIGHBOUR, 1)
    };
    // It is for those who are over both offices to say.
    let refused = stage.commune.is_refused(reissue(&number, moved.clone())).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "NOT_YOUR_REGISTRATION"));
    let case = stage.department.does(reissue(&number, moved.clone())).await;
    stage.authority.does(approve(&case.case.unwrap())).await;
    let old = stage.commune.outcome(&request(COMMUNE, 1)).await;
    assert_eq!(old.state(), NumberState::Revoked);
    let new = stage.neighbour.number_of(&old.replaced_by).await;
    assert!(new.number.starts_with("001325"));
    assert_eq!(
        (new.state(), &new.registrations),
        (NumberState::Issued, &vec![moved.r#ref.clone().unwrap()])
    );
    // The office where it belongs may ask for it by its own entry.
    let asked = stage.neighbour.issuance_of(moved.r#ref.unwrap()).await.unwrap();
    assert_eq!(given(asked).number, new.number);
    stage.end().await;
}

#[tokio::test]
async fn a_reissue_corrects_something() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let refused = stage.commune.is_refused(reissue(&number, birth(COMMUNE, 1))).await;
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(refused.fields(), ["corrected"]);
    assert!(stage.commune.number_of(&number).await.open_case_id.is_empty());
    stage.end().await;
}

#[tokio::test]
async fn a_place_of_the_register_that_was_taken_meanwhile_is_given_to_nobody_else() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let mut corrected = birth(COMMUNE, 1);
    child(&mut corrected).sex = v1::Sex::Male.into();
    corrected.r#ref = birth(COMMUNE, 2).r#ref;
    let case = stage.commune.does(reissue(&number, corrected)).await.case.unwrap();
    let other = stage.commune.number(request(COMMUNE, 2)).await;
    let refused = stage.authority.is_refused(approve(&case)).await;
    assert_eq!(refused.what(), (Code::AlreadyExists, "REGISTRATION_EXISTS"));
    assert_eq!(refused.fields(), ["corrected.ref"]);
    stage.authority.does(reject(&case)).await;
    for (number, n) in [(number, 1), (other, 2)] {
        let shown = stage.commune.number_of(&number).await;
        assert_eq!(
            (shown.state(), shown.registrations),
            (NumberState::Issued, vec![birth(COMMUNE, n).r#ref.unwrap()])
        );
    }
    stage.end().await;
}

#[tokio::test]
async fn a_revoked_number_has_nothing_in_its_place() {
    let stage = Stage::set().await;
    let registered = request(COMMUNE, 1);
    let number = stage.commune.number(registered.clone()).await;
    stage.authority.does(confirm(&number)).await;
    let case = stage.authority.does(revoke(&number)).await.case.unwrap();
    assert_eq!(case.waiting_for(), Side::Registration);
    assert_eq!(case.evidence_ref, "BB/2025-17");
    stage.department.does(approve(&case)).await;
    let told = stage.commune.outcome(&registered).await;
    assert_eq!((told.state(), told.replaced_by.as_str()), (NumberState::Revoked, ""));
    let refused = stage.neighbour.is_refused(who_has(&number, &birth(COMMUNE, 1))).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
    let refused = stage.commune.is_refused(revoke(&number)).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    stage.end().await;
}

#[tokio::test]
async fn a_proposal_needs_a_ground_for_its_kind_and_what_the_ground_needs() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    for ground in ["", "ND70-11.7.X", "ND70-11.7.A", "nd70-11.7.c", "x y"] {
        let wrong = v1::ProposeRevocationRequest {
            ground: ground.into(),
            ..revoke(&number)
        };
        let refused = stage.commune.is_refused(wrong).await;
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"), "{ground:?}");
        assert_eq!(refused.fields(), ["ground"], "{ground:?}");
    }
    let unasked = v1::ProposeReissueRequest {
        citizen_requested_on: None,
        ..reissue(&number, born_in_2024(1))
    };
    let refused = stage.commune.is_refused(unasked).await;
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(refused.fields(), ["citizen_requested_on"]);
    let mut wrong_facts = reissue(&number, born_in_2024(1));
    child(wrong_facts.corrected.as_mut().unwrap()).full_name.clear();
    wrong_facts.evidence_ref = "ông Ba nói".into();
    let refused = stage.commune.is_refused(wrong_facts).await;
    assert_eq!(refused.fields(), ["evidence_ref", "corrected.child.full_name"]);
    let uncorrected = v1::ProposeReissueRequest {
        corrected: None,
        ..reissue(&number, born_in_2024(1))
    };
    assert_eq!(stage.commune.is_refused(uncorrected).await.fields(), ["corrected"]);
    assert!(stage.commune.number_of(&number).await.open_case_id.is_empty());
    stage.end().await;
}

#[tokio::test]
async fn one_case_at_a_time_is_open_about_a_number() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let case = stage.commune.does(revoke(&number)).await.case.unwrap();
    for refused in [
        stage.commune.is_refused(reissue(&number, born_in_2024(1))).await,
        stage.authority.is_refused(revoke(&number)).await,
    ] {
        assert_eq!(refused.what(), (Code::FailedPrecondition, "CASE_OPEN"));
    }
    assert_eq!(stage.commune.number_of(&number).await.open_case_id, case.case_id);
    stage.end().await;
}

#[tokio::test]
async fn nobody_on_the_side_that_proposed_decides() {
    let stage = Stage::set().await;
    let numbers = [1, 2, 3].map(|n| request(COMMUNE, n));
    let [first, second, third] = numbers;
    let by_registrar = revoke(&stage.commune.number(first).await);
    let by_registrar = stage.commune.does(by_registrar).await.case.unwrap();
    let by_department = revoke(&stage.commune.number(second).await);
    let by_department = stage.department.does(by_department).await.case.unwrap();
    let by_authority = revoke(&stage.commune.number(third).await);
    let by_authority = stage.authority.does(by_authority).await.case.unwrap();
    for (caller, case) in [
        (&stage.department, &by_registrar),
        (&stage.department, &by_department),
        (&stage.authority, &by_authority),
    ] {
        for refused in [
            caller.is_refused(approve(case)).await,
            caller.is_refused(reject(case)).await,
        ] {
            assert_eq!(refused.what(), (Code::PermissionDenied, "OWN_PROPOSAL"));
        }
    }
    stage.authority.does(approve(&by_registrar)).await;
    stage.authority.does(approve(&by_department)).await;
    stage.department.does(approve(&by_authority)).await;
    stage.end().await;
}

#[tokio::test]
async fn a_case_is_decided_once_upon_the_version_that_was_seen() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let case = stage.commune.does(revoke(&number)).await.case.unwrap();
    let stale = v1::ApproveCaseRequest {
        version: case.version + 1,
        ..approve(&case)
    };
    let refused = stage.authority.is_refused(stale).await;
    assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    assert_eq!(refused.preconditions, [("WRONG_STATE".into(), "version".into())]);
    stage.authority.does(reject(&case)).await;
    let seen_now = stage.authority.case(&case.case_id).await;
    assert_eq!((seen_now.state(), seen_now.version), (CaseState::Rejected, 2));
    for refused in [
        stage.authority.is_refused(approve(&case)).await,
        stage.authority.is_refused(approve(&seen_now)).await,
        stage.authority.is_refused(reject(&seen_now)).await,
        stage.commune.is_refused(withdraw(&seen_now)).await,
    ] {
        assert_eq!(refused.what(), (Code::FailedPrecondition, "WRONG_STATE"));
    }
    assert_eq!(stage.commune.number_of(&number).await.state(), NumberState::Issued);
    stage.end().await;
}

#[tokio::test]
async fn what_belongs_to_other_offices_does_not_exist() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let never_given = "079325999999";
    for number in [&*number, never_given] {
        for refused in [
            stage.neighbour.is_refused(revoke(number)).await,
            stage.neighbour.is_refused(reissue(number, born_in_2024(1))).await,
        ] {
            assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
        }
        stage.neighbour.knows_no_number(number).await;
    }
    let case = stage.commune.does(revoke(&number)).await.case.unwrap();
    stage.neighbour.knows_no_case(&case.case_id).await;
    let refused = stage.neighbour.is_refused(withdraw(&case)).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_CASE"));
    // These see the case, but it is not theirs to take back.
    for caller in [&stage.authority, &stage.department] {
        let refused = caller.is_refused(withdraw(&case)).await;
        assert_eq!(refused.what(), (Code::PermissionDenied, "NOT_YOUR_REGISTRATION"));
    }
    stage.end().await;
}

#[tokio::test]
async fn a_proposal_rejected_or_taken_back_leaves_the_number_as_it_was() {
    let stage = Stage::set().await;
    let registered = request(COMMUNE, 1);
    let number = stage.commune.number(registered.clone()).await;
    let before = stage.commune.outcome(&registered).await;
    for withdrawn in [false, true] {
        let case = stage
            .commune
            .does(reissue(&number, born_in_2024(1)))
            .await
            .case
            .unwrap();
        let closed = match withdrawn {
            false => stage.authority.does(reject(&case)).await.case.unwrap(),
            true => stage.commune.does(withdraw(&case)).await.case.unwrap(),
        };
        let expected = if withdrawn {
            CaseState::Withdrawn
        } else {
            CaseState::Rejected
        };
        assert_eq!((closed.state(), closed.waiting_for()), (expected, Side::Unspecified));
        assert_eq!(stage.commune.outcome(&registered).await, before);
    }
    // The corrected facts count for nobody: a child of that year may be registered.
    let other = born_in_2024(1);
    let other = v1::BirthRegistration {
        r#ref: birth(COMMUNE, 77).r#ref,
        mother: birth(COMMUNE, 77).mother,
        ..other
    };
    stage.commune.number(asking(id(77), other)).await;
    stage.end().await;
}

//! `NumberService`, about numbers with a history.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::{IdentifierType, NumberState, VerifyResult};
use tonic::Code;

use super::stage::{COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{birth, request};
use crate::support::calls::{approve, known, reissue, revoke, who_has};

#[tokio::test]
async fn a_number_is_shown_to_those_whose_registration_it_rests_on_and_ethnicity_to_fewer() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    for caller in [&stage.commune, &stage.department, &stage.authority] {
        let shown = caller.get(&number).await.unwrap();
        assert_eq!(shown.number.unwrap().registrations, [birth(COMMUNE, 1).r#ref.unwrap()]);
        let facts = shown.facts.unwrap();
        assert_eq!(facts.full_name, known(&birth(COMMUNE, 1)).full_name);
        assert_eq!(facts.ethnicity.as_deref(), Some("Kinh"));
        assert!(
            facts.mother.is_none() && facts.father.is_none(),
            "parents are never handed out"
        );
    }
    stage.neighbour.knows_no_number(&number).await;
    stage.end().await;
}

#[tokio::test]
async fn many_numbers_are_verified_at_once_each_as_if_alone() {
    let stage = Stage::set().await;
    let [first, second] = [request(COMMUNE, 1), request(NEIGHBOUR, 2)];
    let first = stage.commune.number(first).await;
    let second = stage.neighbour.number(second).await;
    let [right, other] = [known(&birth(COMMUNE, 1)), known(&birth(NEIGHBOUR, 2))];
    let asked = |number: &str, facts: &v1::Facts| v1::VerifyNumberRequest {
        number: number.into(),
        facts: Some(facts.clone()),
    };
    let ethnicity = v1::Facts {
        ethnicity: Some("Kinh".into()),
        ..right.clone()
    };
    let requests = vec![
        asked(&second, &other),
        asked(&first, &right),
        asked(&first, &other),
        asked("079325999999", &right),
        asked(&first, &ethnicity),
        asked(&second, &other),
    ];
    let batch = v1::BatchVerifyNumbersRequest {
        requests: requests.clone(),
    };
    let subscriber = stage.commune.acting_as("SUBSCRIBER");
    for caller in [&subscriber, &stage.authority] {
        let answers = caller.does(batch.clone()).await.responses;
        assert_eq!(answers.len(), requests.len());
        for (request, answer) in requests.iter().zip(&answers) {
            let alone = caller
                .verify(&request.number, request.facts.clone().unwrap())
                .await
                .unwrap();
            assert_eq!(*answer, alone);
        }
        let states: Vec<_> = answers.iter().map(v1::VerifyNumberResponse::state).collect();
        let [known, unknown] = [NumberState::Issued, NumberState::Unspecified];
        assert_eq!(states, [known, known, unknown, unknown, known, known]);
        let compared = answers[4].results.iter().find(|each| each.field == "ethnicity");
        let expected = match std::ptr::eq(caller, &subscriber) {
            true => VerifyResult::NotHeld,
            false => VerifyResult::Match,
        };
        assert_eq!(compared.unwrap().result(), expected);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_batch_with_a_wrong_item_is_refused_as_a_whole() {
    let stage = Stage::set().await;
    let asked = |number: &str| v1::VerifyNumberRequest {
        number: number.into(),
        facts: None,
    };
    let batch = |requests| v1::BatchVerifyNumbersRequest { requests };
    let refused = stage
        .commune
        .is_refused(batch(vec![asked("1"), asked("079325999999"), asked("")]))
        .await;
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(refused.fields(), ["requests[0].number", "requests[2].number"]);
    for count in [0, 501] {
        let refused = stage
            .commune
            .is_refused(batch(vec![asked("079325999999"); count]))
            .await;
        assert_eq!(refused.fields(), ["requests"]);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_paper_leads_to_a_number_only_for_who_knows_its_holder() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let right = who_has(&number, &birth(COMMUNE, 1));
    let as_paper = |kind: IdentifierType, value: &str| v1::ResolveIdentifierRequest {
        identifier: Some(v1::Identifier {
            r#type: kind.into(),
            value: value.into(),
            country: String::new(),
        }),
        ..right.clone()
    };
    for paper in [right.clone(), as_paper(IdentifierType::CitizenCard, &number)] {
        let resolved = stage.neighbour.does(paper).await;
        assert_eq!((&resolved.number, resolved.state()), (&number, NumberState::Issued));
    }
    for unknown in [
        who_has(&number, &birth(COMMUNE, 2)),
        who_has("079325999999", &birth(COMMUNE, 1)),
        as_paper(IdentifierType::IdentityCard9, "024123456"),
    ] {
        let refused = stage.neighbour.is_refused(unknown).await;
        assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
    }
    let nothing = v1::ResolveIdentifierRequest::default();
    let refused = stage.neighbour.is_refused(nothing).await;
    assert_eq!(refused.fields(), ["identifier.type", "full_name", "date_of_birth"]);
    let refused = stage.commune.acting_as("SUBSCRIBER").is_refused(right).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"));
    stage.end().await;
}

#[tokio::test]
async fn a_paper_of_the_childs_own_leads_to_the_number_that_stands_today() {
    let stage = Stage::set().await;
    let paper = |kind: IdentifierType, value: &str, country: &str| v1::Identifier {
        r#type: kind.into(),
        value: value.into(),
        country: country.into(),
    };
    let passport = paper(IdentifierType::Passport, "C1234567", "");
    let card = paper(IdentifierType::IdentityCard9, "024123456", "");
    let mut registered = request(COMMUNE, 1);
    let registration = registered.registration.as_mut().unwrap();
    registration.child.as_mut().unwrap().existing_identifiers = vec![passport.clone(), card.clone()];
    let registration = registration.clone();
    let number = stage.commune.number(registered).await;
    let asked = |paper: &v1::Identifier, holder: &v1::BirthRegistration| v1::ResolveIdentifierRequest {
        identifier: Some(paper.clone()),
        ..who_has("", holder)
    };
    let written_otherwise = paper(IdentifierType::Passport, " c1234567", "vn");
    for known in [&passport, &card, &written_otherwise] {
        let resolved = stage.neighbour.does(asked(known, &registration)).await;
        assert_eq!((&resolved.number, resolved.state()), (&number, NumberState::Issued));
    }
    let foreign = paper(IdentifierType::Passport, "C1234567", "FR");
    let other = paper(IdentifierType::Passport, "C1234568", "");
    for unknown in [
        asked(&foreign, &registration),
        asked(&other, &registration),
        asked(&passport, &birth(COMMUNE, 2)),
    ] {
        let refused = stage.neighbour.is_refused(unknown).await;
        assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
    }

    // A corrected registration at another sex takes another number; the papers, of the old facts too, lead to it.
    let mut corrected = registration.clone();
    corrected.child.as_mut().unwrap().sex = v1::Sex::Male.into();
    let case = stage.commune.does(reissue(&number, corrected)).await.case.unwrap();
    stage.authority.does(approve(&case)).await;
    let standing = stage.authority.number_of(&number).await.replaced_by;
    assert_ne!(standing, number);
    for known in [&passport, &card] {
        let resolved = stage.neighbour.does(asked(known, &registration)).await;
        assert_eq!((&resolved.number, resolved.state()), (&standing, NumberState::Issued));
    }
    let case = stage.commune.does(revoke(&standing)).await.case.unwrap();
    stage.authority.does(approve(&case)).await;
    let refused = stage.neighbour.is_refused(asked(&passport, &registration)).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
    for (wrong, field) in [
        (
            paper(IdentifierType::IdentityCard9, "0241234567", ""),
            "identifier.value",
        ),
        (paper(IdentifierType::Passport, "", ""), "identifier.value"),
        (paper(IdentifierType::Passport, "C1234567", "XX"), "identifier.country"),
        (paper(IdentifierType::CitizenCard, "024123456", ""), "identifier.value"),
    ] {
        let refused = stage.neighbour.is_refused(asked(&wrong, &registration)).await;
        assert_eq!(refused.fields(), [field]);
    }
    stage.end().await;
}

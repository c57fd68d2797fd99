//! `NumberService`, about numbers with a history.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::{IdentifierType, NumberState, VerifyResult};
use tonic::Code;

use super::calls::{known, who_has};
use super::stage::{COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{birth, request};

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

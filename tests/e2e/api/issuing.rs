//! `IssueNumber`: what becomes of a registration, and of the same one sent again.

use dinhdanh::proto::v1;
use tonic::Code;

use crate::support::births::{asking, birth, changed, child, date, id, request};
use crate::support::ledger;
use crate::support::office::{Office, issued, under_review};
use crate::support::server::Server;
use crate::support::told::told;

#[tokio::test]
async fn a_birth_gets_a_number_that_tells_place_sex_and_year() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");

    let answer = office.issue(request("26734", 1)).await.unwrap();
    let number = issued(&answer);
    assert_eq!(number.number.len(), 12);
    assert!(
        number.number.starts_with("079325"),
        "Hồ Chí Minh City, a girl of the 21st century, born in 2025"
    );
    assert_eq!(number.state(), v1::NumberState::Issued);
    assert_eq!(number.life_status(), v1::LifeStatus::Alive);
    assert_eq!(number.registrations, [birth("26734", 1).r#ref.unwrap()]);
    assert_eq!((answer.replayed, answer.position, number.position), (false, 2, 2));
    assert!(number.issued_at.is_some_and(|at| at.seconds > 0));
    assert!(number.replaced_by.is_empty() && number.replaces.is_empty() && number.open_case_id.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let first = office.issue(request("26734", 1)).await.unwrap();
    // The same content after normalising: capitals, spaces, the other place of the tone mark, decomposed letters.
    let typed_anew = changed(request("26734", 1), |registration| {
        let ours = child(registration);
        ours.full_name = "  NGUYỄN   thi\u{323} BÌNH ".into();
        ours.home_town.as_mut().unwrap().text = "Xã Tân Hoà, tỉnh Đắk Lắk".into();
        ours.birth_order = 1;
        ours.births = 1;
    });
    for again in [request("26734", 1), typed_anew] {
        let replayed = office.issue(again).await.unwrap();
        assert!(replayed.replayed);
        assert_eq!((issued(&replayed), replayed.position), (issued(&first), first.position));
    }
    server.stop().await;

    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let replayed = office.issue(request("26734", 1)).await.unwrap();
    assert!(replayed.replayed);
    assert_eq!(issued(&replayed), issued(&first));
    server.stop().await;
    assert_eq!(
        ledger::counts(folder.path()).await,
        [("genesis", 1), ("issued", 1)].into()
    );
}

#[tokio::test]
async fn an_id_used_for_other_content_is_refused_naming_the_fields() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let first = office.number(request("26734", 1)).await;

    let other = changed(request("26734", 1), |registration| {
        child(registration).full_name = "Nguyễn Thị Khác".into();
        child(registration).date_of_birth = date(2025, 7, 28);
    });
    let refused = told(&office.issue(other).await.unwrap_err());
    assert_eq!(refused.what(), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    assert_eq!(
        refused.fields(),
        ["registration.child.date_of_birth", "registration.child.full_name"]
    );
    // Known request ids come before fields: content that would not be valid is still other content.
    let broken = changed(request("26734", 1), |registration| {
        child(registration).full_name = String::new()
    });
    let refused = told(&office.issue(broken).await.unwrap_err());
    assert_eq!(refused.what(), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    assert_eq!(refused.fields(), ["registration.child.full_name"]);

    assert_eq!(office.number(request("26734", 1)).await, first);
    // Another office may use the same id for its own work.
    let elsewhere = Office::new(server.connect().await, "26800");
    assert_ne!(elsewhere.number(asking(id(1), birth("26800", 2))).await, first);
    server.stop().await;
}

#[tokio::test]
async fn a_registration_is_known_also_under_another_id() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let first = office.issue(request("26734", 1)).await.unwrap();

    let lost_its_id = office.issue(asking(id(900), birth("26734", 1))).await.unwrap();
    assert!(lost_its_id.replayed);
    assert_eq!(
        (issued(&lost_its_id), lost_its_id.position),
        (issued(&first), first.position)
    );
    let other_facts = changed(asking(id(901), birth("26734", 1)), |r| {
        child(r).sex = v1::Sex::Male.into()
    });
    let refused = told(&office.issue(other_facts).await.unwrap_err());
    assert_eq!(refused.what(), (Code::AlreadyExists, "REGISTRATION_EXISTS"));
    assert_eq!(refused.fields(), ["registration.child.sex"]);
    server.stop().await;
    assert_eq!(
        ledger::counts(folder.path()).await,
        [("genesis", 1), ("issued", 1), ("bound", 1)].into()
    );
}

#[tokio::test]
async fn what_may_be_the_same_child_goes_under_review_and_says_nothing_of_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let number = office.number(request("26734", 1)).await;

    // The same child once more, by another office of the city.
    let elsewhere = Office::new(server.connect().await, "26800");
    let twice = asking(
        id(2),
        v1::BirthRegistration {
            r#ref: birth("26800", 77).r#ref,
            ..birth("26734", 1)
        },
    );
    let answer = elsewhere.issue(twice.clone()).await.unwrap();
    let case = under_review(&answer).clone();
    assert_eq!(case.case_id.len(), 36);
    let advice = case.advice.unwrap();
    assert_eq!(advice.locale, "vi");
    assert!(!advice.message.contains(&number) && !advice.message.contains("26734"));
    let again = elsewhere.issue(twice.clone()).await.unwrap();
    assert!(again.replayed);
    assert_eq!(under_review(&again).case_id, case.case_id);
    let in_english = elsewhere.with("accept-language", "en-GB").issue(twice).await.unwrap();
    assert_eq!(under_review(&in_english).advice.as_ref().unwrap().locale, "en");

    // Somebody registered again is never given a number by the service alone.
    let renewed = changed(request("26734", 3), |r| {
        r.kind = v1::RegistrationKind::ReRegistration.into()
    });
    under_review(&office.issue(renewed).await.unwrap());
    server.stop().await;
}

#[tokio::test]
async fn twins_declared_together_get_a_number_each() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let twin = |order: i32, n: u64| {
        let mut registration = birth("26734", 1);
        registration.r#ref.as_mut().unwrap().entry_number = n.to_string();
        let ours = child(&mut registration);
        ours.full_name = format!("Nguyễn Thị {}", if order == 1 { "Sớm" } else { "Mai" });
        (ours.birth_order, ours.births) = (order, 2);
        asking(id(n), registration)
    };
    let first = office.number(twin(1, 1)).await;
    assert_ne!(office.number(twin(2, 2)).await, first);
    server.stop().await;
}

#[tokio::test]
async fn validating_only_checks_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let validate = |mut request: v1::IssueNumberRequest| {
        request.validate_only = true;
        office.issue(request)
    };
    let fine = validate(request("26734", 1)).await.unwrap();
    assert_eq!((fine.outcome, fine.replayed, fine.position), (None, false, 0));
    // It needs no id, since nothing is done under it.
    validate(asking(String::new(), birth("26734", 1))).await.unwrap();
    let broken = changed(request("26734", 1), |r| child(r).date_of_birth = date(2025, 2, 31));
    assert_eq!(
        told(&validate(broken).await.unwrap_err()).fields(),
        ["registration.child.date_of_birth"]
    );
    let foreign = changed(request("26734", 1), |r| child(r).nationalities = vec!["FR".into()]);
    assert_eq!(
        told(&validate(foreign).await.unwrap_err()).what(),
        (Code::FailedPrecondition, "NOT_ELIGIBLE")
    );

    let unknown = told(&office.issuance(&id(1)).await.unwrap_err());
    assert_eq!(unknown.what(), (Code::NotFound, "NO_SUCH_REQUEST"));
    server.stop().await;
    assert_eq!(ledger::counts(folder.path()).await, [("genesis", 1)].into());
}

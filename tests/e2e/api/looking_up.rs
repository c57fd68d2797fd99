//! `GetIssuance` and `GetNumber`: what became of a request, and who may know of a number.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::get_issuance_response::Outcome;
use tonic::Code;

use crate::support::births::{asking, birth, changed, id, request};
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::told;

#[tokio::test]
async fn an_office_learns_what_became_of_its_requests_by_id_and_by_registration() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let number = office.number(request("26734", 1)).await;
    let renewed = changed(request("26734", 2), |r| {
        r.kind = v1::RegistrationKind::ReRegistration.into()
    });
    office.issue(renewed).await.unwrap();
    office.issue(asking(id(3), birth("26734", 1))).await.unwrap();

    for found in [
        office.issuance(&id(1)).await,
        office.issuance_of(birth("26734", 1).r#ref.unwrap()).await,
    ] {
        let found = found.unwrap();
        assert_eq!(found.request_id, id(1));
        let Some(Outcome::Issued(found)) = found.outcome else {
            panic!("not issued")
        };
        assert_eq!(found.number, number);
    }
    let reviewed = office.issuance(&id(2)).await.unwrap();
    assert!(matches!(reviewed.outcome, Some(Outcome::UnderReview(_))));
    // A further id for the same registration leads to it.
    let bound = office.issuance(&id(3)).await.unwrap();
    assert!(matches!(bound.outcome, Some(Outcome::Issued(found)) if found.number == number));
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_there_and_what_is_anothers_look_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let number = office.number(request("26734", 1)).await;
    let other = Office::new(server.connect().await, "26800");

    let missing = told(&office.issuance(&id(2)).await.unwrap_err());
    assert_eq!(missing.what(), (Code::NotFound, "NO_SUCH_REQUEST"));
    let anothers = told(&other.issuance(&id(1)).await.unwrap_err());
    assert_eq!((anothers.what(), &anothers.message), (missing.what(), &missing.message));

    let missing = told(&office.issuance_of(birth("26734", 2).r#ref.unwrap()).await.unwrap_err());
    assert_eq!(missing.what(), (Code::NotFound, "NO_SUCH_REGISTRATION"));
    let anothers = told(&other.issuance_of(birth("26734", 1).r#ref.unwrap()).await.unwrap_err());
    assert_eq!((anothers.what(), &anothers.message), (missing.what(), &missing.message));

    let never_given = told(&office.get("079325999999").await.unwrap_err());
    assert_eq!(never_given.what(), (Code::NotFound, "NO_SUCH_NUMBER"));
    let anothers = told(&other.get(&number).await.unwrap_err());
    assert_eq!(
        (anothers.what(), &anothers.message),
        (never_given.what(), &never_given.message)
    );
    server.stop().await;
}

#[tokio::test]
async fn a_look_up_without_a_proper_key_is_refused_naming_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    assert_eq!(told(&office.look_up(None).await.unwrap_err()).fields(), ["key"]);
    assert_eq!(told(&office.issuance("").await.unwrap_err()).fields(), ["request_id"]);
    let empty = told(&office.issuance_of(v1::RegistrationRef::default()).await.unwrap_err());
    assert_eq!(
        empty.fields(),
        ["ref.office_code", "ref.register", "ref.book_year", "ref.entry_number"]
    );
    for wrong in [
        "",
        "1",
        "07932512345",
        "0793251234567",
        "07932512345a",
        "０７９３２５１２３４５６",
    ] {
        let refused = told(&office.get(wrong).await.unwrap_err());
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"), "{wrong}");
        assert_eq!(refused.fields(), ["number"]);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_number_shows_the_child_but_not_the_parents_and_ethnicity_only_to_whom_it_concerns() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let number = office.number(request("26734", 1)).await;
    let population = Office::new(server.connect().await, "C06").role("POPULATION_AUTHORITY");

    // Without a policy that tells areas, every justice department is over every office.
    let justice = office.with("x-dinhdanh-office", "STP").role("JUSTICE_DEPARTMENT");

    for caller in [&office, &population, &justice] {
        let found = caller.get(&number).await.unwrap();
        assert_eq!(found.number.unwrap().number, number);
        let facts = found.facts.unwrap();
        assert_eq!(facts.full_name, birth("26734", 1).child.map(|child| child.full_name));
        assert_eq!(facts.ethnicity.as_deref(), Some("Kinh"));
        assert!(
            facts.mother.is_none() && facts.father.is_none(),
            "parents are only ever verified"
        );
    }
    let stranger = office.with("x-dinhdanh-office", "26800");
    assert_eq!(
        told(&stranger.get(&number).await.unwrap_err()).what(),
        (Code::NotFound, "NO_SUCH_NUMBER")
    );
    server.stop().await;
}

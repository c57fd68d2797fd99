//! How refusals are told: code, reason, text for the officer, and the details of each.

use dinhdanh::proto::v1;
use tonic::Code;

use crate::support::births::{asking, birth, changed, child, id, request};
use crate::support::ledger;
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::told;

#[tokio::test]
async fn a_child_of_foreign_nationality_only_is_rejected_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let foreign = changed(request("26734", 1), |r| child(r).nationalities = vec!["FR".into()]);
    for _ in 0..2 {
        let refused = told(&office.issue(foreign.clone()).await.unwrap_err());
        assert_eq!(refused.what(), (Code::FailedPrecondition, "NOT_ELIGIBLE"));
        assert_eq!(
            refused.preconditions,
            [("NOT_ELIGIBLE".to_owned(), "registration.child.nationalities".to_owned())]
        );
    }
    // It is a decision: kept, and shown as such.
    let kept = office.issuance(&id(1)).await.unwrap();
    let Some(v1::get_issuance_response::Outcome::Rejected(status)) = kept.outcome else {
        panic!("not rejected")
    };
    assert_eq!(
        crate::support::told::told_of(&status).what(),
        (Code::FailedPrecondition, "NOT_ELIGIBLE")
    );
    // The entry may be made again, with the facts put right.
    office.number(asking(id(2), birth("26734", 1))).await;
    server.stop().await;
    assert_eq!(
        ledger::counts(folder.path()).await,
        [("genesis", 1), ("rejected", 1), ("issued", 1)].into()
    );
}

#[tokio::test]
async fn a_closed_place_is_named_with_its_successor_and_an_unknown_one_is_a_wrong_field() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    // Bình Dương was merged into Hồ Chí Minh City in 2025.
    let closed = changed(request("26734", 1), |r| r.place_code = "074".into());
    let refused = told(&office.issue(closed).await.unwrap_err());
    assert_eq!(refused.what(), (Code::FailedPrecondition, "PREFIX_CLOSED"));
    assert_eq!(
        refused.preconditions,
        [("PREFIX_CLOSED".to_owned(), "registration.place_code".to_owned())]
    );
    assert_eq!(refused.metadata, [("successor".to_owned(), "079".to_owned())]);
    let unknown = changed(request("26734", 1), |r| r.place_code = "099".into());
    let refused = told(&office.issue(unknown).await.unwrap_err());
    assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(refused.fields(), ["registration.place_code"]);
    // Nothing was written, so the id is free for the registration as it should have been.
    office.number(request("26734", 1)).await;
    server.stop().await;
    assert_eq!(
        ledger::counts(folder.path()).await,
        [("genesis", 1), ("issued", 1)].into()
    );
}

#[tokio::test]
async fn every_violation_is_named_at_once_in_the_language_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let broken = changed(request("26734", 1), |registration| {
        registration.place_code = String::new();
        child(registration).full_name = "Nguyễn 3".into();
        child(registration).births = -1;
        registration.mother.as_mut().unwrap().personal_number = "1".into();
    });
    let fields = [
        "registration.place_code",
        "registration.child.full_name",
        "registration.child.birth_order",
        "registration.child.births",
        "registration.mother.personal_number",
    ];
    let vietnamese = told(&office.issue(broken.clone()).await.unwrap_err());
    assert_eq!(vietnamese.fields(), fields);
    assert_eq!(vietnamese.message.0, "vi");
    assert!(vietnamese.message.1.contains("Sửa các mục"));
    assert_eq!(vietnamese.violations[0].1, "phải được nhập");

    let english = told(
        &office
            .with("accept-language", "en-US,en;q=0.9")
            .issue(broken.clone())
            .await
            .unwrap_err(),
    );
    assert_eq!((english.fields(), english.message.0.as_str()), (fields.to_vec(), "en"));
    assert_eq!(english.violations[0].1, "must be given");
    let other = told(&office.with("accept-language", "fr").issue(broken).await.unwrap_err());
    assert_eq!(other.message.0, "vi");
    server.stop().await;
}

#[tokio::test]
async fn a_request_id_must_be_a_uuid() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let nil = "00000000-0000-0000-0000-000000000000";
    for wrong in ["", "17", nil, "0197a1b2-0000-7000-8000-00000000000g"] {
        let refused = told(&office.issue(asking(wrong.into(), birth("26734", 1))).await.unwrap_err());
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"), "{wrong:?}");
        assert_eq!(refused.fields(), ["request_id"]);
    }
    server.stop().await;
}

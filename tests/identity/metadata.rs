//! What a call says of itself counts for nothing beside a certificate, but for officer and purpose.

use dinhdanh::proto::v1;

use super::site::{Site, no_identity};
use crate::support::births::request;
use crate::support::ledger;

#[tokio::test]
async fn office_and_role_in_metadata_are_ignored() {
    let site = Site::new();
    let server = site.launch().start();
    let office = site.caller(&server, "registrar-26734").await;
    let pretending = office
        .with("x-dinhdanh-office", "00001")
        .role("POPULATION_AUTHORITY")
        .with("x-dinhdanh-officer", "cb-17")
        .with("x-dinhdanh-purpose", "KS01");
    // Believed in either, it could not register for its own office.
    pretending.number(request("26734", 1)).await;
    let subscriber = site.caller(&server, "subscriber-bhxh").await;
    let refused = subscriber
        .role("REGISTRAR")
        .issue(request("26734", 2))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    server.stop().await;
    let entries = ledger::entries(&site.data()).await;
    let entry = entries.last().unwrap();
    assert_eq!(entry.request.office, "26734");
    assert_eq!(
        (entry.context.officer.as_str(), entry.context.purpose.as_str()),
        ("cb-17", "KS01")
    );
}

#[tokio::test]
async fn officer_and_purpose_are_bounded_as_ever() {
    let site = Site::new();
    let server = site.launch().start();
    let office = site.caller(&server, "registrar-26734").await;
    let long = "x".repeat(65);
    for name in ["x-dinhdanh-officer", "x-dinhdanh-purpose"] {
        let refused = office
            .with(name, &long)
            .verify("079325999999", v1::Facts::default())
            .await;
        no_identity(&refused.unwrap_err(), "too long");
    }
    server.stop().await;
}

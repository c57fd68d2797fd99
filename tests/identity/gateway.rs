//! Shared systems: they act for offices on their list, and name one with each call.

use super::site::{Site, asks, no_identity};
use crate::support::births::request;
use crate::support::ledger;

#[tokio::test]
async fn a_shared_system_acts_for_the_offices_on_its_list_and_no_others() {
    let site = Site::new();
    let server = site.launch().start();
    let system = site.caller(&server, "gateway-cong-79").await;
    no_identity(&asks(&system).await, "names the office it acts for");
    for (office, reason) in [
        ("00001", "may not act for this office"),
        ("c06", "may not act for this office"),
        ("cong-79", "may not act for this office"),
        ("x".repeat(33).as_str(), "too long"),
    ] {
        let status = asks(&system.with("x-dinhdanh-office", office)).await;
        no_identity(&status, reason);
    }
    let office = system.with("x-dinhdanh-office", "26734");
    // In the role of the office, whatever else the call says.
    office.role("POPULATION_AUTHORITY").number(request("26734", 1)).await;
    let other = office.issue(request("00001", 2)).await.unwrap_err();
    assert_eq!(other.code(), tonic::Code::PermissionDenied);
    server.stop().await;
    let entries = ledger::entries(&site.data()).await;
    assert_eq!(entries.last().unwrap().request.office, "26734");
}

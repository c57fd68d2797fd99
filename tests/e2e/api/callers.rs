//! Who may call what, as the contract's table says.

use dinhdanh::proto::v1;
use tonic::Code;

use crate::support::births::{asking, birth, changed, id, request};
use crate::support::ledger;
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::told;

#[tokio::test]
async fn whoever_does_not_say_who_they_are_is_refused_whatever_they_send() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let nameless = Office::nameless(server.connect().await);
    let named = nameless.with("x-dinhdanh-office", "26734");
    let long = "x".repeat(65);
    for caller in [
        nameless.clone(),
        nameless.with("x-dinhdanh-office", "  "),
        nameless.with("x-dinhdanh-office", &long),
        named.role("GOD"),
        named.role("registrar"),
        named.with("x-dinhdanh-officer", &long),
        named.with("x-dinhdanh-purpose", &long),
    ] {
        for status in [
            caller.issue(request("26734", 1)).await.unwrap_err(),
            caller.issue(v1::IssueNumberRequest::default()).await.unwrap_err(),
            caller.stream(futures_util::stream::empty()).await.unwrap_err(),
            caller.issuance(&id(1)).await.unwrap_err(),
            caller.get("079325999999").await.unwrap_err(),
            caller.verify("079325999999", v1::Facts::default()).await.unwrap_err(),
        ] {
            assert_eq!(told(&status).what(), (Code::Unauthenticated, "NO_IDENTITY"));
        }
    }
    server.stop().await;
    assert_eq!(ledger::counts(folder.path()).await, [("genesis", 1)].into());
}

#[tokio::test]
async fn an_office_registers_for_itself_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let refused = told(&office.issue(request("26800", 1)).await.unwrap_err());
    assert_eq!(refused.what(), (Code::PermissionDenied, "NOT_YOUR_REGISTRATION"));
    let mut only_checked = request("26800", 1);
    only_checked.validate_only = true;
    let refused = told(&office.issue(only_checked).await.unwrap_err());
    assert_eq!(refused.what(), (Code::PermissionDenied, "NOT_YOUR_REGISTRATION"));
    // What it took over may stand in another's book.
    let taken_over = changed(request("26734", 1), |r| r.former_ref = birth("26800", 9).r#ref);
    office.number(taken_over).await;
    server.stop().await;
    assert_eq!(
        ledger::counts(folder.path()).await,
        [("genesis", 1), ("issued", 1)].into()
    );
}

#[tokio::test]
async fn officer_and_purpose_enter_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let officer = office
        .with("x-dinhdanh-officer", "cb-17")
        .with("x-dinhdanh-purpose", "KS01");
    officer.number(asking(id(1), birth("26734", 1))).await;
    server.stop().await;
    let entries = ledger::entries(folder.path()).await;
    let entry = entries.last().unwrap();
    assert_eq!(entry.request.office, "26734");
    assert_eq!(
        (entry.context.officer.as_str(), entry.context.purpose.as_str()),
        ("cb-17", "KS01")
    );
}

//! An office that took another over acts for it: what the closed office asked, registered and waits for is its own.

use dinhdanh::proto::v1::{self, EventKind};
use tonic::Code;

use super::site::{Site, asks, no_identity};
use crate::support::births::{asking, birth, id};
use crate::support::calls::{revoke, withdraw};
use crate::support::desk::{Desk, given};
use crate::support::ledger;
use crate::support::office::{issued, under_review};
use crate::support::server::Server;

const CLOSED: &str = "26734";
const HEIR: &str = "00001";

async fn desk(site: &Site, server: &Server, code: &str) -> Desk {
    let identity = site.identity(&format!("registrar-{code}"));
    Desk::new(site.connect(server, Some(identity)).await, code, "REGISTRAR")
}

/// Yesterday, as the policy writes days.
fn yesterday() -> String {
    let now = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date().to_string()
}

#[tokio::test]
async fn a_successor_acts_as_its_predecessor_from_the_day_on() {
    let site = Site::new();
    site.certs(&["registrar/00002"]);
    let policy = site.read("policy.toml");
    let other = "\n[[office]]\ncode = \"00002\"\nrole = \"REGISTRAR\"\n";
    site.write("policy.toml", &format!("{policy}{other}"));
    let server = site.launch().start();
    let closed = desk(&site, &server, CLOSED).await;
    let number = closed.number(asking(id(1), birth(CLOSED, 1))).await;
    // The same child once more, in another place of the book: a case.
    let mut again = birth(CLOSED, 1);
    again.r#ref.as_mut().unwrap().entry_number = "1B".into();
    let waiting = closed.issue(asking(id(2), again.clone())).await.unwrap();
    let case_id = under_review(&waiting).case_id.clone();
    let heir = desk(&site, &server, HEIR).await;
    heir.knows_no_number(&number).await;
    heir.knows_no_case(&case_id).await;
    server.stop().await;

    let line = format!("code = \"{CLOSED}\"");
    let ended = format!("{line}\nuntil = {}\nsuccessor = \"{HEIR}\"", yesterday());
    site.write("policy.toml", &format!("{}{other}", policy.replace(&line, &ended)));
    let server = site.launch().start();
    let closed = desk(&site, &server, CLOSED).await;
    no_identity(&asks(&closed).await, "its successor acts for it");
    let (heir, stranger) = (desk(&site, &server, HEIR).await, desk(&site, &server, "00002").await);

    // What became of the requests and registrations of the closed office.
    let entry = birth(CLOSED, 1).r#ref.unwrap();
    let by_id = heir.issuance(&id(1)).await.unwrap();
    assert_eq!(by_id.outcome, heir.issuance_of(entry.clone()).await.unwrap().outcome);
    assert_eq!(given(by_id).number, number);
    for refused in [
        stranger.issuance(&id(1)).await,
        stranger.issuance_of(entry.clone()).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    }
    let nothing = heir.issuance(&id(99)).await.unwrap_err();
    assert_eq!(nothing.code(), Code::NotFound);

    // A request whose answer was lost, sent again by the successor: the same number.
    let resent = heir.issue(asking(id(1), birth(CLOSED, 1))).await.unwrap();
    assert!(resent.replayed);
    assert_eq!(issued(&resent).number, number);
    let refused = stranger.issue(asking(id(1), birth(CLOSED, 1))).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    // What was left to enter into the old book.
    let late = heir.number(asking(id(3), birth(CLOSED, 3))).await;

    // Its numbers, cases and events.
    let known = heir.get(&number).await.unwrap();
    assert_eq!(known.number.unwrap().registrations, std::slice::from_ref(&entry));
    assert_eq!(known.facts.unwrap().ethnicity(), "Kinh");
    stranger.knows_no_number(&number).await;
    let listed = heir.does(v1::ListCasesRequest::default()).await.cases;
    assert_eq!(listed.iter().map(|case| &case.case_id).collect::<Vec<_>>(), [&case_id]);
    let events = heir.events(&[EventKind::Issued]).await;
    let seen: Vec<_> = events.iter().map(|event| event.number.as_str()).collect();
    assert_eq!(seen, [&number, &late]);
    assert!(
        events
            .iter()
            .all(|event| event.facts.as_ref().unwrap().ethnicity() == "Kinh")
    );
    assert!(stranger.events(&[EventKind::Issued]).await.is_empty());

    // And it takes back what the closed office was waiting for, and proposes what it would have proposed.
    let case = heir.case(&case_id).await;
    let refused = stranger.is_refused(withdraw(&case)).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_CASE"));
    heir.does(withdraw(&case)).await;
    let proposed = heir.does(revoke(&number)).await.case.unwrap();
    assert_eq!(proposed.numbers, [number]);
    // Its department is over the closed office still.
    let department = site.identity("justice_department-79-stp");
    let department = Desk::new(
        site.connect(&server, Some(department)).await,
        "79-stp",
        "JUSTICE_DEPARTMENT",
    );
    assert_eq!(department.case(&proposed.case_id).await.case_id, proposed.case_id);
    // The department does not take back what an office under it has proposed.
    let refused = department.is_refused(withdraw(&proposed)).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "NOT_YOUR_REGISTRATION"));
    server.stop().await;
    ledger::verify(&site.data(), &[]);
}

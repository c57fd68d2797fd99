//! A standby that did not have all commits takes over while servers are at work: they take no more work, and go on by
//! themselves once the store is recovered, with no number given twice.

use std::collections::BTreeSet;

use tonic::Code;

use crate::support::births::request;
use crate::support::office::Office;
use crate::support::proxy::Proxy;
use crate::support::site::Plan;
use crate::support::told::told;
use crate::support::until;

const OFFICE: &str = "26734";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failover_that_lost_commits_nothing_is_done_before_the_store_is_recovered() {
    for plan in [Plan::of(2).await, Plan::of(2).await.without_lease()] {
        lossy(plan).await;
    }
}

async fn lossy(plan: Plan) {
    let wire = Proxy::to(plan.postgres().port()).await;
    let standby = plan.postgres().standby().await;
    // From now on the primary waits for nobody.
    plan.postgres().set("synchronous_standby_names", "").await;
    let mut site = plan.postgres_at(wire.port()).start().await;
    let offices: Vec<_> = site
        .channels()
        .into_iter()
        .map(|channel| Office::new(channel, OFFICE))
        .collect();
    let mut given = BTreeSet::new();
    for birth in 1..9 {
        given.insert(offices[birth as usize % 2].number(request(OFFICE, birth)).await);
    }
    let head = site.reader().await;
    let reached = dinhdanh::store::Reader::head(&head).await.unwrap().size();
    standby.has_entries(reached).await;
    standby.leave().await;
    for birth in 9..21 {
        given.insert(offices[birth as usize % 2].number(request(OFFICE, birth)).await);
    }
    site.postgres.kill().await;
    standby.promote().await;
    wire.lead_to(standby.port());
    site.postgres = standby;

    for office in &offices {
        let reason = async || {
            let refused = told(&office.issue(request(OFFICE, 500)).await.unwrap_err());
            (refused.what() == (Code::Unavailable, "STORE_ROLLED_BACK")).then_some(())
        };
        until("a server says that the store was put back", reason).await;
    }
    let recovered = site.says("recover", &[]);
    assert!(recovered.contains("12 numbers of every prefix"), "{recovered}");
    let mut since = BTreeSet::new();
    for birth in 600..630 {
        let office = &offices[birth as usize % 2];
        let number = until("a number is given again", async || {
            let answer = office.issue(request(OFFICE, birth)).await.ok()?;
            Some(crate::support::office::issued(&answer).number.clone())
        });
        since.insert(number.await);
    }
    assert_eq!(since.len(), 30);
    assert!(since.is_disjoint(&given), "a number was given twice");
    let verified = site.says("verify", &[]);
    assert!(verified.contains("Everything holds"), "{verified}");
}

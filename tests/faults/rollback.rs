//! A standby that did not have all commits takes over while servers are at work: they take no more work, and go on by
//! themselves once the store is recovered, with no number given twice.

use std::collections::BTreeSet;

use tonic::Code;

use crate::client::desk::{Desk, desks};
use crate::support::births::request;
use crate::support::office::{Office, issued};
use crate::support::proxy::Proxy;
use crate::support::site::{Plan, Site};
use crate::support::told::told;
use crate::support::until;

const OFFICE: &str = "26734";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failover_that_lost_commits_nothing_is_done_before_the_store_is_recovered() {
    for plan in [Plan::of(2).await, Plan::of(2).await.without_lease()] {
        lossy(plan, RedisThen::Stays).await;
    }
}

/// What every server has seen itself, and its own file, say as much.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_that_lost_commits_is_noticed_though_redis_was_put_back_too() {
    lossy(Plan::of(2).await, RedisThen::IsPutBack).await;
}

/// What becomes of Redis at the time of the failover.
#[derive(PartialEq)]
enum RedisThen {
    Stays,
    /// It holds what it held before the commits that are lost.
    IsPutBack,
}

async fn lossy(plan: Plan, redis_then: RedisThen) {
    let wire = Proxy::to(plan.postgres().port()).await;
    let standby = plan.postgres().standby().await;
    // From now on the primary waits for nobody.
    plan.postgres().set("synchronous_standby_names", "").await;
    let mut site = plan.postgres_at(wire.port()).start().await;
    let offices = offices(&site);
    let mut given = BTreeSet::new();
    for birth in 1..9 {
        given.insert(offices[birth as usize % 2].number(request(OFFICE, birth)).await);
    }
    let head = site.reader().await;
    let reached = dinhdanh::store::Reader::head(&head).await.unwrap().size();
    standby.has_entries(reached).await;
    standby.leave().await;
    if redis_then == RedisThen::IsPutBack {
        site.redis.as_ref().unwrap().snapshot();
    }
    for birth in 9..21 {
        given.insert(offices[birth as usize % 2].number(request(OFFICE, birth)).await);
    }
    site.postgres.kill().await;
    if redis_then == RedisThen::IsPutBack {
        site.redis.as_mut().unwrap().restart();
    }
    standby.promote().await;
    wire.lead_to(standby.port());
    site.postgres = standby;

    takes_no_work(&offices).await;
    let recovered = site.says("recover", &[]);
    assert!(recovered.contains("12 numbers of every prefix"), "{recovered}");
    give_none_of(&given, &offices).await;
    let verified = site.says("verify", &[]);
    assert!(verified.contains("Everything holds"), "{verified}");
}

/// Both servers are stopped while the backup is put in the place of the database, which had gone on since it was made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_put_into_service_gives_no_number_twice_and_every_answer_stands_again() {
    let plan = Plan::of(2).await;
    let wire = Proxy::to(plan.postgres().port()).await;
    let mut site = plan.postgres_at(wire.port()).start().await;
    let [kept, lost] = desks([20, 30]);
    let send = |desk: &Desk, site: &Site| assert!(desk.issue(&site.urls()[0]).status().unwrap().success());
    send(&kept, &site);
    let mut backup = site.postgres.backup();
    send(&lost, &site);
    site.stop_servers().await;
    site.postgres.kill().await;
    backup.restart().await;
    wire.lead_to(backup.port());
    site.postgres = backup;
    assert!(
        site.says("verify", &["--answers", kept.journal.to_str().unwrap()])
            .contains("Everything holds")
    );

    site.start_servers();
    let offices = offices(&site);
    takes_no_work(&offices).await;
    let recovered = site.says("recover", &["--births", lost.file.to_str().unwrap()]);
    assert!(recovered.contains("30 numbers of every prefix"), "{recovered}");
    assert!(
        recovered.contains("30 entered again, 0 stood already, 0 not entered"),
        "{recovered}"
    );
    let told = kept.numbers().union(&lost.numbers()).cloned().collect();
    give_none_of(&told, &offices).await;
    for desk in [kept, lost] {
        let verified = site.says("verify", &["--answers", desk.journal.to_str().unwrap()]);
        assert!(verified.contains("Everything holds"), "{verified}");
    }
}

fn offices(site: &Site) -> Vec<Office> {
    let channels = site.channels().into_iter();
    channels.map(|channel| Office::new(channel, OFFICE)).collect()
}

async fn takes_no_work(offices: &[Office]) {
    for office in offices {
        let reason = async || {
            let refused = told(&office.issue(request(OFFICE, 500)).await.unwrap_err());
            (refused.what() == (Code::Unavailable, "STORE_ROLLED_BACK")).then_some(())
        };
        until("a server says that the store was put back", reason).await;
    }
}

/// All servers give numbers again, and none of those.
async fn give_none_of(given: &BTreeSet<String>, offices: &[Office]) {
    let mut since = BTreeSet::new();
    for birth in 600..630 {
        let office = &offices[birth as usize % offices.len()];
        let number = until("a number is given again", async || {
            let answer = office.issue(request(OFFICE, birth)).await.ok()?;
            Some(issued(&answer).number.clone())
        });
        since.insert(number.await);
    }
    assert_eq!(since.len(), 30);
    assert!(since.is_disjoint(given), "a number was given twice");
}

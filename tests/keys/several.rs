//! Keys are changed while several servers share a database, and one of them has not been given the new key.

use std::collections::BTreeSet;

use dinhdanh::ledger::EntryKind;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::{listed, took_in};
use crate::support::load::{Load, OFFICE, nth};
use crate::support::office::Office;
use crate::support::site::{Plan, Site};
use crate::support::told::told;
use crate::support::{setting, until};

const CALLERS: u64 = 24;
/// Of a hundred requests so many were sent before.
const RESENT: u32 = 20;
/// A request that only the third server is sent.
const NOBODY_ELSES: u64 = 10_000_000;
const DECISIONS: &str = "dinhdanh_decisions_total";

async fn is(channel: &Channel, status: ServingStatus) {
    until(&format!("it is {status:?}"), async || {
        let mut client = HealthClient::new(channel.clone());
        let service = "dinhdanh.v1.IssuanceService".into();
        let answer = client.check(HealthCheckRequest { service }).await.unwrap().into_inner();
        (answer.status() == status).then_some(())
    })
    .await;
}

/// Waits until each server of a site has decided something more.
async fn each_decides(site: &Site) {
    for server in 0..site.servers.len() {
        let before = site.metric(server, DECISIONS).await;
        until("the server decides", async || {
            (site.metric(server, DECISIONS).await > before).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_key_under_births_to_several_servers_loses_nothing() {
    let site = Plan::of(2).await.start().await;
    // Keys that a program prints are not watched: such a server learns of new ones when it is told to.
    let copy = tempfile::tempdir().unwrap();
    let copy = copy.path().join("keys.toml");
    std::fs::copy(site.keys(), &copy).unwrap();
    let prints = format!("/bin/cat {}", copy.display());
    let third = site.with_other_keys().set("KEYS_COMMAND", &prints).start();
    let mut channels = site.channels();
    channels.push(third.connect().await);
    let load = Load::new();
    let callers = load.storm(&channels, CALLERS, RESENT, setting("DINHDANH_TEST_SEED", 7));
    site.until_answered(&load, 1_000).await;

    site.says("keys", &["new-seal"]);
    let [old, new] = <[String; 2]>::try_from(listed(&site.says("keys", &["show"]), "seal ")).unwrap();
    for server in &site.servers {
        took_in(server, &new).await;
    }
    // Two at once: whoever comes second does no harm, and says that another was at it if it notices.
    let ended = std::thread::scope(|scope| {
        let run = || site.run("rekey", &[]);
        [scope.spawn(run), scope.spawn(run)].map(|run| run.join().unwrap())
    });
    let done = format!("everything is sealed with {new}");
    assert!(
        ended.iter().any(|(well, said)| *well && said.contains(&done)),
        "{ended:?}"
    );
    for (well, said) in &ended {
        let expected = match well {
            true => ["everything is sealed with", "there is nothing to change"].as_slice(),
            false => &["changed by somebody else meanwhile"],
        };
        assert!(expected.iter().any(|words| said.contains(words)), "{said}");
    }
    assert!(site.says("rekey", &[]).contains("there is nothing to change"));
    each_decides(&site).await;

    // The callers of the third server have gone to the others since. It tells them so.
    load.is_of_another_book(&nth(NOBODY_ELSES).request_id);
    until("the server without the new key refuses", async || {
        let outcome = Office::new(channels[2].clone(), OFFICE).issue(nth(NOBODY_ELSES)).await;
        let refusal = told(&outcome.expect_err("it must not write with a key that is no longer in use"));
        (refusal.what() == (Code::Unavailable, "STORE_UNAVAILABLE")).then_some(())
    })
    .await;
    is(&channels[2], ServingStatus::NotServing).await;
    std::fs::copy(site.keys(), &copy).unwrap();
    third.signal("HUP");
    took_in(&third, &new).await;
    is(&channels[2], ServingStatus::Serving).await;
    until("it has the key and goes on", async || {
        Load::new().send(&channels[2], NOBODY_ELSES).await.then_some(())
    })
    .await;

    // Nobody needs the former key any more, neither the servers that run nor the checker.
    site.says("keys", &["drop-seals"]);
    assert_eq!(
        listed(&site.says("keys", &["show"]), "seal "),
        std::slice::from_ref(&new)
    );
    each_decides(&site).await;
    load.stop();
    callers.join_all().await;
    drop(channels);
    third.stop().await;
    let entries = site.settle(&load).await;
    let changes = entries.iter().filter(|entry| entry.kind == EntryKind::SealKeyChanged);
    assert_eq!(changes.count(), 1, "the change is one entry, whoever made it");
    let keys: BTreeSet<_> = entries.iter().map(|entry| entry.sealed.key.to_string()).collect();
    assert_eq!(keys, BTreeSet::from([new]), "{old} is needed no more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_index_key_under_births_to_several_servers_loses_nothing() {
    let site = Plan::of(2).await.start().await;
    let load = Load::new();
    // Few callers: what they add is to be gone through as well.
    let callers = load.storm(&site.channels(), 2, RESENT, setting("DINHDANH_TEST_SEED", 8));
    site.until_answered(&load, 500).await;
    site.says("keys", &["new-index"]);
    let [old, new] = <[String; 2]>::try_from(listed(&site.says("keys", &["show"]), "index ")).unwrap();
    for server in &site.servers {
        took_in(server, &new).await;
    }
    // Two at once: each goes on from what the other has done.
    let ended = std::thread::scope(|scope| {
        let run = || site.run("rekey", &[]);
        [scope.spawn(run), scope.spawn(run)].map(|run| run.join().unwrap())
    });
    assert!(ended.iter().all(|(well, _)| *well), "{ended:?}");
    let done = format!("rows are found by the index key {new}");
    assert!(ended.iter().all(|(_, said)| said.contains(&done)), "{ended:?}");
    each_decides(&site).await;

    site.says("keys", &["drop-indexes"]);
    assert_eq!(listed(&site.says("keys", &["show"]), "index "), [new], "{old} is gone");
    each_decides(&site).await;
    load.stop();
    callers.join_all().await;
    let entries = site.settle(&load).await;
    let changes = entries.iter().filter(|entry| entry.kind == EntryKind::IndexKeyChanged);
    assert_eq!(changes.count(), 1, "the change is one entry, whoever made it");
}

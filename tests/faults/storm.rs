//! The same storm with the lease and without.

use std::collections::BTreeMap;

use super::CALLERS;
use crate::support::load::Load;
use crate::support::setting;
use crate::support::site::{Plan, Site};

/// The same storm gives the same outcomes whether there is a lease or not: it saves work and decides nothing. With it,
/// servers take far fewer commands to the store.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_comes_to_the_same_with_the_lease_and_without() {
    let requests = setting("DINHDANH_TEST_STORM", 2_000);
    let with = weather(Plan::of(3).await.start().await, requests).await;
    let without = weather(Plan::of(3).await.without_lease().start().await, requests).await;
    assert_eq!(with, without);
}

/// How each request of a storm ended, in which each is sent by several callers to several servers at a time.
async fn weather(site: Site, requests: u64) -> BTreeMap<u64, &'static str> {
    let load = Load::new();
    let channels = site.channels();
    load.all_at_once(&channels, CALLERS, 1..=requests, 4).await;
    let outcomes = load.outcomes();
    assert_eq!(outcomes.len() as u64, requests);
    site.settle(&load).await;
    outcomes
}

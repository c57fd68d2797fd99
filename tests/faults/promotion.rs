//! A synchronous standby takes over when the primary dies, and nothing that was answered is lost; while it is away
//! nothing is answered.

use std::time::Duration;

use dinhdanh::proto::v1::issuance_service_client::IssuanceServiceClient;
use tonic_types::StatusExt;

use super::Trial;
use super::database::store_is;
use crate::support::load::{OFFICE, nth};
use crate::support::office::Office;
use crate::support::proxy::Proxy;
use crate::support::site::Plan;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_standby_takes_over() {
    let plan = Plan::of(2).await;
    // As a balancer of connections would: one address, behind which the primary changes.
    let wire = Proxy::to(plan.postgres().port()).await;
    let standby = plan.postgres().standby().await;
    let plan = plan
        .postgres_at(wire.port())
        .with("DINHDANH_STORE_STANDBY_REQUIRED", "true");
    let mut trial = Trial::of(plan.start().await).await;

    trial.site.postgres.kill().await;
    standby.promote().await;
    let after = standby.standby().await;
    wire.lead_to(standby.port());
    trial.goes_on().await;

    // The old primary never comes back; what stands is what the standby has.
    trial.site.postgres = standby;
    trial.end().await;
    drop(after);
}

/// A commit that the standby does not have is not answered: callers are told by their deadline that the store is away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_standby_is_away_callers_are_told_so_and_nothing_is_answered() {
    let plan = Plan::of(2).await;
    let standby = plan.postgres().standby().await;
    let trial = Trial::of(plan.with("DINHDANH_STORE_STANDBY_REQUIRED", "true").start().await).await;
    standby.signal("STOP");
    store_is(&trial, false).await;
    let before = trial.load.answered().len();
    let channel = trial.site.channels().remove(0);
    let mut call = Office::new(channel.clone(), OFFICE).sends(nth(1_000_003));
    call.set_timeout(Duration::from_secs(2));
    let refused = IssuanceServiceClient::new(channel)
        .issue_number(call)
        .await
        .unwrap_err();
    let reason = refused.get_error_details().error_info().map(|info| info.reason.clone());
    assert_eq!(reason.as_deref(), Some("STORE_UNAVAILABLE"), "{refused:?}");
    assert_eq!(trial.load.answered().len(), before);
    standby.signal("CONT");
    store_is(&trial, true).await;
    trial.goes_on().await;
    trial.load.send(&trial.site.channels()[1], 1_000_003).await;
    trial.end().await;
}

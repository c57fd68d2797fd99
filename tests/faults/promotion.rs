//! The primary dies, and its synchronous standby takes over: nothing that was answered is lost.

use super::Trial;
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

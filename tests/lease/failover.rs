//! A real failover by sentinels.

use dinhdanh::lease::{Claimed, Lease, Servers};

use super::{Bench, claim, end, hint, one, turned};
use crate::support::redis::Sentinels;
use crate::support::until;

#[tokio::test]
async fn after_a_failover_the_new_master_is_asked() {
    let mut all = Sentinels::start().await;
    let (sentinels, master) = (all.urls(), all.name());
    let bench = Bench::on(Servers::Sentinel { sentinels, master });
    let (ours, theirs) = (bench.server().await, bench.server().await);
    let first = claim();
    assert_eq!(one(&ours, &first).await, Claimed::Granted);
    assert_eq!(one(&theirs, &first).await, Claimed::Elsewhere);

    all.master.kill();
    turned(&theirs, false).await;
    assert_eq!(one(&theirs, &first).await, Claimed::Granted);

    until("the replica is the master", async || {
        all.replica.cli(&["ROLE"]).starts_with("master").then_some(())
    })
    .await;
    turned(&ours, true).await;
    turned(&theirs, true).await;
    let (next, told) = (claim(), hint());
    assert_eq!(one(&ours, &next).await, Claimed::Granted);
    assert_eq!(one(&theirs, &next).await, Claimed::Elsewhere);
    end(&ours, &next, Some(told)).await;
    assert_eq!(one(&theirs, &next).await, Claimed::Answered(told));
    let held = all.replica.cli(&["DBSIZE"]);
    assert_ne!(held.trim(), "0", "the keys are in the new master");

    // The old master comes back, and becomes a replica: nobody is led astray.
    all.master.restart();
    until("the old master follows the new one", async || {
        all.master.cli(&["ROLE"]).starts_with("slave").then_some(())
    })
    .await;
    until("both ask the one master", async || {
        let next = claim();
        let claimed = (one(&ours, &next).await, one(&theirs, &next).await);
        (claimed == (Claimed::Granted, Claimed::Elsewhere)).then_some(())
    })
    .await;
    assert!(*ours.up().borrow() && *theirs.up().borrow());
}

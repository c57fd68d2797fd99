//! What the health service tells, by the gRPC health protocol.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::proto::v1::audit_service_server::SERVICE_NAME as AUDIT;
use crate::proto::v1::block_service_server::SERVICE_NAME as BLOCKS;
use crate::proto::v1::civil_status_service_server::SERVICE_NAME as CIVIL_STATUS;
use crate::proto::v1::coordination_service_server::SERVICE_NAME as COORDINATION;
use crate::proto::v1::feed_service_server::SERVICE_NAME as FEED;
use crate::proto::v1::import_service_server::SERVICE_NAME as IMPORTS;
use crate::proto::v1::issuance_service_server::SERVICE_NAME as ISSUANCE;
use crate::proto::v1::number_service_server::SERVICE_NAME as NUMBERS;
use crate::proto::v1::place_service_server::SERVICE_NAME as PLACES;
use crate::proto::v1::reconciliation_service_server::SERVICE_NAME as RECONCILIATION;

/// The name under which the store's own health is told.
pub const STORE: &str = "dinhdanh.store";
/// The name under which the lease's own health is told.
pub const LEASE: &str = "dinhdanh.lease";
/// What serves while the store takes turns: the server as a whole, and each service.
const SERVICES: [&str; 11] = [
    "",
    ISSUANCE,
    NUMBERS,
    COORDINATION,
    CIVIL_STATUS,
    BLOCKS,
    IMPORTS,
    FEED,
    AUDIT,
    PLACES,
    RECONCILIATION,
];

/// What health depends on, and where it is told.
///
/// The services serve while the store takes turns, so that a balancer sends calls to another server meanwhile. A lease
/// that is away is told apart and stops nothing: issuing goes on without it.
pub(super) struct Health {
    reporter: HealthReporter,
    store: watch::Receiver<bool>,
    lease: watch::Receiver<bool>,
}

impl Health {
    pub fn new(reporter: HealthReporter, store: watch::Receiver<bool>, lease: watch::Receiver<bool>) -> Self {
        Self { reporter, store, lease }
    }

    /// Tells how things are, before anybody can ask.
    pub async fn tell_now(mut self) -> Self {
        self.tell(true).await;
        self
    }

    /// Tells every change until the server drains; then nothing serves any more.
    pub async fn tell_on(mut self, draining: CancellationToken) {
        while !draining.is_cancelled() {
            // A sender that is gone tells no more changes: then only draining is left to wait for.
            tokio::select! {
                () = draining.cancelled() => {}
                () = changed(&mut self.store) => {}
                () = changed(&mut self.lease) => {}
            }
            self.tell(!draining.is_cancelled()).await;
        }
    }

    async fn tell(&mut self, taking_work: bool) {
        let (store, lease) = (*self.store.borrow_and_update(), *self.lease.borrow_and_update());
        for service in SERVICES {
            self.reporter
                .set_service_status(service, status(store && taking_work))
                .await;
        }
        self.reporter.set_service_status(STORE, status(store)).await;
        self.reporter.set_service_status(LEASE, status(lease)).await;
    }
}

async fn changed(up: &mut watch::Receiver<bool>) {
    if up.changed().await.is_err() {
        std::future::pending().await
    }
}

fn status(up: bool) -> ServingStatus {
    match up {
        true => ServingStatus::Serving,
        false => ServingStatus::NotServing,
    }
}

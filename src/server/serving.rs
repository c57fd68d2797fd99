//! A server over one kind of store, from its port to its end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::service::Routes;
use tonic_health::server::HealthReporter;
use tower::ServiceBuilder;

use super::ServeError;
use super::callers::Callers;
use super::health::Health;
use super::reload::{follow, follow_keys};
use crate::api::{
    Audit, Blocks, CivilStatus, Coordination, Feed, Identity, Imports, Issuance, Ledger, MAX_MESSAGE_BYTES,
    MeteredLayer, Numbers, Places, ReadableLayer, Reconciliations,
};
use crate::engine::{Doorkeeper, Engine};
use crate::gate::{Acceptor, ConnectionLimits, Gate, GateLayer};
use crate::lease::Lease;
use crate::proto;
use crate::proto::v1::audit_service_server::AuditServiceServer;
use crate::proto::v1::block_service_server::BlockServiceServer;
use crate::proto::v1::civil_status_service_server::CivilStatusServiceServer;
use crate::proto::v1::coordination_service_server::CoordinationServiceServer;
use crate::proto::v1::feed_service_server::FeedServiceServer;
use crate::proto::v1::import_service_server::ImportServiceServer;
use crate::proto::v1::issuance_service_server::IssuanceServiceServer;
use crate::proto::v1::ledger_service_server::LedgerServiceServer;
use crate::proto::v1::number_service_server::NumberServiceServer;
use crate::proto::v1::place_service_server::PlaceServiceServer;
use crate::proto::v1::reconciliation_service_server::ReconciliationServiceServer;
use crate::shell::{Clock, KeySource};
use crate::store::Store;

/// How long open connections may go on after the last answer was given.
const FAREWELL: Duration = Duration::from_secs(5);

/// An engine and the port it is to be reached at.
pub(super) struct Serving<S> {
    pub engine: Arc<Engine<S>>,
    pub lease: Arc<dyn Lease>,
    pub listener: TcpListener,
    pub address: SocketAddr,
    pub connections: ConnectionLimits,
    pub callers: Arc<Callers>,
    pub keys: KeySource,
    pub clock: Arc<dyn Clock>,
}

impl<S: Store> Serving<S> {
    /// Serves until `shutdown`; then refuses new work, finishes what was queued, answers it, and returns.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let draining = CancellationToken::new();
        let closed = CancellationToken::new();
        let identity = self.callers.identity(Arc::clone(&self.clock));
        let (health, routes) = self.routes(&identity, &draining)?;
        let health = Health::new(health, self.engine.store_up(), self.lease.up());
        let telling = health.tell_now().await.tell_on(draining.clone());
        let _telling = AbortOnDropHandle::new(tokio::spawn(telling));
        let following = follow(Arc::clone(&self.callers));
        let _following = AbortOnDropHandle::new(tokio::spawn(following));
        let learning = follow_keys(self.keys, Arc::clone(&self.engine));
        let learning = AbortOnDropHandle::new(tokio::spawn(learning));
        let doorkeeper = Arc::clone(&self.engine) as Arc<dyn Doorkeeper>;
        let gate = Gate::new(self.connections, doorkeeper, identity);
        let service = ServiceBuilder::new()
            .layer(MeteredLayer::new(Arc::clone(&self.clock)))
            .layer(GateLayer::new(Arc::clone(&gate)))
            .layer(ReadableLayer)
            .service(routes);
        let served = Acceptor::new(self.listener, self.callers.tls.clone(), gate).run(service, closed.clone());
        let fatal = self.engine.fatal();
        let engine = Arc::clone(&self.engine);
        let ending = async move {
            shutdown.await;
            tracing::info!("stopping: new work is refused, queued work is finished");
            draining.cancel();
            engine.drain().await;
            closed.cancel();
            tokio::time::sleep(FAREWELL).await;
        };
        let known = tokio::select! {
            () = served => true,
            () = ending => true,
            () = fatal.cancelled() => false,
        };
        // A program that prints keys ends with the server, and so before the process does.
        learning.abort();
        let _ = learning.await;
        if !known {
            return Err(ServeError::OutcomeUnknown);
        }
        self.engine.close().await;
        Ok(())
    }

    fn routes(
        &self,
        identity: &Arc<dyn Identity>,
        draining: &CancellationToken,
    ) -> Result<(HealthReporter, Routes), ServeError> {
        let issuance = Issuance::new(Arc::clone(&self.engine), Arc::clone(identity), draining.clone());
        let numbers = Numbers::new(Arc::clone(&self.engine), Arc::clone(identity));
        let coordination = Coordination::new(Arc::clone(&self.engine), Arc::clone(identity));
        let civil_status = CivilStatus::new(Arc::clone(&self.engine), Arc::clone(identity), draining.clone());
        let blocks = Blocks::new(Arc::clone(&self.engine), Arc::clone(identity), draining.clone());
        let imports = Imports::new(Arc::clone(&self.engine), Arc::clone(identity), draining.clone());
        let feed = Feed::new(Arc::clone(&self.engine), Arc::clone(identity), draining.clone());
        let audit = Audit::new(Arc::clone(&self.engine), Arc::clone(identity));
        let ledger = Ledger::new(Arc::clone(&self.engine), Arc::clone(identity));
        let places = Places::new(Arc::clone(&self.engine), Arc::clone(identity));
        let reconciliations = Reconciliations::new(Arc::clone(&self.engine), Arc::clone(identity), draining.clone());
        let (health, health_service) = tonic_health::server::health_reporter();
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let failed = |error: tonic_reflection::server::Error| ServeError::Reflection(error.to_string());
        let routes = Routes::new(IssuanceServiceServer::new(issuance).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(NumberServiceServer::new(numbers).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(CoordinationServiceServer::new(coordination).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(CivilStatusServiceServer::new(civil_status).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(BlockServiceServer::new(blocks).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(ImportServiceServer::new(imports).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(FeedServiceServer::new(feed).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(AuditServiceServer::new(audit).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(LedgerServiceServer::new(ledger).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(PlaceServiceServer::new(places).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(ReconciliationServiceServer::new(reconciliations).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(health_service)
            .add_service(reflection().build_v1().map_err(failed)?)
            .add_service(reflection().build_v1alpha().map_err(failed)?)
            .prepare();
        Ok((health, routes))
    }
}

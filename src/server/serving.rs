//! A server over one kind of store, from its port to its end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::transport::server::Router;
use tonic_health::server::HealthReporter;
use tower::layer::util::Stack;

use super::ServeError;
use super::health::Health;
use crate::api::{DevIdentity, Identity, Issuance, MAX_MESSAGE_BYTES, MeteredLayer, Numbers, ReadableLayer};
use crate::engine::Engine;
use crate::lease::Lease;
use crate::proto;
use crate::proto::v1::issuance_service_server::IssuanceServiceServer;
use crate::proto::v1::number_service_server::NumberServiceServer;
use crate::shell::Clock;
use crate::store::Store;

/// Calls one connection may have under way.
const STREAMS_PER_CONNECTION: u32 = 1024;
/// An idle connection is asked for a sign of life this often, and closed if it gives none.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Bytes of request headers a caller may send.
const MAX_HEADER_BYTES: u32 = 16 * 1024;
/// How long open connections may go on after the last answer was given.
const FAREWELL: Duration = Duration::from_secs(5);

/// What every call passes through before its service.
type Layers = Stack<ReadableLayer, Stack<MeteredLayer, tower::layer::util::Identity>>;

/// An engine and the port it is to be reached at.
pub(super) struct Serving<S> {
    pub engine: Arc<Engine<S>>,
    pub lease: Arc<dyn Lease>,
    pub listener: TcpListener,
    pub address: SocketAddr,
    pub clock: Arc<dyn Clock>,
}

impl<S: Store> Serving<S> {
    /// Serves until `shutdown`; then refuses new work, finishes what was queued, answers it, and returns.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let draining = CancellationToken::new();
        let closed = CancellationToken::new();
        let (health, router) = self.router(&draining)?;
        let health = Health::new(health, self.engine.store_up(), self.lease.up());
        let telling = health.tell_now().await.tell_on(draining.clone());
        let _telling = AbortOnDropHandle::new(tokio::spawn(telling));
        let incoming = TcpListenerStream::new(self.listener);
        let served = router.serve_with_incoming_shutdown(incoming, closed.clone().cancelled_owned());
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
        tokio::select! {
            served = served => Ok(served?),
            () = ending => Ok(()),
            () = fatal.cancelled() => Err(ServeError::OutcomeUnknown),
        }
    }

    fn router(&self, draining: &CancellationToken) -> Result<(HealthReporter, Router<Layers>), ServeError> {
        let identity: Arc<dyn Identity> = Arc::new(DevIdentity);
        let issuance = Issuance::new(Arc::clone(&self.engine), Arc::clone(&identity), draining.clone());
        let numbers = Numbers::new(Arc::clone(&self.engine), identity);
        let (health, health_service) = tonic_health::server::health_reporter();
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let failed = |error: tonic_reflection::server::Error| ServeError::Reflection(error.to_string());
        let router = tonic::transport::Server::builder()
            .max_concurrent_streams(STREAMS_PER_CONNECTION)
            // Callers whose time is up reset their streams. After a stall all of them may have, at once and rightly.
            .http2_max_pending_accept_reset_streams(Some(STREAMS_PER_CONNECTION as usize))
            .http2_keepalive_interval(Some(KEEPALIVE))
            .http2_max_header_list_size(MAX_HEADER_BYTES)
            .tcp_nodelay(true)
            .layer(MeteredLayer::new(Arc::clone(&self.clock)))
            .layer(ReadableLayer)
            .add_service(IssuanceServiceServer::new(issuance).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(NumberServiceServer::new(numbers).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(health_service)
            .add_service(reflection().build_v1().map_err(failed)?)
            .add_service(reflection().build_v1alpha().map_err(failed)?);
        Ok((health, router))
    }
}

//! Taking in connections, no more and no faster than can be served.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tonic::body::Body;
use tower::Service;

use super::{Gate, connection};
use crate::tls::{Presented, Tls};

/// How long to wait after a connection could not be taken in, for want of descriptors for example.
const AFTER_FAILURE: Duration = Duration::from_millis(50);

/// Takes in the connections of a port.
pub struct Acceptor {
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    gate: Arc<Gate>,
}

impl Acceptor {
    /// For this port, by this gate; with TLS, or in the clear.
    pub fn new(listener: TcpListener, tls: Option<Arc<Tls>>, gate: Arc<Gate>) -> Self {
        Self { listener, tls, gate }
    }

    /// Serves calls on all connections until `closed`; then takes no more in, asks those that are open to leave, and
    /// returns when they have.
    pub async fn run<S>(self, service: S, closed: CancellationToken)
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let Self { listener, tls, gate } = self;
        let valve = Arc::clone(&gate.valve);
        let _ticking = AbortOnDropHandle::new(tokio::spawn(async move { valve.run().await }));
        let room = Arc::new(Semaphore::new(gate.limits.connections));
        let connections = TaskTracker::new();
        while let Some(accepted) = closed.run_until_cancelled(accept(&listener, &gate, &room)).await {
            let (stream, permit) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken in");
                    tokio::time::sleep(AFTER_FAILURE).await;
                    continue;
                }
            };
            let (tls, gate) = (tls.clone(), Arc::clone(&gate));
            let (service, leave) = (service.clone(), closed.child_token());
            connections.spawn(async move {
                match &tls {
                    None => connection::serve(stream, None, &gate, service, leave).await,
                    Some(tls) => {
                        let hands = leave
                            .run_until_cancelled(shake_hands(tls, stream, gate.limits.opening))
                            .await;
                        if let Some((stream, presented)) = hands.flatten() {
                            connection::serve(stream, Some(presented), &gate, service, leave).await;
                        }
                    }
                }
                drop(permit);
            });
        }
        drop(listener);
        connections.close();
        connections.wait().await;
    }
}

/// Shakes hands on a connection, if that is done in time. How it fails is its client's affair.
async fn shake_hands(
    tls: &Tls,
    stream: TcpStream,
    opening: Duration,
) -> Option<(TlsStream<TcpStream>, Arc<Presented>)> {
    match tokio::time::timeout(opening, tls.accept(stream)).await {
        Ok(Ok((stream, presented))) => Some((stream, Arc::new(presented))),
        Ok(Err(error)) => {
            tracing::debug!(%error, "no TLS handshake");
            None
        }
        Err(_) => None,
    }
}

/// Waits until there is room for a connection and one may be taken in, and takes it in.
async fn accept(
    listener: &TcpListener,
    gate: &Gate,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(io::Error::other)?;
    gate.valve.accept().await;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

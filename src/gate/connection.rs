//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::{Service, ServiceExt};

use super::Gate;
use super::limits::{CONNECTION_WINDOW, SEND_BUFFER, STREAM_WINDOW};
use super::peer::Peer;
use super::socket::Socket;
use crate::tls::Presented;

/// What every connection begins with (RFC 9113, section 3.4).
const PREFACE_BYTES: usize = 24;
/// How long a connection that was asked to leave may go on with the calls it has under way.
const FAREWELL: Duration = Duration::from_secs(30);
/// How long one that has none may take to leave.
const IDLE_FAREWELL: Duration = Duration::from_secs(5);
/// Streams that the other end may have reset before they are looked at, until the connection is taken for an attack: after
/// a stall all that a caller has open may be, at once and rightly, since its time was up. Each is held with its headers
/// meanwhile, some 7 KiB.
const RESETS: usize = 512;
/// Streams that this end may have reset, over the life of a connection.
const OWN_RESETS: usize = 2048;

/// Serves calls on a connection until it ends, or until it was asked to and its calls are answered. Each call is told what
/// the other end presented, if it was asked to.
pub(super) async fn serve<T, S>(
    io: T,
    presented: Option<Arc<Presented>>,
    gate: &Gate,
    service: S,
    leave: CancellationToken,
) where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let limits = &gate.limits;
    let peer = Arc::new(Peer::new(leave));
    let socket = Socket::new(io, Arc::clone(&peer), Arc::clone(&gate.valve), limits.slow_reader);
    let known = Arc::clone(&peer);
    let service = service.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&known));
        if let Some(presented) = &presented {
            request.extensions_mut().insert(Arc::clone(presented));
        }
        request.map(Body::new)
    });
    let serving = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(OWN_RESETS)
        .max_header_list_size(limits.header_bytes)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(limits.keepalive)
        .keep_alive_timeout(limits.keepalive)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(service));
    let mut serving = std::pin::pin!(serving);
    let farewell = tokio::select! {
        // How a connection ends is its client's affair.
        _ = serving.as_mut() => return,
        // Who has not even said hello has nothing to finish.
        () = silent(&peer, limits.opening) => return,
        () = unused(&peer, limits.idle) => IDLE_FAREWELL,
        () = peer.leave.cancelled() => FAREWELL,
    };
    serving.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(farewell, serving).await;
}

/// Ends when a connection has not said how it begins in the time it had.
async fn silent(peer: &Peer, opening: Duration) {
    tokio::time::sleep(opening).await;
    if peer.heard.load(Ordering::Relaxed) >= PREFACE_BYTES {
        std::future::pending().await
    }
}

/// Ends when a connection has made no call for so long.
async fn unused(peer: &Peer, idle: Duration) {
    let mut before = 0;
    loop {
        tokio::time::sleep(idle).await;
        let begun = peer.begun.load(Ordering::Relaxed);
        if begun == before && peer.calls.load(Ordering::Relaxed) == 0 {
            return;
        }
        before = begun;
    }
}

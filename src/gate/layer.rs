//! What every call passes through before its message is decoded.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use tonic::Code;
use tonic::body::Body;
use tower::{Layer, Service};

use super::Gate;
use super::calls::{InHand, Open};
use super::message::{self, Unread};
use super::peer::Peer;
use crate::api::MAX_MESSAGE_BYTES;
use crate::engine::Lane;
use crate::refusal::Refusal;
use crate::shell::random;

/// How a call is let in, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One message, of this lane.
    Unary(Lane),
    /// A stream of items.
    Items,
    /// Health and reflection: small, and not of the service proper.
    Other,
}

impl Kind {
    fn of(path: &str) -> Self {
        match path {
            "/dinhdanh.v1.IssuanceService/IssueNumber" => Self::Unary(Lane::Births),
            "/dinhdanh.v1.IssuanceService/IssueNumbers" => Self::Items,
            "/dinhdanh.v1.IssuanceService/GetIssuance"
            | "/dinhdanh.v1.NumberService/GetNumber"
            | "/dinhdanh.v1.NumberService/VerifyNumber"
            | "/dinhdanh.v1.NumberService/BatchVerifyNumbers"
            | "/dinhdanh.v1.NumberService/ResolveIdentifier"
            | "/dinhdanh.v1.CoordinationService/GetCase"
            | "/dinhdanh.v1.CoordinationService/ListCases"
            | "/dinhdanh.v1.AuditService/ListAccesses"
            | "/dinhdanh.v1.LedgerService/GetCheckpoint"
            | "/dinhdanh.v1.LedgerService/GetEntry"
            | "/dinhdanh.v1.LedgerService/GetInclusionProof"
            | "/dinhdanh.v1.LedgerService/GetConsistencyProof"
            | "/dinhdanh.v1.BlockService/GetBlock"
            | "/dinhdanh.v1.PlaceService/ResolvePlace"
            | "/dinhdanh.v1.PlaceService/ListPlaces" => Self::Unary(Lane::LookUps),
            "/dinhdanh.v1.CivilStatusService/RecordChanges"
            | "/dinhdanh.v1.BlockService/SettleBlock"
            | "/dinhdanh.v1.ImportService/ImportRecords"
            | "/dinhdanh.v1.ReconciliationService/Reconcile"
            | "/dinhdanh.v1.FeedService/ReadEvents" => Self::Items,
            "/dinhdanh.v1.ImportService/ImportBatch" => Self::Unary(Lane::Bulk),
            _ if path.starts_with("/dinhdanh.v1.CoordinationService/")
                || path.starts_with("/dinhdanh.v1.CivilStatusService/")
                || path.starts_with("/dinhdanh.v1.BlockService/") =>
            {
                Self::Unary(Lane::Cases)
            }
            _ => Self::Other,
        }
    }
}

/// Puts a gate before the services.
#[derive(Clone)]
pub struct GateLayer(Arc<Gate>);

impl GateLayer {
    /// This gate.
    pub fn new(gate: Arc<Gate>) -> Self {
        Self(gate)
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated {
            inner,
            gate: Arc::clone(&self.0),
        }
    }
}

/// See [`GateLayer`].
#[derive(Clone)]
pub struct Gated<S> {
    inner: S,
    gate: Arc<Gate>,
}

type Answering<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S> Service<Request<Body>> for Gated<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answering<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let gate = Arc::clone(&self.gate);
        // The clone that is ready is the one to call.
        let clone = self.inner.clone();
        let service = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let peer = request.extensions().get::<Arc<Peer>>().cloned();
            let begun = peer.as_deref().map(Begun::new);
            let under_way = peer.as_deref().map_or(1, |peer| peer.calls.load(Ordering::Relaxed));
            let response = pass(&gate, under_way, request, service).await;
            drop(begun);
            if let (Ok(response), Some(peer)) = (&response, peer)
                && is_noise(response.headers())
            {
                gate.valve.refused(&peer);
            }
            response
        })
    }
}

/// A call under way on a connection.
struct Begun<'a>(&'a Peer);

impl<'a> Begun<'a> {
    fn new(peer: &'a Peer) -> Self {
        peer.calls.fetch_add(1, Ordering::Relaxed);
        peer.begun.fetch_add(1, Ordering::Relaxed);
        Self(peer)
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets a call in, or refuses it.
async fn pass<S>(
    gate: &Gate,
    under_way: u32,
    request: Request<Body>,
    mut service: S,
) -> Result<Response<Body>, S::Error>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    let Some(open) = gate.calls.open(under_way) else {
        return Ok(gate.refused.overloaded(request.headers(), soon()));
    };
    match Kind::of(request.uri().path()) {
        Kind::Other => service.call(request).await,
        Kind::Items => {
            let office = gate.identity.office(request.headers(), request.extensions());
            let Some(in_hand) = gate.calls.take_in_hand(Lane::Bulk, &office) else {
                return Ok(gate.refused.overloaded(request.headers(), soon()));
            };
            let response = service.call(request).await?;
            // A stream is in hand until its last answer has left.
            Ok(response.map(|body| {
                Body::new(Held {
                    body,
                    _held: (open, in_hand),
                })
            }))
        }
        Kind::Unary(lane) => {
            let (head, mut body) = request.into_parts();
            let reading = tokio::time::timeout(gate.limits.message_within, message::read(&mut body, &gate.calls));
            let message = match reading.await {
                Ok(Ok(message)) => message,
                Ok(Err(Unread::NoRoom)) => return Ok(gate.refused.overloaded(&head.headers, soon())),
                Ok(Err(Unread::TooLarge)) => {
                    let limit = MAX_MESSAGE_BYTES;
                    return Ok(gate.refused.other(&head.headers, &Refusal::TooLarge { limit }));
                }
                Ok(Err(Unread::Broken(status))) => return Ok(status.into_http()),
                Err(_) => return Ok(gate.refused.other(&head.headers, &Refusal::NoTimeLeft)),
            };
            let office = gate.identity.office(&head.headers, &head.extensions);
            if lane == Lane::Births
                && let Some(request) = message::request_id(&message.bytes)
                && let Some(pause) = gate.doorkeeper.turns_away(&office, request)
            {
                return Ok(gate.refused.overloaded(&head.headers, pause));
            }
            let Some(_in_hand) = gate.calls.take_in_hand(lane, &office) else {
                return Ok(gate.refused.overloaded(&head.headers, soon()));
            };
            let _room = message.room;
            service
                .call(Request::from_parts(head, Body::new(Full::new(message.bytes))))
                .await
        }
    }
}

/// When to come back after there was no room for a call: room comes back within a turn or two.
fn soon() -> Duration {
    random::jitter(Duration::from_secs(1))
}

/// Whether an answer says that the call was for nothing: refused, or not to be read.
fn is_noise(headers: &HeaderMap) -> bool {
    let Some(code) = headers.get("grpc-status") else {
        return false;
    };
    !matches!(
        Code::from_bytes(code.as_bytes()),
        Code::Ok | Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted
    )
}

/// The body of an answer, with what is held until it ends.
struct Held {
    body: Body,
    _held: (Open, InHand),
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

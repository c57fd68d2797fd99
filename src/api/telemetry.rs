//! Counting calls: by name, code and time. No label ever holds anything a caller sent but the name of a known call.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use tonic::Code;
use tonic::body::Body;
use tower::{Layer, Service};

use super::roles::Call;
use crate::shell::Clock;

/// Counts calls and measures them up to the head of their answer.
#[derive(Clone)]
pub struct MeteredLayer {
    clock: Arc<dyn Clock>,
    meters: Arc<Meters>,
}

/// What is counted for every call that goes well, or is shed, looked up once. One for each known call, and one for all others.
struct Meters([Meter; Call::ALL.len() + 1]);

struct Meter {
    call: &'static str,
    well: metrics::Counter,
    unavailable: metrics::Counter,
    seconds: metrics::Histogram,
}

impl Meters {
    fn new() -> Self {
        Self(std::array::from_fn(|index| {
            // A path is the caller's choice, so whatever else is called counts as one.
            let call = Call::ALL.get(index).map_or("other", |call| call.name());
            Meter {
                call,
                well: metrics::counter!("dinhdanh_calls_total", "call" => call, "code" => "Ok"),
                unavailable: metrics::counter!("dinhdanh_calls_total", "call" => call, "code" => "Unavailable"),
                seconds: metrics::histogram!("dinhdanh_call_seconds", "call" => call),
            }
        }))
    }
}

impl MeteredLayer {
    /// Measures by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            meters: Arc::new(Meters::new()),
        }
    }
}

impl<S> Layer<S> for MeteredLayer {
    type Service = Metered<S>;

    fn layer(&self, inner: S) -> Metered<S> {
        Metered {
            inner,
            clock: Arc::clone(&self.clock),
            meters: Arc::clone(&self.meters),
        }
    }
}

/// See [`MeteredLayer`].
#[derive(Clone)]
pub struct Metered<S> {
    inner: S,
    clock: Arc<dyn Clock>,
    meters: Arc<Meters>,
}

impl<S> Service<Request<Body>> for Metered<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let meter = index_of(request.uri().path());
        let (clock, started) = (Arc::clone(&self.clock), self.clock.monotonic());
        let meters = Arc::clone(&self.meters);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            let meter = &meters.0[meter];
            match code_of(response.headers()) {
                None => meter.well.increment(1),
                Some(Code::Unavailable) => meter.unavailable.increment(1),
                Some(code) => {
                    let code = code_name(code);
                    metrics::counter!("dinhdanh_calls_total", "call" => meter.call, "code" => code).increment(1);
                }
            }
            meter.seconds.record((clock.monotonic() - started).as_secs_f64());
            Ok(response)
        })
    }
}

/// The place of the meter of a path.
fn index_of(path: &str) -> usize {
    let called = path.rsplit('/').next().unwrap_or_default();
    let known = Call::ALL.iter().position(|known| known.name() == called);
    known.unwrap_or(Call::ALL.len())
}

/// The code in the head of an answer: only a call that failed before its first answer carries it there.
pub(super) fn code_of(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()))
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "Ok",
        Code::Cancelled => "Cancelled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

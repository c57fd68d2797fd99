//! Messages that cannot be read.
//!
//! The transport refuses them before any service sees them, with codes of its own (OUT_OF_RANGE for too long, INTERNAL
//! for not decodable). The contract promises INVALID_ARGUMENT with a reason, so those statuses are rewritten here.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};
use tower::{Layer, Service};

use super::MAX_MESSAGE_BYTES;
use super::status::{Language, status};
use super::telemetry::code_of;
use crate::refusal::Refusal;

/// The refusal behind a transport's status, if it is about an unreadable message.
fn refusal(error: &Status) -> Option<Refusal> {
    let message = error.message();
    match error.code() {
        Code::OutOfRange if message.contains("message length too large") => Some(Refusal::TooLarge {
            limit: MAX_MESSAGE_BYTES,
        }),
        Code::Internal if message.contains("decod") || message.contains("Missing request message") => {
            Some(Refusal::Malformed("it is not a message of this call"))
        }
        Code::Internal if message.contains("compression flag") || message.contains("compressed-flag") => {
            Some(Refusal::Malformed("its frame is broken"))
        }
        Code::Unimplemented if message.contains("compressed") => Some(Refusal::Malformed("compression is not offered")),
        _ => None,
    }
}

/// A status as the contract has it.
pub(super) fn readable(error: Status, language: Language) -> Status {
    match refusal(&error) {
        Some(refusal) => status(&refusal, language),
        None => error,
    }
}

/// Rewrites the statuses of unreadable messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadableLayer;

impl<S> Layer<S> for ReadableLayer {
    type Service = Readable<S>;

    fn layer(&self, inner: S) -> Readable<S> {
        Readable { inner }
    }
}

/// See [`ReadableLayer`].
#[derive(Debug, Clone)]
pub struct Readable<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for Readable<S>
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
        let accepts = request.headers().get("accept-language").cloned();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            // Few statuses need a look at all they say.
            let Some(Code::OutOfRange | Code::Internal | Code::Unimplemented) = code_of(response.headers()) else {
                return Ok(response);
            };
            let Some(error) = Status::from_header_map(response.headers()) else {
                return Ok(response);
            };
            let Some(refusal) = refusal(&error) else {
                return Ok(response);
            };
            let mut asked = http::HeaderMap::new();
            asked.extend(accepts.map(|value| (http::header::ACCEPT_LANGUAGE, value)));
            let language = Language::of(&MetadataMap::from_headers(asked));
            Ok(status(&refusal, language).into_http())
        })
    }
}

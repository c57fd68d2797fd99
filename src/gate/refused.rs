//! Refusals of the gate. Under overload they are what the server does most, so those are made once and given again.

use std::collections::HashMap;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Response};
use parking_lot::Mutex;
use tonic::body::Body;
use tonic::metadata::MetadataMap;

use crate::api::{Language, count, status};
use crate::refusal::Refusal;

/// Pauses are rounded up to so many milliseconds: few enough to keep, and still spread.
const STEP_MS: u128 = 50;
/// Kept refusals; more would only be an attempt to fill memory.
const MOST: usize = 4096;

/// Refusals made before.
#[derive(Default)]
pub(super) struct Refused {
    overloaded: Mutex<HashMap<(bool, u128), HeaderMap>>,
}

impl Refused {
    /// Says that there is no room now, and when to come back.
    pub fn overloaded(&self, headers: &HeaderMap, pause: Duration) -> Response<Body> {
        let language = language(headers);
        let steps = pause.as_millis().div_ceil(STEP_MS);
        let key = (language == Language::English, steps);
        let mut kept = self.overloaded.lock();
        if let Some(head) = kept.get(&key) {
            count("OVERLOADED");
            return answer(head.clone());
        }
        let milliseconds = u64::try_from(steps * STEP_MS).unwrap_or(u64::MAX);
        let refusal = Refusal::Overloaded {
            retry_after: Duration::from_millis(milliseconds),
        };
        let head = status(&refusal, language).into_http::<()>().into_parts().0.headers;
        if kept.len() < MOST {
            kept.insert(key, head.clone());
        }
        answer(head)
    }

    /// Any other refusal.
    pub fn other(&self, headers: &HeaderMap, refusal: &Refusal) -> Response<Body> {
        status(refusal, language(headers)).into_http()
    }
}

fn answer(head: HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = head;
    response
}

fn language(headers: &HeaderMap) -> Language {
    let name: HeaderName = http::header::ACCEPT_LANGUAGE;
    let asked: Option<&HeaderValue> = headers.get(&name);
    let mut only = HeaderMap::new();
    only.extend(asked.map(|value| (name, value.clone())));
    Language::of(&MetadataMap::from_headers(only))
}

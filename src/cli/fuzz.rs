//! What is typed.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::lookup_key::{RefKey, written};
use crate::fuzzing::{Form, Fuzz};

#[test]
fn reference() {
    Fuzz::of(Form::Text)
        .words(["BIRTH", "ABROAD_ENTRY", "/"])
        .seeds(["26734/BIRTH/2026/45", "HN-01/birth/1998/03/12A"])
        .run(|bytes| {
            let read = String::from_utf8_lossy(bytes).parse::<RefKey>();
            if let Ok(key) = &read {
                assert!(written(&key.0).parse::<RefKey>().as_ref() == Ok(key));
            }
            read.map(drop).map_err(|error| error.to_string())
        });
}

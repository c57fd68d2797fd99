//! Cursor files.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::cursor::read;
use crate::fuzzing::{Form, Fuzz};

#[test]
fn cursor() {
    Fuzz::of(Form::Text)
        .seeds(["0\n", "9223372036854775807\n", "12"])
        .run(|bytes| {
            let position = read(bytes);
            if let Some(position) = position {
                assert!(position >= 0);
                assert_eq!(read(format!("{position}\n").as_bytes()), Some(position));
            }
            position.is_some()
        });
}

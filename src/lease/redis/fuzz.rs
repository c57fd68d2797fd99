//! What stands in Redis, where anybody may have written it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::value::{Said, answered, in_hand, read};
use crate::fuzzing::{Form, Fuzz};
use crate::lease::Hint;

#[test]
fn value() {
    let hint = Hint {
        epoch: 1,
        position: 7,
        digest: [9; 16],
    };
    Fuzz::of(Form::Bytes)
        .seed(in_hand([7; 8]))
        .seed(answered(&hint))
        .run(|bytes| match read(bytes) {
            Said::Unreadable => 0,
            Said::InHand(token) => {
                assert_eq!(in_hand(token), bytes);
                1
            }
            Said::Answered(hint) => {
                assert_eq!(answered(&hint), bytes);
                2
            }
        });
}

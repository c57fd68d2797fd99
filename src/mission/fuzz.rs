//! What a mission's journal holds of an answer.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use prost::Message;

use super::Told;
use crate::fuzzing::{Form, Fuzz};

#[test]
fn told() {
    let told = Told {
        number_state: "ISSUED".into(),
        replaced_by: "392326000002".into(),
        case_id: String::new(),
        reason: "WRONG_STATE".into(),
        fields: vec!["number".into()],
    };
    Fuzz::of(Form::Protobuf)
        .words(["REQUEST_ID_REUSED"])
        .seed(told.encode_to_vec())
        .run(|bytes| {
            let told = Told::decode(bytes).ok()?;
            assert_eq!(Told::decode(&*told.encode_to_vec()).as_ref(), Ok(&told));
            Some((told.says_given_twice(), told.says_sent_otherwise()))
        });
}

//! What a server answers, what a person types, and what an earlier run left.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use prost::Message;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::load::Schedule;
use super::{Address, Answer, Trouble};
use crate::fuzzing::{Form, Fuzz};
use crate::proto::v1;

/// The details of a refusal, with everything in them that is read.
fn details() -> Vec<u8> {
    let mut details = ErrorDetails::new();
    details.set_error_info("INVALID_FIELD", "dinhdanh", [("field".to_owned(), "x".to_owned())]);
    details.add_bad_request_violation("registration.place_code", "must be three digits");
    details.add_precondition_failure_violation("STATE", "number", "is not in force");
    details.set_localized_message("vi", "Sửa các mục được nêu rồi gửi lại.");
    details.set_retry_info(Some(Duration::from_millis(1_500)));
    Status::with_error_details(Code::InvalidArgument, "wrong", details)
        .details()
        .to_vec()
}

/// A refusal, by itself and within an answer.
#[test]
fn trouble() {
    let within = tonic_types::pb::Status::decode(&*details()).unwrap().encode_to_vec();
    Fuzz::of(Form::Protobuf)
        .words(["NO_IDENTITY", "dinhdanh"])
        .seeds([details(), within])
        .run(|bytes| {
            let trouble = Trouble::of(&Status::with_details(Code::Unavailable, "x", bytes.to_vec().into()));
            if let Ok(message) = tonic_types::pb::Status::decode(bytes) {
                let _ = Trouble::of_message(&message);
            }
            assert!(trouble.fields.iter().map(String::len).sum::<usize>() <= bytes.len());
            (
                trouble.reason == "INVALID_FIELD",
                trouble.fields.len().min(3),
                trouble.retry_after.is_some(),
            )
        });
}

/// What became of a birth.
#[test]
fn answer() {
    let issued = v1::IssueNumberResponse {
        position: 7,
        outcome: Some(v1::issue_number_response::Outcome::Issued(v1::Number {
            number: "079226000001".into(),
            state: v1::NumberState::Issued.into(),
            ..v1::Number::default()
        })),
        ..v1::IssueNumberResponse::default()
    };
    Fuzz::of(Form::Protobuf)
        .words(["079226000001"])
        .seed(issued.encode_to_vec())
        .run(|bytes| {
            let response = v1::IssueNumberResponse::decode(bytes).ok()?;
            Answer::read(response).map(|answer| answer.outcome())
        });
}

/// Where a server is.
#[test]
fn address() {
    let seeds = [
        "http://127.0.0.1:7400",
        "https://[::1]:7400/",
        "https://dinhdanh.example:443",
    ];
    Fuzz::of(Form::Text)
        .words(["http://", "https://", "@", "[::1]", "65536"])
        .seeds(seeds)
        .run(|bytes| {
            let address = String::from_utf8_lossy(bytes).parse::<Address>().ok();
            if let Some(address) = &address {
                assert_eq!(address.as_str().parse().as_ref(), Ok(address));
            }
            address.map(|address| address.is_tls())
        });
}

/// When calls are made.
#[test]
fn schedule() {
    let words = ["1e7", "1e308", "inf", "nan", "-0", "86400", "0.0000001", ","];
    Fuzz::of(Form::Text)
        .words(words)
        .seeds(["0:5,20000:10,0:5", "100:1"])
        .run(|bytes| {
            String::from_utf8_lossy(bytes)
                .parse::<Schedule>()
                .map(drop)
                .map_err(|error| error.to_string())
        });
}

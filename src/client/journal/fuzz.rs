//! Journals that somebody edited, or a disk lost parts of.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::answers::read_told;
use super::index::MAX_LINES;
use super::line::{AnswerLine, Header, Intent, Line, VERSION};
use super::lines::Lines;
use super::{JournalError, RowDigest, open};
use crate::client::answer::Answer;
use crate::fuzzing::{Form, Fuzz};
use crate::number::Number;
use uuid::Uuid;

fn lines() -> Vec<Line> {
    let row = RowDigest::from_hex(&"0a".repeat(16)).unwrap();
    let issued = Answer::Issued {
        number: Number::parse("079226000001").unwrap(),
        state: "ISSUED".into(),
        position: 7,
        replayed: true,
    };
    let review = Answer::UnderReview {
        case_id: Uuid::from_u128(77).to_string(),
        position: 9,
        replayed: false,
    };
    let refused = Answer::Refused {
        code: "INVALID_ARGUMENT".into(),
        reason: "INVALID_FIELD".into(),
        fields: vec!["registration.place_code".into()],
    };
    let rejected = Answer::Rejected {
        reason: "NOT_ELIGIBLE".into(),
    };
    let answers = [issued, review, refused, rejected];
    let server = "http://127.0.0.1:7400".to_owned();
    let mut lines = vec![Line::Journal(Header {
        version: VERSION,
        server,
    })];
    for (line, answer) in (2..).zip(answers) {
        let id = Uuid::from_u128(line.into());
        lines.push(Line::Intent(Intent::new(line, row, id)));
        lines.push(Line::Answer(AnswerLine::new(line, "26734", id, &answer)));
    }
    lines
}

fn text(lines: &[Line]) -> String {
    lines
        .iter()
        .map(|line| serde_json::to_string(line).unwrap() + "\n")
        .collect()
}

/// The whole journal, as a run reads it that goes on with it.
#[test]
fn journal() {
    let words = [
        "\"line\":",
        "\"kind\":\"intent\"",
        "\"kind\":\"answer\"",
        "10000000",
        "null",
        "true",
        "issued",
        "refused",
    ];
    let fuzz = Fuzz::of(Form::Text)
        .words(words)
        .words([MAX_LINES.to_string(), "[".repeat(5_000)])
        .longest(128 * 1024);
    fuzz.seed(text(&lines())).run(|bytes| {
        let (mut lines, header) = match Lines::begin(bytes) {
            Err(error) => return kind(&error),
            Ok(begun) => begun,
        };
        let index = match open::read_rows(&mut lines) {
            Err(error) => return kind(&error),
            Ok(index) => index,
        };
        assert!(lines.end() <= bytes.len() as u64);
        let _ = (index.held(), index.holds(2), index.answer_at(MAX_LINES));
        let (mut lines, _) = Lines::begin(bytes).unwrap();
        let told = read_told(&mut lines).unwrap();
        assert!(told.keys().all(|line| index.holds(*line)));
        if header.is_some() { "whole" } else { "torn" }.to_owned()
    });
}

/// A line, which is written as it is read.
#[test]
fn line() {
    let seeds = lines().into_iter().map(|line| serde_json::to_string(&line).unwrap());
    Fuzz::of(Form::Text)
        .words(["null", "true", "-1", "1e9", "\\u0000", "\\ud800"])
        .seeds(seeds)
        .run(|bytes| {
            let Ok(line) = serde_json::from_slice::<Line>(bytes) else {
                return 0;
            };
            let written = serde_json::to_string(&line).unwrap();
            let again: Line = serde_json::from_str(&written).unwrap();
            assert_eq!(serde_json::to_string(&again).unwrap(), written);
            match line {
                Line::Journal(_) => 1,
                Line::Intent(intent) => 2 + u8::from(intent.read().is_some()),
                Line::Answer(answer) => 4 + u8::from(answer.read().is_some()),
            }
        });
}

fn kind(error: &JournalError) -> String {
    match error {
        JournalError::Broken { problem, .. } => (*problem).to_owned(),
        error => format!("{:?}", std::mem::discriminant(error)),
    }
}

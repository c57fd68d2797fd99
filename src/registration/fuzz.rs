//! Registrations as anybody may send or have stored them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::mem::discriminant;

use prost::Message;
use prost_types::Timestamp;

use super::tests::sample::{TODAY, reference, sample};
use super::{
    BroughtText, Content, HandedText, Registration, Violation, check, check_as_held, check_brought, check_handed_out,
    check_identifier, check_reference, facts_fields, facts_of, keys, keys_brought, may_be_same, normal, paper_key,
    with_facts, written,
};
use crate::fuzzing::{Form, Fuzz};
use crate::ledger::IndexKey;
use crate::number::Codes;
use crate::proto::v1 as pb;

/// Noon of [`TODAY`], in microseconds.
const NOW: i64 = 1_795_521_600_000_000;

/// Words that fields of a registration may hold.
const WORDS: [&str; 20] = [
    "Nguyễn Thị Hòa",
    "NGUYỄN",
    "hoà",
    "VN",
    "FR",
    "vn",
    "079",
    "001",
    "999",
    "079199900001",
    "023456789",
    "C1234567",
    "26734",
    "ê",
    "e\u{302}\u{301}",
    "\u{110}\u{111}",
    "\u{202E}",
    "\u{AD}",
    "２０２６",
    "' OR 1=1",
];

fn fuzz() -> Fuzz {
    Fuzz::of(Form::Protobuf).words(WORDS)
}

fn handed() -> HandedText {
    let at = Some(Timestamp {
        seconds: 1_770_000_000,
        nanos: 0,
    });
    HandedText::of("019ab0c4-5b00-7000-8000-000000000001", "079326000001", at)
}

fn brought() -> BroughtText {
    BroughtText {
        job_id: "019ab0c4-5b00-7000-8000-000000000001".into(),
        sequence: 7,
        source: pb::ImportSource::Legacy158.into(),
        as_of: Some(Timestamp {
            seconds: 1_770_000_000,
            nanos: 0,
        }),
        number: "079326000001".into(),
    }
}

/// Which fields are wrong, and how.
fn kinds(violations: &[Violation]) -> String {
    violations
        .iter()
        .map(|found| format!("{} {:?};", found.field, discriminant(&found.problem)))
        .collect()
}

/// A registration in every way in which it is checked, and what is made of one that passes.
#[test]
fn registration() {
    let old = pb::BirthRegistration {
        kind: pb::RegistrationKind::ReRegistration.into(),
        foundling: true,
        ..sample()
    };
    fuzz()
        .seeds([sample().encode_to_vec(), old.encode_to_vec()])
        .run(|bytes| {
            let Ok(message) = pb::BirthRegistration::decode(bytes) else {
                return "no message".to_owned();
            };
            let (codes, secret) = (Codes::embedded(), IndexKey::new(&[7; 32]));
            let content = Content::of(&message);
            assert!(
                Content::of(content.message()) == content,
                "cleaning twice is cleaning once"
            );
            let most = 3 * bytes.len() + 64;
            assert!(content.encode().len() <= most, "what is kept grows with what was sent");
            let own = Content::of(&sample());
            let _ = (check_as_held(&content, &own, codes, TODAY), content.differing(&own));
            let _ = with_facts(&own, &facts_of(&content), &facts_paths());
            let of_mission = Content::handed_out(&message, handed());
            let _ = check_handed_out(&of_mission, codes, TODAY, NOW);
            let of_import = Content::brought_in(&message, &[], brought());
            if let Ok((facts, _)) = check_brought(&of_import, codes, TODAY) {
                let _ = keys_brought(&of_import, &facts, &secret, codes);
            }
            match check(&content, codes, TODAY) {
                Ok(facts) => {
                    assert!(Registration::from_content(&content) == Ok(facts.clone()));
                    let _ = keys(&facts, &secret, codes);
                    assert!(may_be_same(&facts, &facts, codes));
                    "right".to_owned()
                }
                Err(violations) => {
                    assert!(!violations.is_empty());
                    kinds(&violations)
                }
            }
        });
}

fn facts_paths() -> Vec<String> {
    super::FACTS_PATHS.iter().map(|path| (*path).to_owned()).collect()
}

/// What is kept of a registration, as it comes from the store.
#[test]
fn content() {
    let seeds = [
        Content::of(&sample()),
        Content::handed_out(&sample(), handed()),
        Content::brought_in(&sample(), &[], brought()),
    ];
    fuzz().seeds(seeds.map(|content| content.encode())).run(|bytes| {
        let content = match Content::decode(bytes) {
            Err(error) => return Err(discriminant(&error)),
            Ok(content) => content,
        };
        assert!(Content::decode(&content.encode()) == Ok(content.clone()));
        let _ = (
            content.canonical(),
            content.handed().map(HandedText::checked),
            content.brought().map(BroughtText::check),
        );
        Ok(Registration::from_content(&content)
            .map(drop)
            .map_err(|error| error.to_string()))
    });
}

/// The reference and the paper that a caller looks up by.
#[test]
fn asked() {
    let facts = facts_of(&Content::of(&sample()));
    let request = pb::ResolveIdentifierRequest {
        identifier: sample()
            .child
            .and_then(|child| child.existing_identifiers.into_iter().next()),
        ..pb::ResolveIdentifierRequest::default()
    };
    let seeds = [
        reference("45").encode_to_vec(),
        request.encode_to_vec(),
        facts.encode_to_vec(),
    ];
    fuzz().seeds(seeds).run(|bytes| {
        let (codes, secret) = (Codes::embedded(), IndexKey::new(&[7; 32]));
        let reference = pb::RegistrationRef::decode(bytes).map(|reference| check_reference(&reference, codes, TODAY));
        let paper = pb::Identifier::decode(bytes).map(|paper| check_identifier(&paper, codes, TODAY));
        if let Ok(facts) = pb::Facts::decode(bytes) {
            let _ = (facts_fields(&facts), paper_key(&facts, &secret));
        }
        (
            reference
                .map(|checked| checked.map(drop).map_err(|found| kinds(&found)))
                .ok(),
            paper.map(|checked| checked.map_err(|found| kinds(&found))).ok(),
        )
    });
}

/// Text as it is kept and as it is compared.
#[test]
fn text() {
    Fuzz::of(Form::Text)
        .words(WORDS)
        .seeds(["Nguyễn  Thị Hoà", "Jean-Luc D’Arc", "Y Ê-ban"])
        .run(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            let kept = written(&text);
            assert_eq!(written(&kept), kept);
            assert_eq!(normal(&normal(&text)), normal(&text));
            assert!(kept.len() <= 3 * text.len() && normal(&text).len() <= 12 * text.len());
        });
}

//! What is asked, what is kept of it, and the texts that leave the service and come back.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::mem::discriminant;

use prost::Message;
use prost_types::{FieldMask, Timestamp};
use uuid::Uuid;

use super::asked::{
    Asked, BlockLimits, Misread, ProposalMessage, Reading, approve, attach, change, close, confirm, dispute, merge,
    reissue, reject, reserve, revocation, split, withdraw,
};
use super::reconcile::Place;
use super::says::{Fields, encode};
use super::{BlockRow, Ground, Says, block_text, read_block_text};
use crate::fuzzing::{Form, Fuzz};
use crate::ledger::{EntryKind, IndexKey, RequestKey};
use crate::number::{Codes, Number, Slot};
use crate::policy::Policy;
use crate::proto::v1 as pb;
use crate::registration::tests::sample::{TODAY, reference, sample};
use crate::registration::{Content, facts_of};

const ID: &str = "019ab0c4-5b00-7000-8000-000000000001";
const NUMBER: &str = "079326000001";

/// A message with every field of those that ask for something, each in the place in which most of them have it. As Protobuf has
/// no names, any of them can be read of the same bytes.
fn asks() -> Vec<Vec<u8>> {
    let on = sample().registered_on;
    let (request_id, number) = (ID.to_owned(), NUMBER.to_owned());
    let (ground, evidence_ref) = ("ND70-11.7.B".to_owned(), "HS/2026-17".to_owned());
    let facts = Some(facts_of(&Content::of(&sample())));
    vec![
        pb::DisputeNumberRequest {
            request_id: request_id.clone(),
            number: number.clone(),
            reason: pb::DisputeReason::FactsDiffer.into(),
            fields: vec!["date_of_birth".into(), "full_name".into()],
            ..pb::DisputeNumberRequest::default()
        }
        .encode_to_vec(),
        pb::AttachNumberRequest {
            request_id: request_id.clone(),
            number: number.clone(),
            target: Some(pb::attach_number_request::Target::Ref(reference("45"))),
        }
        .encode_to_vec(),
        pb::ProposeReissueRequest {
            request_id: request_id.clone(),
            number: number.clone(),
            ground: ground.clone(),
            evidence_ref: evidence_ref.clone(),
            citizen_requested_on: on,
            corrected: Some(sample()),
        }
        .encode_to_vec(),
        pb::ProposeMergeRequest {
            request_id: request_id.clone(),
            number: number.clone(),
            ground: ground.clone(),
            evidence_ref: evidence_ref.clone(),
            citizen_requested_on: on,
            other_number: "079326000002".into(),
        }
        .encode_to_vec(),
        pb::ProposeSplitRequest {
            request_id: request_id.clone(),
            number: number.clone(),
            ground,
            evidence_ref,
            citizen_requested_on: on,
            second_ref: Some(reference("46")),
        }
        .encode_to_vec(),
        pb::ApproveCaseRequest {
            request_id: request_id.clone(),
            case_id: ID.into(),
            version: 1,
            reason_code: "R-1".into(),
            resolution: Some(pb::CaseResolution::default()),
        }
        .encode_to_vec(),
        pb::RecordChangeRequest {
            request_id: request_id.clone(),
            number,
            r#match: facts.clone(),
            kind: pb::ChangeKind::Correction.into(),
            effective_on: on,
            decision_ref: "QD-5".into(),
            facts,
            update_mask: Some(FieldMask {
                paths: vec!["full_name".into(), "mother.full_name".into()],
            }),
        }
        .encode_to_vec(),
        pb::ReserveBlockRequest {
            request_id,
            country_code: "392".into(),
            sex: pb::Sex::Female.into(),
            birth_year: 2026,
            count: 100,
            expires_at: Some(Timestamp {
                seconds: 1_800_000_000,
                nanos: 0,
            }),
        }
        .encode_to_vec(),
    ]
}

/// The fields that are wrong with a message, and how.
fn kind(asked: Result<Asked, Misread>, bytes: usize, secret: &IndexKey) -> String {
    let (fields, told) = match asked {
        Ok(Asked { fields, .. }) => (fields, "right".to_owned()),
        Err(Misread { fields, violations }) => {
            assert!(!violations.is_empty());
            let wrong = violations
                .iter()
                .map(|found| format!("{} {:?};", found.field, discriminant(&found.problem)));
            (fields, wrong.collect())
        }
    };
    let _ = fields.digest(secret, EntryKind::Genesis);
    let kept = encode(&fields, None);
    assert!(kept.len() <= 64 * bytes + 1024, "what is kept grows with what was sent");
    told
}

/// Every message that asks for something about a number, a case or a block.
#[test]
fn asked() {
    let secret = IndexKey::new(&[7; 32]);
    let by = Reading {
        codes: Codes::embedded(),
        today: TODAY,
    };
    let ground = Policy::default().grounds().first().cloned();
    let limits = BlockLimits {
        countries: Vec::new(),
        most: 2_000,
    };
    let words = [
        ID,
        NUMBER,
        "ND70-11.7.B",
        "date_of_birth",
        "full_name",
        "sex",
        "mother.full_name",
        "392",
        "079",
        "26734",
    ];
    Fuzz::of(Form::Protobuf).words(words).seeds(asks()).run(|bytes| {
        let read = |asked| kind(asked, bytes.len(), &secret);
        [
            pb::ConfirmNumberRequest::decode(bytes).map(|message| read(confirm(by, &message))),
            pb::DisputeNumberRequest::decode(bytes).map(|message| read(dispute(by, &message))),
            pb::AttachNumberRequest::decode(bytes).map(|message| read(attach(by, &message))),
            pb::ApproveCaseRequest::decode(bytes).map(|message| read(approve(by, &message))),
            pb::RejectCaseRequest::decode(bytes).map(|message| read(reject(by, &message))),
            pb::WithdrawCaseRequest::decode(bytes).map(|message| read(withdraw(by, &message))),
            pb::RecordChangeRequest::decode(bytes).map(|message| read(change(by, &message))),
            pb::ReserveBlockRequest::decode(bytes).map(|message| read(reserve(by, &message, &limits))),
            pb::CloseBlockRequest::decode(bytes).map(|message| read(close(by, &message))),
            proposals(bytes, by, ground.as_ref()).map(|all| all.map(read).concat()),
        ]
        .map(Result::ok)
    });
}

/// The proposals: what they have in common stands in the same places.
fn proposals(
    bytes: &[u8],
    by: Reading<'_>,
    ground: Option<&Ground>,
) -> Result<[Result<Asked, Misread>; 4], prost::DecodeError> {
    let common = pb::ProposeRevocationRequest::decode(bytes)?;
    let own = pb::ProposeReissueRequest::decode(bytes).unwrap_or_default();
    let merged = pb::ProposeMergeRequest::decode(bytes).unwrap_or_default();
    let second = pb::ProposeSplitRequest::decode(bytes).unwrap_or_default();
    let message = ProposalMessage {
        number: &common.number,
        ground: &common.ground,
        evidence_ref: &common.evidence_ref,
        citizen_requested_on: common.citizen_requested_on,
    };
    Ok([
        revocation(by, message, ground.cloned()),
        reissue(by, message, ground.cloned(), own.corrected.as_ref()),
        merge(by, message, ground.cloned(), &merged.other_number),
        split(by, message, ground.cloned(), second.second_ref.as_ref()),
    ])
}

/// What an entry of any kind holds, as it comes from the store.
#[test]
fn says() {
    let mut fields = Fields::default();
    fields.add("number", NUMBER);
    fields.add_reference("ref", &crate::registration::Ref::read(&reference("45")).unwrap());
    let seeds = [
        encode(&fields, Some(&Content::of(&sample()))),
        encode(&fields, None),
        Content::of(&sample()).encode(),
    ];
    Fuzz::of(Form::Protobuf)
        .words(["number", "ref.book_year", "ref.register", NUMBER])
        .seeds(seeds)
        .run(|bytes| {
            EntryKind::ALL.map(|(kind, _)| {
                let says = Says::read(kind, bytes).map_err(|error| error.to_string())?;
                let _ = (says.fields.reference("ref"), says.fields.differing(&Fields::default()));
                if says.registered.is_none() {
                    let again = Says::read(kind, &encode(&says.fields, None));
                    assert!(kind == EntryKind::Genesis || again.is_ok_and(|again| again.fields == says.fields));
                }
                Ok::<_, String>(says.registered.is_some())
            })
        });
}

/// The text of a block, which a mission checks without a line.
#[test]
fn block() {
    let numbers = (1..5).map(|serial| Number::parse(&format!("392326{serial:06}")).unwrap());
    let row = BlockRow {
        request: RequestKey {
            id: Uuid::from_u128(7),
            office: "DSQ-TOKYO".into(),
        },
        opened: 1,
        first: Slot::from_value(392_326_000_000).unwrap(),
        last: Slot::from_value(392_326_000_003).unwrap(),
        count: 4,
        unused: 4,
        expires_at: 1_800_000_000_000_000,
        closed: None,
    };
    Fuzz::of(Form::Text)
        .words([ID, NUMBER, "dinhdanh block v1"])
        .seed(block_text(&row, numbers))
        .run(|bytes| {
            let note = match read_block_text(&String::from_utf8_lossy(bytes)) {
                Err(error) => return error.0.min(9),
                Ok(note) => note,
            };
            let request = RequestKey {
                id: note.block_id,
                office: note.office.clone(),
            };
            let row = BlockRow {
                request,
                expires_at: note.expires_at,
                ..row.clone()
            };
            let again = read_block_text(&block_text(&row, note.numbers.iter().copied()));
            assert!(note.office.contains('\r') || again.as_ref() == Ok(&note));
            0
        });
}

/// The token by which a comparison is gone on with.
#[test]
fn token() {
    let number = Number::parse(NUMBER).ok();
    let place = Place {
        passed: number,
        ..Place::start(1_000_000)
    };
    let seeds = [
        place.token("00ff").to_string(),
        Place::start(7).token("00ff").to_string(),
    ];
    Fuzz::of(Form::Text)
        .words(["2.00ff.", "9223372036854775807"])
        .seeds(seeds)
        .run(|bytes| {
            let place = Place::read(&String::from_utf8_lossy(bytes), "00ff");
            if let Some(place) = place {
                assert!(place.end >= 0);
                assert_eq!(Place::read(&place.token("00ff").to_string(), "00ff"), Some(place));
            }
            place.is_some()
        });
}

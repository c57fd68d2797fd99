//! What the API reads before an engine is asked.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use http::HeaderMap;
use prost::Message;
use prost_types::Timestamp;
use tonic::Status;
use tonic::metadata::MetadataMap;

use super::audit::read_page_token;
use super::coordination::{read_filter, read_page};
use super::feed::read_kinds;
use super::imports::Header;
use super::patience::patience;
use super::places::Wanted;
use super::reception::{read_day, read_id, read_page_size, read_request_id};
use super::reconciliation_messages::{read_header, read_record};
use super::status::{Language, status};
use crate::fuzzing::{Form, Fuzz};
use crate::number::Codes;
use crate::proto::v1;
use crate::protocol::Scope;
use crate::protocol::asked::Reading;
use crate::refusal::Refusal;
use crate::registration::tests::sample::{TODAY, reference, sample};
use crate::registration::{Content, facts_of};

const ID: &str = "019ab0c4-5b00-7000-8000-000000000001";

/// What a caller is told: the refusal becomes a status, whatever it holds.
fn told<T>(read: Result<T, Refusal>) -> Result<(), String> {
    read.map(drop).map_err(|refusal| {
        let status = status(&refusal, Language::English);
        assert!(status.details().len() <= 64 * 1024);
        refused(&refusal)
    })
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InvalidField(found) => found.iter().map(|found| format!("{} ", found.field)).collect(),
        other => format!("{:?}", std::mem::discriminant(other)),
    }
}

/// Comparisons: what is compared, and each record.
#[test]
fn reconciliation() {
    let scope = v1::ReconciliationScope {
        place_codes: vec!["079".into(), "001".into()],
        birth_years: vec![2026, 1999],
        extracted_at: Some(Timestamp {
            seconds: 1_770_000_000,
            nanos: 0,
        }),
    };
    let header = v1::ReconciliationHeader {
        scope: Some(scope),
        open_cases: true,
        ..v1::ReconciliationHeader::default()
    };
    let record = v1::ReconciliationRecord {
        key: "17".into(),
        number: "079326000001".into(),
        r#ref: Some(reference("45")),
        facts: Some(facts_of(&Content::of(&sample()))),
    };
    let sent = |item| v1::ReconcileRequest { item: Some(item) }.encode_to_vec();
    let seeds = [
        sent(v1::reconcile_request::Item::Header(header)),
        sent(v1::reconcile_request::Item::Record(Box::new(record))),
    ];
    let by = Reading {
        codes: Codes::embedded(),
        today: TODAY,
    };
    Fuzz::of(Form::Protobuf)
        .words(["079", "000", "079326000001"])
        .seeds(seeds)
        .run(|bytes| {
            let request = v1::ReconcileRequest::decode(bytes).ok()?;
            let header = match &request.item {
                Some(v1::reconcile_request::Item::Header(header)) => Some(told(read_header(header))),
                _ => None,
            };
            let record = read_record(request, by).map(|read| read.map(drop).map_err(|(_, refusal)| refused(&refusal)));
            Some((header, record.map_err(|refusal| refused(&refusal))))
        });
}

/// Look-ups and lists.
#[test]
fn lists() {
    let day = sample().registered_on;
    let units = v1::UnitFilter {
        place_code: "079".into(),
        ..v1::UnitFilter::default()
    };
    let places = v1::ListPlacesRequest {
        on: day,
        units: Some(units),
        page_size: 10,
        page_token: "26734".into(),
    };
    let cases = v1::ListCasesRequest {
        page_size: 10,
        page_token: "17".into(),
        ..v1::ListCasesRequest::default()
    };
    let events = v1::ReadEventsRequest {
        after_position: 7,
        kinds: vec![1, 2],
        follow: true,
    };
    let import = v1::ImportHeader {
        job_id: ID.into(),
        source: 1,
        as_of: Some(Timestamp {
            seconds: 1_770_000_000,
            nanos: 0,
        }),
    };
    let seeds = [
        places.encode_to_vec(),
        cases.encode_to_vec(),
        events.encode_to_vec(),
        import.encode_to_vec(),
    ];
    Fuzz::of(Form::Protobuf)
        .words([ID, "9223372036854775807", "0.0", "-1.7"])
        .seeds(seeds)
        .run(|bytes| {
            let places = v1::ListPlacesRequest::decode(bytes).ok().map(|message| {
                let units = message.units.as_ref().map(|filter| told(Wanted::read(filter)));
                (
                    units,
                    told(read_day(message.on, || TODAY)),
                    told(read_page_size(message.page_size)),
                )
            });
            let cases = v1::ListCasesRequest::decode(bytes).ok();
            let cases = cases.map(|message| (told(read_filter(&message, &Scope::All)), told(read_page(&message))));
            let events = v1::ReadEventsRequest::decode(bytes)
                .ok()
                .map(|message| told(read_kinds(&message.kinds)));
            let import = v1::ImportHeader::decode(bytes)
                .ok()
                .map(|header| told(Header::read(&header, i64::MAX)));
            (places, cases, events, import)
        });
}

/// Tokens and ids.
#[test]
fn tokens() {
    Fuzz::of(Form::Text)
        .seeds(["1795521600000000.17", ID, "019AB0C45B0070008000000000000001"])
        .run(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            let token = read_page_token(&text);
            if let Some((at, id)) = token {
                assert_eq!(read_page_token(&format!("{at}.{id}")), Some((at, id)));
            }
            (
                token.is_some(),
                told(read_id("case_id", &text)),
                read_request_id(&text).is_ok(),
            )
        });
}

/// Metadata: the time that is left, the language, and a status that a server sent.
#[test]
fn metadata() {
    let seeds = ["250m", "99999999H", "vi-VN,vi;q=0.9,en;q=0.8", "7", "CAESBXdyb25n"];
    Fuzz::of(Form::Text)
        .words(["q=", ";", ",", "en", "vi", "*"])
        .seeds(seeds)
        .run(|bytes| {
            let value = http::HeaderValue::from_bytes(bytes).ok()?;
            // Not grpc-status-details-bin: tonic 0.14 panics where that is no Base64 (grpc-rust, pull request 2618).
            let names = ["grpc-timeout", "accept-language", "grpc-status", "grpc-message"];
            let headers: HeaderMap = names
                .map(|name| (http::HeaderName::from_static(name), value.clone()))
                .into_iter()
                .collect();
            let status = Status::from_header_map(&headers).map(|status| status.code());
            let metadata = MetadataMap::from_headers(headers);
            let english = matches!(Language::of(&metadata), Language::English);
            Some((patience(&metadata).is_some(), english, status.map(i32::from)))
        });
}

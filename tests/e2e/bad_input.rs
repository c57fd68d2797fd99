//! Whatever is sent: a clear refusal or a valid answer, never a panic, and nothing written of what was refused.

use dinhdanh::proto::google::r#type::Date;
use dinhdanh::proto::v1;
use prost::Message;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::{Code, Status};

use crate::support::births::{changed, child, request};
use crate::support::ledger;
use crate::support::load::OFFICE;
use crate::support::office::Office;
use crate::support::raw;
use crate::support::server::Server;
use crate::support::told::told;
use crate::support::until;

/// One thing wrong with a registration.
type Change = fn(&mut v1::BirthRegistration);

const CHILD: &str = "registration.child";

fn born(registration: &mut v1::BirthRegistration, year: i32, month: i32, day: i32) {
    child(registration).date_of_birth = Some(Date { year, month, day });
}

fn identifier(r#type: i32, value: &str) -> v1::Identifier {
    v1::Identifier {
        r#type,
        value: value.into(),
        country: "VN".into(),
    }
}

/// A change, and the field that must be named for it.
fn wrong() -> Vec<(&'static str, Change)> {
    let mut wrong: Vec<(&'static str, Change)> = vec![
        ("child.full_name", |r| child(r).full_name = "x".repeat(60_000)),
        ("child.full_name", |r| child(r).full_name = "Lê\u{0}Na".into()),
        ("child.full_name", |r| child(r).full_name = "Lê\u{202e}Na".into()),
        ("child.full_name", |r| child(r).full_name = "\u{301}".repeat(500)),
        ("child.full_name", |r| child(r).full_name = "   ".into()),
        ("child.sex", |r| child(r).sex = 0),
        ("child.sex", |r| child(r).sex = 3),
        ("child.sex", |r| child(r).sex = -1),
        ("child.sex", |r| child(r).sex = i32::MAX),
        ("child.births", |r| child(r).births = i32::MIN),
        ("child.birth_order", |r| child(r).birth_order = -3),
        ("child.birth_order", |r| {
            (child(r).birth_order, child(r).births) = (3, 2)
        }),
        ("child.nationalities", |r| child(r).nationalities.clear()),
        ("child.nationalities", |r| {
            child(r).nationalities = (0..5_000).map(|n| format!("V{n}")).collect()
        }),
        ("child.ethnicity", |r| child(r).ethnicity = "Kinh".repeat(20)),
        ("child.existing_identifiers.type", |r| {
            child(r).existing_identifiers = vec![identifier(9, "1")]
        }),
        ("child.home_town.text", |r| {
            child(r).home_town.as_mut().unwrap().text = "a".repeat(301)
        }),
        ("kind", |r| r.kind = 7),
        ("kind", |r| r.kind = 0),
        ("ref.register", |r| r.r#ref.as_mut().unwrap().register = 99),
        ("ref.book_year", |r| r.r#ref.as_mut().unwrap().book_year = -2025),
        ("ref.book_year", |r| r.r#ref.as_mut().unwrap().book_year = 9999),
        ("ref.entry_number", |r| {
            r.r#ref.as_mut().unwrap().entry_number = "1".repeat(21)
        }),
        ("ref", |r| r.r#ref = None),
        ("child", |r| r.child = None),
        ("registered_on", |r| {
            r.registered_on = Some(Date {
                year: 2025,
                month: 2,
                day: 31,
            })
        }),
        ("registered_on", |r| r.registered_on = None),
        ("registered_on", |r| {
            r.registered_on = Some(Date {
                year: 9999,
                month: 12,
                day: 31,
            })
        }),
        ("place_code", |r| r.place_code = "0791".into()),
        ("mother", |r| (r.mother, r.father) = (None, None)),
        ("foundling", |r| r.foundling = true),
    ];
    let dates: [Change; 10] = [
        |r| born(r, 0, 1, 1),
        |r| born(r, 9999, 12, 31),
        |r| born(r, 2025, 2, 31),
        |r| born(r, 2025, 2, 29),
        |r| born(r, 2025, 13, 1),
        |r| born(r, 2025, 0, 0),
        |r| born(r, -1, 1, 1),
        |r| born(r, i32::MIN, i32::MIN, i32::MIN),
        |r| born(r, i32::MAX, i32::MAX, i32::MAX),
        |r| child(r).date_of_birth = None,
    ];
    wrong.extend(dates.map(|change| ("child.date_of_birth", change)));
    wrong
}

#[tokio::test]
async fn every_wrong_field_is_refused_by_name_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, OFFICE);
    for (index, (field, change)) in wrong().into_iter().enumerate() {
        let answer = office.issue(changed(request(OFFICE, 1), change)).await;
        let refused = told(
            &answer
                .err()
                .unwrap_or_else(|| panic!("case {index}: {field} was accepted")),
        );
        assert_eq!(
            refused.what(),
            (Code::InvalidArgument, "INVALID_FIELD"),
            "case {index}: {field}"
        );
        let field = format!("registration.{field}");
        assert!(
            refused.fields().contains(&field.as_str()),
            "case {index}: {field} is not among {:?}",
            refused.fields()
        );
    }
    let nothing = told(&office.issue(v1::IssueNumberRequest::default()).await.unwrap_err());
    assert_eq!(nothing.what(), (Code::InvalidArgument, "INVALID_FIELD"));
    let empty = v1::IssueNumberRequest {
        registration: Some(v1::BirthRegistration::default()),
        ..request(OFFICE, 1)
    };
    let missing = told(&office.issue(empty).await.unwrap_err());
    for field in [
        "registration.ref",
        "registration.kind",
        "registration.registered_on",
        CHILD,
        "registration.mother",
    ] {
        assert!(
            missing.fields().contains(&field),
            "{field} is not among {:?}",
            missing.fields()
        );
    }
    server.stop().await;
    assert_eq!(ledger::counts(folder.path()).await, [("genesis", 1)].into());
}

fn refused(status: Result<Vec<u8>, Status>) -> (Code, String) {
    let told = told(&status.expect_err("a refusal"));
    (told.code, told.reason)
}

#[tokio::test]
async fn what_is_no_message_is_malformed_and_what_is_too_much_is_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let valid = request(OFFICE, 1).encode_to_vec();
    let malformed = (Code::InvalidArgument, "MALFORMED".to_owned());
    let too_large = (Code::InvalidArgument, "TOO_LARGE".to_owned());

    let mut invalid_utf8 = valid.clone();
    let at = invalid_utf8.windows(4).position(|window| window == b"Nguy").unwrap();
    invalid_utf8[at] = 0xff;
    let wrong_type = [0x0d, 1, 2, 3, 4];
    let endless_varint = [0xff; 16];
    let length_beyond_all = [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f];
    let group_never_closed = [0x0b; 400];
    for bytes in [
        raw::cut_short(&request(OFFICE, 1)),
        invalid_utf8,
        wrong_type.to_vec(),
        endless_varint.to_vec(),
        length_beyond_all.to_vec(),
        group_never_closed.to_vec(),
        b"{\"request_id\": \"json\"}".to_vec(),
    ] {
        assert_eq!(refused(raw::call(&channel, raw::ISSUE, bytes).await), malformed);
    }
    let name_of_ten_megabytes = changed(request(OFFICE, 1), |r| child(r).full_name = "a".repeat(10 << 20));
    let just_too_long = changed(request(OFFICE, 1), |r| child(r).full_name = "a".repeat(64 << 10));
    for long in [name_of_ten_megabytes, just_too_long] {
        assert_eq!(
            refused(raw::call(&channel, raw::ISSUE, long.encode_to_vec()).await),
            too_large
        );
    }
    // Frames that are wrong around a message that is right.
    assert_eq!(
        refused(Err(raw::post(&channel, raw::framed(7, valid.len(), &valid)).await)),
        malformed
    );
    assert_eq!(
        refused(Err(raw::post(&channel, raw::framed(1, valid.len(), &valid)).await)),
        malformed
    );
    assert_eq!(
        refused(Err(raw::post(&channel, raw::framed(0, u32::MAX as usize, &valid)).await)),
        too_large
    );
    for body in [raw::framed(0, valid.len() + 9, &valid), b"\0\0".to_vec(), Vec::new()] {
        assert_eq!(refused(Err(raw::post(&channel, body).await)), malformed);
    }
    // A field that this release does not know is no fault: others may know it.
    let unknown_field = [valid.as_slice(), &[0xfa, 0x3f, 3, b'n', b'e', b'w']].concat();
    let answer = raw::call(&channel, raw::ISSUE, unknown_field).await.unwrap();
    assert!(
        v1::IssueNumberResponse::decode(answer.as_slice())
            .unwrap()
            .outcome
            .is_some()
    );
    drop(channel);
    server.stop().await;
    assert_eq!(
        ledger::counts(folder.path()).await,
        [("genesis", 1), ("issued", 1)].into()
    );
}

#[tokio::test]
async fn an_unreadable_item_ends_its_stream_with_the_reason_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let path = raw::ISSUE.replace("IssueNumber", "IssueNumbers");
    let items = vec![
        request(OFFICE, 1).encode_to_vec(),
        vec![0xff; 16],
        request(OFFICE, 2).encode_to_vec(),
    ];
    let (answers, end) = raw::stream(&channel, &path, items).await;
    assert_eq!(answers.len(), 1, "what came before it is answered");
    let end = told(&end.expect_err("the reason why the stream ends"));
    assert_eq!(end.what(), (Code::InvalidArgument, "MALFORMED"));
    drop(channel);
    server.stop().await;
    assert_eq!(
        ledger::counts(folder.path()).await,
        [("genesis", 1), ("issued", 1)].into()
    );
}

#[tokio::test]
async fn bytes_that_are_no_http_end_their_connection_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, OFFICE);
    let mut random = SmallRng::seed_from_u64(3);
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for round in 0..60 {
        let noise: Vec<u8> = (0..random.random_range(1..400)).map(|_| random.random()).collect();
        let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        if round % 2 == 0 {
            stream.write_all(PREFACE).await.unwrap();
            stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
        }
        // The server may have hung up before all is written.
        let _ = stream.write_all(&noise).await;
        let _ = stream.shutdown().await;
        let ended = async || {
            stream
                .read(&mut [0; 4096])
                .await
                .map_or(Some(()), |read| (read == 0).then_some(()))
        };
        until("the server hangs up", ended).await;
    }
    office.number(request(OFFICE, 1)).await;
    drop(office);
    server.stop().await;
}

//! A stream of records to be compared: what it is refused for, and how it goes on.

use std::collections::BTreeSet;

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::MismatchKind::{Differs, MissingHere, MissingThere};
use dinhdanh::proto::v1::reconcile_request::Item as Sent;
use dinhdanh::proto::v1::reconcile_response::Item;
use dinhdanh::proto::v1::reconciliation_service_client::ReconciliationServiceClient;
use dinhdanh::proto::v1::{ReconciliationHeader, ReconciliationRecord, ReconciliationScope};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::reconciling::{NEVER_GIVEN, facts, line, registered};
use super::stage::{COMMUNE, Stage};
use crate::support::births::{asking, birth, child, id, item};
use crate::support::desk::Desk;
use crate::support::extract::{self, Line, header, record, sent, streamed};
use crate::support::server::Server;
use crate::support::told::told;
use crate::support::{ledger, until};

#[tokio::test]
async fn a_record_that_cannot_be_compared_is_an_error_and_the_stream_goes_on() {
    let stage = Stage::set().await;
    let mut records = Vec::new();
    for n in 1..=3 {
        let number = registered(&stage.commune, &birth(COMMUNE, n)).await;
        records.push(record(&number, &birth(COMMUNE, n)));
    }
    records.sort_by(|a, b| a.number.cmp(&b.number));
    let [first, second, third] = <[_; 3]>::try_from(records).unwrap();
    let keyed = |key: &str, record: &ReconciliationRecord| ReconciliationRecord {
        key: key.into(),
        ..record.clone()
    };
    let with = |key: &str, change: &dyn Fn(&mut ReconciliationRecord)| {
        let mut record = keyed(key, &second);
        change(&mut record);
        record
    };
    let records = vec![
        with("short", &|it| it.number = "79325000001".into()),
        with("nothing", &|it| (it.number, it.r#ref) = (String::new(), None)),
        with("year", &|it| it.r#ref.as_mut().unwrap().book_year = 12),
        with(&"x".repeat(129), &|_| {}),
        first.clone(),
        keyed("twice", &first),
        third.clone(),
        keyed("late", &second),
        with("numberless", &|it| it.number = String::new()),
    ];
    let answers = sent(&stage.authority, ReconciliationHeader::default(), records).await;
    let told: Vec<_> = answers
        .errors
        .iter()
        .map(|(key, refused)| (key.as_str(), refused.fields()))
        .collect();
    let expected = [
        ("short", vec!["record.number"]),
        ("nothing", vec!["record.ref"]),
        ("year", vec!["record.ref.book_year"]),
        ("", vec!["record.key"]),
        ("twice", vec!["record.number"]),
        ("late", vec!["record.number"]),
        ("numberless", vec!["record.number"]),
    ];
    assert_eq!(told, expected);
    assert_eq!(answers.told(), [line(&second.number, MissingThere, &[])]);
    assert_eq!(answers.counts(), [9, 2, 0, 0, 1, 7]);
    stage.end().await;
}

#[tokio::test]
async fn a_stream_without_a_sound_header_compares_nothing() {
    let stage = Stage::set().await;
    let of = |scope| v1::ReconciliationHeader {
        open_cases: false,
        names: false,
        scope: Some(scope),
        resume_token: String::new(),
    };
    let odd = ReconciliationScope {
        place_codes: vec!["79".into()],
        birth_years: vec![1899],
        extracted_at: Some(prost_types::Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        }),
    };
    let head = |header| extract::request(Sent::Header(header));
    let good = || head(ReconciliationHeader::default());
    let some = || extract::request(Sent::Record(Box::new(record(NEVER_GIVEN, &birth(COMMUNE, 1)))));
    let nothing = v1::ReconcileRequest { item: None };
    for (items, fields) in [
        (vec![], vec!["header"]),
        (vec![nothing.clone()], vec!["header"]),
        (vec![some(), good()], vec!["header"]),
        (
            vec![head(of(odd))],
            vec![
                "header.scope.place_codes",
                "header.scope.birth_years",
                "header.scope.extracted_at",
            ],
        ),
        (vec![good(), some(), good()], vec!["header"]),
        (
            vec![head(header(ReconciliationScope::default(), "1.x"))],
            vec!["header.resume_token"],
        ),
    ] {
        let answers = streamed(&stage.authority, items).await;
        let refused = told(&answers.refused.expect("a refusal"));
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(refused.fields(), fields);
    }
    // An item that says nothing is an error of its own.
    let answers = streamed(&stage.authority, vec![good(), nothing, some()]).await;
    assert_eq!(answers.counts(), [2, 0, 0, 1, 0, 1]);
    stage.end().await;
}

/// Many births over several prefixes, compared in one go and in pieces, by extracts with differences planted by chance.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_what_was_planted_is_found_in_one_go_or_in_pieces() {
    let stage = Stage::set().await;
    let births: Vec<_> = (1..=2_400).map(scattered).collect();
    let given = all_registered(&stage.commune, &births).await;
    for seed in 1..=3 {
        let (records, expected) = planted(&given, seed);
        let whole = sent(&stage.authority, ReconciliationHeader::default(), records.clone()).await;
        assert_eq!(whole.told(), expected, "seed {seed}");
        assert!(whole.progress.len() >= 2, "a place to go on from is told on the way");
        for (token, covered, told) in &whole.progress {
            let rest = records[usize::try_from(*covered).unwrap()..].to_vec();
            let rest = sent(&stage.authority, header(ReconciliationScope::default(), token), rest).await;
            assert_eq!(rest.told(), expected[*told..], "seed {seed}");
            assert_eq!(rest.counts(), whole.counts());
        }
        // A token belongs to its office and scope.
        let token = &whole.progress[0].0;
        let other = ReconciliationScope {
            birth_years: vec![2025],
            ..ReconciliationScope::default()
        };
        for (desk, scope) in [
            (&stage.authority, other),
            (&stage.department, ReconciliationScope::default()),
        ] {
            let refused = sent(desk, header(scope, token), Vec::new()).await.refused.unwrap();
            assert_eq!(told(&refused).fields(), ["header.resume_token"]);
        }
    }
    stage.end().await;
}

/// Child `n`, in one of six prefixes.
pub fn scattered(n: u64) -> v1::BirthRegistration {
    let mut registration = birth(COMMUNE, n);
    child(&mut registration).sex = [v1::Sex::Male, v1::Sex::Female][n as usize % 2].into();
    registration.place_code = ["001", "079", "048"][n as usize % 3].into();
    registration
}

/// Registers all of them by a stream, and pairs each with its number, in the order of numbers.
pub async fn all_registered(desk: &Desk, births: &[v1::BirthRegistration]) -> Vec<(String, v1::BirthRegistration)> {
    let items = births.iter().cloned().zip(1..);
    let items: Vec<_> = items.map(|(birth, n)| item(asking(id(n), birth))).collect();
    let mut answers = desk.stream(futures_util::stream::iter(items)).await.unwrap();
    let mut given = Vec::new();
    while let Some(answer) = answers.message().await.unwrap() {
        let Some(v1::issue_numbers_response::Result::Answer(issued)) = answer.result else {
            panic!("no number was issued")
        };
        let index = (1..).zip(births).find(|(n, _)| id(*n) == answer.request_id);
        let (_, birth) = index.unwrap();
        given.push((crate::support::office::issued(&issued).number.clone(), birth.clone()));
    }
    given.sort_by(|(a, _), (b, _)| a.cmp(b));
    given
}

/// An extract of all that was given, one in twelve records of which is otherwise by chance, and what should be told of it.
fn planted(given: &[(String, v1::BirthRegistration)], seed: u64) -> (Vec<ReconciliationRecord>, Vec<Line>) {
    let mut chance = seed;
    let (mut records, mut expected) = (Vec::new(), Vec::new());
    let known: BTreeSet<&str> = given.iter().map(|(number, _)| number.as_str()).collect();
    for (number, birth) in given {
        chance = chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mut own = record(number, birth);
        match (chance >> 33) % 48 {
            0 => {
                expected.push(line(number, MissingThere, &[]));
                continue;
            }
            1 => {
                facts(&mut own).full_name = Some("Người Khác".into());
                expected.push(line(number, Differs, &["full_name"]));
            }
            2 => {
                own.r#ref.as_mut().unwrap().book_year = 2024;
                facts(&mut own).father.as_mut().unwrap().nationality = "JP".into();
                expected.push(line(number, Differs, &["ref", "father.nationality"]));
            }
            3 => {
                // One more that nobody knows here, next to this one.
                let value: u64 = number.parse().unwrap();
                let next = format!("{:012}", value + 1);
                if !known.contains(next.as_str()) && next[..6] == number[..6] {
                    let mut unknown = record(&next, birth);
                    unknown.r#ref = None;
                    records.push(own);
                    records.push(unknown);
                    expected.push(line(&next, MissingHere, &[]));
                    continue;
                }
            }
            _ => {}
        }
        records.push(own);
    }
    (records, expected)
}

/// A stream that has sent its header, and keeps its records back.
async fn opened(desk: &Desk) -> Result<(mpsc::Sender<v1::ReconcileRequest>, Streaming<v1::ReconcileResponse>), Status> {
    let (to, requests) = mpsc::channel(1);
    let head = Sent::Header(ReconciliationHeader::default());
    to.try_send(extract::request(head)).unwrap();
    let mut client = ReconciliationServiceClient::new(desk.channel.clone());
    let stream = client.reconcile(desk.sends(ReceiverStream::new(requests))).await?;
    Ok((to, stream.into_inner()))
}

#[tokio::test]
async fn only_so_many_compare_at_a_time_and_whoever_ends_makes_room() {
    let stage = Stage::set().await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(opened(&stage.authority).await.unwrap());
    }
    let refused = told(&opened(&stage.authority).await.unwrap_err());
    assert_eq!(refused.what(), (Code::Unavailable, "OVERLOADED"));
    assert!(refused.retry_after.is_some());
    let (to, mut stream) = streams.pop().unwrap();
    drop(to);
    let summary = stream.message().await.unwrap().unwrap();
    assert!(matches!(summary.item, Some(Item::Summary(_))));
    assert!(stream.message().await.unwrap().is_none());
    until("there is room again", async || {
        opened(&stage.authority).await.ok().map(drop)
    })
    .await;
    drop(streams);
    stage.end().await;
}

#[tokio::test]
async fn a_server_that_ends_says_so_to_whoever_compares() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let desk = Desk::new(server.connect().await, "C06", "POPULATION_AUTHORITY");
    let (_to, mut stream) = opened(&desk).await.unwrap();
    let stopping = server.stop();
    let (ended, ()) = tokio::join!(stream.message(), stopping);
    assert_eq!(told(&ended.unwrap_err()).what(), (Code::Unavailable, "DRAINING"));
    ledger::verify(folder.path(), &[]);
}

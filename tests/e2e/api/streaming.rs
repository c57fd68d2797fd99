//! `IssueNumbers`: one answer for every item, whatever the others are.

use std::collections::BTreeMap;

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::issue_numbers_response::Result as Answered;
use futures_util::stream;
use tonic::Code;

use crate::support::births::{asking, birth, changed, child, id, item, request};
use crate::support::ledger;
use crate::support::office::{Office, issued};
use crate::support::server::Server;
use crate::support::told::{Told, told_of};

async fn all(office: &Office, requests: Vec<v1::IssueNumberRequest>) -> Vec<v1::IssueNumbersResponse> {
    let mut answers = office
        .stream(stream::iter(requests.into_iter().map(item)))
        .await
        .unwrap();
    let mut all = Vec::new();
    while let Some(answer) = answers.message().await.unwrap() {
        all.push(answer);
    }
    all
}

fn refusal(answer: &v1::IssueNumbersResponse) -> Told {
    match &answer.result {
        Some(Answered::Error(error)) => told_of(error),
        _ => panic!("not refused"),
    }
}

fn number(answer: &v1::IssueNumbersResponse) -> String {
    match &answer.result {
        Some(Answered::Answer(answer)) => issued(answer).number.clone(),
        _ => panic!("no number"),
    }
}

#[tokio::test]
async fn every_item_is_answered_once_and_a_bad_one_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    // More than are worked on at a time, so that the stream must be read as it is answered.
    let count = 1_200;
    let requests: Vec<_> = (1..=count)
        .map(|n| match n % 10 {
            3 => changed(request("26734", n), |r| child(r).full_name = String::new()),
            5 => request("26800", n),
            7 => changed(request("26734", n), |r| child(r).nationalities = vec!["LA".into()]),
            _ => request("26734", n),
        })
        .collect();
    let answers = all(&office, requests).await;
    assert_eq!(answers.len(), usize::try_from(count).unwrap());
    let answers: BTreeMap<_, _> = answers
        .into_iter()
        .map(|answer| (answer.request_id.clone(), answer))
        .collect();
    let mut numbers = std::collections::BTreeSet::new();
    for n in 1..=count {
        let answer = answers.get(&id(n)).expect("an answer for every item");
        match n % 10 {
            3 => assert_eq!(refusal(answer).fields(), ["registration.child.full_name"]),
            5 => assert_eq!(
                refusal(answer).what(),
                (Code::PermissionDenied, "NOT_YOUR_REGISTRATION")
            ),
            7 => assert_eq!(refusal(answer).what(), (Code::FailedPrecondition, "NOT_ELIGIBLE")),
            _ => assert!(numbers.insert(number(answer)), "a number was given twice"),
        }
    }
    server.stop().await;
    let expected = [("genesis", 1), ("issued", 840), ("rejected", 120)];
    assert_eq!(ledger::counts(folder.path()).await, expected.into());
    assert_eq!(ledger::numbers(folder.path()).await, numbers);
}

#[tokio::test]
async fn items_sent_twice_in_one_stream_are_answered_twice_alike() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let mut requests: Vec<_> = (1..=300)
        .flat_map(|n| [request("26734", n), request("26734", n)])
        .collect();
    // The same registrations under further ids, and one id with other content.
    requests.extend((1..=300).map(|n| asking(id(n + 10_000), birth("26734", n))));
    requests.push(changed(request("26734", 1), |r| child(r).ethnicity = "Tày".into()));
    let answers = all(&office, requests).await;
    assert_eq!(answers.len(), 901);

    let mut first: BTreeMap<String, Vec<&v1::IssueNumbersResponse>> = BTreeMap::new();
    for answer in &answers {
        first.entry(answer.request_id.clone()).or_default().push(answer);
    }
    // Which of the two contents under one id comes first is not promised: the other one is refused.
    let contested = first.remove(&id(1)).unwrap();
    assert_eq!(contested.len(), 3);
    for n in 2..=300 {
        let given: Vec<_> = [&first[&id(n)][..], &first[&id(n + 10_000)]].concat();
        assert_eq!(given.len(), 3);
        assert!(given.iter().all(|answer| number(answer) == number(given[0])));
        let fresh = given.iter().filter(|answer| match &answer.result {
            Some(Answered::Answer(answer)) => !answer.replayed,
            _ => false,
        });
        assert_eq!(fresh.count(), 1, "decided once, and told to be a replay to all others");
    }
    server.stop().await;
    assert_eq!(ledger::numbers(folder.path()).await.len(), 300);
}

#[tokio::test]
async fn a_stream_and_single_calls_share_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, "26734");
    let single = office.number(request("26734", 1)).await;
    let answers = all(&office, vec![request("26734", 1), request("26734", 2)]).await;
    let of = |n: u64| answers.iter().find(|answer| answer.request_id == id(n)).unwrap();
    assert_eq!(number(of(1)), single);
    assert_eq!(office.number(request("26734", 2)).await, number(of(2)));
    server.stop().await;
}

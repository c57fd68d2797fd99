//! Starting and stopping: who is let in, what is finished, and callers that go away.

use std::time::Duration;

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::issue_numbers_response::Result as Answered;
use futures_util::future::join_all;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::support::births::{id, item};
use crate::support::blocker::Blocker;
use crate::support::load::{Load, OFFICE, nth};
use crate::support::office::Office;
use crate::support::server::{Launch, Server};
use crate::support::told::{Told, told};
use crate::support::until;

/// Single calls, and items of a stream, that are under way when the server is told to stop.
const CALLS: u64 = 100;
const ITEMS: u64 = 50;

fn told_to_come_back(status: &Status) -> Told {
    let told = told(status);
    let retry_after = told.retry_after.expect("a time to come back");
    assert!(!retry_after.is_zero());
    if told.code == Code::Unavailable {
        assert_eq!(
            told.pushback.as_ref().unwrap().parse::<u128>().unwrap(),
            retry_after.as_millis()
        );
    }
    told
}

async fn stops_well(signal: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let office = Office::new(server.connect().await, OFFICE);
    let beside = server.connect().await;
    let mut health = HealthClient::new(beside.clone());
    let beside = Office::new(beside, OFFICE);

    // No turn can be taken, so all this is under way until the lock is released.
    let blocker = Blocker::on(folder.path()).await;
    let mut calls = JoinSet::new();
    for n in 1..=CALLS {
        let office = office.clone();
        calls.spawn(async move { (n, office.issue(nth(n)).await) });
    }
    let (items, stream) = tokio::sync::mpsc::unbounded_channel();
    for n in 1..=ITEMS {
        items.send(item(nth(CALLS + n))).unwrap();
    }
    let opened = tokio::spawn(async move { office.stream(UnboundedReceiverStream::new(stream)).await });
    // Asked about side by side: a turn waits ten seconds for the lock, and all of this must happen before.
    join_all((1..=CALLS + ITEMS).map(|n| {
        let beside = &beside;
        until("the request is in hand", async move || {
            // A question that comes before its request waits for a turn itself: it is taken back and asked again.
            let asked = tokio::time::timeout(Duration::from_millis(200), beside.issuance(&id(n))).await;
            let told = told_to_come_back(&asked.ok()?.err()?);
            (told.what() == (Code::Aborted, "IN_PROGRESS")).then_some(())
        })
    }))
    .await;

    server.signal(signal);
    for service in ["", "dinhdanh.v1.IssuanceService", "dinhdanh.v1.NumberService"] {
        until("health says so", async || {
            let answer = health
                .check(HealthCheckRequest {
                    service: service.into(),
                })
                .await
                .unwrap()
                .into_inner();
            (answer.status() == ServingStatus::NotServing).then_some(())
        })
        .await;
    }
    let refused = told_to_come_back(&beside.issue(nth(1_000)).await.unwrap_err());
    assert_eq!(refused.what(), (Code::Unavailable, "DRAINING"));
    let looked_up = told_to_come_back(&beside.issuance(&id(1_000)).await.unwrap_err());
    assert_eq!(looked_up.what(), (Code::Unavailable, "DRAINING"));
    drop((health, beside));
    blocker.release().await;

    let load = Load::new();
    for (n, answer) in calls.join_all().await {
        assert!(load.note(n, answer), "call {n} was under way and must be answered");
    }
    let mut stream = opened.await.unwrap().unwrap();
    let mut answered = 0;
    let end = loop {
        match stream.next().await.expect("a reason why the stream ends") {
            Err(status) => break status,
            Ok(answer) => {
                answered += 1;
                let n = (CALLS + 1..=CALLS + ITEMS)
                    .find(|n| id(*n) == answer.request_id)
                    .unwrap();
                let answer = match answer.result.unwrap() {
                    Answered::Answer(answer) => Ok(answer),
                    Answered::Error(error) => {
                        let details = prost::Message::encode_to_vec(&error);
                        Err(Status::with_details(
                            Code::from(error.code),
                            error.message,
                            details.into(),
                        ))
                    }
                };
                assert!(load.note(n, answer), "item {n} was under way and must be answered");
            }
        }
    };
    assert_eq!(answered, ITEMS);
    assert_eq!(told_to_come_back(&end).what(), (Code::Unavailable, "DRAINING"));
    drop((items, stream));
    let status = server.ended().await;
    assert!(
        status.success(),
        "{signal}: the server ended with {status}: {}",
        server.said()
    );

    let server = Server::start(folder.path());
    load.resend(&server.connect().await, 1..=CALLS + ITEMS).await;
    server.stop().await;
    load.compare(folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_finishes_what_is_queued_and_refuses_what_is_new() {
    stops_well("TERM").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_finishes_what_is_queued_and_refuses_what_is_new() {
    stops_well("INT").await;
}

#[tokio::test]
async fn a_data_folder_has_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, OFFICE);
    let (status, said) = Launch::on(folder.path()).refused();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("in use by another process"), "{said}");
    assert!(!said.contains("listening"), "{said}");
    // The first one has not noticed.
    assert!(office.issue(nth(1)).await.is_ok());
    server.stop().await;
}

#[test]
fn callers_are_believed_only_where_that_was_asked_for_and_only_on_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (arguments, reason) in [
        (
            &["serve", "--listen", "127.0.0.1:0"][..],
            "nothing says how callers prove who they are",
        ),
        (&["serve", "--dev", "--listen", "0.0.0.0:0"], "loopback only"),
        (&["serve", "--dev", "--listen", "[::]:0"], "loopback only"),
        (&["serve", "--dev", "--listen", "192.0.2.7:0"], "loopback only"),
        (&["serve", "--dev", "--listen", "here"], "invalid value"),
    ] {
        let (status, said) = Launch::on(&data).saying(arguments).refused();
        assert!(!status.success());
        assert!(said.contains(reason), "{arguments:?}: {said}");
        assert!(!data.exists(), "a server that may not be left something behind");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_go_away_leave_whole_outcomes() {
    const COUNT: u64 = 600;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let mut random = SmallRng::seed_from_u64(7);
    let mut calls = JoinSet::new();
    for n in 1..=COUNT {
        // Some on connections that break under them, most by taking the call back.
        let office = Office::new(server.connect().await, OFFICE);
        let patience = std::time::Duration::from_micros(random.random_range(0..20_000));
        calls.spawn(async move {
            let answered = tokio::time::timeout(patience, office.issue(nth(n))).await;
            (n, answered.is_ok())
        });
    }
    let gone = calls
        .join_all()
        .await
        .into_iter()
        .filter(|(_, answered)| !answered)
        .count();
    assert!(gone > 50, "only {gone} callers went away in time to show anything");

    // A stream whose caller goes away after a few answers.
    let office = Office::new(server.connect().await, OFFICE);
    let items: Vec<v1::IssueNumbersRequest> = (COUNT + 1..=2 * COUNT).map(|n| item(nth(n))).collect();
    let mut stream = office.stream(tokio_stream::iter(items)).await.unwrap();
    for _ in 0..10 {
        stream.next().await.unwrap().unwrap();
    }
    drop(stream);

    let load = Load::new();
    let channel = server.connect().await;
    for n in 1..=2 * COUNT {
        until("it is answered", async || load.send(&channel, n).await.then_some(())).await;
    }
    drop((office, channel));
    server.stop().await;
    load.compare(folder.path()).await;
}

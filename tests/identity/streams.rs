//! Who sends a stream is judged as long as it lasts.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::feed_service_client::FeedServiceClient;
use dinhdanh::proto::v1::issue_numbers_response::Result as Answered;
use dinhdanh::proto::v1::read_events_response::Item;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};

use super::reload::{becomes, fingerprint};
use super::site::{Site, no_identity};
use crate::support::births::request;
use crate::support::told::told_of;

/// A birth as an item of a stream.
fn item(office: &str, n: u64) -> v1::IssueNumbersRequest {
    let v1::IssueNumberRequest {
        request_id,
        registration,
        validate_only,
    } = request(office, n);
    v1::IssueNumbersRequest {
        request_id,
        registration,
        validate_only,
    }
}

async fn next(answers: &mut Streaming<v1::IssueNumbersResponse>) -> Answered {
    answers.message().await.unwrap().unwrap().result.unwrap()
}

#[tokio::test]
async fn an_item_of_an_open_stream_is_refused_once_its_sender_is_shut_out() {
    let site = Site::new();
    let server = site.launch().start();
    let office = site.caller(&server, "registrar-26734").await;
    let (items, sent) = mpsc::channel(1);
    items.send(item("26734", 1)).await.unwrap();
    let mut answers = office.stream(ReceiverStream::new(sent)).await.unwrap();
    assert!(matches!(next(&mut answers).await, Answered::Answer(_)));
    site.deny(&[fingerprint("registrar/26734")]);
    becomes(&office, false).await;
    items.send(item("26734", 2)).await.unwrap();
    match next(&mut answers).await {
        Answered::Error(status) => assert_eq!(told_of(&status).what(), (Code::Unauthenticated, "NO_IDENTITY")),
        Answered::Answer(_) => panic!("it was answered"),
    }
    site.deny(&[]);
    becomes(&office, true).await;
    items.send(item("26734", 2)).await.unwrap();
    assert!(matches!(next(&mut answers).await, Answered::Answer(_)));
    drop(items);
    assert!(answers.message().await.unwrap().is_none());
    server.stop().await;
}

#[tokio::test]
async fn an_open_feed_ends_once_its_reader_is_shut_out() {
    let site = Site::new();
    let server = site.launch().start();
    let [reader, other] = ["registrar-26734", "registrar-00001"];
    let channel = site.connect(&server, Some(site.identity(reader))).await;
    let (reader, other) = (site.caller(&server, reader).await, site.caller(&server, other).await);
    reader.number(request("26734", 1)).await;
    let follow = v1::ReadEventsRequest {
        follow: true,
        ..v1::ReadEventsRequest::default()
    };
    let mut events = FeedServiceClient::new(channel)
        .read_events(follow)
        .await
        .unwrap()
        .into_inner();
    let event = |item: Option<Item>| matches!(item, Some(Item::Event(_)));
    while !event(events.message().await.unwrap().unwrap().item) {}
    site.deny(&[fingerprint("registrar/26734")]);
    becomes(&reader, false).await;
    // Whatever happens next is no longer told to it.
    other.number(request("00001", 2)).await;
    let ended = loop {
        match events.message().await {
            Ok(item) => assert!(!event(item.unwrap().item), "an event was told"),
            Err(status) => break status,
        }
    };
    no_identity(&ended, "has been shut out");
    server.stop().await;
}

//! Connections: how many calls each may have, and when they are closed.

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::transport::Endpoint;

use super::{PREFACE, send_all, slow};
use crate::support::births::request;
use crate::support::office::Office;
use crate::support::proxy::Proxy;
use crate::support::server::{Launch, Server};
use crate::support::{PATIENCE, until};

/// Waits until the other end closes; whatever it says before is passed over.
async fn closed(mut connection: TcpStream) {
    let mut said = Vec::new();
    let end = timeout(PATIENCE, connection.read_to_end(&mut said)).await;
    // A reset is an end as well.
    let _ = end.expect("the server closes the connection");
}

async fn knock(server: &Server, first: &[u8]) -> TcpStream {
    let mut connection = TcpStream::connect(server.address()).await.unwrap();
    connection.write_all(first).await.unwrap();
    connection
}

#[tokio::test]
async fn connections_that_say_nothing_or_not_how_they_begin_are_closed_and_others_are_not() {
    let folder = TempDir::new().unwrap();
    let server = Launch::on(folder.path())
        .set("CONNECTIONS_OPENING", "500ms")
        .set("CONNECTIONS_IDLE", "10m")
        .start();
    let office = Office::new(server.connect().await, "26734");
    office.issue(request("26734", 1)).await.unwrap();
    closed(knock(&server, b"").await).await;
    closed(knock(&server, b"PRI * HT").await).await;
    closed(knock(&server, b"GET / HTTP/1.1\r\n\r\n").await).await;
    assert!(office.issue(request("26734", 1)).await.unwrap().replayed);
    server.stop().await;
}

#[tokio::test]
async fn a_connection_without_calls_for_long_is_asked_to_leave() {
    let folder = TempDir::new().unwrap();
    let server = Launch::on(folder.path()).set("CONNECTIONS_IDLE", "1s").start();
    let wire = Proxy::to(server.address().port()).await;
    let through = Endpoint::from_shared(format!("http://127.0.0.1:{}", wire.port())).unwrap();
    let office = Office::new(through.connect_lazy(), "26734");
    for times in 1..4 {
        // A client that was asked to leave comes again by itself.
        office.issue(request("26734", 1)).await.unwrap();
        assert_eq!(wire.connections(), times);
        until("the client has left", async || (wire.open() == 0).then_some(())).await;
    }
    // Who does not go is left.
    closed(knock(&server, PREFACE).await).await;
    server.stop().await;
}

#[tokio::test]
async fn a_connection_whose_other_end_is_dead_is_given_up() {
    let folder = TempDir::new().unwrap();
    let server = Launch::on(folder.path()).set("CONNECTIONS_KEEPALIVE", "300ms").start();
    // It never answers a ping, as a machine without power would not.
    closed(knock(&server, PREFACE).await).await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_holds_back_the_calls_that_a_connection_may_not_have() {
    let folder = TempDir::new().unwrap();
    // Two calls at a time by turns of a fifth of a second: if all were sent at once, most would be refused.
    let server = slow(folder.path())
        .set("CONNECTIONS_STREAMS", "2")
        .set("LIMITS_BIRTHS_WAIT", "500ms")
        .start();
    let channel = server.connect().await;
    // A client knows how many it may have once it has heard from the server.
    Office::new(channel.clone(), "26734")
        .issue(request("26734", 0))
        .await
        .unwrap();
    for (n, outcome) in send_all(&channel, "26734", 1..15).join_all().await {
        assert!(!outcome.unwrap_or_else(|status| panic!("{n}: {status}")).replayed);
    }
    drop(channel);
    server.stop().await;
}

#[tokio::test]
async fn more_connections_than_allowed_wait_until_one_is_closed() {
    let folder = TempDir::new().unwrap();
    let server = Launch::on(folder.path()).set("CONNECTIONS_MOST", "2").start();
    let first = Office::new(server.connect().await, "26734");
    let second = Office::new(server.connect().await, "26734");
    first.issue(request("26734", 1)).await.unwrap();
    second.issue(request("26734", 2)).await.unwrap();
    let third = Office::new(server.endpoint().connect_lazy(), "26734");
    let waiting = tokio::spawn(async move { third.issue(request("26734", 3)).await });
    second.issue(request("26734", 2)).await.unwrap();
    assert!(!waiting.is_finished());
    drop(first);
    assert!(!timeout(PATIENCE, waiting).await.unwrap().unwrap().unwrap().replayed);
    server.stop().await;
}

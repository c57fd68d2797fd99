//! Floods of what is no use: beside them, births on other connections are answered, memory stays bounded, and nothing is
//! written of them.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tonic::transport::{Channel, Endpoint};

use super::PREFACE;
use crate::support::births::request;
use crate::support::ledger;
use crate::support::office::Office;
use crate::support::raw;
use crate::support::server::{Launch, Server};
use crate::support::until;

/// Births that must be answered while a flood goes on.
const LIVE: u64 = 300;
/// Connections of a flood.
const FLOODING: usize = 32;
/// The most memory that a server may hold under any of them, in MiB: far below what unbounded floods would come to.
const MOST_MIB: u64 = 400;

/// A frame of HTTP/2 (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header in a literal form that needs no table (RFC 7541, section 6.2.2).
fn header(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        let length = text.len();
        if length < 127 {
            bytes.push(u8::try_from(length).unwrap());
        } else {
            bytes.push(127);
            let mut rest = length - 127;
            while rest >= 128 {
                bytes.push(u8::try_from(rest % 128).unwrap() | 128);
                rest /= 128;
            }
            bytes.push(u8::try_from(rest).unwrap());
        }
        bytes.extend(text.bytes());
    }
    bytes
}

/// The head of a call on a stream, with further headers.
fn head(stream: u32, more: &[(&str, &str)]) -> Vec<u8> {
    let usual = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", raw::ISSUE),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("x-dinhdanh-office", "99999"),
    ];
    let block: Vec<u8> = usual
        .iter()
        .chain(more)
        .flat_map(|(name, value)| header(name, value))
        .collect();
    frame(1, 4, stream, &block)
}

/// A connection made when it is first needed.
fn lazily(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .connect_lazy()
}

/// One connection of a flood: writes what it makes of its count, as long as the other end takes it; then again anew.
async fn pour(address: SocketAddr, poured: Arc<AtomicU64>, mut next: impl FnMut(u32) -> Vec<u8>) {
    loop {
        let Ok(mut connection) = TcpStream::connect(address).await else {
            tokio::task::yield_now().await;
            continue;
        };
        let mut heard = vec![0; 16 << 10];
        let mut count = 0;
        let mut wave = PREFACE.to_vec();
        while connection.write_all(&wave).await.is_ok() {
            poured.fetch_add(1, Ordering::Relaxed);
            // What it says is taken, so that it has no reason to stop.
            while matches!(connection.try_read(&mut heard), Ok(1..)) {}
            wave = next(count);
            count += 1;
            if wave.is_empty() {
                // Stays, and sends nothing more until it is closed.
                let _ = connection.read(&mut heard).await;
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Lets a flood go on while births are registered on another connection, and looks at what it did.
async fn beside<F: Future<Output = ()> + Send + 'static>(
    launch: impl FnOnce(Launch) -> Launch,
    flood: impl Fn(SocketAddr, Arc<AtomicU64>) -> F,
) {
    let folder = TempDir::new().unwrap();
    let server = launch(Launch::on(folder.path())).start();
    let office = Office::new(server.connect().await, "26734");
    let poured = Arc::new(AtomicU64::new(0));
    let mut flooding = JoinSet::new();
    for _ in 0..FLOODING {
        flooding.spawn(flood(server.address(), Arc::clone(&poured)));
    }
    until("the flood is under way", async || {
        (poured.load(Ordering::Relaxed) > FLOODING as u64).then_some(())
    })
    .await;
    for n in 0..LIVE {
        let answer = office.issue(request("26734", n)).await;
        assert!(!answer.unwrap_or_else(|status| panic!("birth {n}: {status}")).replayed);
    }
    let held = peak_mib(&server);
    assert!(held < MOST_MIB, "the server held {held} MiB");
    flooding.shutdown().await;
    assert_eq!(ledger::numbers(folder.path()).await.len() as u64, LIVE);
    drop(office);
    server.stop().await;
    ledger::verify(folder.path(), &[]);
}

/// The most memory a server has held.
fn peak_mib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_frames() {
    beside(
        |launch| launch,
        |address, poured| {
            pour(address, poured, |count| match count % 4 {
                0 => frame(0, 0, 0, b"data on no stream"),
                1 => frame(1, 4, 1, &[0xff; 64]),
                2 => frame(9, 4, 7, b"continues nothing"),
                _ => vec![0xff; 4096],
            })
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_are_none() {
    beside(
        |launch| launch,
        |address, poured| async move {
            let channel = lazily(address);
            loop {
                raw::post(&channel, raw::framed(0, 40, &[0xff; 40])).await;
                poured.fetch_add(1, Ordering::Relaxed);
            }
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn huge_headers() {
    beside(
        |launch| launch,
        |address, poured| {
            let long = "x".repeat(15_000);
            pour(address, poured, move |count| {
                head(
                    count * 2 + 1,
                    &[("x-much", long.as_str()), ("x-more", long.as_str())][..1 + count as usize % 2],
                )
            })
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_opened_and_never_used() {
    let few = |launch: Launch| {
        launch
            .set("CONNECTIONS_OPEN_CALLS", "500")
            .set("CONNECTIONS_MESSAGE_WITHIN", "60s")
    };
    beside(few, |address, poured| {
        pour(address, poured, |count| match count {
            // As many as a connection may have.
            0..256 => head(count * 2 + 1, &[]),
            _ => Vec::new(),
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_opened_and_reset_at_once() {
    beside(
        |launch| launch,
        |address, poured| {
            pour(address, poured, |count| {
                let stream = count * 2 + 1;
                [head(stream, &[]), frame(3, 0, stream, &8_u32.to_be_bytes())].concat()
            })
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn senders_of_a_byte_at_a_time() {
    let hasty = |launch: Launch| launch.set("CONNECTIONS_MESSAGE_WITHIN", "500ms");
    beside(hasty, |address, poured| async move {
        loop {
            let Ok(mut connection) = TcpStream::connect(address).await else {
                continue;
            };
            let mut sent = [PREFACE, &head(1, &[]), &frame(0, 0, 1, &raw::framed(0, 60_000, b""))].concat();
            let mut heard = vec![0; 4096];
            while connection.write_all(&sent).await.is_ok() {
                poured.fetch_add(1, Ordering::Relaxed);
                if matches!(connection.try_read(&mut heard), Ok(0)) {
                    break;
                }
                sent = frame(0, 0, 1, b"x");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_with_a_millisecond_to_live() {
    beside(
        |launch| launch,
        |address, poured| async move {
            let channel = lazily(address);
            let office = Office::new(channel, "99999").with("grpc-timeout", "1m");
            loop {
                // Bad fields and all: were it looked at, it would be told.
                let mut sent = request("99999", 1_000_000 + poured.fetch_add(1, Ordering::Relaxed));
                sent.registration.as_mut().unwrap().child = None;
                let _ = office.issue(sent).await;
            }
        },
    )
    .await;
}

//! Streams of items: they take what births leave, and are read no faster than they are done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt;
use tempfile::TempDir;
use tokio_stream::iter;

use super::slow;
use crate::support::births::{item, request};
use crate::support::ledger;
use crate::support::office::Office;
use crate::support::server::Launch;
use crate::support::until;

/// Items of the streams here: more than fit into a window.
const ITEMS: u64 = 600;

#[tokio::test]
async fn births_do_not_wait_for_the_items_of_a_stream() {
    let folder = TempDir::new().unwrap();
    let server = slow(folder.path()).start();
    let stream = Office::new(server.connect().await, "00001");
    let items = iter((0..ITEMS).map(|n| item(request("00001", 1_000 + n))));
    let mut answers = stream.stream(items).await.unwrap();
    let answered = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&answered);
    let reading = tokio::spawn(async move {
        while let Some(Ok(_)) = answers.next().await {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    until("the stream is under way", async || {
        (answered.load(Ordering::Relaxed) > 0).then_some(())
    })
    .await;
    let counter = Office::new(server.connect().await, "26734");
    // Behind the window of the stream each of them would wait for sixty turns, and be refused.
    for n in 0..5 {
        assert!(!counter.issue(request("26734", n)).await.unwrap().replayed);
    }
    assert!(
        answered.load(Ordering::Relaxed) < ITEMS / 2,
        "the stream was not slowed"
    );
    reading.abort();
    drop((counter, stream));
    server.stop().await;
    ledger::verify(folder.path(), &[]);
}

#[tokio::test]
async fn a_stream_whose_answers_are_not_taken_is_not_read_on_and_holds_nobody_up() {
    let folder = TempDir::new().unwrap();
    let server = Launch::on(folder.path()).set("LIMITS_BULK", "16").start();
    let lazy = Office::new(server.connect().await, "00001");
    let taken = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&taken);
    // Without end: what is taken of it is what the server read, and what the wire holds.
    let items = iter((0..).map(move |n| {
        count.fetch_add(1, Ordering::Relaxed);
        item(request("00001", 10_000 + n))
    }));
    let answers = lazy.stream(items).await.unwrap();
    let others = Office::new(server.connect().await, "26734");
    let mut before = 0;
    let mut n = 0;
    // It comes to a stop, while others are served.
    until("the stream is no longer read", async || {
        for _ in 0..20 {
            n += 1;
            assert!(!others.issue(request("26734", n)).await.unwrap().replayed);
        }
        let now = taken.load(Ordering::Relaxed);
        let stands = now == before && now > 0;
        before = now;
        stands.then_some(())
    })
    .await;
    drop((answers, lazy, others));
    server.stop().await;
    ledger::verify(folder.path(), &[]);
}

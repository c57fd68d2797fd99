//! The disk is full, or does not take what is written: a clear error, nothing half done, and everything that was
//! answered stands.
//!
//! A write or flush that fails leaves the outcome of a commit unknown. The server then ends without answering anybody,
//! and the next start decides. A full disk is no such case: the turn is taken back, and callers are told to come again.

use std::path::Path;

use tonic::Code;
use tonic::transport::Channel;

use crate::support::births::id;
use crate::support::load::{Load, OFFICE, nth};
use crate::support::office::Office;
use crate::support::server::{Launch, Server};
use crate::support::small_disk::SmallDisk;
use crate::support::told::told;
use crate::support::{trace, until};

/// Callers that send at the same time.
const CALLERS: u64 = 16;

/// Sends births one after another until one is not answered, and tells why; `None` if the connection broke.
async fn until_refused(load: &Load, channel: &Channel, mut n: u64) -> Option<Code> {
    let office = Office::new(channel.clone(), OFFICE);
    while load.send(channel, n).await {
        n += 1;
    }
    // Once more, to see the reason.
    let status = office.issue(nth(n)).await.err()?;
    if status.details().is_empty() {
        return None;
    }
    let told = told(&status);
    assert_eq!(told.what(), (Code::Unavailable, "STORE_UNAVAILABLE"));
    assert_eq!(
        told.pushback.unwrap(),
        told.retry_after.unwrap().as_millis().to_string()
    );
    Some(told.code)
}

/// A server that was told of a failing write ends by itself, saying why.
async fn ended_saying_why(server: &mut Server) {
    let status = server.ended().await;
    assert!(!status.success(), "the server ended as if nothing had happened");
    assert!(server.said().contains("is unknown"), "{}", server.said());
    assert!(!server.said().contains("panicked"), "{}", server.said());
}

/// After all is well again: what was answered stands, what was not is done now, and the checker is content.
async fn all_is_well(folder: &Path, load: &Load) {
    let server = Server::start(folder);
    let channel = server.connect().await;
    load.resend(&channel, load.answered()).await;
    drop(channel);
    server.stop().await;
    load.compare(folder).await;
}

/// A server whose calls of one kind fail from some moment on.
async fn with_failing(call: &str, from: u32) {
    if !trace::possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    Server::start(folder.path()).stop().await;
    let (traced, inject) = (format!("trace={call}"), format!("inject={call}:error=EIO:when={from}+"));
    let command = [
        "strace",
        "-f",
        "-qq",
        "-e",
        "signal=none",
        "-e",
        &traced,
        "-e",
        &inject,
        "-o",
        "/dev/null",
    ];
    let mut server = Launch::on(folder.path()).under(&command).start();
    let load = Load::new();
    let callers = load.start(&server.connect().await, CALLERS, from.into());
    ended_saying_why(&mut server).await;
    callers.join_all().await;
    assert!(
        !load.answered().is_empty() && !load.open().is_empty(),
        "it failed too early or too late to show anything"
    );
    all_is_well(folder.path(), &load).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_write_ends_the_server_and_loses_nothing() {
    with_failing("pwrite64", 900).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_flush_ends_the_server_and_loses_nothing() {
    // Which of the two it is depends on how SQLite was built.
    with_failing("fsync,fdatasync", 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_grow_ends_the_server_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // In blocks of 512 bytes or of 1 KiB, as the shell has it.
    let script = "trap '' XFSZ; ulimit -f 2048; exec \"$@\"";
    let mut server = Launch::on(folder.path()).under(&["sh", "-c", script, "sh"]).start();
    let load = Load::new();
    let callers = load.start(&server.connect().await, CALLERS, 1);
    ended_saying_why(&mut server).await;
    callers.join_all().await;
    assert!(!load.answered().is_empty() && !load.open().is_empty());
    all_is_well(folder.path(), &load).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_for_a_while_is_told_and_then_forgotten() {
    if !trace::possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    Server::start(folder.path()).stop().await;
    let inject = "inject=pwrite64:error=ENOSPC:when=900..904";
    let command = [
        "strace",
        "-f",
        "-qq",
        "-e",
        "signal=none",
        "-e",
        "trace=pwrite64",
        "-e",
        inject,
        "-o",
        "/dev/null",
    ];
    let server = Launch::on(folder.path()).under(&command).start();
    let channel = server.connect().await;
    let load = Load::new();
    assert_eq!(until_refused(&load, &channel, 1).await, Some(Code::Unavailable));
    let answered = load.answered();
    assert!(answered.len() > 5, "the disk was full too early to show anything");
    // What was answered can be looked up meanwhile, and when there is room again the same server goes on.
    Office::new(channel.clone(), OFFICE)
        .issuance(&id(answered[0]))
        .await
        .unwrap();
    for n in load.open() {
        until("there is room again", async || {
            load.send(&channel, n).await.then_some(())
        })
        .await;
    }
    for n in 1_001..1_100 {
        assert!(load.send(&channel, n).await);
    }
    drop(channel);
    server.stop().await;
    all_is_well(folder.path(), &load).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_after_making_room_nothing_is_missing() {
    let Some(disk) = SmallDisk::of(3_000) else {
        eprintln!("NOT TESTED: no disk may be mounted here");
        return;
    };
    let within = disk.within();
    let within: Vec<&str> = within.iter().map(String::as_str).collect();
    let mut server = Launch::on(disk.path()).under(&within).start();
    let channel = server.connect().await;
    let load = Load::new();
    let refused = until_refused(&load, &channel, 1).await;
    assert!(
        load.answered().len() > 20,
        "the disk was full too early to show anything"
    );
    if refused.is_none() {
        // SQLite may meet the full disk where it cannot tell what was done.
        ended_saying_why(&mut server).await;
    }
    disk.grow(60_000);
    if refused.is_none() {
        server = Launch::on(disk.path()).under(&within).start();
    }
    let channel = server.connect().await;
    load.resend(&channel, load.answered()).await;
    for n in 10_001..10_200 {
        assert!(load.send(&channel, n).await);
    }
    drop(channel);
    server.stop().await;
    let elsewhere = tempfile::tempdir().unwrap();
    all_is_well(&disk.copy_to(elsewhere.path()), &load).await;
}

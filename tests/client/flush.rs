//! The order of a run's system calls: a request id is on the disk before it is on the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::desk::{Desk, said, url};
use crate::support::server::{BINARY, Server};
use crate::support::trace;

const ROWS: usize = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_id_leaves_before_it_is_on_the_disk() {
    if !trace::possible() {
        return;
    }
    let desk = Desk::with_births(ROWS as u64, 5, "plain");
    let server = Server::start(&desk.data());
    let file = desk.data().with_extension("trace");
    let traced = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-s",
            "10000000",
            "-e",
            "trace=write,writev,sendto,sendmsg,fdatasync",
            "-o",
        ])
        .arg(&file)
        .arg(BINARY)
        .arg("issue")
        .arg(&desk.file)
        .args(["--server", &url(&server)])
        .output()
        .unwrap();
    assert_eq!(traced.status.code(), Some(0), "{}", said(&traced));

    let ids: BTreeSet<String> = desk.ids().into_values().flatten().collect();
    assert_eq!(ids.len(), ROWS);
    let mut watch = Watch::default();
    for call in std::fs::read_to_string(&file).unwrap().lines() {
        watch.see(call, &ids);
    }
    let unseen = ids.len() - watch.sent.len();
    assert_eq!(unseen, 0, "so many rows were not seen on their way");
}

/// What is known after so many system calls.
#[derive(Default)]
struct Watch {
    written: BTreeSet<String>,
    /// What had been written when a flush began that has not ended, by thread.
    flushing: BTreeMap<String, BTreeSet<String>>,
    durable: BTreeSet<String>,
    sent: BTreeSet<String>,
}

impl Watch {
    fn see(&mut self, call: &str, ids: &BTreeSet<String>) {
        let (thread, call) = call.split_once(' ').unwrap();
        let call = call.trim_start();
        if call.starts_with("fdatasync(") && call.contains("births.csv.journal>") {
            self.flushing.insert(thread.to_owned(), self.written.clone());
        }
        let flushed = call.starts_with("fdatasync(") || call.starts_with("<... fdatasync resumed>");
        if flushed && call.ends_with("= 0") {
            self.durable.extend(self.flushing.remove(thread).unwrap_or_default());
        }
        let named = || named(call, ids);
        if call.starts_with("write(") && call.contains("births.csv.journal>, ") {
            self.written.extend(named());
        } else if call.contains("<TCP") || call.contains("<socket:") {
            let sent = named();
            assert!(
                sent.is_subset(&self.durable),
                "a request id left before it was on the disk"
            );
            self.sent.extend(sent);
        }
    }
}

/// The ids that stand in a call's bytes.
fn named(call: &str, ids: &BTreeSet<String>) -> BTreeSet<String> {
    let call = joined(call);
    // An id has its first hyphen after eight characters, and 36 in all. What is no text is escaped, so all is ASCII.
    let hyphens = call.match_indices('-').filter_map(|(at, _)| at.checked_sub(8));
    let candidates = hyphens.filter_map(|start| call.get(start..start + 36));
    candidates.filter(|id| ids.contains(*id)).map(str::to_owned).collect()
}

/// A call's bytes in one piece, where it names several.
fn joined(call: &str) -> String {
    let mut pieces = call.split("\", iov_len=");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |whole, piece| {
        whole + piece.split_once("{iov_base=\"").map_or("", |(_, bytes)| bytes)
    })
}

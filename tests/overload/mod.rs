//! Under overload: what is refused and how, what is answered all the same, and what a flood cannot do to others.

mod connections;
mod floods;
mod shedding;
mod streams;

use std::path::Path;

use dinhdanh::proto::v1;
use tokio::task::JoinSet;
use tonic::Status;
use tonic::transport::Channel;

use crate::support::births::request;
use crate::support::office::Office;
use crate::support::server::Launch;

/// The beginning of every connection (RFC 9113, section 3.4), and settings that say nothing.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

/// A server whose store is slow: each turn takes a fifth of a second and four commands.
fn slow(folder: &Path) -> Launch {
    Launch::on(folder)
        .set("STORE_TURN_DELAY", "200ms")
        .set("LIMITS_BATCH", "4")
        .set("LIMITS_QUEUE", "400")
}

/// Sends the births `from` of an office, all at once.
fn send_all(
    channel: &Channel,
    office: &str,
    from: std::ops::Range<u64>,
) -> JoinSet<(u64, Result<v1::IssueNumberResponse, Status>)> {
    let mut calls = JoinSet::new();
    for n in from {
        let caller = Office::new(channel.clone(), office);
        let sent = request(office, n);
        calls.spawn(async move { (n, caller.issue(sent).await) });
    }
    calls
}

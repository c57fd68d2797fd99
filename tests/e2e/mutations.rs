//! Requests changed a little at random: hundreds of messages that nobody would think of.

use dinhdanh::proto::v1;
use prost::Message;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tonic::Code;

use crate::support::births::request;
use crate::support::load::OFFICE;
use crate::support::raw;
use crate::support::server::Server;
use crate::support::told::told;
use crate::support::{ledger, setting};

/// Changes a message a little: bits, bytes, whole stretches.
fn mutated(message: &[u8], random: &mut SmallRng) -> Vec<u8> {
    let mut bytes = message.to_vec();
    for _ in 0..random.random_range(1..=2) {
        let at = random.random_range(0..bytes.len());
        let to = random.random_range(at..bytes.len().min(at + 12));
        match random.random_range(0..6) {
            0 => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes[at] = random.random(),
            2 => drop(bytes.drain(at..to)),
            3 => bytes.truncate(at.max(1)),
            4 => bytes.insert(at, random.random()),
            _ => bytes
                .splice(at..at, message[at.min(message.len())..to.min(message.len())].to_vec())
                .for_each(drop),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

#[tokio::test]
async fn requests_changed_at_random_are_answered_or_refused_clearly() {
    let count = setting("DINHDANH_TEST_MUTATIONS", 1_500);
    let seed = setting("DINHDANH_TEST_SEED", 17);
    println!("DINHDANH_TEST_SEED={seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let (mut decisions, mut refusals) = (0, 0);
    for n in 1..=count {
        let bytes = mutated(&request(OFFICE, n).encode_to_vec(), &mut random);
        match raw::call(&channel, raw::ISSUE, bytes).await {
            Ok(answer) => {
                let answer = v1::IssueNumberResponse::decode(answer.as_slice()).unwrap();
                // A change may have made it a mere check, or something that was sent before.
                decisions += usize::from(answer.outcome.is_some() && !answer.replayed);
            }
            Err(status) => {
                let told = told(&status);
                let expected = matches!(
                    told.reason.as_str(),
                    "INVALID_FIELD"
                        | "MALFORMED"
                        | "TOO_LARGE"
                        | "NOT_YOUR_REGISTRATION"
                        | "NOT_ELIGIBLE"
                        | "PREFIX_CLOSED"
                        | "REQUEST_ID_REUSED"
                        | "REGISTRATION_EXISTS"
                );
                assert!(expected, "request {n}: {} {}", told.reason, status.message());
                assert_eq!(
                    told.reason == "INVALID_FIELD",
                    !told.violations.is_empty() && told.code == Code::InvalidArgument
                );
                decisions += usize::from(told.reason == "NOT_ELIGIBLE");
                refusals += 1;
            }
        }
    }
    assert!(
        refusals > count / 3 && decisions > 20,
        "{refusals} refused and {decisions} decided show little"
    );
    drop(channel);
    server.stop().await;
    let entries = ledger::entries(folder.path()).await;
    let decided = entries
        .iter()
        .filter(|entry| entry.position > 1 && entry.decision == entry.position)
        .count();
    assert_eq!(
        decided, decisions,
        "what was refused was written, or what was answered was not"
    );
    ledger::verify(folder.path(), &[]);
}

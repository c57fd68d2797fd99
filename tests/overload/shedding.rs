//! What is refused when more comes than can be done: early, with advice, and never what is known.

use std::time::Duration;

use tempfile::TempDir;
use tonic::Code;
use tonic_types::StatusExt;

use super::{send_all, slow};
use crate::support::births::request;
use crate::support::ledger;
use crate::support::office::Office;
use crate::support::server::Launch;
use crate::support::told::told;

const OFFICE: &str = "26734";

#[tokio::test]
async fn what_would_wait_too_long_is_refused_with_advice_and_everything_else_is_answered() {
    let folder = TempDir::new().unwrap();
    let server = slow(folder.path()).set("LIMITS_BIRTHS_WAIT", "1s").start();
    let channel = server.connect().await;
    // The first turn shows how slow the store is.
    Office::new(channel.clone(), OFFICE)
        .issue(request(OFFICE, 1))
        .await
        .unwrap();
    let (mut answered, mut refused) = (Vec::new(), Vec::new());
    for (n, outcome) in send_all(&channel, OFFICE, 2..202).join_all().await {
        match outcome {
            Ok(_) => answered.push(n),
            Err(status) => refused.push((n, told(&status))),
        }
    }
    // Five turns of four fit into the second, and a few more were let in before the queue had grown.
    assert!(
        !refused.is_empty() && answered.len() >= 12,
        "{} answered",
        answered.len()
    );
    let mut pauses: Vec<_> = refused
        .iter()
        .map(|(_, told)| {
            assert_eq!(told.what(), (Code::Unavailable, "OVERLOADED"));
            let pause = told.retry_after.unwrap();
            assert_eq!(told.pushback.as_deref(), Some(pause.as_millis().to_string().as_str()));
            pause
        })
        .collect();
    pauses.sort_unstable();
    let (shortest, longest) = (pauses[0], pauses[pauses.len() - 1]);
    assert!(
        shortest >= Duration::from_millis(250) && longest > shortest,
        "{shortest:?} to {longest:?}"
    );
    // Nothing was written of what was refused, and its id is free.
    assert_eq!(ledger::numbers(folder.path()).await.len(), 1 + answered.len());
    let again = Office::new(channel.clone(), OFFICE)
        .issue(request(OFFICE, refused[0].0))
        .await
        .unwrap();
    assert!(!again.replayed);
    drop(channel);
    server.stop().await;
    ledger::verify(folder.path(), &[]);
}

#[tokio::test]
async fn known_requests_are_answered_while_others_are_shed_also_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let launch = || slow(folder.path()).set("LIMITS_BIRTHS_WAIT", "300ms");
    let server = launch().start();
    let channel = server.connect().await;
    let office = Office::new(channel.clone(), OFFICE);
    let first = office.issue(request(OFFICE, 1)).await.unwrap();
    drop((office, channel));
    server.stop().await;
    // No answer is in memory any more.
    let server = launch().start();
    let channel = server.connect().await;
    let office = Office::new(channel.clone(), OFFICE);
    office.issue(request(OFFICE, 2)).await.unwrap();
    let storm = send_all(&channel, OFFICE, 100..400);
    let mut asked = Vec::new();
    for n in [1, 2, 1, 2] {
        asked.push(office.issue(request(OFFICE, n)).await.unwrap());
    }
    assert!(asked.iter().all(|answer| answer.replayed));
    assert_eq!(asked[0].outcome, first.outcome);
    let refused = storm
        .join_all()
        .await
        .into_iter()
        .filter(|(_, outcome)| outcome.is_err());
    assert!(refused.count() > 0, "nothing was shed, so nothing was shown");
    drop((office, channel));
    server.stop().await;
}

#[tokio::test]
async fn a_call_that_cannot_be_answered_in_its_time_is_refused_before_anything_is_done() {
    let folder = TempDir::new().unwrap();
    let server = slow(folder.path()).start();
    let office = Office::new(server.connect().await, OFFICE);
    for n in 1..4 {
        office.issue(request(OFFICE, n)).await.unwrap();
    }
    // Less than a turn takes, and far more than the refusal.
    let status = office
        .with("grpc-timeout", "150m")
        .issue(request(OFFICE, 10))
        .await
        .unwrap_err();
    assert_eq!(told(&status).what(), (Code::DeadlineExceeded, "NO_TIME_LEFT"));
    assert_eq!(ledger::numbers(folder.path()).await.len(), 3);
    assert!(!office.issue(request(OFFICE, 10)).await.unwrap().replayed);
    server.stop().await;
}

#[tokio::test]
async fn an_office_that_asks_too_fast_is_told_its_quota_and_no_other_is() {
    let folder = TempDir::new().unwrap();
    let server = Launch::on(folder.path())
        .set("LIMITS_OFFICE_RATE", "1")
        .set("LIMITS_OFFICE_BURST", "3")
        .start();
    let channel = server.connect().await;
    let office = Office::new(channel.clone(), OFFICE);
    let mut refused = None;
    for n in 1..100 {
        if let Err(status) = office.issue(request(OFFICE, n)).await {
            refused = Some((n, status));
            break;
        }
    }
    let (n, status) = refused.expect("a refusal");
    let quota = status
        .get_error_details()
        .quota_failure()
        .cloned()
        .expect("a QuotaFailure");
    assert_eq!(quota.violations[0].subject, "office");
    let told = told(&status);
    assert_eq!(told.what(), (Code::ResourceExhausted, "QUOTA"));
    assert!(told.retry_after.is_some() && n > 3);
    // Known answers do not count, and other offices have quotas of their own.
    for _ in 0..10 {
        assert!(office.issue(request(OFFICE, 1)).await.unwrap().replayed);
    }
    Office::new(channel.clone(), "00001")
        .issue(request("00001", 500))
        .await
        .unwrap();
    drop((office, channel));
    server.stop().await;
}

#[tokio::test]
async fn the_flood_of_one_office_does_not_keep_others_from_being_served() {
    let folder = TempDir::new().unwrap();
    let server = slow(folder.path()).set("LIMITS_BIRTHS_WAIT", "2s").start();
    let channel = server.connect().await;
    Office::new(channel.clone(), OFFICE)
        .issue(request(OFFICE, 1))
        .await
        .unwrap();
    let flood = send_all(&channel, OFFICE, 1_000..1_250);
    let others = server.connect().await;
    // Each of them one after another, while the flood stands.
    for n in 2..8 {
        let code = format!("0000{n}");
        let answer = Office::new(others.clone(), &code).issue(request(&code, n)).await;
        assert!(!answer.expect("served beside the flood").replayed);
    }
    let shed = flood
        .join_all()
        .await
        .into_iter()
        .filter(|(_, outcome)| outcome.is_err())
        .count();
    assert!(shed > 100, "{shed} of the flood were refused");
    server.stop().await;
}

//! The ways in which a run ends.

use std::time::Duration;

use tonic::Code;

use super::*;
use crate::client::Patience;
use crate::client::tests::script::{Step, refusal};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_ends_early_where_no_row_can_fare_better() {
    let desk = Desk::of(500);
    let refused = || refusal(Code::Unauthenticated, "NO_IDENTITY", &[], None);
    let script = Script::start((0..500).map(|_| refused())).await;
    let (end, report) = desk.run(&script).await.unwrap();
    let End::NotAccepted(trouble) = end else { panic!() };
    assert_eq!(trouble.to_string(), "UNAUTHENTICATED/NO_IDENTITY");
    assert!(script.seen().len() <= 16, "only what was under way");
    assert_eq!(report.count(Outcome::Open), 500);
    let reasons: Vec<String> = desk.result().into_iter().map(|line| line[6].clone()).collect();
    assert_eq!((reasons[0].as_str(), reasons[499].as_str()), ("NO_ANSWER", "NOT_SENT"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_ends_early_where_nothing_is_answered_any_more() {
    let desk = Desk::of(500);
    let busy = || refusal(Code::Unavailable, "OVERLOADED", &[], Some(HOUR));
    let script = Script::start((0..500).map(|_| busy())).await;
    let (end, report) = desk.run(&script).await.unwrap();
    assert!(matches!(end, End::Silent(_)));
    assert!(script.seen().len() <= 16);
    assert_eq!(report.count(Outcome::Open), 500);

    script.clear();
    let (end, report) = desk.run(&script).await.unwrap();
    assert_eq!((end, report.count(Outcome::Issued)), (End::Finished, 500));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_row_without_an_answer_does_not_hold_up_the_others() {
    let desk = Desk::of(30);
    let script = Script::start([Step::Hang]).await;
    let patience = Patience {
        attempt: Duration::from_millis(500),
        total: Duration::from_millis(500),
        ..QUICK
    };
    let client = script.client(8, patience).await;
    let (end, report) = desk
        .run_until(&client, &script, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(
        (end, report.count(Outcome::Issued), report.count(Outcome::Open)),
        (End::Finished, 29, 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_run_takes_in_what_is_on_its_way_and_goes_on_later() {
    let desk = Desk::of(40);
    let script = Script::start((0..8).map(|_| Step::Wait)).await;
    let client = script.client(8, QUICK).await;
    let stop = CancellationToken::new();
    let stopping = async {
        script.calls(8).await;
        stop.cancel();
        script.gate.add_permits(8);
    };
    let (run, ()) = tokio::join!(desk.run_until(&client, &script, &stop), stopping);
    let (end, report) = run.unwrap();
    assert_eq!(
        (end, report.count(Outcome::Issued), report.count(Outcome::Open)),
        (End::Stopped, 8, 32)
    );
    assert_eq!(script.seen().len(), 8);

    let (end, report) = desk.run(&script).await.unwrap();
    assert_eq!((end, report.count(Outcome::Issued)), (End::Finished, 40));
    assert!(ids(&script).into_values().all(|ids| ids.len() == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_after_the_last_answer_is_none() {
    let desk = Desk::of(2);
    let script = Script::start([Step::Wait, Step::Wait]).await;
    let client = script.client(8, QUICK).await;
    let stop = CancellationToken::new();
    let stopping = async {
        script.calls(2).await;
        stop.cancel();
        script.gate.add_permits(2);
    };
    let (run, ()) = tokio::join!(desk.run_until(&client, &script, &stop), stopping);
    assert_eq!(run.unwrap().0, End::Finished);
}

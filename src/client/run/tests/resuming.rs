//! A file is sent in several runs.

use tonic::{Code, Status};

use super::*;
use crate::client::tests::script::{Step, refusal};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_row_is_in_the_journal_before_it_is_sent() {
    let desk = Desk::of(600);
    let journal = path_beside(&desk.file);
    let script = Script::watched([], move |seen| {
        let text = std::fs::read_to_string(&journal).unwrap();
        let line = format!("\"line\":{},", entry(seen) + 1);
        let noted = text
            .lines()
            .any(|intent| intent.contains(&line) && intent.contains(&seen.request.request_id));
        assert!(noted, "a row was sent before its id was noted");
    })
    .await;
    let (end, report) = desk.run(&script).await.unwrap();
    assert_eq!(
        (end, report.count(Outcome::Issued), report.rows()),
        (End::Finished, 600, 600)
    );
    assert!(report.is_final());
    assert_eq!(script.seen().len(), 600);
    assert!(ids(&script).into_values().all(|ids| ids.len() == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_answered_is_not_sent_again() {
    let desk = Desk::of(20);
    let script = Script::start([]).await;
    desk.run(&script).await.unwrap();
    let first = desk.result();
    let (_, report) = desk.run(&script).await.unwrap();
    assert_eq!((script.seen().len(), report.count(Outcome::Issued)), (20, 20));
    assert_eq!(desk.result(), first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_dropped_in_the_middle_goes_on_under_the_same_ids() {
    let desk = Desk::of(700);
    let script = Script::start((0..300).map(|n| if n % 3 == 0 { Step::Wait } else { Step::Hang })).await;
    script.gate.add_permits(1000);
    for calls in [4, 9] {
        let client = script.client(8, QUICK).await;
        let nobody = CancellationToken::new();
        tokio::select! {
            _ = desk.run_until(&client, &script, &nobody) => panic!("it cannot end"),
            () = script.calls(calls) => {}
        }
    }
    script.clear();
    let (end, report) = desk.run(&script).await.unwrap();
    assert_eq!((end, report.count(Outcome::Issued)), (End::Finished, 700));
    let ids = ids(&script);
    assert_eq!(ids.len(), 700);
    assert!(ids.into_values().all(|ids| ids.len() == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_row_may_be_corrected_and_keeps_its_id() {
    let desk = Desk::of(3);
    let field = ["registration.child.full_name"];
    let script = Script::start([refusal(Code::InvalidArgument, "INVALID_FIELD", &field, None)]).await;
    let (_, report) = desk.run(&script).await.unwrap();
    assert_eq!((report.count(Outcome::Refused), report.count(Outcome::Issued)), (1, 2));
    assert!(!report.is_final());

    let refused: u64 = desk.result().iter().find(|line| line[3] == "refused").unwrap()[2]
        .parse()
        .unwrap();
    desk.write((1..=3).map(|n| {
        if n == refused {
            row(n).replace("An", "Ân")
        } else {
            row(n)
        }
    }));
    let (_, report) = desk.run(&script).await.unwrap();
    assert_eq!((report.count(Outcome::Issued), script.seen().len()), (3, 4));
    assert_eq!(ids(&script)[&refused].len(), 1, "corrected under its old id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_was_sent_must_stay_and_stay_as_it_is() {
    let desk = Desk::of(14);
    let script = Script::start([]).await;
    desk.run(&script).await.unwrap();
    let changed = |desk: &Desk, rows: Vec<String>| {
        desk.write(rows);
        survey(&desk.file, &desk.journal(&script)).unwrap_err().to_string()
    };
    let one = changed(
        &desk,
        (1..=14)
            .map(|n| if n == 4 { row(n).replace("An", "Bình") } else { row(n) })
            .collect(),
    );
    assert!(one.starts_with("line 5 has changed"), "{one}");
    let unreadable = changed(
        &desk,
        (1..=14).map(|n| if n == 4 { "x".into() } else { row(n) }).collect(),
    );
    assert!(unreadable.starts_with("line 5 has changed"), "{unreadable}");
    let inserted = changed(&desk, (0..=14).map(row).collect());
    assert!(
        inserted.starts_with("lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 4 more have changed"),
        "{inserted}"
    );
    let cut = changed(&desk, (1..=12).map(row).collect());
    assert!(cut.starts_with("2 of the rows"), "{cut}");

    desk.write((1..=14).map(|n| row(n).replace("Nguyễn Văn", "Nguyễn  Văn ")));
    desk.run(&script).await.unwrap();
    desk.write((1..=15).map(row));
    desk.run(&script).await.unwrap();
    assert_eq!(script.seen().len(), 15, "a row may be added");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_refused_for_its_caller_after_a_killed_run_stays_open() {
    let desk = Desk::of(1);
    let script = Script::start([Step::Hang]).await;
    let client = script.client(8, QUICK).await;
    let nobody = CancellationToken::new();
    tokio::select! {
        _ = desk.run_until(&client, &script, &nobody) => panic!("it cannot end"),
        () = script.calls(1) => {}
    }
    script.then(Step::Fail(Status::permission_denied("")));
    let (_, report) = desk.run(&script).await.unwrap();
    assert_eq!((report.count(Outcome::Open), report.count(Outcome::Refused)), (1, 0));
}

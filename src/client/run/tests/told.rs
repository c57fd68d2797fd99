//! What the report says.

use std::os::unix::fs::PermissionsExt;

use tonic::Code;

use super::*;
use crate::client::tests::script::{Step, issued, refusal};
use crate::proto::v1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_has_its_line() {
    let review = v1::IssueNumberResponse {
        outcome: Some(v1::issue_number_response::Outcome::UnderReview(v1::UnderReview {
            case_id: "a-case".into(),
            advice: None,
        })),
        replayed: true,
        position: 12,
    };
    let fields = ["registration.place_code", "registration.child.sex"];
    let script = Script::start([
        Step::Answer(issued(7)),
        Step::Answer(review),
        refusal(Code::FailedPrecondition, "NOT_ELIGIBLE", &[], None),
        refusal(Code::InvalidArgument, "INVALID_FIELD", &fields, None),
    ])
    .await;
    let mut rows: Vec<String> = (1..=4).map(row).collect();
    rows.push(row(5).replace("2026-03-09", "yesterday"));
    rows.push(row(6).replace("26734", "xã Bình Minh"));
    rows.push("too,few".into());
    let desk = Desk::new(rows);
    std::fs::write(&desk.out, "an older result").unwrap();
    let client = script.client(1, QUICK).await;
    let (_, report) = desk
        .run_until(&client, &script, &CancellationToken::new())
        .await
        .unwrap();

    let lines: Vec<String> = desk.result().iter().map(|line| line.join(",")).collect();
    let expected = [
        "2,26734,1,issued,001226000007,,,,8,no",
        "3,26734,2,under_review,,a-case,,,12,yes",
        "4,26734,3,rejected,,,NOT_ELIGIBLE,,,",
        "5,26734,4,refused,,,INVALID_FIELD,registration.place_code;registration.child.sex,,",
        "6,,,refused,,,UNREADABLE_ROW,date_of_birth,,",
        "7,,,refused,,,UNREADABLE_ROW,office_code,,",
        "8,,,refused,,,UNREADABLE_ROW,,,",
    ];
    assert_eq!(lines, expected);
    let counts = Outcome::ALL.map(|outcome| report.count(outcome));
    assert_eq!((counts, report.replayed), ([1, 1, 1, 4, 0], 1));
    assert_eq!(
        report.refused[0],
        "line 5: INVALID_FIELD registration.place_code;registration.child.sex"
    );
    assert!(report.refused[1].starts_with("line 6, column date_of_birth: "));
    assert_eq!(script.seen().len(), 4, "what cannot be read is not sent");

    let mode = std::fs::metadata(&desk.out).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left_over = desk.out.with_extension("csv.part");
    assert!(!left_over.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_read_is_not_sent() {
    let script = Script::start([]).await;
    let desk = Desk::of(1);
    std::fs::write(&desk.file, "name,born\nAn,2026\n").unwrap();
    assert!(matches!(desk.run(&script).await, Err(RunError::File(_))));
    std::fs::remove_file(&desk.file).unwrap();
    assert!(matches!(desk.run(&script).await, Err(RunError::File(_))));
    assert!(script.seen().is_empty());
}

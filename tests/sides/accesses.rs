//! `AuditService`: who looked.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::list_accesses_request::Subject;
use dinhdanh::proto::v1::{CaseKind, feed_service_client::FeedServiceClient};
use prost_types::Timestamp;
use tonic::Code;

use super::stage::{AUTHORITY, COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::{birth, request};
use crate::support::calls::{confirm, known, new_id, revoke, who_has};
use crate::support::desk::Desk;

fn of(subject: Subject) -> v1::ListAccessesRequest {
    v1::ListAccessesRequest {
        subject: Some(subject),
        ..v1::ListAccessesRequest::default()
    }
}

fn to(number: &str) -> v1::ListAccessesRequest {
    of(Subject::Number(number.to_owned()))
}

fn by(office: &str) -> v1::ListAccessesRequest {
    of(Subject::Office(office.to_owned()))
}

/// Of each access the office, the call without its service, and how it was answered.
async fn listed(auditor: &Desk, asked: v1::ListAccessesRequest) -> Vec<(String, String, i32)> {
    let accesses = auditor.does(asked).await.accesses;
    accesses.into_iter().map(short).collect()
}

fn short(access: v1::Access) -> (String, String, i32) {
    let call = access.call.rsplit('/').next().unwrap().to_owned();
    (access.office, call, access.code)
}

fn line(office: &str, call: &str, code: Code) -> (String, String, i32) {
    (office.to_owned(), call.to_owned(), code.into())
}

#[tokio::test]
async fn every_call_about_a_number_is_listed_with_who_made_it_and_how_it_was_answered() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let clerk = stage
        .commune
        .saying("x-dinhdanh-officer", "nva")
        .saying("x-dinhdanh-purpose", "KHAI_SINH");
    clerk.get(&number).await.unwrap();
    stage.neighbour.knows_no_number(&number).await;
    stage
        .neighbour
        .verify(&number, known(&birth(COMMUNE, 1)))
        .await
        .unwrap();
    stage.neighbour.does(who_has(&number, &birth(COMMUNE, 1))).await;
    stage.neighbour.is_refused(who_has(&number, &birth(COMMUNE, 2))).await;
    stage.commune.issuance(&request(COMMUNE, 1).request_id).await.unwrap();
    stage.authority.does(confirm(&number)).await;
    let case = stage.commune.does(revoke(&number)).await.case.unwrap();
    stage.authority.case(&case.case_id).await;
    let open = v1::ListCasesRequest {
        kind: CaseKind::Revoke.into(),
        ..v1::ListCasesRequest::default()
    };
    stage.commune.does(open).await;

    let first = stage.auditor.does(to(&number)).await.accesses.remove(0);
    assert_eq!(first.call, "dinhdanh.v1.NumberService/GetNumber");
    assert_eq!((first.office.as_str(), first.role.as_str()), (COMMUNE, "REGISTRAR"));
    assert_eq!((first.officer.as_str(), first.purpose.as_str()), ("nva", "KHAI_SINH"));
    assert_eq!(first.number, format!("{}*********", &number[..3]));

    let expected = [
        line(COMMUNE, "GetNumber", Code::Ok),
        line(NEIGHBOUR, "GetNumber", Code::NotFound),
        line(NEIGHBOUR, "VerifyNumber", Code::Ok),
        line(NEIGHBOUR, "ResolveIdentifier", Code::Ok),
        line(NEIGHBOUR, "ResolveIdentifier", Code::NotFound),
        line(COMMUNE, "GetIssuance", Code::Ok),
        line(AUTHORITY, "ConfirmNumber", Code::Ok),
        line(COMMUNE, "ProposeRevocation", Code::Ok),
        line(AUTHORITY, "GetCase", Code::Ok),
        line(COMMUNE, "ListCases", Code::Ok),
        line("TTCP", "ListAccesses", Code::Ok),
    ];
    assert_eq!(listed(&stage.auditor, to(&number)).await, expected);
    let theirs: Vec<_> = expected
        .iter()
        .filter(|(office, ..)| office == NEIGHBOUR)
        .cloned()
        .collect();
    assert_eq!(listed(&stage.auditor, by(NEIGHBOUR)).await, theirs);
    stage.end().await;
}

#[tokio::test]
async fn each_number_of_a_batch_has_its_own_line_also_one_that_was_never_given() {
    let stage = Stage::set().await;
    let asked = |number: &str| v1::VerifyNumberRequest {
        number: number.into(),
        facts: None,
    };
    let numbers = ["079325999999", "079325999998", "079325999999"];
    let batch = v1::BatchVerifyNumbersRequest {
        requests: numbers.iter().map(|number| asked(number)).collect(),
    };
    stage.subscriber().does(batch).await;
    let expected = [line("BHXH", "BatchVerifyNumbers", Code::Ok)];
    for number in &numbers[..2] {
        assert_eq!(listed(&stage.auditor, to(number)).await, expected);
    }
    assert_eq!(listed(&stage.auditor, by("BHXH")).await.len(), 2);
    stage.end().await;
}

#[tokio::test]
async fn a_feed_and_each_change_of_a_stream_are_accesses() {
    let stage = Stage::set().await;
    let subscriber = stage.subscriber();
    let mut feed = FeedServiceClient::new(subscriber.channel.clone());
    let read = v1::ReadEventsRequest::default();
    feed.read_events(subscriber.sends(read.clone())).await.unwrap();
    let ahead = v1::ReadEventsRequest {
        after_position: 1_000,
        ..read
    };
    feed.read_events(subscriber.sends(ahead)).await.unwrap_err();
    let expected = [
        line("BHXH", "ReadEvents", Code::Ok),
        line("BHXH", "ReadEvents", Code::OutOfRange),
    ];
    assert_eq!(listed(&stage.auditor, by("BHXH")).await, expected);

    let change = |number: &str| v1::RecordChangeRequest {
        request_id: new_id(),
        number: number.into(),
        ..v1::RecordChangeRequest::default()
    };
    let numbers = ["079325999999", "079325999998"];
    stage.commune.records(numbers.map(change).into()).await;
    for number in numbers {
        let expected = [line(COMMUNE, "RecordChanges", Code::InvalidArgument)];
        assert_eq!(listed(&stage.auditor, to(number)).await, expected);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_call_that_was_not_let_in_is_no_access() {
    let stage = Stage::set().await;
    let refused = stage.auditor.get("079325999999").await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(listed(&stage.auditor, to("079325999999")).await, []);
    for role in [
        "REGISTRAR",
        "POPULATION_AUTHORITY",
        "JUSTICE_DEPARTMENT",
        "SUBSCRIBER",
        "OPERATOR",
    ] {
        let refused = stage.commune.acting_as(role).is_refused(by(COMMUNE)).await;
        assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"));
    }
    assert_eq!(listed(&stage.auditor, by(COMMUNE)).await, []);
    stage.end().await;
}

#[tokio::test]
async fn accesses_come_in_pages_and_from_any_moment() {
    let stage = Stage::set().await;
    let number = "079325999999";
    for _ in 0..5 {
        stage.commune.knows_no_number(number).await;
    }
    let (mut seen, mut asked) = (Vec::new(), by(COMMUNE));
    asked.page_size = 2;
    loop {
        let page = stage.auditor.does(asked.clone()).await;
        assert!(page.accesses.len() <= 2);
        seen.extend(page.accesses);
        if page.next_page_token.is_empty() {
            break;
        }
        asked.page_token = page.next_page_token;
    }
    let whole = stage.auditor.does(by(COMMUNE)).await;
    assert_eq!((seen.len(), &seen), (5, &whole.accesses));

    let times: Vec<_> = seen.iter().map(|access| access.at.unwrap()).collect();
    assert!(times.is_sorted_by_key(|at| (at.seconds, at.nanos)));
    let between = v1::ListAccessesRequest {
        from: Some(times[1]),
        to: Some(times[3]),
        ..by(COMMUNE)
    };
    let expected: Vec<_> = seen
        .iter()
        .filter(|access| {
            let at = access.at.map(|at| (at.seconds, at.nanos));
            at >= Some((times[1].seconds, times[1].nanos)) && at < Some((times[3].seconds, times[3].nanos))
        })
        .cloned()
        .collect();
    assert_eq!(stage.auditor.does(between).await.accesses, expected);
    stage.end().await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_by_its_field() {
    let stage = Stage::set().await;
    let never = Timestamp {
        seconds: i64::MAX,
        nanos: 0,
    };
    let nanos = |nanos| Timestamp {
        seconds: 1_700_000_000,
        nanos,
    };
    let number = || Some(Subject::Number("079325999999".to_owned()));
    let asked = |subject, from, to| v1::ListAccessesRequest {
        subject,
        from,
        to,
        ..v1::ListAccessesRequest::default()
    };
    let office = |office: &str| Some(Subject::Office(office.to_owned()));
    let paged = |page_size, token: &str| v1::ListAccessesRequest {
        page_size,
        page_token: token.to_owned(),
        ..by(COMMUNE)
    };
    for (wrong, fields) in [
        (asked(None, None, None), vec!["subject"]),
        (to("07932599999"), vec!["number"]),
        (asked(office(" "), None, None), vec!["office"]),
        (asked(office(&"9".repeat(33)), None, None), vec!["office"]),
        (asked(number(), Some(never), Some(nanos(-1))), vec!["from", "to"]),
        (asked(number(), Some(nanos(1_000)), Some(nanos(1_000))), vec!["to"]),
        (asked(None, Some(nanos(1_000_000_000)), None), vec!["subject", "from"]),
        (paged(501, ""), vec!["page_size"]),
        (paged(-1, ""), vec!["page_size"]),
        (paged(1, "7"), vec!["page_token"]),
        (paged(1, "7.x"), vec!["page_token"]),
    ] {
        let refused = stage.auditor.is_refused(wrong).await;
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"));
        assert_eq!(refused.fields(), fields);
    }
    stage.end().await;
}

#[tokio::test]
async fn accesses_outlive_a_clean_stop() {
    let stage = Stage::set().await;
    for _ in 0..10 {
        stage.commune.knows_no_number("079325999999").await;
    }
    let stage = stage.restart().await;
    let expected = vec![line(COMMUNE, "GetNumber", Code::NotFound); 10];
    assert_eq!(listed(&stage.auditor, to("079325999999")).await, expected);
    stage.end().await;
}

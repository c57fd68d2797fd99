//! `ListCases`: what the caller may see, oldest first, a page at a time.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::{CaseKind, CaseState, Side};
use tonic::Code;

use super::stage::{COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::request;
use crate::support::calls::{approve, dispute_for, merge, reject, revoke, withdraw};
use crate::support::desk::Desk;
use crate::support::office::under_review;

/// The ids of the cases that a caller is shown, by pages of so many.
async fn listed(desk: &Desk, mut asked: v1::ListCasesRequest) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let page = desk.does(asked.clone()).await;
        assert!(asked.page_size == 0 || page.cases.len() <= usize::try_from(asked.page_size).unwrap());
        ids.extend(page.cases.into_iter().map(|case| case.case_id));
        if page.next_page_token.is_empty() {
            return ids;
        }
        asked.page_token = page.next_page_token;
    }
}

/// Six cases, in the order in which they were opened.
async fn six_cases(stage: &Stage) -> Vec<String> {
    let mut numbers = Vec::new();
    for n in 1..=5 {
        numbers.push(stage.commune.number(request(COMMUNE, n)).await);
    }
    let waiting = stage.neighbour.issue(request(NEIGHBOUR, 5)).await.unwrap();
    let duplicate = under_review(&waiting).case_id.clone();
    let approved = stage.commune.does(revoke(&numbers[0])).await.case.unwrap();
    let rejected = stage.commune.does(revoke(&numbers[1])).await.case.unwrap();
    let withdrawn = stage.commune.does(merge(&numbers[2], &numbers[3])).await.case.unwrap();
    let disputed = stage
        .authority
        .does(dispute_for(&numbers[3], "001325123456"))
        .await
        .case_id;
    let own = stage.neighbour.number(request(NEIGHBOUR, 6)).await;
    let own = stage.neighbour.does(revoke(&own)).await.case.unwrap();
    stage.authority.does(approve(&approved)).await;
    stage.authority.does(reject(&rejected)).await;
    stage.commune.does(withdraw(&withdrawn)).await;
    let ids = [
        duplicate,
        approved.case_id,
        rejected.case_id,
        withdrawn.case_id,
        disputed,
        own.case_id,
    ];
    ids.into()
}

#[tokio::test]
async fn cases_are_listed_oldest_first_in_pages_of_any_size() {
    let stage = Stage::set().await;
    let ids = six_cases(&stage).await;
    for page_size in [0, 1, 2, 3, 5, 6, 7, 500] {
        let asked = v1::ListCasesRequest {
            page_size,
            ..v1::ListCasesRequest::default()
        };
        assert_eq!(listed(&stage.authority, asked).await, ids, "{page_size} a page");
    }
    stage.end().await;
}

#[tokio::test]
async fn each_filter_holds_of_every_case_that_is_listed() {
    let stage = Stage::set().await;
    let ids = six_cases(&stage).await;
    let any = v1::ListCasesRequest::default;
    let [open, approved, rejected, withdrawn] = [
        CaseState::Open,
        CaseState::Approved,
        CaseState::Rejected,
        CaseState::Withdrawn,
    ]
    .map(|state| v1::ListCasesRequest {
        state: state.into(),
        page_size: 2,
        ..any()
    });
    let [duplicate, revoke, two_numbers, reissue] = [
        CaseKind::Duplicate,
        CaseKind::Revoke,
        CaseKind::TwoNumbers,
        CaseKind::Reissue,
    ]
    .map(|kind| v1::ListCasesRequest {
        kind: kind.into(),
        page_size: 2,
        ..any()
    });
    let [registration, population] = [Side::Registration, Side::Population].map(|side| v1::ListCasesRequest {
        waiting_for: side.into(),
        ..any()
    });
    let open_to_revoke = v1::ListCasesRequest {
        kind: CaseKind::Revoke.into(),
        ..open.clone()
    };
    for (asked, expected) in [
        (open, &[0, 4, 5][..]),
        (approved, &[1]),
        (rejected, &[2]),
        (withdrawn, &[3]),
        (duplicate, &[0]),
        (revoke, &[1, 2, 5]),
        (two_numbers, &[3]),
        (reissue, &[]),
        (registration, &[4]),
        (population, &[0, 5]),
        (open_to_revoke, &[5]),
    ] {
        let expected: Vec<_> = expected.iter().map(|&n: &usize| ids[n].clone()).collect();
        assert_eq!(listed(&stage.authority, asked).await, expected);
    }
    stage.end().await;
}

#[tokio::test]
async fn an_office_is_shown_the_cases_about_its_own_registrations() {
    let stage = Stage::set().await;
    let ids = six_cases(&stage).await;
    let any = v1::ListCasesRequest {
        page_size: 1,
        ..v1::ListCasesRequest::default()
    };
    assert_eq!(listed(&stage.commune, any.clone()).await, ids[1..5]);
    assert_eq!(
        listed(&stage.neighbour, any.clone()).await,
        [ids[0].clone(), ids[5].clone()]
    );
    assert_eq!(listed(&stage.department, any.clone()).await, ids);
    let refused = stage.commune.acting_as("SUBSCRIBER").is_refused(any).await;
    assert_eq!(refused.what(), (Code::PermissionDenied, "ROLE"));
    stage.end().await;
}

#[tokio::test]
async fn a_page_that_cannot_be_is_refused() {
    let stage = Stage::set().await;
    let any = v1::ListCasesRequest::default;
    let page_size = |page_size| v1::ListCasesRequest { page_size, ..any() };
    let page_token = |token: &str| v1::ListCasesRequest {
        page_token: token.into(),
        ..any()
    };
    for (wrong, field) in [
        (page_size(-1), "page_size"),
        (page_size(501), "page_size"),
        (page_token("x"), "page_token"),
        (page_token("-5"), "page_token"),
        (v1::ListCasesRequest { state: 77, ..any() }, "state"),
        (v1::ListCasesRequest { kind: 77, ..any() }, "kind"),
        (
            v1::ListCasesRequest {
                waiting_for: 77,
                ..any()
            },
            "waiting_for",
        ),
    ] {
        let refused = stage.authority.is_refused(wrong).await;
        assert_eq!(refused.what(), (Code::InvalidArgument, "INVALID_FIELD"), "{field}");
        assert_eq!(refused.fields(), [field]);
    }
    stage.end().await;
}

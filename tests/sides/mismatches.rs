//! Cases that a comparison with another registry opens.

use std::collections::BTreeMap;

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::MismatchKind::{Differs, MissingHere, MissingThere};
use dinhdanh::proto::v1::{CaseKind, CaseState, EventKind, ReconciliationHeader, ReconciliationRecord, Side};

use super::reconciling::{NEVER_GIVEN, facts, registered};
use super::reconciling_streams::{all_registered, scattered};
use super::stage::{COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::birth;
use crate::support::calls::{approve, confirm, correct, known, reject, withdraw};
use crate::support::desk::Desk;
use crate::support::extract::{Answers, record, sent};

const THERE: &str = "Nguyễn Thị Khác";

fn opening(token: &str) -> ReconciliationHeader {
    ReconciliationHeader {
        open_cases: true,
        resume_token: token.into(),
        ..ReconciliationHeader::default()
    }
}

async fn compare(desk: &Desk, records: &[ReconciliationRecord]) -> Answers {
    let answers = sent(desk, opening(""), records.to_vec()).await;
    assert!(answers.refused.is_none(), "{:?}", answers.refused);
    answers
}

/// The case of each mismatch, by its number and kind.
fn cases(answers: &Answers) -> BTreeMap<(String, i32), String> {
    let of = |it: &v1::Mismatch| ((it.number.clone(), it.kind), it.case_id.clone());
    answers.mismatches.iter().map(of).collect()
}

/// Three children here, of whom one has another name there, one is missing there; and one there whom nobody here knows.
async fn disagreeing(stage: &Stage) -> ([String; 3], Vec<ReconciliationRecord>) {
    let mut numbers = Vec::new();
    for n in 1..=3 {
        numbers.push(registered(&stage.commune, &birth(COMMUNE, n)).await);
    }
    let numbers: [String; 3] = numbers.try_into().unwrap();
    let mut records = vec![
        record(&numbers[0], &birth(COMMUNE, 1)),
        record(&numbers[2], &birth(COMMUNE, 3)),
    ];
    facts(&mut records[0]).full_name = Some(THERE.into());
    records.push(record(NEVER_GIVEN, &birth(NEIGHBOUR, 77)));
    records.sort_by(|a, b| a.number.cmp(&b.number));
    (numbers, records)
}

#[tokio::test]
async fn each_mismatch_is_a_case_for_its_office_once() {
    let stage = Stage::set().await;
    let ([differing, missing, _], records) = disagreeing(&stage).await;
    let first = compare(&stage.authority, &records).await;
    let summary = first.summary.as_ref().unwrap();
    assert_eq!(
        (
            summary.differs,
            summary.missing_here,
            summary.missing_there,
            summary.cases
        ),
        (1, 1, 1, 3)
    );
    let opened = cases(&first);
    let case_of = |number: &str, kind: v1::MismatchKind| opened[&(number.to_owned(), kind.into())].as_str();

    let case = stage.commune.case(case_of(&differing, Differs)).await;
    assert_eq!(
        (case.kind(), case.state(), case.mismatch()),
        (CaseKind::Mismatch, CaseState::Open, Differs)
    );
    assert_eq!(
        (&case.fields[..], &case.numbers[..]),
        (&["full_name".to_owned()][..], &[differing.clone()][..])
    );
    assert_eq!(
        (case.proposed_by.as_str(), case.waiting_for()),
        ("C06", Side::Registration)
    );
    let case = stage.commune.case(case_of(&missing, MissingThere)).await;
    assert_eq!(
        (case.mismatch(), case.fields.len(), &case.numbers[..]),
        (MissingThere, 0, &[missing][..])
    );
    // What is missing here is the matter of the office that is named there.
    let unknown = case_of(NEVER_GIVEN, MissingHere);
    let case = stage.neighbour.case(unknown).await;
    assert_eq!((case.mismatch(), case.numbers.len()), (MissingHere, 0));
    assert_eq!(case.refs, [birth(NEIGHBOUR, 77).r#ref.unwrap()]);
    stage.commune.knows_no_case(unknown).await;
    stage.neighbour.knows_no_case(case_of(&differing, Differs)).await;
    for (desk, count) in [(&stage.commune, 2), (&stage.neighbour, 1), (&stage.department, 3)] {
        let events = desk.events(&[EventKind::CaseOpened]).await;
        assert_eq!(events.len(), count);
        let listed = v1::ListCasesRequest {
            kind: CaseKind::Mismatch.into(),
            ..v1::ListCasesRequest::default()
        };
        assert_eq!(desk.does(listed).await.cases.len(), count);
    }

    // The number stands, and whoever finds the same is told of the same cases: nothing is written.
    let number = stage.commune.number_of(&differing).await;
    assert_eq!(
        (number.state(), number.open_case_id.as_str()),
        (v1::NumberState::Issued, "")
    );
    let entries = stage.entries().await;
    for desk in [&stage.authority, &stage.department] {
        assert_eq!(cases(&compare(desk, &records).await), opened);
    }
    assert_eq!(stage.entries().await, entries);
    // Without being asked for, no case is named.
    let plain = sent(&stage.authority, ReconciliationHeader::default(), records).await;
    assert!(plain.mismatches.iter().all(|mismatch| mismatch.case_id.is_empty()));
    stage.end().await;
}

#[tokio::test]
async fn a_case_is_closed_by_a_change_or_by_a_decision_of_the_other_side() {
    let stage = Stage::set().await;
    let ([differing, missing, _], records) = disagreeing(&stage).await;
    let opened = cases(&compare(&stage.authority, &records).await);
    let case_of = |number: &str, kind: v1::MismatchKind| opened[&(number.to_owned(), kind.into())].as_str();
    let renamed = v1::Facts {
        full_name: Some(THERE.into()),
        ..v1::Facts::default()
    };
    let change = correct(&differing, known(&birth(COMMUNE, 1)), renamed, &["full_name"]);
    stage.commune.does(change).await;
    let case = stage.commune.case(case_of(&differing, Differs)).await;
    assert_eq!(
        (case.state(), case.decided_by.as_str()),
        (CaseState::Approved, "system")
    );

    let case = stage.authority.case(case_of(&missing, MissingThere)).await;
    let told = stage.authority.is_refused(approve(&case)).await;
    assert_eq!(told.reason, "OWN_PROPOSAL");
    stage.department.does(reject(&case)).await;
    let case = stage.authority.case(case_of(NEVER_GIVEN, MissingHere)).await;
    stage.authority.does(withdraw(&case)).await;

    // What was decided stays so; what was taken back is opened anew.
    let again = compare(&stage.authority, &records).await;
    assert_eq!(again.counts(), [3, 2, 0, 1, 1, 0]);
    let again = cases(&again);
    let key = |number: &str, kind: v1::MismatchKind| (number.to_owned(), i32::from(kind));
    assert_eq!(
        again[&key(&missing, MissingThere)],
        opened[&key(&missing, MissingThere)]
    );
    assert_ne!(
        again[&key(NEVER_GIVEN, MissingHere)],
        opened[&key(NEVER_GIVEN, MissingHere)]
    );
    stage.end().await;
}

#[tokio::test]
async fn what_is_confirmed_is_not_missing_there_any_more() {
    let stage = Stage::set().await;
    let ([_, missing, _], records) = disagreeing(&stage).await;
    let opened = cases(&compare(&stage.authority, &records).await);
    let case_id = &opened[&(missing.clone(), MissingThere.into())];
    stage.authority.does(confirm(&missing)).await;
    let case = stage.commune.case(case_id).await;
    assert_eq!(
        (case.state(), case.decided_by.as_str()),
        (CaseState::Approved, "system")
    );
    stage.end().await;
}

#[tokio::test]
async fn names_are_told_where_they_are_asked_for_and_that_is_recorded() {
    let stage = Stage::set().await;
    let ([differing, missing, _], records) = disagreeing(&stage).await;
    let asked = ReconciliationHeader {
        names: true,
        ..ReconciliationHeader::default()
    };
    let told = |answers: &Answers| {
        let of = |it: &v1::Mismatch| (it.number.clone(), it.full_name.clone());
        answers.mismatches.iter().map(of).collect::<BTreeMap<_, _>>()
    };
    let looked = v1::ListAccessesRequest {
        subject: Some(v1::list_accesses_request::Subject::Number(missing.clone())),
        ..v1::ListAccessesRequest::default()
    };
    let without = sent(&stage.authority, ReconciliationHeader::default(), records.clone()).await;
    assert!(told(&without).values().all(String::is_empty));
    let with = told(&sent(&stage.authority, asked, records).await);
    let name = |n| birth(COMMUNE, n).child.unwrap().full_name;
    let expected = [
        (differing, name(1)),
        (missing, name(2)),
        (NEVER_GIVEN.to_owned(), String::new()),
    ];
    assert_eq!(with, BTreeMap::from(expected));
    let seen = crate::support::until("the access is recorded", async || {
        stage.auditor.does(looked.clone()).await.accesses.pop()
    });
    assert_eq!(seen.await.call, "dinhdanh.v1.ReconciliationService/Reconcile");
    stage.end().await;
}

/// A stream that is cut off anywhere opens no case twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resumed_stream_names_the_cases_that_the_first_one_opened() {
    let stage = Stage::set().await;
    let births: Vec<_> = (1..=1_300).map(scattered).collect();
    let given = all_registered(&stage.commune, &births).await;
    let records: Vec<_> = given
        .iter()
        .enumerate()
        .filter(|(index, _)| index % 5 != 0)
        .map(|(index, (number, birth))| {
            let mut record = record(number, birth);
            if index % 3 == 0 {
                facts(&mut record).ethnicity = Some("Tày".into());
            }
            record
        })
        .collect();
    let whole = compare(&stage.authority, &records).await;
    let opened = cases(&whole);
    let distinct: std::collections::BTreeSet<_> = opened.values().collect();
    assert_eq!(distinct.len(), whole.mismatches.len());
    assert_eq!(whole.summary.as_ref().unwrap().cases, whole.mismatches.len() as i64);
    let entries = stage.entries().await;
    let (token, covered, told) = &whole.progress[0];
    let rest = records[usize::try_from(*covered).unwrap()..].to_vec();
    let resumed = sent(&stage.authority, opening(token), rest).await;
    assert_eq!(resumed.summary, whole.summary);
    assert_eq!(resumed.mismatches, whole.mismatches[*told..]);
    assert_eq!(stage.entries().await, entries);
    // A stream that asks for cases is not gone on with as one that does not.
    let other = ReconciliationHeader {
        open_cases: false,
        ..opening(token)
    };
    let refused = sent(&stage.authority, other, Vec::new()).await.refused.unwrap();
    assert_eq!(crate::support::told::told(&refused).fields(), ["header.resume_token"]);
    stage.end().await;
}

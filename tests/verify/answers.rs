//! What clients were told, against the store.

use std::collections::HashMap;
use std::path::Path;

use dinhdanh::client::Outcome;
use dinhdanh::client::journal::{Answered, JournalError};
use dinhdanh::ledger::{Entry, EntryKind};
use dinhdanh::number::Number;
use dinhdanh::protocol::Rules;
use dinhdanh::store::Reader;
use dinhdanh::store::sqlite::SqliteReader;
use dinhdanh::verify::{self, Check, Report, VerifyError, compare_answers};

use super::sample::{Sample, ring};

/// What an honest client of the sample has noted: the answer to each of its requests.
async fn told(reader: &SqliteReader) -> Vec<Answered> {
    let entries = reader.entries_after(1, 100).await.unwrap();
    let by_position: HashMap<_, _> = entries
        .iter()
        .map(|known| (known.entry.position, &known.entry))
        .collect();
    entries
        .iter()
        .map(|known| answer(&known.entry, by_position[&known.entry.decision]))
        .collect()
}

fn answer(entry: &Entry, decision: &Entry) -> Answered {
    let (outcome, position) = match decision.kind {
        EntryKind::Issued => (Outcome::Issued, Some(decision.position)),
        EntryKind::UnderReview => (Outcome::UnderReview, Some(decision.position)),
        _ => (Outcome::Rejected, None),
    };
    Answered {
        line: entry.position.try_into().unwrap(),
        office: entry.request.office.clone(),
        request_id: entry.request.id,
        outcome,
        number: decision.number.map(|(_, number)| number),
        position: position.map(|position| position.try_into().unwrap()),
    }
}

async fn compare(folder: &Path, answers: Vec<Answered>) -> Report {
    let reader = SqliteReader::open(folder).await.unwrap();
    let mut report = verify::run(&reader, &ring(), &Rules::default(), 100).await.unwrap();
    compare_answers(&reader, answers.into_iter().map(Ok), 4, &mut report)
        .await
        .unwrap();
    report
}

#[tokio::test]
async fn what_clients_were_told_stands() {
    let copy = Sample::make().await.copy().await;
    let answers = told(&SqliteReader::open(copy.path()).await.unwrap()).await;

    let report = compare(copy.path(), answers).await;

    assert_eq!(report.findings(), []);
    assert_eq!(report.checked(Check::Answers), 9);
}

#[tokio::test]
async fn every_answer_that_does_not_stand_is_told() {
    let copy = Sample::make().await.copy().await;
    let answers = told(&SqliteReader::open(copy.path()).await.unwrap()).await;
    type Change = fn(&mut Answered, &[Answered]);
    let changes: [(&str, usize, Change); 6] = [
        ("another child's number", 0, |answer, all| answer.number = all[1].number),
        ("a number never given", 0, |answer, _| {
            answer.number = Some(Number::parse("079326999999").unwrap())
        }),
        ("another outcome", 4, |answer, _| answer.outcome = Outcome::UnderReview),
        ("another position", 2, |answer, _| answer.position = Some(2)),
        ("a request the store does not know", 0, |answer, _| {
            answer.request_id = uuid::Uuid::from_u128(77)
        }),
        ("another office's request", 0, |answer, _| {
            answer.office = "1".to_owned()
        }),
    ];
    for (name, index, change) in changes {
        let mut answers = answers.clone();
        let all = answers.clone();
        change(&mut answers[index], &all);
        let id = answers[index].request_id;

        let report = compare(copy.path(), answers).await;

        let [finding] = report.findings() else {
            panic!("{name}: {:?}", report.findings())
        };
        assert_eq!(
            (finding.check, &finding.place),
            (Check::Answers, &format!("request {id}")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_refusal_wrote_nothing_and_is_not_looked_up() {
    let copy = Sample::make().await.copy().await;
    let mut answers = told(&SqliteReader::open(copy.path()).await.unwrap()).await;
    answers.truncate(1);
    answers[0].outcome = Outcome::Refused;
    answers[0].request_id = uuid::Uuid::from_u128(77);

    let report = compare(copy.path(), answers).await;

    assert_eq!(report.findings(), []);
    assert_eq!(report.checked(Check::Answers), 0);
}

#[tokio::test]
async fn a_broken_journal_is_not_passed_over() {
    let copy = Sample::make().await.copy().await;
    let reader = SqliteReader::open(copy.path()).await.unwrap();
    let mut report = verify::run(&reader, &ring(), &Rules::default(), 100).await.unwrap();

    let outcome = compare_answers(&reader, std::iter::once(Err(JournalError::NotAJournal)), 4, &mut report).await;

    assert!(matches!(outcome, Err(VerifyError::Journal(_))));
}

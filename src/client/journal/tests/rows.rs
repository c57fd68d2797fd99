//! What a journal says of rows.

use super::*;
use crate::client::answer::Outcome;
use crate::client::journal::{Plan, answers};

#[test]
fn a_row_goes_its_way_and_keeps_its_id() {
    let (_folder, path) = place();
    let mut journal = open(&path).unwrap();
    assert_eq!(journal.plan(2, row(1)).unwrap(), Plan::First);

    journal.intend(2, row(1), id(1)).unwrap();
    assert_eq!(journal.plan(2, row(1)).unwrap(), Plan::Open(id(1)));

    journal.answered(2, "26734", id(1), &refused()).unwrap();
    assert_eq!(journal.plan(2, row(1)).unwrap(), Plan::Refused(id(1)));
    assert_eq!(
        journal.plan(2, row(99)).unwrap(),
        Plan::Refused(id(1)),
        "it may be corrected"
    );
    assert_eq!((journal.held(), journal.holds(2)), (0, false));

    journal.intend(2, row(99), id(1)).unwrap();
    journal.answered(2, "26734", id(1), &issued(5)).unwrap();
    assert_eq!(journal.plan(2, row(99)).unwrap(), Plan::Answered);
    assert_eq!((journal.held(), journal.holds(2)), (1, true));
}

#[test]
fn a_row_that_was_or_may_have_been_sent_must_not_change() {
    let (_folder, path) = place();
    let mut journal = open(&path).unwrap();
    for (line, answer) in [
        (2, None),
        (3, Some(issued(1))),
        (4, Some(under_review())),
        (5, Some(rejected())),
    ] {
        journal.intend(line, row(line), id(line.into())).unwrap();
        if let Some(answer) = answer {
            journal.answered(line, "26734", id(line.into()), &answer).unwrap();
        }
        let error = journal.plan(line, row(1000)).unwrap_err();
        assert!(matches!(error, JournalError::RowChanged { line: named } if named == line));
    }
}

#[test]
fn a_row_has_one_id_and_one_final_answer() {
    let (_folder, path) = place();
    let mut journal = open(&path).unwrap();
    journal.intend(2, row(1), id(1)).unwrap();
    assert!(journal.intend(2, row(1), id(2)).is_err(), "a second id");
    assert!(
        journal.answered(2, "26734", id(2), &issued(1)).is_err(),
        "the answer of another id"
    );
    assert!(
        journal.answered(3, "26734", id(1), &issued(1)).is_err(),
        "the answer of another row"
    );

    journal.answered(2, "26734", id(1), &issued(1)).unwrap();
    assert!(
        journal.answered(2, "26734", id(1), &issued(2)).is_err(),
        "a second answer"
    );
    assert!(journal.intend(2, row(1), id(1)).is_err(), "nothing more to send");
}

#[test]
fn every_answer_comes_back_as_it_was_from_memory_and_from_the_file() {
    let (_folder, path) = place();
    let told = [issued(1), under_review(), rejected(), refused()];
    let mut journal = open(&path).unwrap();
    for (line, answer) in (2..).zip(&told) {
        journal.intend(line, row(line), id(line.into())).unwrap();
        journal.answered(line, "26734", id(line.into()), answer).unwrap();
    }
    let check = |journal: &mut Journal| {
        for (line, answer) in (2..).zip(&told) {
            assert_eq!(journal.answer(line).unwrap().as_ref(), Some(answer));
        }
        assert_eq!(journal.answer(6).unwrap(), None);
        assert_eq!(journal.held(), 3);
    };
    check(&mut journal);
    drop(journal);
    check(&mut open(&path).unwrap());
}

#[test]
fn answers_can_be_read_while_the_journal_is_in_use() {
    let (_folder, path) = place();
    let mut journal = open(&path).unwrap();
    for line in 2..5 {
        journal.intend(line, row(line), id(line.into())).unwrap();
    }
    journal.answered(3, "26734", id(3), &issued(42)).unwrap();
    journal.answered(2, "HN-01", id(2), &rejected()).unwrap();
    journal.write().unwrap();

    let told: Vec<_> = answers(&path).unwrap().map(Result::unwrap).collect();
    assert_eq!(told.iter().map(|answer| answer.line).collect::<Vec<_>>(), [3, 2]);
    let [first, second] = &told[..] else { panic!() };
    assert_eq!(
        (first.office.as_str(), first.request_id, first.outcome),
        ("26734", id(3), Outcome::Issued)
    );
    assert_eq!(first.number.unwrap().to_string(), "001226000042");
    assert_eq!(first.position, Some(43));
    assert_eq!(
        (second.outcome, second.number, second.position),
        (Outcome::Rejected, None, None)
    );
    assert!(!format!("{told:?}").contains("001226000042"));
}

#[test]
fn more_lines_than_the_bound_are_refused() {
    let (_folder, path) = place();
    let mut journal = open(&path).unwrap();
    for line in [10_000_001, u64::MAX] {
        assert!(matches!(journal.plan(line, row(1)), Err(JournalError::TooManyLines)));
        assert!(journal.intend(line, row(1), id(1)).is_err());
    }
}

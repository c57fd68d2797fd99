//! A run is killed in mid-write: the file ends anywhere.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::client::journal::Plan;

/// One window of rows: so many new ones, and for each a number that says when and how it is answered.
type Window = Vec<u8>;

/// What a run did, and how long the file was when it did so.
struct Story {
    /// (length when it was sent, line, id)
    sent: Vec<(u64, u64, Uuid)>,
    /// (length when its answer was whole, line, whether it was final)
    answered: Vec<(u64, u64, bool)>,
    rows: u64,
}

/// Plays a run as `client::run` does it: intents to the disk, then sending, then answers.
fn play(path: &Path, windows: &[Window]) -> Story {
    let mut journal = open(path).unwrap();
    let length = || fs::metadata(path).unwrap().len();
    let mut story = Story {
        sent: Vec::new(),
        answered: Vec::new(),
        rows: 0,
    };
    let mut late = Vec::new();
    for window in windows {
        let lines: Vec<u64> = (0..window.len() as u64).map(|n| 2 + story.rows + n).collect();
        for line in &lines {
            journal.intend(*line, row(*line), id((*line).into())).unwrap();
        }
        journal.sync().unwrap();
        story
            .sent
            .extend(lines.iter().map(|line| (length(), *line, id((*line).into()))));
        story.rows += lines.len() as u64;
        let mut due = std::mem::take(&mut late);
        for (line, when) in lines.iter().zip(window) {
            if when % 2 == 0 {
                due.push((*line, *when))
            } else {
                late.push((*line, when / 2))
            }
        }
        for (line, how) in due {
            let answer = [issued(how.into()), under_review(), rejected(), refused()][usize::from(how / 2) % 4].clone();
            journal.answered(line, "26734", id(line.into()), &answer).unwrap();
            journal.write().unwrap();
            story.answered.push((length(), line, answer.outcome().is_final()));
        }
    }
    story
}

/// Cuts the file to `length` bytes and goes on with it: no row that had been sent gets a second id, no answer that was
/// whole is lost, and the file can be used again.
fn resume(path: &Path, whole: &[u8], length: u64, story: &Story) {
    fs::write(path, &whole[..usize::try_from(length).unwrap()]).unwrap();
    let mut journal = open(path).unwrap();
    let mut ids = std::collections::HashMap::new();
    for line in 2..2 + story.rows {
        let plan = journal.plan(line, row(line)).unwrap();
        let whole_answer = story.answered.iter().find(|(end, of, _)| of == &line && *end <= length);
        match (&plan, whole_answer) {
            (Plan::Answered, Some((_, _, true))) | (Plan::Refused(_), Some((_, _, false))) => {}
            (Plan::First | Plan::Open(_), None) => {}
            other => panic!("line {line} after {length} bytes: {other:?}"),
        }
        let new = id(1_000_000 + u128::from(line));
        let request_id = match plan {
            Plan::First => new,
            Plan::Open(known) | Plan::Refused(known) => known,
            Plan::Answered => continue,
        };
        if !matches!(plan, Plan::Open(_)) {
            journal.intend(line, row(line), request_id).unwrap();
        }
        ids.insert(line, request_id);
    }
    for (_, line, request_id) in story.sent.iter().filter(|(at, _, _)| *at <= length) {
        assert!(
            ids.get(line).is_none_or(|now| now == request_id),
            "line {line} has two ids after {length} bytes"
        );
    }
    journal.write().unwrap();
    drop(journal);
    let journal = open(path).unwrap();
    for (line, request_id) in ids {
        assert_eq!(journal.plan(line, row(line)).unwrap(), Plan::Open(request_id));
    }
}

#[test]
fn a_file_torn_at_any_byte_goes_on_without_a_second_id() {
    let (_folder, path) = place();
    let story = play(&path, &[vec![0, 1, 2, 4], vec![6, 3, 5], vec![7]]);
    let whole = fs::read(&path).unwrap();
    for length in 0..=whole.len() as u64 {
        resume(&path, &whole, length, &story);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_run_torn_anywhere_goes_on_without_a_second_id(
        windows in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5), 1..5),
        cuts in prop::collection::vec(0.0..=1.0, 4),
    ) {
        let (_folder, path) = place();
        let story = play(&path, &windows);
        let whole = fs::read(&path).unwrap();
        for cut in cuts {
            let length = (whole.len() as f64 * cut) as u64;
            resume(&path, &whole, length, &story);
        }
    }
}

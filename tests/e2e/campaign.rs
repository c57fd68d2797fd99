//! A year of births of a few provinces: sent as offices send them, with everything that goes wrong on the way, and every
//! answer held against what the generator knows to be right.

use std::collections::BTreeMap;

use dinhdanh::client::Answer;
use dinhdanh::generate::{BIRTHS_PER_YEAR, Births, Expected, Item, Judge, Mix, Plan};
use dinhdanh::number::Number;
use dinhdanh::proto::v1;
use dinhdanh::proto::v1::issue_number_response::Outcome;
use dinhdanh::proto::v1::issue_numbers_response::Result as Answered;
use futures_util::StreamExt;
use futures_util::stream;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::support::births::item;
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::{Told, told, told_of};
use crate::support::{ledger, setting};

/// Children; the resent, the changed and the doubles come on top.
const BIRTHS: u64 = 200_000;
/// A province has about so many births a year: with a province for each so many, the children lie as densely as a full
/// year of the country.
const BIRTHS_OF_A_PROVINCE: u64 = 41_000;
/// Items taken from the generator at a time.
const CHUNK: usize = 16_384;
/// Calls under way at a time on the connections.
const UNDER_WAY: usize = 384;
const CONNECTIONS: usize = 4;
/// What the server may take at its peak, in KiB.
const MEMORY: u64 = 1 << 20;

#[derive(Default)]
struct Score {
    judge: Judge,
    honest: u64,
    honest_reviewed: u64,
    rejected: usize,
    entries: usize,
}

impl Score {
    fn note(&mut self, item: &Item, answer: Answer) {
        let reviewed = matches!(answer, Answer::UnderReview { .. });
        match item.expected {
            Expected::Number => {
                self.honest += 1;
                self.honest_reviewed += u64::from(reviewed);
            }
            Expected::NotEligible => self.rejected += 1,
            _ => {}
        }
        let new = matches!(
            answer,
            Answer::Issued { replayed: false, .. } | Answer::UnderReview { replayed: false, .. }
        );
        self.entries += usize::from(new);
        self.judge.note(item, answer);
    }

    /// Everything that was to be shown.
    fn settle(&self, children: u64) {
        assert!(self.judge.broken().is_empty(), "broken: {:?}", self.judge.broken());
        let (numbers, reviewed, rejected) = self.judge.children();
        println!("{children} children: {numbers} numbers, {reviewed} reviewed, {rejected} rejected");
        assert_eq!((numbers + reviewed + rejected) as u64, children, "a child got lost");
        println!("honest births reviewed: {} of {}", self.honest_reviewed, self.honest);
        assert!(
            self.honest_reviewed * 500 <= self.honest,
            "{} honest births reviewed",
            self.honest_reviewed
        );
        let (caught, doubles) = self.judge.doubles();
        println!("doubles caught: {caught} of {doubles}");
        assert!(
            doubles > 100 && caught * 100 >= doubles * 99,
            "only {caught} of {doubles} doubles were caught"
        );
        // What surprises may be are the honest births that look alike, and whatever is sent again of them.
        for (sort, tally) in self.judge.tallies() {
            println!("{sort:>16}: {tally:?}");
            assert!(
                tally.surprises * 100 <= tally.sent,
                "{sort}: {} unexpected answers",
                tally.surprises
            );
        }
        let surprises: u64 = self.judge.tallies().map(|(_, tally)| tally.surprises).sum();
        assert_eq!(
            surprises, self.honest_reviewed,
            "something else than those reviewed was answered unexpectedly"
        );
    }
}

/// What was answered; refusals that pass over are no answer, and the load is not such that there should be any.
fn answer_of(answer: Result<v1::IssueNumberResponse, Told>) -> Answer {
    match answer {
        Ok(v1::IssueNumberResponse {
            outcome,
            replayed,
            position,
        }) => {
            let position = u64::try_from(position).unwrap();
            match outcome.expect("an outcome") {
                Outcome::Issued(number) => {
                    let digits = Number::parse(&number.number).unwrap();
                    Answer::Issued {
                        number: digits,
                        state: "ISSUED".into(),
                        position,
                        replayed,
                    }
                }
                Outcome::UnderReview(review) => Answer::UnderReview {
                    case_id: review.case_id,
                    position,
                    replayed,
                },
            }
        }
        Err(told) if told.code == Code::FailedPrecondition => Answer::Rejected { reason: told.reason },
        Err(told) => {
            assert_eq!(told.code, Code::AlreadyExists, "{told:?}");
            let fields = told.fields().into_iter().map(str::to_owned).collect();
            Answer::Refused {
                code: "ALREADY_EXISTS".into(),
                reason: told.reason,
                fields,
            }
        }
    }
}

fn office_of(channel: &Channel, item: &Item) -> Office {
    Office::new(channel.clone(), &item.office).role(item.role.name())
}

/// Sends items of one office through a stream.
async fn by_stream(channel: Channel, items: Vec<Item>) -> Vec<(Item, Answer)> {
    let office = office_of(&channel, &items[0]);
    let requests: Vec<_> = items.iter().map(|each| item(each.request.clone())).collect();
    let mut answers: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
    let mut stream = office.stream(stream::iter(requests)).await.unwrap();
    while let Some(answer) = stream.message().await.unwrap() {
        let answered = match answer.result.expect("a result") {
            Answered::Answer(answer) => answer_of(Ok(answer)),
            Answered::Error(error) => answer_of(Err(told_of(&error))),
        };
        answers.entry(answer.request_id).or_default().push(answered);
    }
    let mut next = |item: &Item| {
        answers
            .get_mut(&item.request.request_id)
            .and_then(Vec::pop)
            .expect("an answer")
    };
    items
        .into_iter()
        .map(|item| (next(&item), item))
        .map(|(answer, item)| (item, answer))
        .collect()
}

/// Sends one item by itself; again, after the time it is told, if the server has too much to do.
async fn by_call(channel: Channel, item: Item) -> Vec<(Item, Answer)> {
    let office = office_of(&channel, &item);
    loop {
        let answer = office
            .issue(item.request.clone())
            .await
            .map_err(|status: Status| told(&status));
        match answer {
            Err(Told {
                code: Code::Unavailable,
                retry_after: Some(later),
                ..
            }) => tokio::time::sleep(later).await,
            answer => return vec![(item, answer_of(answer))],
        }
    }
}

/// Sends items that may all be under way at the same time: some offices by streams, the others call by call.
async fn send(channels: &[Channel], items: Vec<Item>, score: &mut Score) {
    let mut streamed: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let mut called = Vec::new();
    for item in items {
        if item.office.bytes().map(usize::from).sum::<usize>() % 2 == 0 {
            streamed.entry(item.office.clone()).or_default().push(item);
        } else {
            called.push(item);
        }
    }
    let channel = |index: usize| channels[index % channels.len()].clone();
    let streams = streamed
        .into_values()
        .enumerate()
        .map(|(index, items)| futures_util::future::Either::Left(by_stream(channel(index), items)));
    let calls = called
        .into_iter()
        .enumerate()
        .map(|(index, item)| futures_util::future::Either::Right(by_call(channel(index), item)));
    let mut answers = stream::iter(streams.chain(calls))
        .map(tokio::spawn)
        .buffer_unordered(UNDER_WAY);
    let mut noted = Vec::new();
    while let Some(answered) = answers.next().await {
        noted.extend(answered.unwrap());
    }
    noted.sort_by_key(|(item, _)| item.sequence);
    for (item, answer) in noted {
        score.note(&item, answer);
    }
}

/// Parts items so that none follows another one of the same part, nor bears its id; the parts are sent one after another.
fn parts(items: Vec<Item>) -> Vec<Vec<Item>> {
    let mut of_item: BTreeMap<u64, usize> = BTreeMap::new();
    let mut of_id: BTreeMap<String, usize> = BTreeMap::new();
    let mut parts: Vec<Vec<Item>> = Vec::new();
    for item in items {
        let followed = item.follows().and_then(|of| of_item.get(&of)).copied();
        let part = followed
            .max(of_id.get(&item.request.request_id).copied())
            .map_or(0, |part| part + 1);
        of_item.insert(item.sequence, part);
        of_id.insert(item.request.request_id.clone(), part);
        parts.resize_with(parts.len().max(part + 1), Vec::new);
        parts[part].push(item);
    }
    parts
}

/// The most memory a process has taken so far, in KiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_of_births_comes_out_right_to_the_last_child() {
    let count = setting("DINHDANH_TEST_BIRTHS", BIRTHS);
    let seed = setting("DINHDANH_TEST_SEED", 2025);
    println!("DINHDANH_TEST_SEED={seed}");
    let plan = Plan {
        count,
        seed,
        mix: Mix::campaign(),
        today: jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date(),
        provinces: usize::try_from(count.div_ceil(BIRTHS_OF_A_PROVINCE)).unwrap(),
        births_per_year: BIRTHS_PER_YEAR,
    };
    let mut births = Births::new(plan).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let mut channels = Vec::new();
    for _ in 0..CONNECTIONS {
        channels.push(server.connect().await);
    }
    let mut score = Score::default();
    loop {
        let chunk: Vec<Item> = births.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        for part in parts(chunk) {
            send(&channels, part, &mut score).await;
        }
    }
    let peak = peak(server.pid());
    println!("peak of the server: {} MiB", peak >> 10);
    drop(channels);
    server.stop().await;
    score.settle(count);
    assert!(peak < MEMORY, "the server took {peak} KiB");
    let written = ledger::counts(folder.path()).await;
    assert_eq!(
        written.get("issued").unwrap() + written.get("under review").unwrap(),
        score.entries
    );
    ledger::numbers(folder.path()).await;
    ledger::verify(folder.path(), &[]);
}

//! A year of births of a few provinces: sent as offices send them, with everything that goes wrong on the way, and every
//! answer held against what the generator knows to be right.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use dinhdanh::client::Answer;
use dinhdanh::generate::{BIRTHS_PER_YEAR, Births, Expected, Item, Judge, Mix, Plan};
use dinhdanh::ledger::EntryKind;
use dinhdanh::number::Number;
use dinhdanh::proto::v1;
use dinhdanh::proto::v1::issue_number_response::Outcome;
use dinhdanh::proto::v1::issue_numbers_response::Result as Answered;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::support::births::item;
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::told::{Told, told, told_of};
use crate::support::{PATIENCE, ledger, setting};

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
    /// The places in the ledger of all decisions told.
    told: BTreeSet<u64>,
    asked_again: usize,
}

/// An item and its answer.
struct Reply {
    item: Item,
    answer: Answer,
    /// Whether that came only when the same request was sent once more.
    asked_again: bool,
}

impl Score {
    fn note(&mut self, reply: Reply) {
        let item = &reply.item;
        let mut answer = reply.answer;
        self.asked_again += usize::from(reply.asked_again);
        if let Answer::Issued { position, replayed, .. } | Answer::UnderReview { position, replayed, .. } = &mut answer
        {
            let told_before = !self.told.insert(*position);
            // What was decided for the first asking is given to the second as known already, though nobody was told of it.
            if reply.asked_again && *replayed {
                *replayed = told_before;
            }
            assert_eq!(
                *replayed, told_before,
                "item {}: not marked as what it is, new or known",
                item.sequence
            );
        }
        let reviewed = matches!(answer, Answer::UnderReview { .. });
        match item.expected {
            Expected::Number => {
                self.honest += 1;
                self.honest_reviewed += u64::from(reviewed);
            }
            Expected::NotEligible => self.rejected += 1,
            _ => {}
        }
        self.judge.note(item, answer);
    }

    /// Everything that was to be shown.
    fn settle(&self, children: u64) {
        assert!(self.judge.broken().is_empty(), "broken: {:?}", self.judge.broken());
        let (numbers, reviewed, rejected) = self.judge.children();
        println!("{children} children: {numbers} numbers, {reviewed} reviewed, {rejected} rejected");
        assert_eq!((numbers + reviewed + rejected) as u64, children, "a child got lost");
        println!("items that were sent again to be answered: {}", self.asked_again);
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

/// What was answered; refusals that pass over are no answer.
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

/// How long to wait before the same request is sent once more, if that is what a refusal asks for: what has become of the
/// request is not known, or nothing has yet.
fn later(told: &Told) -> Option<Duration> {
    let passes = told.code == Code::Unavailable || told.what() == (Code::Aborted, "IN_PROGRESS");
    told.retry_after.filter(|_| passes)
}

fn office_of(channel: &Channel, item: &Item) -> Office {
    Office::new(channel.clone(), &item.office).role(item.role.name())
}

/// Sends items of one office through a stream, and those it does not settle once more by themselves.
async fn by_stream(channel: Channel, items: Vec<Item>) -> Vec<Reply> {
    let office = office_of(&channel, &items[0]);
    let requests: Vec<_> = items.iter().map(|each| item(each.request.clone())).collect();
    let mut answers: BTreeMap<String, Vec<Result<v1::IssueNumberResponse, Told>>> = BTreeMap::new();
    let mut refused = None;
    match office.stream(stream::iter(requests)).await {
        Ok(mut stream) => loop {
            match stream.message().await {
                Ok(Some(answer)) => {
                    let answered = match answer.result.expect("a result") {
                        Answered::Answer(answer) => Ok(answer),
                        Answered::Error(error) => Err(told_of(&error)),
                    };
                    answers.entry(answer.request_id).or_default().push(answered);
                }
                Ok(None) => break,
                Err(status) => {
                    refused = Some(told(&status));
                    break;
                }
            }
        },
        Err(status) => refused = Some(told(&status)),
    }
    let (mut replies, mut open) = (Vec::new(), Vec::new());
    for item in items {
        let answer = answers.get_mut(&item.request.request_id).and_then(Vec::pop);
        let answer = match answer {
            Some(answer) => answer,
            None => Err(refused.clone().expect("an answer")),
        };
        match answer.as_ref().err().and_then(later) {
            Some(later) => open.push(until_answered(channel.clone(), item, Some(later))),
            None => replies.push(Reply {
                item,
                answer: answer_of(answer),
                asked_again: false,
            }),
        }
    }
    replies.extend(join_all(open).await);
    replies
}

/// Sends one item by itself.
async fn by_call(channel: Channel, item: Item) -> Vec<Reply> {
    vec![until_answered(channel, item, None).await]
}

/// Sends one item until it is answered; each time after the wait that it was told before, if it was told one.
async fn until_answered(channel: Channel, item: Item, mut wait: Option<Duration>) -> Reply {
    let office = office_of(&channel, &item);
    let deadline = Instant::now() + PATIENCE;
    let mut asked_again = false;
    loop {
        if let Some(wait) = wait {
            asked_again = true;
            tokio::time::sleep(wait).await;
        }
        let answer = office.issue(item.request.clone()).await;
        let answer = answer.map_err(|status: Status| told(&status));
        wait = answer.as_ref().err().and_then(later);
        if wait.is_none() {
            let answer = answer_of(answer);
            return Reply {
                item,
                answer,
                asked_again,
            };
        }
        assert!(Instant::now() < deadline, "gave up on an item: {answer:?}");
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
    noted.sort_by_key(|reply: &Reply| reply.item.sequence);
    for reply in noted {
        score.note(reply);
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
    let entries = ledger::entries(folder.path()).await;
    let decided = entries
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::Issued | EntryKind::UnderReview));
    let decided: BTreeSet<u64> = decided.map(|entry| u64::try_from(entry.position).unwrap()).collect();
    assert_eq!(decided.len(), score.told.len(), "decisions written and told");
    assert!(decided == score.told, "other decisions were told than were written");
    ledger::numbers_of(&entries);
    ledger::verify(folder.path(), &[]);
}

//! The caller: keeps a fixed number of calls under way and notes how long each took.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::issuance_service_client::IssuanceServiceClient;
use dinhdanh::proto::v1::issue_number_response::Outcome as Decision;
use dinhdanh::proto::v1::issue_numbers_response::Result as Answer;
use dinhdanh::shell::{Clock, SystemClock};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

use crate::Outcome;
use crate::births::Lane;

/// What became of the calls of one cell.
#[derive(Debug, Default)]
pub struct Seen {
    /// How long each answered call took, in microseconds.
    pub latencies_us: Vec<u32>,
    /// Answers with a new number.
    pub issued: u64,
    /// Answers that the child's case must be reviewed.
    pub reviewed: u64,
    /// Answers that had been given before.
    pub replayed: u64,
    /// Calls without a number or case, by what came instead.
    pub failed: BTreeMap<String, u64>,
}

/// Opens a connection.
pub async fn connect(address: &str) -> Outcome<Channel> {
    Ok(Endpoint::from_shared(address.to_owned())?.connect().await?)
}

/// Makes unary calls until none are left, `in_flight` at a time, evenly over the connections.
pub async fn unary(
    channels: &[Channel],
    calls: Vec<Request<v1::IssueNumberRequest>>,
    in_flight: usize,
    clock: SystemClock,
) -> Outcome<Seen> {
    let calls = Arc::new(Mutex::new(calls.into_iter()));
    let mut callers = JoinSet::new();
    for caller in 0..in_flight {
        let mut client = IssuanceServiceClient::new(channels[caller % channels.len()].clone());
        let calls = Arc::clone(&calls);
        callers.spawn(async move {
            let mut seen = Seen::default();
            loop {
                // Bound to a name, so that the lock is not held while the call is under way.
                let next = calls.lock().next();
                let Some(call) = next else { return Ok(seen) };
                let sent = clock.monotonic();
                let answer = client.issue_number(call).await;
                seen.note(clock.monotonic() - sent, answer.map(tonic::Response::into_inner));
            }
        });
    }
    Seen::of_all(callers).await
}

/// Sends each lane's items over a stream of its own, evenly over the connections, with at most `window` items of each
/// unanswered.
pub async fn streams(channels: &[Channel], lanes: Vec<Lane>, window: usize, clock: SystemClock) -> Outcome<Seen> {
    let mut callers = JoinSet::new();
    for (index, lane) in lanes.into_iter().enumerate() {
        let client = IssuanceServiceClient::new(channels[index % channels.len()].clone());
        callers.spawn(stream(client, lane, window, clock));
    }
    Seen::of_all(callers).await
}

async fn stream(
    mut client: IssuanceServiceClient<Channel>,
    mut lane: Lane,
    window: usize,
    clock: SystemClock,
) -> Outcome<Seen> {
    let (sender, receiver) = mpsc::channel(window);
    let mut items = std::mem::take(&mut lane.items).into_iter();
    let mut seen = Seen::default();
    let mut under_way: HashMap<String, Duration> = HashMap::with_capacity(window);
    for item in items.by_ref().take(window) {
        under_way.insert(item.request_id.clone(), clock.monotonic());
        sender.send(item).await?;
    }
    let mut answers = client
        .issue_numbers(lane.request(ReceiverStream::new(receiver)))
        .await?
        .into_inner();
    while !under_way.is_empty() {
        let answer = answers
            .message()
            .await?
            .ok_or("a stream ended before all its items were answered")?;
        let sent = under_way
            .remove(&answer.request_id)
            .ok_or("an answer to nothing that is under way")?;
        seen.note(clock.monotonic() - sent, result(answer));
        if let Some(item) = items.next() {
            under_way.insert(item.request_id.clone(), clock.monotonic());
            sender.send(item).await?;
        }
    }
    Ok(seen)
}

/// The answer to an item, as if it had been a call of its own.
fn result(answer: v1::IssueNumbersResponse) -> Result<v1::IssueNumberResponse, Status> {
    match answer.result {
        Some(Answer::Answer(answer)) => Ok(answer),
        Some(Answer::Error(error)) => Err(Status::new(Code::from_i32(error.code), error.message)),
        None => Err(Status::internal("an empty answer")),
    }
}

impl Seen {
    fn note(&mut self, took: Duration, answer: Result<v1::IssueNumberResponse, Status>) {
        self.latencies_us
            .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        match answer {
            Ok(answer) => {
                self.replayed += u64::from(answer.replayed);
                match answer.outcome {
                    Some(Decision::Issued(_)) => self.issued += 1,
                    Some(Decision::UnderReview(_)) => self.reviewed += 1,
                    None => self.fail("no outcome".to_owned()),
                }
            }
            Err(status) => self.fail(format!("{:?}: {}", status.code(), status.message())),
        }
    }

    fn fail(&mut self, what: String) {
        *self.failed.entry(what).or_default() += 1;
    }

    async fn of_all(mut callers: JoinSet<Outcome<Seen>>) -> Outcome<Seen> {
        let mut all = Seen::default();
        while let Some(seen) = callers.join_next().await {
            let seen = seen??;
            all.latencies_us.extend(seen.latencies_us);
            all.issued += seen.issued;
            all.reviewed += seen.reviewed;
            all.replayed += seen.replayed;
            for (what, count) in seen.failed {
                *all.failed.entry(what).or_default() += count;
            }
        }
        all.latencies_us.sort_unstable();
        Ok(all)
    }
}

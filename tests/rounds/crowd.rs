//! Callers who send births, one by one and as streams, to any of the servers, and note all of it in the record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::issue_numbers_response::Result as Item;
use prost::Message;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::support::births::item;
use crate::support::calls::reference;
use crate::support::load::{Answered, Load, OFFICE, nth, outcome_of};
use crate::support::office::Office;
use crate::support::record::{Record, Told};
use crate::support::site::CALL;

/// Callers at a time who send one birth after another, and who send streams.
const ONE_BY_ONE: u64 = 24;
const STREAMS: u64 = 8;
/// Births of a stream.
const STREAM: usize = 100;
/// Of a hundred births so many were sent before; mostly of the latest, since a storm is of what has just been sent.
const RESENT: u32 = 30;
const LATEST: u64 = 3_000;

/// The callers.
pub struct Crowd {
    pub load: Arc<Load>,
    record: Arc<Record>,
    channels: Vec<Channel>,
    answers: AtomicU64,
    /// Nobody sends when so many requests were sent.
    most: AtomicU64,
    stopped: AtomicBool,
}

impl Crowd {
    /// Callers who do nothing yet.
    pub fn new(record: &Arc<Record>, channels: Vec<Channel>) -> Arc<Self> {
        Arc::new(Self {
            load: Load::new(),
            record: Arc::clone(record),
            channels,
            answers: AtomicU64::new(0),
            most: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        })
    }

    /// Sets them to work.
    pub fn start(self: &Arc<Self>, seed: u64) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for caller in 0..ONE_BY_ONE + STREAMS {
            let random = SmallRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(caller));
            let crowd = Arc::clone(self);
            let size = if caller < STREAMS { STREAM } else { 1 };
            tasks.spawn(async move { crowd.calls(size, random).await });
        }
        tasks
    }

    /// How many births were answered.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Lets them go on until so many requests were sent.
    pub fn may_send(&self, most: u64) {
        self.most.fetch_max(most, Ordering::Relaxed);
    }

    /// Lets them end after the answers they are waiting for.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Has everything that is open answered, by whichever server does.
    pub async fn finish(&self) {
        let mut random = SmallRng::seed_from_u64(0);
        crate::support::until("all that was open is answered", async || {
            let open: BTreeSet<u64> = self.load.open().into_iter().take(STREAM).collect();
            if open.is_empty() {
                return Some(());
            }
            let channel = random.random_range(0..self.channels.len());
            self.sends(&self.channels[channel], &open).await;
            self.load.open().is_empty().then_some(())
        })
        .await;
    }

    /// Sends so many at a time; what is not answered is sent again, to any of the servers.
    async fn calls(&self, size: usize, mut random: SmallRng) {
        let mut open = BTreeSet::new();
        while !self.stopped.load(Ordering::Relaxed) {
            if self.record.sendings() >= self.most.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(3)).await;
                continue;
            }
            while open.len() < size {
                let again = random.random_ratio(RESENT, 100);
                open.insert(self.load.pick(|last| match again && last > 0 {
                    true => random.random_range(last.saturating_sub(LATEST).max(1)..=last),
                    false => last + 1,
                }));
            }
            let channel = &self.channels[random.random_range(0..self.channels.len())];
            for n in self.sends(channel, &open).await {
                open.remove(&n);
            }
            if !open.is_empty() {
                tokio::time::sleep(Duration::from_millis(random.random_range(5..50))).await;
            }
        }
    }

    /// Sends these; answers which of them were answered.
    async fn sends(&self, channel: &Channel, births: &BTreeSet<u64>) -> Vec<u64> {
        let office = Office::new(channel.clone(), OFFICE);
        let mut sent: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        let mut requests = Vec::new();
        for &n in births {
            let request = nth(n);
            self.load.is_sent(n);
            let child = reference(request.registration.as_ref().unwrap());
            let sending = self.record.sent(OFFICE, &request.request_id, "IssueNumber", &child);
            sent.insert(request.request_id.clone(), (n, sending));
            requests.push(request);
        }
        let mut answered = Vec::new();
        if requests.len() == 1 {
            let (n, sending) = sent.into_values().next().unwrap();
            let outcome = office.issue(requests.remove(0)).await;
            answered.extend(self.hears(n, sending, outcome));
            return answered;
        }
        let items = futures_util::stream::iter(requests.into_iter().map(item));
        let Ok(mut answers) = office.stream(items).await else {
            return answered;
        };
        while let Ok(Ok(Some(answer))) = timeout(CALL, answers.message()).await {
            let (n, sending) = sent.remove(&answer.request_id).expect("one answer for each item");
            let outcome = match answer.result.expect("an answer or an error") {
                Item::Answer(answer) => Ok(answer),
                Item::Error(error) => Err(Status::with_details(
                    Code::from(error.code),
                    error.message.clone(),
                    error.encode_to_vec().into(),
                )),
            };
            answered.extend(self.hears(n, sending, outcome));
        }
        answered
    }

    /// Notes what was answered, if anything was.
    fn hears(&self, n: u64, sending: u64, outcome: Result<v1::IssueNumberResponse, Status>) -> Option<u64> {
        let outcome = outcome_of(outcome)?;
        self.record.told(
            sending,
            &match &outcome {
                Answered::Number(number, position) => Told::Issued(number, *position),
                Answered::Case(case_id, position) => Told::UnderReview(case_id, *position),
                Answered::Rejected(reason) => Told::Rejected(reason),
            },
        );
        self.load.is_answered(n, outcome);
        self.answers.fetch_add(1, Ordering::Relaxed);
        Some(n)
    }
}

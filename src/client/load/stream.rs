//! Streams of `IssueNumbers`.

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use prost::bytes::Bytes;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

use super::wire::Line;
use super::{Call, Desk, End};
use crate::proto::v1::IssueNumbersResponse;

/// A stream looks up this often, for whether it is to stop.
const LOOKS_UP: Duration = Duration::from_millis(100);
/// How long to wait before a stream that broke is opened again.
const REOPENS_AFTER: Duration = Duration::from_millis(100);

/// What one stream sends.
pub struct Items<'a> {
    /// Its calls: the place of the child, and when it is meant to start if that is fixed.
    pub calls: Box<dyn Iterator<Item = (usize, Option<Duration>)> + Send + 'a>,
    /// Items unanswered at a time.
    pub window: usize,
    /// Cancelled when no further item is to be begun.
    pub stop: CancellationToken,
}

/// An item that was sent, or waits to be sent again.
struct Sent {
    call: Call,
    failures: u32,
}

/// The state of a worker that sends items over one stream, opened again if it breaks.
struct Worker<'a> {
    desk: &'a Desk,
    items: Items<'a>,
    next: Option<(usize, Option<Duration>)>,
    under_way: HashMap<Uuid, Sent>,
    /// Items that are sent again once their wait is over.
    waiting: FuturesUnordered<futures_util::future::BoxFuture<'a, Sent>>,
    /// When the first of what is under way is given up, once nothing more is begun.
    give_up_at: Option<Duration>,
}

/// Sends items over a stream of its own until all have ended.
pub async fn stream<'a>(desk: &'a Desk, line: &Line, mut items: Items<'a>) {
    let next = items.calls.next();
    let mut worker = Worker {
        desk,
        items,
        next,
        under_way: HashMap::new(),
        waiting: FuturesUnordered::new(),
        give_up_at: None,
    };
    while let Some((first, _)) = worker.next {
        let office = &desk.run.stock.children[first].office;
        let (sender, receiver) = unbounded_channel();
        let opening = line.stream(office, UnboundedReceiverStream::new(receiver));
        let status = match timeout(desk.run.options.deadline, opening).await {
            Ok(Ok(answers)) => match worker.work(&sender, answers).await {
                Ok(()) => return,
                Err(status) => status,
            },
            Ok(Err(status)) => status,
            Err(_) => Status::deadline_exceeded("the stream could not be opened in time"),
        };
        worker.lose(&status);
        if worker.is_stopped() {
            return;
        }
        sleep(REOPENS_AFTER).await;
    }
}

impl<'a> Worker<'a> {
    /// Sends and takes answers until all items have ended.
    async fn work(
        &mut self,
        sender: &UnboundedSender<Bytes>,
        mut answers: Streaming<IssueNumbersResponse>,
    ) -> Result<(), Status> {
        let mut timer = pin!(sleep(Duration::ZERO));
        // What waits when the stream breaks is sent over the next one.
        loop {
            let now = self.desk.run.now();
            self.begin(sender, now);
            if self.is_done(now) {
                return Ok(());
            }
            if timer.is_elapsed() {
                let until_next = match self.next {
                    Some((_, Some(start))) if self.has_room() => start.saturating_sub(now),
                    _ => LOOKS_UP,
                };
                timer.as_mut().reset(Instant::now() + until_next.min(LOOKS_UP));
            }
            tokio::select! {
                answer = answers.message() => match answer? {
                    Some(answer) => self.take(answer),
                    None => return Err(Status::unavailable("the stream ended")),
                },
                Some(again) = self.waiting.next(), if !self.waiting.is_empty() => self.send(sender, again),
                () = &mut timer => {}
            }
        }
    }

    /// Begins all items that are due.
    fn begin(&mut self, sender: &UnboundedSender<Bytes>, now: Duration) {
        while let Some((child, start)) = self.next
            && self.has_room()
            && start.is_none_or(|start| start <= now)
            && !self.is_stopped()
        {
            let call = Call {
                child,
                intended: start.unwrap_or(now),
                repeats: false,
            };
            self.next = self.items.calls.next();
            if self.desk.due(&call).is_some() {
                self.send(sender, Sent { call, failures: 0 });
            }
        }
    }

    fn send(&mut self, sender: &UnboundedSender<Bytes>, item: Sent) {
        let child = self.desk.child(&item.call);
        self.desk.sending(&item.call);
        // If the stream has broken, reading from it tells so next.
        let _ = sender.send(child.message.clone());
        self.under_way.insert(child.request_id, item);
    }

    fn take(&mut self, answer: IssueNumbersResponse) {
        let id = Uuid::try_parse(&answer.request_id).unwrap_or_default();
        if let Some(item) = self.under_way.remove(&id) {
            self.ended(item, &End::of_item(answer.result));
        }
    }

    fn ended(&mut self, mut item: Sent, end: &End) {
        item.failures += 1;
        if let Some(wait) = self.desk.ended(&item.call, end, item.failures) {
            self.waiting.push(sleep(wait).map(|()| item).boxed());
        }
    }

    /// The stream broke: nothing is known of what was under way.
    fn lose(&mut self, status: &Status) {
        let end = match status.code() {
            Code::DeadlineExceeded | Code::Cancelled => End::Missed,
            code => End::Lost(code),
        };
        for (_, item) in std::mem::take(&mut self.under_way) {
            self.ended(item, &end);
        }
    }

    fn has_room(&self) -> bool {
        self.under_way.len() < self.items.window
    }

    fn is_stopped(&self) -> bool {
        self.items.stop.is_cancelled() || self.desk.run.is_over(self.desk.run.now())
    }

    /// Whether nothing is left to send and to wait for. What is under way when sending ends has one more deadline.
    fn is_done(&mut self, now: Duration) -> bool {
        let stopped = self.is_stopped();
        if !stopped && (self.next.is_some() || !self.waiting.is_empty()) {
            return false;
        }
        if self.under_way.is_empty() {
            return true;
        }
        let give_up_at = *self.give_up_at.get_or_insert(now + self.desk.run.options.deadline);
        if now < give_up_at || !stopped {
            return false;
        }
        self.lose(&Status::deadline_exceeded("the run is over"));
        true
    }
}

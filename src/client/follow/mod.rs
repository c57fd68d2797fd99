//! Following the feed: [`Follower`] reads it, across lost connections and from one server to the next, and [`CursorFile`]
//! remembers how far it has come, across the end of the process.

mod cursor;
mod error;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tonic::transport::Endpoint;
use tonic::{Code, Request, Status, Streaming};

pub use cursor::{CursorError, CursorFile};
pub use error::FollowError;

use super::connection::{reach, root_cause};
use super::patience::chance;
use super::{Address, Caller, Next, Patience, Trouble, Trust, after};
use crate::proto::v1;
use crate::proto::v1::feed_service_client::FeedServiceClient;
use crate::proto::v1::read_events_response::Item;
use crate::shell::{Clock, random};

/// A stream on which nothing comes for so long is given up: the contract promises a sign of life every 30 s.
const SILENCE: Duration = Duration::from_secs(60);

/// What to follow, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the service answers: one server, or several of one service.
    pub servers: Vec<Address>,
    /// For a service reached by TLS.
    pub trust: Option<Trust>,
    /// How long to wait before trying again.
    pub patience: Patience,
    /// The kinds of events to read; none for all that the caller may see.
    pub kinds: Vec<v1::EventKind>,
    /// Whether to end where the ledger ends.
    pub until_end: bool,
    /// Give up when nothing was heard for so long; `None`: never.
    pub give_up_after: Option<Duration>,
}

/// What a follower hears.
#[derive(Debug)]
pub enum Heard {
    /// Something that happened.
    Event(Box<v1::Event>),
    /// Nothing for this caller up to this position: a place to go on from.
    Progress(i64),
    /// A server could not be reached, or was lost. The next one is tried.
    Lost {
        /// Which server.
        server: Address,
        /// What happened, in a few words.
        cause: String,
    },
    /// The end of the ledger, where that is what is asked for.
    End,
}

/// One reading of the feed that outlives connections and servers: each event once, in the order of the ledger.
pub struct Follower {
    options: Options,
    caller: Caller,
    clock: Arc<dyn Clock>,
    endpoints: Vec<Endpoint>,
    /// The last position heard of.
    position: i64,
    /// The server in use, or to be tried next.
    server: usize,
    stream: Option<Streaming<v1::ReadEventsResponse>>,
    /// Whether the stream's last item was progress, after which alone it may end of itself.
    settled: bool,
    /// Failures since anything was heard.
    failures: u32,
    /// How long to wait before a server is tried.
    wait: Duration,
    heard_at: Duration,
}

/// Why there is no next item.
enum Ended {
    /// Another server, or the same one later, may have it.
    Lost {
        cause: String,
        retry_after: Option<Duration>,
    },
    Refused(Trouble),
}

impl Follower {
    /// A reading that goes on after a position. Nothing is connected to yet.
    ///
    /// # Errors
    /// [`FollowError::Unusable`] if an address or a certificate cannot be used, or there is no address.
    pub fn new(options: Options, caller: Caller, position: i64, clock: Arc<dyn Clock>) -> Result<Self, FollowError> {
        let endpoints = options
            .servers
            .iter()
            .map(|server| reach(server, options.trust.as_ref(), options.patience.attempt))
            .collect::<Result<Vec<_>, _>>();
        let endpoints = endpoints.map_err(|error| FollowError::Unusable(root_cause(&error)))?;
        if endpoints.is_empty() {
            return Err(FollowError::Unusable("no server is named".to_owned()));
        }
        Ok(Self {
            heard_at: clock.monotonic(),
            options,
            caller,
            clock,
            endpoints,
            position,
            server: 0,
            stream: None,
            settled: false,
            failures: 0,
            wait: Duration::ZERO,
        })
    }

    /// What is heard next. Dropped early, it loses nothing that was sent, but begins anew what it was waiting for.
    ///
    /// # Errors
    /// [`FollowError`]: there is no going on by trying again.
    pub async fn next(&mut self) -> Result<Heard, FollowError> {
        match self.item().await {
            Ok(Some(Item::Event(event))) => {
                self.pass(event.position, event.position > self.position)?;
                self.settled = false;
                Ok(Heard::Event(event))
            }
            Ok(Some(Item::Progress(position))) => {
                self.pass(position, position >= self.position)?;
                self.settled = true;
                Ok(Heard::Progress(position))
            }
            Ok(None) => Ok(Heard::End),
            Err(Ended::Lost { cause, retry_after }) => self.lose(cause, retry_after),
            Err(Ended::Refused(trouble)) if trouble.code == Code::OutOfRange => {
                Err(FollowError::CursorAhead(self.position))
            }
            Err(Ended::Refused(trouble)) => Err(FollowError::Refused(trouble)),
        }
    }

    /// The next item; `None` where the ledger ends and that is asked for.
    async fn item(&mut self) -> Result<Option<Item>, Ended> {
        if self.stream.is_none() {
            tokio::time::sleep(self.wait).await;
            self.wait = Duration::ZERO;
            self.stream = Some(self.open().await?);
        }
        let Some(stream) = &mut self.stream else {
            return Err(lost("there is no stream"));
        };
        loop {
            let answer = tokio::time::timeout(SILENCE, stream.message()).await;
            return match answer.map_err(|_| lost("it is silent"))?.map_err(Ended::by)? {
                Some(v1::ReadEventsResponse { item: Some(item) }) => Ok(Some(item)),
                // Of a kind that this client does not know yet.
                Some(v1::ReadEventsResponse { item: None }) => continue,
                None if self.options.until_end && self.settled => Ok(None),
                None => Err(lost("the stream ended")),
            };
        }
    }

    async fn open(&mut self) -> Result<Streaming<v1::ReadEventsResponse>, Ended> {
        self.settled = false;
        let opening = async {
            let connected = self.endpoints[self.server].connect().await;
            let channel = connected.map_err(|error| lost(&root_cause(&error)))?;
            let mut request = Request::new(v1::ReadEventsRequest {
                after_position: self.position,
                kinds: self.options.kinds.iter().map(|kind| i32::from(*kind)).collect(),
                follow: !self.options.until_end,
            });
            self.caller.name_in(request.metadata_mut());
            let answer = FeedServiceClient::new(channel).read_events(request).await;
            Ok(answer.map_err(Ended::by)?.into_inner())
        };
        let opened = tokio::time::timeout(self.options.patience.attempt, opening).await;
        opened.unwrap_or_else(|_| Err(lost("it does not answer")))
    }

    /// Notes a position that was heard, unless it is out of order.
    fn pass(&mut self, position: i64, in_order: bool) -> Result<(), FollowError> {
        if !in_order {
            return Err(FollowError::OutOfOrder {
                server: self.options.servers[self.server].clone(),
                after: self.position,
                position,
            });
        }
        self.position = position;
        self.failures = 0;
        self.heard_at = self.clock.monotonic();
        Ok(())
    }

    /// Turns to the next server. Only when each has failed is there anything to wait for.
    fn lose(&mut self, cause: String, retry_after: Option<Duration>) -> Result<Heard, FollowError> {
        let server = self.options.servers[self.server].clone();
        self.stream = None;
        self.failures = self.failures.saturating_add(1);
        self.server = (self.server + 1) % self.endpoints.len();
        let each = u32::try_from(self.endpoints.len()).unwrap_or(u32::MAX);
        if self.failures.is_multiple_of(each) {
            let patience = &self.options.patience;
            self.wait = patience.wait(self.failures / each, retry_after, chance(random::bytes()));
            if let Some(bound) = self.options.give_up_after {
                let left = (self.heard_at + bound).saturating_sub(self.clock.monotonic());
                if left.is_zero() {
                    return Err(FollowError::GaveUp { server, cause });
                }
                // Tried once more at the very end.
                self.wait = self.wait.min(left);
            }
        }
        Ok(Heard::Lost { server, cause })
    }
}

impl Ended {
    fn by(status: Status) -> Self {
        let trouble = Trouble::of(&status);
        let ahead = trouble.code == Code::OutOfRange && trouble.reason == "CURSOR_AHEAD";
        if ahead || after(trouble.code, &trouble.reason) == Next::NothingWritten {
            return Self::Refused(trouble);
        }
        Self::Lost {
            cause: trouble.to_string(),
            retry_after: trouble.retry_after,
        }
    }
}

fn lost(cause: &str) -> Ended {
    Ended::Lost {
        cause: cause.to_owned(),
        retry_after: None,
    }
}

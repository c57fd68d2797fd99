//! `FeedService`.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, stream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::events::{kinds_of, message};
use super::identity::{Caller, Identity};
use super::reception::{Origin, Reception, until_drained};
use super::roles::Call;
use super::status::{Language, status};
use crate::engine::{Engine, Occurrence};
use crate::ledger::Position;
use crate::policy::EventKind;
use crate::proto::v1;
use crate::proto::v1::feed_service_server::FeedService;
use crate::proto::v1::read_events_response::Item;
use crate::refusal::Refusal;
use crate::registration::Problem;
use crate::store::Store;

/// A subscriber hears of progress at least so often, whatever happens: half of what the contract promises.
const PROGRESS: Duration = Duration::from_secs(15);

/// The service.
pub struct Feed<S> {
    reception: Arc<Reception<S>>,
    draining: CancellationToken,
}

impl<S: Store> Feed<S> {
    /// The service over an engine. Once `draining` is cancelled every stream ends.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>, draining: CancellationToken) -> Self {
        Self {
            reception: Arc::new(Reception::new(engine, identity)),
            draining,
        }
    }

    /// Begins to read. That a feed was opened is recorded, not each event it tells of.
    async fn begin(&self, request: &Request<v1::ReadEventsRequest>) -> Result<Reader<S>, Refusal> {
        let (caller, origin) = self.reception.stream(request, Call::ReadEvents)?;
        self.reception.engine.look_up_by(&caller.sender.office)?;
        self.reception.engine.room_to_record()?;
        let reader = self.reader(request.get_ref(), caller.clone(), origin).await;
        self.reception
            .record(&caller, Call::ReadEvents, [], reader.as_ref().err())?;
        reader
    }

    async fn reader(
        &self,
        message: &v1::ReadEventsRequest,
        caller: Caller,
        origin: Origin,
    ) -> Result<Reader<S>, Refusal> {
        let engine = &self.reception.engine;
        let after = message.after_position;
        if after < 0 {
            return Err(Refusal::invalid("after_position", Problem::UnknownValue));
        }
        let asked = read_kinds(&message.kinds)?;
        if after > engine.ledger_size().await? {
            return Err(Refusal::CursorAhead);
        }
        Ok(Reader {
            reception: Arc::clone(&self.reception),
            caller,
            origin,
            asked,
            after,
            follow: message.follow,
            ready: VecDeque::new(),
            end: engine.ledger_end(),
            ended: false,
        })
    }
}

pub(super) fn read_kinds(kinds: &[i32]) -> Result<HashSet<EventKind>, Refusal> {
    let read = |kind: &i32| {
        let index = usize::try_from(*kind).ok()?.checked_sub(1)?;
        EventKind::ALL.get(index).map(|(kind, _)| *kind)
    };
    let read: Option<HashSet<_>> = kinds.iter().map(read).collect();
    read.ok_or_else(|| Refusal::invalid("kinds", Problem::UnknownValue))
}

/// One subscriber's place in the ledger. It is read only as fast as the subscriber takes what it is sent, so one that is
/// slow holds up nobody.
struct Reader<S> {
    reception: Arc<Reception<S>>,
    /// Who it is, as judged when it was last given something.
    caller: Caller,
    origin: Origin,
    /// The kinds it asks for; empty for all.
    asked: HashSet<EventKind>,
    after: Position,
    follow: bool,
    ready: VecDeque<Item>,
    end: watch::Receiver<Position>,
    ended: bool,
}

impl<S: Store> Reader<S> {
    /// The next thing to send; `None` at the end of a feed that is not followed.
    async fn next(&mut self) -> Result<Option<Item>, Refusal> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if self.ended {
                return Ok(None);
            }
            self.caller = self.reception.still(&self.origin)?;
            self.end.mark_unchanged();
            let page = self.reception.engine.occurrences(self.after).await?;
            if let Some(last) = page.last() {
                self.after = last.decided.known.entry.position;
                let shown: Vec<_> = page.iter().filter_map(|occurrence| self.shown(occurrence)).collect();
                self.ready.extend(shown);
                // Without anything to see, the place in the ledger is what there is to tell.
                if self.ready.is_empty() {
                    return Ok(Some(Item::Progress(self.after)));
                }
                continue;
            }
            if !self.follow {
                self.ended = true;
                return Ok(Some(Item::Progress(self.after)));
            }
            // An error means that the engine has ended; so will this stream.
            if !matches!(tokio::time::timeout(PROGRESS, self.end.changed()).await, Ok(Ok(()))) {
                return Ok(Some(Item::Progress(self.after)));
            }
        }
    }

    /// An entry as this caller may see it, if it may, and asks for it.
    fn shown(&self, occurrence: &Occurrence) -> Option<Item> {
        let kind = kinds_of(occurrence)
            .into_iter()
            .find(|kind| self.asked.is_empty() || self.asked.contains(kind))?;
        message(occurrence, kind, &self.caller).map(|event| Item::Event(Box::new(event)))
    }
}

#[tonic::async_trait]
impl<S: Store> FeedService for Feed<S> {
    type ReadEventsStream = Pin<Box<dyn Stream<Item = Result<v1::ReadEventsResponse, Status>> + Send>>;

    async fn read_events(
        &self,
        request: Request<v1::ReadEventsRequest>,
    ) -> Result<Response<Self::ReadEventsStream>, Status> {
        let language = Language::of(request.metadata());
        let reader = self.begin(&request).await;
        let reader = reader.map_err(|refusal| status(&refusal, language))?;
        let events = stream::unfold(Some(reader), move |reader| async move {
            let mut reader = reader?;
            match reader.next().await {
                Ok(Some(item)) => Some((Ok(v1::ReadEventsResponse { item: Some(item) }), Some(reader))),
                Ok(None) => None,
                Err(refusal) => Some((Err(status(&refusal, language)), None)),
            }
        });
        Ok(Response::new(until_drained(events, &self.draining, language)))
    }
}

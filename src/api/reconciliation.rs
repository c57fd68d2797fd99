//! `ReconciliationService`.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::ReadyChunks;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::identity::{Caller, Identity};
use super::reception::{Origin, Reception, standpoint, until_drained};
use super::reconciliation_messages::{item, read_header, read_record, summary};
use super::roles::Call;
use super::status::{Language, status};
use crate::engine::{Engine, Reconciliation};
use crate::proto::v1;
use crate::proto::v1::reconcile_request::Item as Sent;
use crate::proto::v1::reconcile_response::Item;
use crate::proto::v1::reconciliation_service_server::ReconciliationService;
use crate::protocol::reconcile::Place;
use crate::refusal::Refusal;
use crate::registration::Problem;
use crate::store::Store;

/// Streams at a time: each may hold the numbers of a prefix, up to 8 MB.
const STREAMS: usize = 4;
/// When those should come back for whom there is no room.
const COME_BACK: Duration = Duration::from_secs(30);
/// Records taken from the wire in one go.
const READ: usize = 256;
/// Records and numbers after which it is told how far the comparison has come: with what is in hand at that moment,
/// fewer than the contract promises.
const PROGRESS: u64 = 1_000;

/// The service.
pub struct Reconciliations<S> {
    reception: Arc<Reception<S>>,
    room: Arc<Semaphore>,
    draining: CancellationToken,
}

impl<S: Store> Reconciliations<S> {
    /// The service over an engine. Once `draining` is cancelled every stream ends.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>, draining: CancellationToken) -> Self {
        Self {
            reception: Arc::new(Reception::new(engine, identity)),
            room: Arc::new(Semaphore::new(STREAMS)),
            draining,
        }
    }

    /// Lets a caller in. That it compares is recorded, not each number it asks about.
    fn begin(
        &self,
        request: &Request<Streaming<v1::ReconcileRequest>>,
    ) -> Result<(Origin, OwnedSemaphorePermit), Refusal> {
        let (caller, origin) = self.reception.stream(request, Call::Reconcile)?;
        self.reception.engine.look_up_by(&caller.sender.office)?;
        self.reception.engine.room_to_record()?;
        let room = Arc::clone(&self.room).try_acquire_owned();
        let room = room.map_err(|_| Refusal::Overloaded { retry_after: COME_BACK });
        self.reception
            .record(&caller, Call::Reconcile, [], room.as_ref().err())?;
        Ok((origin, room?))
    }
}

/// One stream: read only as fast as its records are compared, and compared only as fast as its sender takes what is found.
struct Stage<S> {
    reception: Arc<Reception<S>>,
    origin: Origin,
    language: Language,
    incoming: ReadyChunks<Streaming<v1::ReconcileRequest>>,
    /// What was read together with the header.
    first: VecDeque<v1::ReconcileRequest>,
    comparison: Option<(Reconciliation<S>, String)>,
    /// Whether it is told whom a mismatch is about.
    names: bool,
    ready: VecDeque<v1::ReconcileResponse>,
    /// Records that this stream began after.
    before: i64,
    /// Records and numbers it had dealt with when progress was told last.
    told: u64,
    _room: OwnedSemaphorePermit,
}

impl<S: Store> Stage<S> {
    /// The next thing to send; `None` when all is said.
    async fn next(&mut self) -> Result<Option<v1::ReconcileResponse>, Status> {
        loop {
            if let Some(answer) = self.ready.pop_front() {
                return Ok(Some(answer));
            }
            if self.is_finished() {
                return Ok(None);
            }
            self.go_on().await?;
        }
    }

    fn is_finished(&self) -> bool {
        self.comparison
            .as_ref()
            .is_some_and(|(comparison, _)| comparison.is_finished())
    }

    async fn go_on(&mut self) -> Result<(), Status> {
        let language = self.language;
        let refused = |refusal: Refusal| status(&refusal, language);
        let caller = self.reception.still(&self.origin).map_err(refused)?;
        if self.comparison.is_none() {
            let (header, rest) = self.read_header().await?;
            self.names = header.names;
            let begun = self.compare(&caller, header).await.map_err(refused)?;
            self.before = begun.0.place().counts.records;
            self.comparison = Some(begun);
            self.first = rest;
        }
        let wants_more = self.comparison.as_ref().is_some_and(|(it, _)| it.wants_more());
        let read = match wants_more {
            true => self.read().await?,
            false => Some(Vec::new()),
        };
        let reading = self.reception.engine.reading();
        let Some((comparison, tag)) = &mut self.comparison else {
            return Ok(());
        };
        match read {
            None => comparison.end(),
            Some(items) => {
                for sent in items {
                    match read_record(sent, reading).map_err(refused)? {
                        Ok(record) => comparison.add(record),
                        Err((key, refusal)) => comparison.refuse(key, refusal),
                    }
                }
            }
        }
        let from = standpoint(&caller).map_err(refused)?;
        let mut findings = comparison.advance(&from.scope).await.map_err(refused)?;
        let opened = comparison.open_cases((&caller.sender, &from), &mut findings).await;
        opened.map_err(refused)?;
        let told = findings.into_iter().map(|finding| item(finding, self.names, language));
        let told: Vec<_> = told.collect();
        record_named(&self.reception, &caller, &told).map_err(refused)?;
        self.ready.extend(told);
        let place = comparison.place();
        if comparison.is_finished() {
            log(place);
            self.ready.push_back(answer(Item::Summary(summary(place)), 0));
        } else if comparison.passed() - self.told >= PROGRESS {
            self.told = comparison.passed();
            let covered = place.counts.records - self.before;
            let token = place.token(tag).to_string();
            self.ready.push_back(answer(Item::Progress(token), covered));
        }
        Ok(())
    }

    /// The next items of the stream; `None` at its end.
    async fn read(&mut self) -> Result<Option<Vec<v1::ReconcileRequest>>, Status> {
        if !self.first.is_empty() {
            return Ok(Some(std::mem::take(&mut self.first).into()));
        }
        self.incoming
            .next()
            .await
            .map(|read| read.into_iter().collect())
            .transpose()
    }

    /// The header, and what was read together with it.
    async fn read_header(&mut self) -> Result<(v1::ReconciliationHeader, VecDeque<v1::ReconcileRequest>), Status> {
        let mut items: VecDeque<_> = self.read().await?.unwrap_or_default().into();
        match items.pop_front().and_then(|first| first.item) {
            Some(Sent::Header(header)) => Ok((header, items)),
            _ => Err(status(&Refusal::invalid("header", Problem::Required), self.language)),
        }
    }

    /// Begins the comparison that a header asks for, or goes on with it.
    async fn compare(
        &self,
        caller: &Caller,
        header: v1::ReconciliationHeader,
    ) -> Result<(Reconciliation<S>, String), Refusal> {
        let engine = &self.reception.engine;
        let compared = read_header(&header)?;
        let tag = compared.tag(&caller.sender.office, engine.names());
        let size = engine.ledger_size().await?;
        let place = match header.resume_token.as_str() {
            "" => Some(Place::start(size)),
            token => Place::read(token, &tag).filter(|place| place.end <= size),
        };
        let place = place.ok_or_else(|| Refusal::invalid("header.resume_token", Problem::UnknownValue))?;
        Ok((engine.reconcile(compared, place), tag))
    }
}

/// Records of whom names are told: every one, as if the caller had looked the number up.
fn record_named<S: Store>(
    reception: &Reception<S>,
    caller: &Caller,
    told: &[v1::ReconcileResponse],
) -> Result<(), Refusal> {
    let named = told.iter().filter_map(|answer| match &answer.item {
        Some(Item::Mismatch(mismatch)) if !mismatch.full_name.is_empty() => Some(mismatch.number.as_str()),
        _ => None,
    });
    let mut named = named.peekable();
    match named.peek() {
        None => Ok(()),
        Some(_) => reception.record(caller, Call::Reconcile, named, None),
    }
}

/// Tells whoever runs the server how a comparison went: counts alone.
fn log(place: &Place) {
    let counts = place.counts;
    tracing::info!(
        records = counts.records,
        same = counts.same,
        differs = counts.differs,
        missing_here = counts.missing_here,
        missing_there = counts.missing_there,
        errors = counts.errors,
        cases = counts.cases,
        "another registry was compared"
    );
}

fn answer(item: Item, records: i64) -> v1::ReconcileResponse {
    v1::ReconcileResponse {
        item: Some(item),
        records,
    }
}

#[tonic::async_trait]
impl<S: Store> ReconciliationService for Reconciliations<S> {
    type ReconcileStream = Pin<Box<dyn Stream<Item = Result<v1::ReconcileResponse, Status>> + Send>>;

    async fn reconcile(
        &self,
        request: Request<Streaming<v1::ReconcileRequest>>,
    ) -> Result<Response<Self::ReconcileStream>, Status> {
        let language = Language::of(request.metadata());
        let begun = self.begin(&request).map_err(|refusal| status(&refusal, language));
        let (origin, room) = begun?;
        let stage = Stage {
            reception: Arc::clone(&self.reception),
            origin,
            language,
            incoming: request.into_inner().ready_chunks(READ),
            first: VecDeque::new(),
            comparison: None,
            names: false,
            ready: VecDeque::new(),
            before: 0,
            told: 0,
            _room: room,
        };
        let answers = stream::unfold(Some(stage), |stage| async move {
            let mut stage = stage?;
            match stage.next().await {
                Ok(Some(answer)) => Some((Ok(answer), Some(stage))),
                Ok(None) => None,
                Err(status) => Some((Err(status), None)),
            }
        });
        Ok(Response::new(until_drained(answers, &self.draining, language)))
    }
}

//! `ImportService`.

use std::future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use super::identity::{Caller, Identity};
use super::reception::{Origin, Reception, answer_each, standpoint, time_for};
use super::roles::Call;
use super::status::{Language, item_status, status};
use super::unreadable::readable;
use crate::engine::Engine;
use crate::policy::Role;
use crate::proto::v1;
use crate::proto::v1::import_service_server::ImportService;
use crate::protocol::{Brings, CaseCause, ImportResult};
use crate::refusal::Refusal;
use crate::registration::{BroughtText, Content, Problem, Violation, moment};
use crate::store::Store;

/// Items of one stream that are worked on at a time: it is read no faster than they are answered.
const STREAM_WINDOW: usize = 256;
/// The most items of a batch.
const BATCH: usize = 100;

/// The service.
pub struct Imports<S> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    reception: Reception<S>,
    draining: CancellationToken,
}

/// What all items of a job have in common.
#[derive(Clone)]
pub(super) struct Header {
    job_id: Uuid,
    message: v1::ImportHeader,
}

impl<S: Store> Imports<S> {
    /// The service over an engine. Once `draining` is cancelled no further item of a stream is read.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>, draining: CancellationToken) -> Self {
        Self {
            inner: Arc::new(Inner {
                reception: Reception::new(engine, identity),
                draining,
            }),
        }
    }
}

impl Header {
    /// Reads what must be right before any item is looked at.
    pub(super) fn read(message: &v1::ImportHeader, now: i64) -> Result<Self, Refusal> {
        let mut violations = Vec::new();
        let mut wrong = |field, problem| violations.push(Violation::new(field, problem));
        let job_id = Uuid::try_parse(message.job_id.trim()).ok().filter(|id| !id.is_nil());
        match (job_id, message.job_id.trim()) {
            (_, "") => wrong("header.job_id", Problem::Required),
            (None, _) => wrong("header.job_id", Problem::Uuid),
            (Some(_), _) => {}
        }
        match (message.source(), message.source) {
            (_, 0) => wrong("header.source", Problem::Required),
            (v1::ImportSource::Unspecified, _) => wrong("header.source", Problem::UnknownValue),
            _ => {}
        }
        match message.as_of.map(moment) {
            None => wrong("header.as_of", Problem::Required),
            Some(None) => wrong("header.as_of", Problem::Time),
            Some(Some(at)) if at > now => wrong("header.as_of", Problem::Future),
            Some(Some(_)) => {}
        }
        match job_id {
            Some(job_id) if violations.is_empty() => Ok(Self {
                job_id,
                message: message.clone(),
            }),
            _ => Err(Refusal::InvalidField(violations)),
        }
    }

    /// Whether this caller may take in what comes from there.
    fn allowed(&self, caller: &Caller) -> Result<(), Refusal> {
        let theirs = self.message.source() == v1::ImportSource::PopulationDatabase;
        match theirs && caller.role != Role::PopulationAuthority {
            true => Err(Refusal::Role),
            false => Ok(()),
        }
    }

    /// The id of an item's request: nobody needs to remember it.
    fn request_id(&self, sequence: i64) -> Uuid {
        Uuid::new_v5(&self.job_id, sequence.to_string().as_bytes())
    }

    fn content(&self, item: &v1::ImportItem) -> Content {
        let missing = v1::BirthRegistration::default();
        let brought = BroughtText {
            job_id: self.job_id.to_string(),
            sequence: item.sequence,
            source: self.message.source,
            as_of: self.message.as_of,
            number: item.number.trim().to_owned(),
        };
        let registration = item.registration.as_ref().unwrap_or(&missing);
        Content::brought_in(registration, &item.identifiers, brought)
    }
}

impl<S: Store> Inner<S> {
    /// Takes in an item; whatever becomes of it is its answer.
    async fn take_in(
        &self,
        caller: Result<Caller, Refusal>,
        call: Call,
        header: &Header,
        item: &v1::ImportItem,
        (language, patience): (Language, Option<Duration>),
    ) -> v1::ImportRecordsResponse {
        let answer = v1::ImportRecordsResponse {
            sequence: item.sequence,
            ..v1::ImportRecordsResponse::default()
        };
        if item.entry_kind() == v1::ImportEntryKind::Other {
            let result = v1::ImportResult::Skipped.into();
            return v1::ImportRecordsResponse { result, ..answer };
        }
        let brings = async {
            let caller = caller?;
            header.allowed(&caller)?;
            self.reception.engine.room_to_record()?;
            let bring = Box::pin(self.bring(&caller, header, item, patience));
            let brings = self.reception.engine.within(patience, bring).await;
            // What is written stands in the ledger; what is only told of a number, in the record of accesses.
            if brings.as_ref().is_ok_and(|brings| brings.position.is_none()) {
                self.reception.record(&caller, call, [item.number.as_str()], None)?;
            }
            brings
        };
        match brings.await {
            Ok(brings) => answered(brings, answer),
            Err(refusal) => v1::ImportRecordsResponse {
                result: match &refusal {
                    Refusal::InvalidField(_) => v1::ImportResult::Invalid.into(),
                    _ => v1::ImportResult::Unspecified.into(),
                },
                error: Some(item_status(&refusal, language)),
                ..answer
            },
        }
    }

    async fn bring(
        &self,
        caller: &Caller,
        header: &Header,
        item: &v1::ImportItem,
        patience: Option<Duration>,
    ) -> Result<Brings, Refusal> {
        let office = item.registration.as_ref().and_then(|it| it.r#ref.as_ref());
        let office = office.map(|reference| reference.office_code.trim()).unwrap_or_default();
        if !office.is_empty() && !standpoint(caller)?.scope.covers(office) {
            return Err(Refusal::NotYourRegistration);
        }
        let request = caller.request(header.request_id(item.sequence));
        let content = header.content(item);
        let engine = &self.reception.engine;
        engine.import(&caller.sender, request, content, patience).await
    }

    async fn answer_item(
        self: Arc<Self>,
        origin: Arc<Origin>,
        language: Language,
        header: Arc<Header>,
        item: v1::ImportItem,
    ) -> v1::ImportRecordsResponse {
        let caller = self.reception.still(&origin);
        self.take_in(caller, Call::ImportRecords, &header, &item, (language, None))
            .await
    }
}

/// The answer to an item that was decided.
fn answered(brings: Brings, answer: v1::ImportRecordsResponse) -> v1::ImportRecordsResponse {
    let (case_id, conflict) = brings.conflict.unzip();
    v1::ImportRecordsResponse {
        result: match brings.result {
            ImportResult::Imported => v1::ImportResult::Imported,
            ImportResult::Same => v1::ImportResult::Same,
            ImportResult::SameOlder => v1::ImportResult::SameOlder,
            ImportResult::Completed => v1::ImportResult::Completed,
            ImportResult::Conflict => v1::ImportResult::Conflict,
        }
        .into(),
        case_id: case_id.map(|id| id.to_string()).unwrap_or_default(),
        conflict: conflict.map_or(v1::ImportConflict::Unspecified, conflict_of).into(),
        warnings: brings
            .warnings
            .into_iter()
            .map(|warning| v1::ImportWarning {
                field: warning.field.to_owned(),
                kind: v1::ImportWarningKind::from(warning.kind).into(),
                suggestions: warning.suggestions,
            })
            .collect(),
        replayed: brings.replayed,
        position: brings.position.unwrap_or_default(),
        ..answer
    }
}

fn conflict_of(cause: CaseCause) -> v1::ImportConflict {
    match cause {
        CaseCause::ImportedFacts => v1::ImportConflict::OtherFacts,
        CaseCause::ImportedNumber => v1::ImportConflict::OtherNumber,
        CaseCause::ImportedHolder => v1::ImportConflict::NumberTaken,
        CaseCause::ImportedAlike => v1::ImportConflict::SameChild,
        CaseCause::ImportedDigits => v1::ImportConflict::OtherDigits,
        CaseCause::ImportedForeigner => v1::ImportConflict::NotEligible,
        _ => v1::ImportConflict::Unspecified,
    }
}

/// The items of a stream, each with the header that came before all of them.
fn items<S: Store>(
    messages: Streaming<v1::ImportRecordsRequest>,
    inner: Arc<Inner<S>>,
    origin: Arc<Origin>,
    language: Language,
) -> impl Stream<Item = Result<(Arc<Header>, v1::ImportItem), Status>> + Send {
    use v1::import_records_request::Message;
    let mut header: Option<Arc<Header>> = None;
    let mut read = move |message: v1::ImportRecordsRequest| match (message.message, &header) {
        (Some(Message::Header(first)), None) => {
            let read = Header::read(&first, inner.reception.engine.now())?;
            read.allowed(&inner.reception.still(&origin)?)?;
            header = Some(Arc::new(read));
            Ok(None)
        }
        (Some(Message::Header(_)), Some(_)) => Err(Refusal::invalid("header", Problem::NotHere)),
        (Some(Message::Item(item)), Some(header)) => Ok(Some((Arc::clone(header), *item))),
        (Some(Message::Item(_)) | None, None) => Err(Refusal::invalid("header", Problem::Required)),
        (None, Some(_)) => Err(Refusal::invalid("item", Problem::Required)),
    };
    messages.filter_map(move |message| {
        let message = message.map_err(|error| readable(error, language));
        let item = message.and_then(|message| read(message).map_err(|refusal| status(&refusal, language)));
        future::ready(item.transpose())
    })
}

#[tonic::async_trait]
impl<S: Store> ImportService for Imports<S> {
    type ImportRecordsStream = Pin<Box<dyn Stream<Item = Result<v1::ImportRecordsResponse, Status>> + Send>>;

    async fn import_records(
        &self,
        request: Request<Streaming<v1::ImportRecordsRequest>>,
    ) -> Result<Response<Self::ImportRecordsStream>, Status> {
        let language = Language::of(request.metadata());
        let origin = self.inner.reception.stream(&request, Call::ImportRecords);
        let (_, origin) = origin.map_err(|refusal| status(&refusal, language))?;
        let (origin, inner) = (Arc::new(origin), Arc::clone(&self.inner));
        let items = items(request.into_inner(), Arc::clone(&inner), Arc::clone(&origin), language);
        let draining = self.inner.draining.clone();
        let answers = answer_each(items, draining, STREAM_WINDOW, move |(header, item)| {
            let (inner, origin) = (Arc::clone(&inner), Arc::clone(&origin));
            let sequence = item.sequence;
            // A task of its own: an item goes on while its caller does not read, and holds nobody else up.
            let answer = tokio::spawn(inner.answer_item(origin, language, header, item));
            async move {
                answer.await.unwrap_or_else(|_| v1::ImportRecordsResponse {
                    sequence,
                    error: Some(item_status(&Refusal::Bug, language)),
                    ..v1::ImportRecordsResponse::default()
                })
            }
        });
        Ok(Response::new(answers))
    }

    async fn import_batch(
        &self,
        request: Request<v1::ImportBatchRequest>,
    ) -> Result<Response<v1::ImportBatchResponse>, Status> {
        let language = Language::of(request.metadata());
        let inner = &self.inner;
        let answer = async |caller: Caller| {
            let message = request.get_ref();
            let missing = v1::ImportHeader::default();
            let header = message.header.as_ref().unwrap_or(&missing);
            let header = Header::read(header, inner.reception.engine.now())?;
            header.allowed(&caller)?;
            if message.items.len() > BATCH {
                return Err(Refusal::invalid("items", Problem::TooMany { max: BATCH }));
            }
            let patience = time_for(&request);
            let items = message.items.iter();
            let waits = (language, patience);
            let answers = items.map(|item| inner.take_in(Ok(caller.clone()), Call::ImportBatch, &header, item, waits));
            Ok(v1::ImportBatchResponse {
                answers: join_all(answers).await,
            })
        };
        inner.reception.command(&request, Call::ImportBatch, answer).await
    }
}

//! `CivilStatusService`.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::identity::{Caller, Identity};
use super::reception::{Origin, Reception, answer_each, urgency};
use super::roles::Call;
use super::status::{Language, item_status, status};
use crate::engine::{Engine, Lane, Urgency};
use crate::proto::v1;
use crate::proto::v1::civil_status_service_server::CivilStatusService;
use crate::protocol::asked;
use crate::refusal::Refusal;
use crate::store::Store;

/// Items of one stream that are worked on at a time.
const STREAM_WINDOW: usize = 64;

/// The service.
pub struct CivilStatus<S> {
    reception: Arc<Reception<S>>,
    draining: CancellationToken,
}

impl<S: Store> CivilStatus<S> {
    /// The service over an engine. Once `draining` is cancelled no further item of a stream is read.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>, draining: CancellationToken) -> Self {
        Self {
            reception: Arc::new(Reception::new(engine, identity)),
            draining,
        }
    }
}

async fn record<S: Store>(
    reception: &Reception<S>,
    caller: &Caller,
    message: &v1::RecordChangeRequest,
    urgency: Urgency,
) -> Result<v1::RecordChangeResponse, Refusal> {
    let asked = asked::change(reception.engine.reading(), &comparable(message, caller));
    let (number, done) = reception
        .act_on_number(caller, &message.request_id, asked, urgency)
        .await?;
    Ok(v1::RecordChangeResponse {
        number: Some(number),
        case_id: done.case_id.map(|id| id.to_string()).unwrap_or_default(),
        replayed: done.replayed,
        position: done.position,
    })
}

/// The message as it may be compared for this caller: who is not told a person's ethnicity must not find it out by guessing.
fn comparable<'a>(message: &'a v1::RecordChangeRequest, caller: &Caller) -> Cow<'a, v1::RecordChangeRequest> {
    let guesses = message.r#match.as_ref().is_some_and(|known| known.ethnicity.is_some());
    if caller.role.sees_ethnicity() || !guesses {
        return Cow::Borrowed(message);
    }
    let mut message = message.clone();
    if let Some(known) = &mut message.r#match {
        known.ethnicity = None;
    }
    Cow::Owned(message)
}

async fn answer_item<S: Store>(
    reception: &Reception<S>,
    origin: &Origin,
    language: Language,
    item: v1::RecordChangesRequest,
) -> v1::RecordChangesResponse {
    use v1::record_changes_response::Result;
    let message = v1::RecordChangeRequest::from(item);
    let answered = async {
        let caller = reception.still(origin)?;
        let answer = Box::pin(record(reception, &caller, &message, Lane::Bulk.into()));
        let answer = reception.engine.within(None, answer);
        reception.recorded(&caller, Call::RecordChanges, &message, answer).await
    };
    let result = match answered.await {
        Ok(answer) => Result::Answer(answer),
        Err(refusal) => Result::Error(item_status(&refusal, language)),
    };
    v1::RecordChangesResponse {
        request_id: message.request_id,
        result: Some(result),
    }
}

#[tonic::async_trait]
impl<S: Store> CivilStatusService for CivilStatus<S> {
    async fn record_change(
        &self,
        request: Request<v1::RecordChangeRequest>,
    ) -> Result<Response<v1::RecordChangeResponse>, Status> {
        let answer =
            async |caller: Caller| record(&self.reception, &caller, request.get_ref(), urgency(&request)).await;
        self.reception.command(&request, Call::RecordChange, answer).await
    }

    type RecordChangesStream = Pin<Box<dyn Stream<Item = Result<v1::RecordChangesResponse, Status>> + Send>>;

    async fn record_changes(
        &self,
        request: Request<Streaming<v1::RecordChangesRequest>>,
    ) -> Result<Response<Self::RecordChangesStream>, Status> {
        let language = Language::of(request.metadata());
        let origin = self.reception.stream(&request, Call::RecordChanges);
        let (_, origin) = origin.map_err(|refusal| status(&refusal, language))?;
        let origin = Arc::new(origin);
        let reception = Arc::clone(&self.reception);
        let draining = self.draining.clone();
        let answers = answer_each(request.into_inner(), draining, STREAM_WINDOW, move |item| {
            let (reception, origin) = (Arc::clone(&reception), Arc::clone(&origin));
            async move { answer_item(&reception, &origin, language, item).await }
        });
        Ok(Response::new(answers))
    }
}

//! `IssuanceService`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt, future, stream};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use super::answers::{issuance_answer, issue_answer};
use super::identity::{Caller, Identity};
use super::reception::{Origin, Reception, read_request_id, time_for};
use super::roles::Call;
use super::status::{Language, item_status, status};
use super::unreadable::readable;
use crate::engine::{Engine, Lane, Urgency};
use crate::proto::v1;
use crate::proto::v1::issuance_service_server::IssuanceService;
use crate::protocol::Reply;
use crate::refusal::Refusal;
use crate::registration::Problem;
use crate::store::Store;

/// Items of one stream that are worked on at a time: it is read no faster than they are answered.
const STREAM_WINDOW: usize = 256;

/// The service.
pub struct Issuance<S> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    reception: Reception<S>,
    draining: CancellationToken,
}

impl<S: Store> Issuance<S> {
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

impl<S: Store> Inner<S> {
    async fn issue(
        &self,
        caller: &Caller,
        language: Language,
        request: &v1::IssueNumberRequest,
        urgency: Urgency,
    ) -> Result<v1::IssueNumberResponse, Refusal> {
        let registration = request.registration.as_ref();
        let office = registration
            .and_then(|r| r.r#ref.as_ref())
            .map(|r| r.office_code.trim());
        if office.is_some_and(|office| !office.is_empty() && !caller.acts_for(office)) {
            return Err(Refusal::NotYourRegistration);
        }
        let missing = v1::BirthRegistration::default();
        let registration = registration.unwrap_or(&missing);
        if request.validate_only {
            self.reception.engine.validate(registration)?;
            return Ok(v1::IssueNumberResponse::default());
        }
        let id = match request_id(&request.request_id) {
            // Every violation is told, not just the first.
            Err(Refusal::InvalidField(mut violations)) => {
                violations.extend(self.reception.engine.violations(registration));
                return Err(Refusal::InvalidField(violations));
            }
            id => id?,
        };
        let key = caller.request(id);
        let reply = self
            .reception
            .engine
            .issue(&caller.sender, key, registration, urgency)
            .await?;
        issue_answer(&reply, language)
    }

    async fn answer_item(
        &self,
        origin: &Origin,
        language: Language,
        request: v1::IssueNumbersRequest,
    ) -> v1::IssueNumbersResponse {
        use v1::issue_numbers_response::Result;
        let request = v1::IssueNumberRequest::from(request);
        let answer = Box::pin(async {
            let caller = self.reception.still(origin)?;
            self.issue(&caller, language, &request, Lane::Bulk.into()).await
        });
        // The caller's deadline is that of the whole stream; an item has as long as is usual.
        let result = match self.reception.engine.within(None, answer).await {
            Ok(answer) => Result::Answer(answer),
            Err(refusal) => Result::Error(item_status(&refusal, language)),
        };
        v1::IssueNumbersResponse {
            request_id: request.request_id,
            result: Some(result),
        }
    }
}

#[tonic::async_trait]
impl<S: Store> IssuanceService for Issuance<S> {
    async fn issue_number(
        &self,
        request: Request<v1::IssueNumberRequest>,
    ) -> Result<Response<v1::IssueNumberResponse>, Status> {
        let (inner, language) = (&self.inner, Language::of(request.metadata()));
        let caller = inner.reception.caller(&request, Call::IssueNumber);
        let caller = caller.map_err(|refusal| status(&refusal, language))?;
        let patience = time_for(&request);
        let lane = Lane::Births;
        let answer = Box::pin(inner.issue(&caller, language, request.get_ref(), Urgency { lane, patience }));
        let answer = inner.reception.engine.within(patience, answer).await;
        answer.map(Response::new).map_err(|refusal| status(&refusal, language))
    }

    type IssueNumbersStream = Pin<Box<dyn Stream<Item = Result<v1::IssueNumbersResponse, Status>> + Send>>;

    async fn issue_numbers(
        &self,
        request: Request<Streaming<v1::IssueNumbersRequest>>,
    ) -> Result<Response<Self::IssueNumbersStream>, Status> {
        let language = Language::of(request.metadata());
        let origin = self.inner.reception.stream(&request, Call::IssueNumbers);
        let (_, origin) = origin.map_err(|refusal| status(&refusal, language))?;
        let origin = Arc::new(origin);
        let inner = Arc::clone(&self.inner);
        let ending = Ending::new(self.inner.draining.clone(), language);
        let items = request
            .into_inner()
            .take_until(self.inner.draining.clone().cancelled_owned())
            .scan(ending.clone(), |ending, item| future::ready(ending.keep_error(item)));
        let answers = items
            .map(move |item| {
                let (inner, origin) = (Arc::clone(&inner), Arc::clone(&origin));
                // A task of its own: an item goes on while its caller does not read, and holds nobody else up.
                tokio::spawn(async move { inner.answer_item(&origin, language, item).await })
            })
            .buffer_unordered(STREAM_WINDOW)
            .map(move |answer| answer.map_err(|_| status(&Refusal::Bug, language)));
        let farewell = stream::once(async move { ending.farewell() }).filter_map(future::ready);
        Ok(Response::new(Box::pin(answers.chain(farewell.map(Err)))))
    }

    async fn get_issuance(
        &self,
        request: Request<v1::GetIssuanceRequest>,
    ) -> Result<Response<v1::GetIssuanceResponse>, Status> {
        let language = Language::of(request.metadata());
        let answer = async |caller: Caller| {
            let reply = self.found(&caller, request.get_ref(), time_for(&request)).await?;
            Ok(issuance_answer(&reply, language))
        };
        // It counts against its office's quota once it is known what it asks for.
        self.inner.reception.command(&request, Call::GetIssuance, answer).await
    }
}

impl<S: Store> Issuance<S> {
    /// What became of the request or registration that is asked for.
    async fn found(
        &self,
        caller: &Caller,
        request: &v1::GetIssuanceRequest,
        patience: Option<Duration>,
    ) -> Result<Reply, Refusal> {
        match &request.key {
            Some(v1::get_issuance_request::Key::RequestId(id)) => match request_id(id) {
                Ok(id) => self.find_own(caller, id, patience).await,
                Err(refusal) => Err(refusal),
            },
            Some(v1::get_issuance_request::Key::Ref(message)) => {
                match self.inner.reception.engine.read_reference(message) {
                    // What belongs to another office is not there for this one.
                    Ok(found) if !caller.acts_for(&found.office) => Err(Refusal::NoSuchRegistration),
                    Ok(found) => self.inner.reception.engine.find_registration(&found, patience).await,
                    Err(refusal) => Err(refusal),
                }
            }
            None => Err(missing("key")),
        }
    }

    /// What became of a request of the caller's office, or of one that it has taken over.
    async fn find_own(&self, caller: &Caller, id: Uuid, patience: Option<Duration>) -> Result<Reply, Refusal> {
        for key in caller.requests(id) {
            match self.inner.reception.engine.find_request(key, patience).await {
                Err(Refusal::NoSuchRequest) => {}
                found => return found,
            }
        }
        Err(Refusal::NoSuchRequest)
    }
}

/// How a stream of items ends: every item that was read is answered first.
#[derive(Clone)]
struct Ending {
    draining: CancellationToken,
    language: Language,
    /// What went wrong with reading.
    error: Arc<Mutex<Option<Status>>>,
}

impl Ending {
    fn new(draining: CancellationToken, language: Language) -> Self {
        Self {
            draining,
            language,
            error: Arc::default(),
        }
    }

    /// Passes an item on; keeps an error for the end, and reads no further.
    fn keep_error<T>(&self, item: Result<T, Status>) -> Option<T> {
        item.map_err(|error| *self.error.lock() = Some(readable(error, self.language)))
            .ok()
    }

    /// Why the stream ends, for who may have had more to send.
    fn farewell(&self) -> Option<Status> {
        let retry_after = Duration::from_secs(1);
        let draining = || status(&Refusal::Draining { retry_after }, self.language);
        self.error
            .lock()
            .take()
            .or_else(|| self.draining.is_cancelled().then(draining))
    }
}

fn request_id(text: &str) -> Result<Uuid, Refusal> {
    read_request_id(text).map_err(|violation| Refusal::InvalidField(vec![violation]))
}

fn missing(field: &str) -> Refusal {
    Refusal::invalid(field, Problem::Required)
}

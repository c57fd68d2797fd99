//! `IssuanceService`.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use super::answers::{issuance_answer, issue_answer};
use super::identity::{Caller, Identity};
use super::roles::Call;
use super::status::{Language, item_status, status};
use super::unreadable::readable;
use crate::engine::{Engine, WhenFull};
use crate::ledger::RequestKey;
use crate::proto::v1;
use crate::proto::v1::issuance_service_server::IssuanceService;
use crate::refusal::Refusal;
use crate::registration::{Problem, Violation};
use crate::store::Store;

/// Items of one stream that are worked on at a time: it is read no faster than they are answered.
const STREAM_WINDOW: usize = 256;

/// The service.
pub struct Issuance<S> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    engine: Arc<Engine<S>>,
    identity: Arc<dyn Identity>,
    draining: CancellationToken,
}

impl<S: Store> Issuance<S> {
    /// The service over an engine. Once `draining` is cancelled no further item of a stream is read.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>, draining: CancellationToken) -> Self {
        Self {
            inner: Arc::new(Inner {
                engine,
                identity,
                draining,
            }),
        }
    }

    fn caller<T>(&self, request: &Request<T>, call: Call) -> Result<(Caller, Language), Status> {
        let language = Language::of(request.metadata());
        let caller = self.inner.identity.caller(request.metadata(), request.extensions());
        let caller = caller
            .and_then(|caller| caller.allowed(call))
            .map_err(|refusal| status(&refusal, language))?;
        Ok((caller, language))
    }
}

impl<S: Store> Inner<S> {
    async fn issue(
        &self,
        caller: &Caller,
        language: Language,
        request: &v1::IssueNumberRequest,
        when_full: WhenFull,
    ) -> Result<v1::IssueNumberResponse, Refusal> {
        let registration = request.registration.as_ref();
        let office = registration
            .and_then(|r| r.r#ref.as_ref())
            .map(|r| r.office_code.trim());
        if office.is_some_and(|office| !office.is_empty() && office != caller.sender.office) {
            return Err(Refusal::NotYourRegistration);
        }
        let missing = v1::BirthRegistration::default();
        let registration = registration.unwrap_or(&missing);
        if request.validate_only {
            self.engine.validate(registration)?;
            return Ok(v1::IssueNumberResponse::default());
        }
        let key = RequestKey {
            id: request_id(&request.request_id)?,
            office: caller.sender.office.clone(),
        };
        let reply = self.engine.issue(&caller.sender, key, registration, when_full).await?;
        issue_answer(&reply, language)
    }

    async fn answer_item(
        &self,
        caller: &Caller,
        language: Language,
        request: v1::IssueNumbersRequest,
    ) -> v1::IssueNumbersResponse {
        use v1::issue_numbers_response::Result;
        let request = v1::IssueNumberRequest::from(request);
        let result = match self.issue(caller, language, &request, WhenFull::Wait).await {
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
        let (caller, language) = self.caller(&request, Call::IssueNumber)?;
        let answer = self
            .inner
            .issue(&caller, language, request.get_ref(), WhenFull::Refuse)
            .await;
        answer.map(Response::new).map_err(|refusal| status(&refusal, language))
    }

    type IssueNumbersStream = Pin<Box<dyn Stream<Item = Result<v1::IssueNumbersResponse, Status>> + Send>>;

    async fn issue_numbers(
        &self,
        request: Request<Streaming<v1::IssueNumbersRequest>>,
    ) -> Result<Response<Self::IssueNumbersStream>, Status> {
        let (caller, language) = self.caller(&request, Call::IssueNumbers)?;
        let inner = Arc::clone(&self.inner);
        let draining = self.inner.draining.clone();
        let items = request.into_inner().take_until(draining.clone().cancelled_owned());
        let answers = items
            .map(move |item| {
                let (inner, caller) = (Arc::clone(&inner), caller.clone());
                async move {
                    match item {
                        Ok(item) => Ok(inner.answer_item(&caller, language, item).await),
                        Err(error) => Err(readable(error, language)),
                    }
                }
            })
            .buffer_unordered(STREAM_WINDOW);
        // Who still had items to send learns why the stream ends.
        let farewell =
            futures_util::stream::once(async move { draining.is_cancelled() }).filter_map(move |draining| async move {
                let retry_after = std::time::Duration::from_secs(1);
                draining.then(|| Err(status(&Refusal::Draining { retry_after }, language)))
            });
        Ok(Response::new(Box::pin(answers.chain(farewell))))
    }

    async fn get_issuance(
        &self,
        request: Request<v1::GetIssuanceRequest>,
    ) -> Result<Response<v1::GetIssuanceResponse>, Status> {
        let (caller, language) = self.caller(&request, Call::GetIssuance)?;
        let found = match &request.get_ref().key {
            Some(v1::get_issuance_request::Key::RequestId(id)) => match request_id(id) {
                Ok(id) => {
                    let key = RequestKey {
                        id,
                        office: caller.sender.office.clone(),
                    };
                    self.inner.engine.find_request(key).await
                }
                Err(refusal) => Err(refusal),
            },
            Some(v1::get_issuance_request::Key::Ref(message)) => match self.inner.engine.read_reference(message) {
                // What belongs to another office is not there for this one.
                Ok(found) if found.office != caller.sender.office => Err(Refusal::NoSuchRegistration),
                Ok(found) => self.inner.engine.find_registration(&found).await,
                Err(refusal) => Err(refusal),
            },
            None => Err(missing("key")),
        };
        let reply = found.map_err(|refusal| status(&refusal, language))?;
        Ok(Response::new(issuance_answer(&reply, language)))
    }
}

fn request_id(text: &str) -> Result<Uuid, Refusal> {
    if text.is_empty() {
        return Err(missing("request_id"));
    }
    let id = Uuid::try_parse(text).ok().filter(|id| !id.is_nil());
    id.ok_or_else(|| {
        Refusal::InvalidField(vec![Violation {
            field: "request_id".to_owned(),
            problem: Problem::Uuid,
        }])
    })
}

fn missing(field: &str) -> Refusal {
    Refusal::InvalidField(vec![Violation {
        field: field.to_owned(),
        problem: Problem::Required,
    }])
}

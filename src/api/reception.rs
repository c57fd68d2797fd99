//! What all services do with a call: tell who it is, let it in by its role, and answer in its language.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::case_answers::number_message;
use super::identity::{Caller, Identity};
use super::patience::patience;
use super::roles::Call;
use super::status::{Language, status};
use crate::engine::{Engine, Lane, Urgency};
use crate::ledger::RequestKey;
use crate::proto::v1;
use crate::protocol::asked::{Asked, Misread};
use crate::protocol::{Done, Standpoint};
use crate::refusal::Refusal;
use crate::registration::{Problem, Violation};
use crate::store::Store;

/// An engine and how its callers are told apart.
pub(super) struct Reception<S> {
    pub engine: Arc<Engine<S>>,
    identity: Arc<dyn Identity>,
}

impl<S: Store> Reception<S> {
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>) -> Self {
        Self { engine, identity }
    }

    /// The caller, if its role may make this call.
    pub fn caller<T>(&self, request: &Request<T>, call: Call) -> Result<Caller, Refusal> {
        self.identity
            .caller(request.metadata(), request.extensions())?
            .allowed(call)
    }

    /// The same for a call that looks something up, which counts against its office's quota.
    pub fn looker_up<T>(&self, request: &Request<T>, call: Call) -> Result<Caller, Refusal> {
        let caller = self.caller(request, call)?;
        self.engine.look_up_by(&caller.sender.office)?;
        Ok(caller)
    }

    /// Answers a call, while its caller waits.
    pub async fn serve<T, A, F>(&self, request: &Request<T>, answer: F) -> Result<Response<A>, Status>
    where
        F: Future<Output = Result<A, Refusal>>,
    {
        let answered = self.engine.within(patience(request.metadata()), answer).await;
        answered
            .map(Response::new)
            .map_err(|refusal| status(&refusal, Language::of(request.metadata())))
    }

    /// Carries out a command whose message was read as `asked`, under the request id it was sent with.
    pub async fn act(
        &self,
        caller: &Caller,
        request_id: &str,
        asked: Result<Asked, Misread>,
        urgency: Urgency,
    ) -> Result<Done, Refusal> {
        let id = match read_request_id(request_id) {
            Ok(id) => id,
            // Every violation is told, not just the first.
            Err(violation) => {
                let others = asked.err().map(|misread| misread.violations);
                let violations = [violation].into_iter().chain(others.into_iter().flatten());
                return Err(Refusal::InvalidField(violations.collect()));
            }
        };
        let request = RequestKey {
            id,
            office: caller.sender.office.clone(),
        };
        let asked = match asked {
            Ok(asked) => asked,
            Err(misread) => return Err(self.engine.misread(&request, misread, urgency.patience).await),
        };
        let from = (&caller.sender, standpoint(caller)?);
        let place = caller.policy.reissue_place();
        self.engine.act(from, request, asked, place, urgency).await
    }

    /// The same for a command about a number, with the number as it stands then.
    pub async fn act_on_number(
        &self,
        caller: &Caller,
        request_id: &str,
        asked: Result<Asked, Misread>,
        urgency: Urgency,
    ) -> Result<(v1::Number, Done), Refusal> {
        let done = self.act(caller, request_id, asked, urgency).await?;
        let slot = done.slot.ok_or(Refusal::Bug)?;
        let file = self.engine.number_file(slot, urgency.patience).await?;
        let file = file.ok_or(Refusal::Bug)?;
        Ok((number_message(&file, &standpoint(caller)?.scope), done))
    }
}

/// How urgent a call about cases is.
pub(super) fn urgency<T>(request: &Request<T>) -> Urgency {
    Urgency {
        lane: Lane::Cases,
        patience: patience(request.metadata()),
    }
}

/// How long the caller of a request waits.
pub(super) fn time_for<T>(request: &Request<T>) -> Option<Duration> {
    patience(request.metadata())
}

/// The side and reach of a caller. Every role that may make a call about numbers or cases has one.
pub(super) fn standpoint(caller: &Caller) -> Result<Standpoint, Refusal> {
    caller.standpoint.clone().ok_or(Refusal::Role)
}

/// Reads a request id.
pub(super) fn read_request_id(text: &str) -> Result<Uuid, Violation> {
    if text.is_empty() {
        return Err(Violation::new("request_id", Problem::Required));
    }
    let id = Uuid::try_parse(text).ok().filter(|id| !id.is_nil());
    id.ok_or_else(|| Violation::new("request_id", Problem::Uuid))
}

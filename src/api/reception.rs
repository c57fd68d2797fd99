//! What all services do with a call: tell who it is, let it in by its role, and answer in its language.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use jiff::civil::Date;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataMap;
use tonic::{Code, Extensions, Request, Response, Status};
use uuid::Uuid;

use super::case_answers::number_message;
use super::identity::{Caller, Identity};
use super::names::Names;
use super::patience::patience;
use super::roles::Call;
use super::status::{Language, code_of, status};
use crate::engine::{Engine, Lane, Urgency, Visit};
use crate::number::Number;
use crate::proto::google::r#type::Date as GivenDate;
use crate::proto::v1;
use crate::protocol::asked::{Asked, Misread};
use crate::protocol::{Done, Standpoint};
use crate::refusal::Refusal;
use crate::registration::{Problem, Violation, full_date};
use crate::store::Store;

/// The most items on one page of a list.
const PAGE: i32 = 500;
/// How many where the caller does not say.
const USUAL_PAGE: i32 = 100;

/// An engine and how its callers are told apart.
pub(super) struct Reception<S> {
    pub engine: Arc<Engine<S>>,
    identity: Arc<dyn Identity>,
}

/// By what the sender of a stream was told.
pub(super) struct Origin {
    metadata: MetadataMap,
    connection: Extensions,
    call: Call,
}

impl<S: Store> Reception<S> {
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>) -> Self {
        Self { engine, identity }
    }

    /// The caller, if its role may make this call.
    pub fn caller<T>(&self, request: &Request<T>, call: Call) -> Result<Caller, Refusal> {
        let caller = self.identity.caller(request.metadata(), request.extensions())?;
        let caller = caller.allowed(call)?;
        self.engine.not_rolled_back()?;
        Ok(caller)
    }

    /// The sender of a stream, if its role may make this call. It may be judged again as the stream goes on.
    pub fn stream<T>(&self, request: &Request<T>, call: Call) -> Result<(Caller, Origin), Refusal> {
        let caller = self.caller(request, call)?;
        let origin = Origin {
            metadata: request.metadata().clone(),
            connection: request.extensions().clone(),
            call,
        };
        Ok((caller, origin))
    }

    /// The sender of a stream as of now: a certificate expires, an office is struck off while a stream goes on.
    pub fn still(&self, origin: &Origin) -> Result<Caller, Refusal> {
        let caller = self.identity.caller(&origin.metadata, &origin.connection)?;
        let caller = caller.allowed(origin.call)?;
        self.engine.not_rolled_back()?;
        Ok(caller)
    }

    /// The same for a call that looks something up, which counts against its office's quota.
    pub fn looker_up<T>(&self, request: &Request<T>, call: Call) -> Result<Caller, Refusal> {
        let caller = self.caller(request, call)?;
        self.engine.look_up_by(&caller.sender.office)?;
        Ok(caller)
    }

    /// Answers a call that looks something up.
    pub async fn look_up<T, A, F>(
        &self,
        request: &Request<T>,
        call: Call,
        answer: impl FnOnce(Caller) -> F,
    ) -> Result<Response<A>, Status>
    where
        T: Names,
        A: Names,
        F: Future<Output = Result<A, Refusal>>,
    {
        let caller = self.looker_up(request, call);
        self.serve(request, call, caller, answer).await
    }

    /// Answers a call that asks for nothing about anybody: it counts against the quota of its office, and is not recorded.
    pub async fn tell<T, A>(
        &self,
        request: &Request<T>,
        call: Call,
        answer: impl Future<Output = Result<A, Refusal>>,
    ) -> Result<Response<A>, Status> {
        let answered = async {
            self.looker_up(request, call)?;
            self.engine.within(time_for(request), answer).await
        };
        given(request, answered.await)
    }

    /// Answers a call that changes something.
    pub async fn command<T, A, F>(
        &self,
        request: &Request<T>,
        call: Call,
        answer: impl FnOnce(Caller) -> F,
    ) -> Result<Response<A>, Status>
    where
        T: Names,
        A: Names,
        F: Future<Output = Result<A, Refusal>>,
    {
        let caller = self.caller(request, call);
        self.serve(request, call, caller, answer).await
    }

    /// Answers a call whose caller may make it, while it waits.
    async fn serve<T, A, F>(
        &self,
        request: &Request<T>,
        call: Call,
        caller: Result<Caller, Refusal>,
        answer: impl FnOnce(Caller) -> F,
    ) -> Result<Response<A>, Status>
    where
        T: Names,
        A: Names,
        F: Future<Output = Result<A, Refusal>>,
    {
        let answered = async {
            let caller = caller?;
            let answer = self.engine.within(time_for(request), answer(caller.clone()));
            self.recorded(&caller, call, request.get_ref(), answer).await
        };
        given(request, answered.await)
    }

    /// Gives an answer once it is recorded who asked for it.
    pub async fn recorded<M: Names, A: Names>(
        &self,
        caller: &Caller,
        call: Call,
        message: &M,
        answer: impl Future<Output = Result<A, Refusal>>,
    ) -> Result<A, Refusal> {
        self.engine.room_to_record()?;
        let answered = answer.await;
        let told = answered.as_ref().map(Names::numbers).unwrap_or_default();
        let named = message.numbers().into_iter().chain(told);
        self.record(caller, call, named, answered.as_ref().err())?;
        answered
    }

    /// Records that a caller asked about these numbers, and how it was answered.
    pub fn record<'a>(
        &self,
        caller: &Caller,
        call: Call,
        numbers: impl IntoIterator<Item = &'a str>,
        refused: Option<&Refusal>,
    ) -> Result<(), Refusal> {
        let numbers = numbers.into_iter();
        self.engine.record(Visit {
            sender: caller.sender.clone(),
            role: caller.role.name(),
            call: call.full_name(),
            code: refused.map_or(Code::Ok, code_of).into(),
            numbers: numbers.filter_map(|text| Number::parse(text.trim()).ok()).collect(),
        })
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
        let request = caller.request(id);
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

/// Reads an id by which something is named, in this field.
pub(super) fn read_id(field: &str, text: &str) -> Result<Uuid, Refusal> {
    match text.trim() {
        "" => Err(Refusal::invalid(field, Problem::Required)),
        text => Uuid::try_parse(text).map_err(|_| Refusal::invalid(field, Problem::Uuid)),
    }
}

/// Answers the items of a stream, so many at a time at most: it is read no faster than they are answered, and no further once
/// the server drains.
pub(super) fn answer_each<I, A, F>(
    items: impl Stream<Item = Result<I, Status>> + Send + 'static,
    draining: CancellationToken,
    window: usize,
    answer: impl Fn(I) -> F + Send + 'static,
) -> Pin<Box<dyn Stream<Item = Result<A, Status>> + Send>>
where
    I: Send + 'static,
    A: Send + 'static,
    F: Future<Output = A> + Send + 'static,
{
    let answers = items
        .take_until(draining.cancelled_owned())
        .map(move |item| {
            let answered = item.map(&answer);
            async move {
                match answered {
                    Ok(answered) => Ok(answered.await),
                    Err(status) => Err(status),
                }
            }
        })
        .buffer_unordered(window);
    Box::pin(answers)
}

/// A stream of answers that ends once the server drains, and says so.
pub(super) fn until_drained<A: Send + 'static>(
    answers: impl Stream<Item = Result<A, Status>> + Send + 'static,
    draining: &CancellationToken,
    language: Language,
) -> Pin<Box<dyn Stream<Item = Result<A, Status>> + Send>> {
    let farewell = stream::once(async move {
        let retry_after = Duration::from_secs(1);
        Err(status(&Refusal::Draining { retry_after }, language))
    });
    let draining_too = draining.clone();
    let answers = answers
        .take_until(draining.clone().cancelled_owned())
        .chain(farewell.filter(move |_| std::future::ready(draining_too.is_cancelled())));
    Box::pin(answers)
}

/// An answer, or its refusal in the language of the request.
pub(super) fn given<T, A>(request: &Request<T>, answered: Result<A, Refusal>) -> Result<Response<A>, Status> {
    answered
        .map(Response::new)
        .map_err(|refusal| status(&refusal, Language::of(request.metadata())))
}

/// The day that is asked about, in a field named `on`: today, unless one is given.
pub(super) fn read_day(on: Option<GivenDate>, today: impl FnOnce() -> Date) -> Result<Date, Refusal> {
    match on.filter(|on| (on.year, on.month, on.day) != (0, 0, 0)) {
        None => Ok(today()),
        Some(on) => full_date(on).ok_or_else(|| Refusal::invalid("on", Problem::Date)),
    }
}

/// How many items of a list a caller wants at a time.
pub(super) fn read_page_size(asked: i32) -> Result<i64, Refusal> {
    match asked {
        0 => Ok(USUAL_PAGE.into()),
        size if (1..=PAGE).contains(&size) => Ok(size.into()),
        _ => Err(Refusal::invalid("page_size", Problem::Range { min: 1, max: PAGE })),
    }
}

//! `BlockService`.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::answers::under_review;
use super::case_answers::number_message;
use super::identity::{Caller, Identity};
use super::reception::{Origin, Reception, answer_each, read_id, read_request_id, standpoint, time_for, urgency};
use super::roles::Call;
use super::status::{Language, item_status, status};
use crate::engine::{Birth, BlockFile, Engine, Lane, Urgency};
use crate::number::Number;
use crate::proto::v1;
use crate::proto::v1::block_service_server::BlockService;
use crate::protocol::asked::{self, Asked, Misread};
use crate::protocol::{Done, NumberRow, NumberState, Reply, Standing};
use crate::refusal::Refusal;
use crate::registration::{HandedText, timestamp};
use crate::store::Store;

/// Items of one stream that are worked on at a time: it is read no faster than they are answered.
const STREAM_WINDOW: usize = 64;

/// The service.
pub struct Blocks<S> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    reception: Reception<S>,
    draining: CancellationToken,
}

/// What became of a number that was handed out.
enum Settled {
    Given(v1::Number),
    UnderReview(v1::UnderReview),
}

impl<S: Store> Blocks<S> {
    /// The service over an engine. Once `draining` is cancelled no further item of a stream is read.
    pub fn new(engine: Arc<Engine<S>>, identity: Arc<dyn Identity>, draining: CancellationToken) -> Self {
        Self {
            inner: Arc::new(Inner {
                reception: Reception::new(engine, identity),
                draining,
            }),
        }
    }

    /// Carries out a command about a block, and shows the block as it stands then.
    async fn on_block<T>(
        &self,
        request: &Request<T>,
        caller: &Caller,
        request_id: &str,
        asked: Result<Asked, Misread>,
        block_id: &str,
    ) -> Result<(v1::Block, Done), Refusal> {
        let reception = &self.inner.reception;
        let done = reception.act(caller, request_id, asked, urgency(request)).await?;
        let key = caller.request(read_id("block_id", block_id)?);
        let file = reception.engine.block(key, time_for(request)).await?;
        Ok((block_message(&file), done))
    }
}

impl<S: Store> Inner<S> {
    async fn settle(
        &self,
        caller: &Caller,
        language: Language,
        request: &v1::SettleNumberRequest,
        urgency: Urgency,
    ) -> Result<(Settled, Reply), Refusal> {
        let office = request.registration.as_ref().and_then(|it| it.r#ref.as_ref());
        let office = office.map(|reference| reference.office_code.trim()).unwrap_or_default();
        if !office.is_empty() && !caller.acts_for(office) {
            return Err(Refusal::NotYourRegistration);
        }
        let missing = v1::BirthRegistration::default();
        let birth = Birth {
            registration: request.registration.as_ref().unwrap_or(&missing),
            handed: Some(HandedText::of(
                &request.block_id,
                &request.number,
                request.handed_out_at,
            )),
        };
        let id = read_request_id(&request.request_id).map_err(|violation| {
            // Every violation is told, not just the first.
            let others = self.reception.engine.violations(birth.clone());
            Refusal::InvalidField([violation].into_iter().chain(others).collect())
        })?;
        let key = caller.request(id);
        let reply = self.reception.engine.issue(&caller.sender, key, birth, urgency).await?;
        let settled = match &reply.standing {
            Standing::Issued(_) => {
                // The number that was handed out, whichever the child has now.
                let number = Number::parse(request.number.trim()).map_err(|_| Refusal::Bug)?;
                let slot = self.reception.engine.slot_of(number);
                let file = self.reception.engine.number_file(slot, urgency.patience).await?;
                let file = file.ok_or(Refusal::Bug)?;
                Settled::Given(number_message(&file, &standpoint(caller)?.scope))
            }
            Standing::UnderReview(case_id) => Settled::UnderReview(under_review(&case_id.to_string(), language)),
            Standing::NotEligible => return Err(Refusal::NotEligible),
            Standing::CaseClosed(_) => return Err(Refusal::WrongState("registration")),
        };
        Ok((settled, reply))
    }

    async fn answer_item(
        &self,
        origin: &Origin,
        language: Language,
        item: v1::SettleBlockRequest,
    ) -> v1::SettleBlockResponse {
        use v1::settle_block_response::Result;
        let message = v1::SettleNumberRequest::from(item);
        let answered = async {
            let caller = self.reception.still(origin)?;
            let answer = Box::pin(self.settle_item(&caller, language, &message));
            let answer = self.reception.engine.within(None, answer);
            let recorded = self.reception.recorded(&caller, Call::SettleBlock, &message, answer);
            recorded.await
        };
        answered.await.unwrap_or_else(|refusal| v1::SettleBlockResponse {
            request_id: message.request_id.clone(),
            result: Some(Result::Error(item_status(&refusal, language))),
            ..v1::SettleBlockResponse::default()
        })
    }

    async fn settle_item(
        &self,
        caller: &Caller,
        language: Language,
        message: &v1::SettleNumberRequest,
    ) -> Result<v1::SettleBlockResponse, Refusal> {
        use v1::settle_block_response::Result;
        let (settled, reply) = self.settle(caller, language, message, Lane::Bulk.into()).await?;
        Ok(v1::SettleBlockResponse {
            request_id: message.request_id.clone(),
            result: Some(match settled {
                Settled::Given(number) => Result::Settled(number),
                Settled::UnderReview(review) => Result::UnderReview(review),
            }),
            replayed: reply.replayed,
            position: reply.position,
        })
    }
}

fn block_message(file: &BlockFile) -> v1::Block {
    let row = &file.row;
    let count = |is: fn(&NumberRow) -> bool| {
        // At most as many as a block has.
        i32::try_from(file.numbers.iter().filter(|number| is(number)).count()).unwrap_or(i32::MAX)
    };
    let state = match row.closed {
        Some(_) => v1::BlockState::Closed,
        None if row.expires_at < file.now => v1::BlockState::Expired,
        None => v1::BlockState::Open,
    };
    v1::Block {
        block_id: row.request.id.to_string(),
        prefix: row.first.prefix().to_string(),
        numbers: file.numbers.iter().map(|number| number.number.to_string()).collect(),
        state: state.into(),
        expires_at: Some(timestamp(row.expires_at)),
        signed_note: file.note.clone(),
        unused: count(NumberRow::unused),
        settled: count(|number| {
            matches!(
                number.state,
                NumberState::Issued | NumberState::Confirmed | NumberState::Disputed
            )
        }),
        under_review: count(|number| number.state == NumberState::Reserved && !number.unused()),
        revoked: count(|number| number.state == NumberState::Revoked),
        quarantined: count(|number| number.state == NumberState::Quarantined),
    }
}

#[tonic::async_trait]
impl<S: Store> BlockService for Blocks<S> {
    async fn reserve_block(
        &self,
        request: Request<v1::ReserveBlockRequest>,
    ) -> Result<Response<v1::ReserveBlockResponse>, Status> {
        let reception = &self.inner.reception;
        let answer = async |caller: Caller| {
            let message = request.get_ref();
            let limits = caller.policy.block_limits(&caller.sender.office);
            let asked = asked::reserve(reception.engine.reading(), message, &limits);
            let id = &message.request_id;
            let (block, done) = self.on_block(&request, &caller, id, asked, id).await?;
            Ok(v1::ReserveBlockResponse {
                block: Some(block),
                replayed: done.replayed,
                position: done.position,
            })
        };
        reception.command(&request, Call::ReserveBlock, answer).await
    }

    async fn settle_number(
        &self,
        request: Request<v1::SettleNumberRequest>,
    ) -> Result<Response<v1::SettleNumberResponse>, Status> {
        use v1::settle_number_response::Outcome;
        let language = Language::of(request.metadata());
        let answer = async |caller: Caller| {
            let settling = self
                .inner
                .settle(&caller, language, request.get_ref(), urgency(&request));
            let (settled, reply) = settling.await?;
            Ok(v1::SettleNumberResponse {
                outcome: Some(match settled {
                    Settled::Given(number) => Outcome::Settled(number),
                    Settled::UnderReview(review) => Outcome::UnderReview(review),
                }),
                replayed: reply.replayed,
                position: reply.position,
            })
        };
        self.inner.reception.command(&request, Call::SettleNumber, answer).await
    }

    type SettleBlockStream = Pin<Box<dyn Stream<Item = Result<v1::SettleBlockResponse, Status>> + Send>>;

    async fn settle_block(
        &self,
        request: Request<Streaming<v1::SettleBlockRequest>>,
    ) -> Result<Response<Self::SettleBlockStream>, Status> {
        let language = Language::of(request.metadata());
        let origin = self.inner.reception.stream(&request, Call::SettleBlock);
        let (_, origin) = origin.map_err(|refusal| status(&refusal, language))?;
        let origin = Arc::new(origin);
        let inner = Arc::clone(&self.inner);
        let draining = self.inner.draining.clone();
        let answers = answer_each(request.into_inner(), draining, STREAM_WINDOW, move |item| {
            let (inner, origin) = (Arc::clone(&inner), Arc::clone(&origin));
            async move { inner.answer_item(&origin, language, item).await }
        });
        Ok(Response::new(answers))
    }

    async fn close_block(
        &self,
        request: Request<v1::CloseBlockRequest>,
    ) -> Result<Response<v1::CloseBlockResponse>, Status> {
        let reception = &self.inner.reception;
        let answer = async |caller: Caller| {
            let message = request.get_ref();
            let asked = asked::close(reception.engine.reading(), message);
            let closing = self.on_block(&request, &caller, &message.request_id, asked, &message.block_id);
            let (block, done) = closing.await?;
            Ok(v1::CloseBlockResponse {
                block: Some(block),
                replayed: done.replayed,
                position: done.position,
            })
        };
        reception.command(&request, Call::CloseBlock, answer).await
    }

    async fn get_block(&self, request: Request<v1::GetBlockRequest>) -> Result<Response<v1::GetBlockResponse>, Status> {
        let reception = &self.inner.reception;
        let answer = async |caller: Caller| {
            let key = caller.request(read_id("block_id", &request.get_ref().block_id)?);
            let file = reception.engine.block(key, time_for(&request)).await?;
            Ok(v1::GetBlockResponse {
                block: Some(block_message(&file)),
            })
        };
        reception.look_up(&request, Call::GetBlock, answer).await
    }
}

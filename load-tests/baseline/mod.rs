//! The baseline: the service as most would write it. Each request by itself takes a lock in Redis, looks its key up in
//! PostgreSQL, draws a number at random, inserts it in a transaction of its own, and lets the lock go.
//!
//! It is what the real service is measured against, and no model for anything: it does not know who the child is, the
//! lock is its only guard while a holder stalls, and it says nothing of what it cannot do.

mod births;
mod lock;

use std::pin::Pin;

use dinhdanh::api::MAX_MESSAGE_BYTES;
use dinhdanh::proto::v1;
use dinhdanh::proto::v1::issuance_service_server::{IssuanceService, IssuanceServiceServer};
use dinhdanh::proto::v1::issue_number_response::Outcome as Decision;
use futures_util::{Stream, StreamExt};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::metadata::MetadataMap;
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use self::births::Births;
use self::lock::Lock;
use crate::Outcome;

/// Connections to PostgreSQL.
const POOL: u32 = 32;
/// Items of one stream that are worked on at a time: as many as the service takes.
const STREAM_WINDOW: usize = 256;

/// Serves on any free port over these servers, and says which in the words the service uses, until it is killed.
pub fn serve(postgres: &str, redis: &str) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let baseline = Baseline {
            births: Births::open(postgres, POOL).await?,
            lock: Lock::open(redis).await?,
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("listening on http://{}", listener.local_addr()?);
        let service = IssuanceServiceServer::new(baseline).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let server = Server::builder().tcp_nodelay(true).add_service(service);
        Ok(server.serve_with_incoming(TcpListenerStream::new(listener)).await?)
    })
}

#[derive(Clone)]
struct Baseline {
    births: Births,
    lock: Lock,
}

impl Baseline {
    /// The whole way of one request.
    async fn issue(&self, office: &str, request: v1::IssueNumberRequest) -> Result<v1::IssueNumberResponse, Status> {
        let id = Uuid::try_parse(&request.request_id).map_err(|_| Status::invalid_argument("request_id"))?;
        let registration = request.registration.unwrap_or_default();
        let key = format!("lock:{office}:{id}");
        let Some(token) = self.lock.take(&key).await? else {
            return Err(Status::aborted("in progress"));
        };
        let issued = self.find_or_insert(office, id, &registration).await;
        self.lock.release(&key, &token).await?;
        let (number, replayed) = issued?;
        let number = v1::Number {
            number,
            state: v1::NumberState::Issued.into(),
            life_status: v1::LifeStatus::Alive.into(),
            registrations: registration.r#ref.into_iter().collect(),
            ..v1::Number::default()
        };
        Ok(v1::IssueNumberResponse {
            outcome: Some(Decision::Issued(number)),
            replayed,
            // It keeps no ledger, but clients do not take an answer without a place in one.
            position: 1,
        })
    }

    async fn find_or_insert(
        &self,
        office: &str,
        id: Uuid,
        registration: &v1::BirthRegistration,
    ) -> Result<(String, bool), Status> {
        if let Some(number) = self.births.find(office, id).await? {
            return Ok((number, true));
        }
        Ok((self.births.insert(office, id, registration).await?, false))
    }
}

fn office(metadata: &MetadataMap) -> Result<String, Status> {
    let office = metadata
        .get("x-dinhdanh-office")
        .and_then(|office| office.to_str().ok());
    office
        .map(str::to_owned)
        .ok_or_else(|| Status::unauthenticated("office"))
}

#[tonic::async_trait]
impl IssuanceService for Baseline {
    async fn issue_number(
        &self,
        request: Request<v1::IssueNumberRequest>,
    ) -> Result<Response<v1::IssueNumberResponse>, Status> {
        let office = office(request.metadata())?;
        self.issue(&office, request.into_inner()).await.map(Response::new)
    }

    type IssueNumbersStream = Pin<Box<dyn Stream<Item = Result<v1::IssueNumbersResponse, Status>> + Send>>;

    async fn issue_numbers(
        &self,
        request: Request<Streaming<v1::IssueNumbersRequest>>,
    ) -> Result<Response<Self::IssueNumbersStream>, Status> {
        let office = office(request.metadata())?;
        let baseline = self.clone();
        let answers = request.into_inner().map(move |item| {
            let (baseline, office) = (baseline.clone(), office.clone());
            async move {
                let item = item?;
                let request_id = item.request_id.clone();
                let answer = baseline.issue(&office, item.into()).await?;
                Ok(v1::IssueNumbersResponse {
                    request_id,
                    result: Some(v1::issue_numbers_response::Result::Answer(answer)),
                })
            }
        });
        Ok(Response::new(Box::pin(answers.buffer_unordered(STREAM_WINDOW))))
    }

    async fn get_issuance(
        &self,
        _: Request<v1::GetIssuanceRequest>,
    ) -> Result<Response<v1::GetIssuanceResponse>, Status> {
        Err(Status::unimplemented("the baseline only issues"))
    }
}

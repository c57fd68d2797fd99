//! The yardstick: a server of the same messages that decides nothing and keeps nothing.

use std::pin::Pin;

use dinhdanh::api::MAX_MESSAGE_BYTES;
use dinhdanh::proto::v1;
use dinhdanh::proto::v1::issuance_service_server::{IssuanceService, IssuanceServiceServer};
use futures_util::{Stream, StreamExt};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

use crate::Outcome;

/// Serves on any free port of this machine, and says which in the words the service uses, until it is killed.
pub fn serve() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("listening on http://{}", listener.local_addr()?);
        let service = IssuanceServiceServer::new(Echo).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let server = Server::builder().tcp_nodelay(true).add_service(service);
        Ok(server.serve_with_incoming(TcpListenerStream::new(listener)).await?)
    })
}

struct Echo;

#[tonic::async_trait]
impl IssuanceService for Echo {
    async fn issue_number(
        &self,
        _: Request<v1::IssueNumberRequest>,
    ) -> Result<Response<v1::IssueNumberResponse>, Status> {
        Ok(Response::new(answer()))
    }

    type IssueNumbersStream = Pin<Box<dyn Stream<Item = Result<v1::IssueNumbersResponse, Status>> + Send>>;

    async fn issue_numbers(
        &self,
        request: Request<Streaming<v1::IssueNumbersRequest>>,
    ) -> Result<Response<Self::IssueNumbersStream>, Status> {
        let answers = request.into_inner().map(|item| {
            item.map(|item| v1::IssueNumbersResponse {
                request_id: item.request_id,
                result: Some(v1::issue_numbers_response::Result::Answer(answer())),
            })
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn get_issuance(
        &self,
        _: Request<v1::GetIssuanceRequest>,
    ) -> Result<Response<v1::GetIssuanceResponse>, Status> {
        Err(Status::unimplemented("the echo only issues"))
    }
}

/// An answer of the size and shape that the service gives to a new birth; always the same.
fn answer() -> v1::IssueNumberResponse {
    let number = v1::Number {
        number: "001326123456".to_owned(),
        state: v1::NumberState::Issued.into(),
        life_status: v1::LifeStatus::Alive.into(),
        registrations: vec![v1::RegistrationRef {
            office_code: "001-001".to_owned(),
            register: v1::Register::Birth.into(),
            book_year: 2026,
            book_number: String::new(),
            entry_number: "12345".to_owned(),
        }],
        issued_at: Some(prost_types::Timestamp {
            seconds: 1_795_000_000,
            nanos: 123_456_000,
        }),
        position: 1_234_567,
        ..v1::Number::default()
    };
    v1::IssueNumberResponse {
        outcome: Some(v1::issue_number_response::Outcome::Issued(number)),
        replayed: false,
        position: 1_234_567,
    }
}

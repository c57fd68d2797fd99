//! Calls with messages that were encoded before the time started.

use std::time::Duration;

use http::uri::PathAndQuery;
use prost::bytes::{BufMut, Bytes};
use tokio_stream::Stream;
use tonic::client::Grpc;
use tonic::codec::{Codec, EncodeBuf, Encoder, Streaming};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_prost::{ProstCodec, ProstDecoder};

use super::LoadError;
use crate::client::connection::root_cause;
use crate::client::trust::endpoint;
use crate::client::{Address, Trust};
use crate::proto::v1;

const ISSUE_NUMBER: &str = "/dinhdanh.v1.IssuanceService/IssueNumber";
const ISSUE_NUMBERS: &str = "/dinhdanh.v1.IssuanceService/IssueNumbers";

/// How many calls that this side gave up a connection remembers, so that answers to them are not taken for faults.
const REMEMBERED_RESETS: usize = 100_000;

/// Encoded messages in, messages out.
struct Encoded<T>(ProstCodec<T, T>);

/// Copies a message that is encoded already.
struct Copy;

impl<T: prost::Message + Default + Send + 'static> Codec for Encoded<T> {
    type Encode = Bytes;
    type Decode = T;
    type Encoder = Copy;
    type Decoder = ProstDecoder<T>;

    fn encoder(&mut self) -> Copy {
        Copy
    }

    fn decoder(&mut self) -> ProstDecoder<T> {
        self.0.decoder()
    }
}

impl Encoder for Copy {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

/// A connection. Copies share it.
#[derive(Clone)]
pub struct Line(Channel);

impl Line {
    /// Opens a connection. `buffer` is how many calls may wait for it within this program.
    pub async fn open(
        server: &Address,
        trust: Option<&Trust>,
        within: Duration,
        buffer: usize,
    ) -> Result<Self, LoadError> {
        let failed = |error: &tonic::transport::Error| LoadError::Connect {
            server: server.to_string(),
            cause: root_cause(error),
        };
        let endpoint = endpoint(server, trust).map_err(|error| failed(&error))?;
        let endpoint = endpoint
            .connect_timeout(within)
            .tcp_nodelay(true)
            .buffer_size(buffer)
            .http2_max_concurrent_reset_streams(REMEMBERED_RESETS)
            .http2_max_local_error_reset_streams(None);
        Ok(Self(endpoint.connect().await.map_err(|error| failed(&error))?))
    }

    /// Sends one registration.
    pub async fn issue(
        &self,
        office: &MetadataValue<Ascii>,
        message: Bytes,
        timeout: Duration,
    ) -> Result<v1::IssueNumberResponse, Status> {
        let mut request = from_office(office, message);
        request.set_timeout(timeout);
        let mut calls = Grpc::new(self.0.clone());
        calls.ready().await.map_err(unready)?;
        let codec = Encoded(ProstCodec::new());
        let path = PathAndQuery::from_static(ISSUE_NUMBER);
        calls.unary(request, path, codec).await.map(tonic::Response::into_inner)
    }

    /// Opens a stream for the items of one office.
    pub async fn stream(
        &self,
        office: &MetadataValue<Ascii>,
        items: impl Stream<Item = Bytes> + Send + 'static,
    ) -> Result<Streaming<v1::IssueNumbersResponse>, Status> {
        let request = from_office(office, items);
        let mut calls = Grpc::new(self.0.clone());
        calls.ready().await.map_err(unready)?;
        let codec = Encoded(ProstCodec::new());
        let path = PathAndQuery::from_static(ISSUE_NUMBERS);
        calls
            .streaming(request, path, codec)
            .await
            .map(tonic::Response::into_inner)
    }
}

fn from_office<T>(office: &MetadataValue<Ascii>, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("x-dinhdanh-office", office.clone());
    request
}

fn unready(error: tonic::transport::Error) -> Status {
    Status::from_error(Box::new(error))
}

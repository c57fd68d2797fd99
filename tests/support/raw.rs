//! Calls whose messages are whatever bytes one likes.

use bytes::{Buf, BufMut, Bytes};
use http_body_util::Full;
use prost::Message;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::{Service, http};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::load::OFFICE;
use super::office::Office;

/// The path of `IssueNumber`.
pub const ISSUE: &str = "/dinhdanh.v1.IssuanceService/IssueNumber";

/// Bytes instead of messages, in both directions.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining()).to_vec()))
    }
}

/// A unary call with these bytes as its message.
pub async fn call(channel: &Channel, path: &str, message: Vec<u8>) -> Result<Vec<u8>, Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client
        .ready()
        .await
        .map_err(|error| Status::unknown(error.to_string()))?;
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("x-dinhdanh-office", OFFICE.parse().unwrap());
    Ok(client
        .unary(request, PathAndQuery::try_from(path).unwrap(), Raw)
        .await?
        .into_inner())
}

/// A stream with these items. Answers what came back, and how it ended.
pub async fn stream(channel: &Channel, path: &str, items: Vec<Vec<u8>>) -> (Vec<Vec<u8>>, Result<(), Status>) {
    let office = Office::new(channel.clone(), OFFICE);
    stream_as(&office, channel, path, items).await
}

/// The same as any caller, to any call: one of a single message is a stream of one.
pub async fn stream_as(
    office: &Office,
    channel: &Channel,
    path: &str,
    items: Vec<Vec<u8>>,
) -> (Vec<Vec<u8>>, Result<(), Status>) {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let request = office.sends(tokio_stream::iter(items));
    let mut answers = Vec::new();
    let mut answered = match client
        .streaming(request, PathAndQuery::try_from(path).unwrap(), Raw)
        .await
    {
        Ok(answered) => answered.into_inner(),
        Err(status) => return (answers, Err(status)),
    };
    loop {
        match answered.message().await {
            Ok(Some(answer)) => answers.push(answer),
            Ok(None) => return (answers, Ok(())),
            Err(status) => return (answers, Err(status)),
        }
    }
}

/// A call whose whole body, frames included, is these bytes. Answers the status and its head.
pub async fn post(channel: &Channel, body: Vec<u8>) -> Status {
    let request = http::Request::post(ISSUE)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("x-dinhdanh-office", OFFICE)
        .body(tonic::body::Body::new(Full::new(Bytes::from(body))))
        .unwrap();
    let mut channel = channel.clone();
    std::future::poll_fn(|context| channel.poll_ready(context))
        .await
        .unwrap();
    let response = channel.call(request).await.unwrap();
    Status::from_header_map(response.headers()).unwrap_or(Status::new(Code::Ok, "answered"))
}

/// A message in a frame of gRPC: a byte for compression, four for the length said, and the message.
pub fn framed(compression: u8, length: usize, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(length).unwrap().to_be_bytes();
    [&[compression][..], &length, message].concat()
}

/// A message that ends in the middle of a field.
pub fn cut_short(message: &impl Message) -> Vec<u8> {
    let mut bytes = message.encode_to_vec();
    bytes.truncate(bytes.len() / 2);
    bytes
}

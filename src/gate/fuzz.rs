//! Frames, as they come from the wire.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use tonic::body::Body;

use super::ConnectionLimits;
use super::calls::Calls;
use super::message::{Unread, read, request_id};
use crate::api::MAX_MESSAGE_BYTES;
use crate::fuzzing::{Form, Fuzz};

/// A frame with its length in front, in pieces.
#[test]
fn frame() {
    let id = b"\x0a\x24019ab0c4-5b00-7000-8000-000000000001";
    let framed = |length: usize| [&[0][..], &u32::try_from(length).unwrap().to_be_bytes(), id].concat();
    let seeds = [
        framed(id.len()),
        framed(1),
        framed(MAX_MESSAGE_BYTES),
        framed(MAX_MESSAGE_BYTES + 1),
    ];
    Fuzz::of(Form::Bytes)
        .seeds(seeds)
        .longest(MAX_MESSAGE_BYTES)
        .run(|bytes| {
            let calls = Calls::new(ConnectionLimits::default());
            let size = 1 + usize::from(bytes.last().copied().unwrap_or_default());
            let pieces: Vec<_> = bytes
                .chunks(size)
                .map(|piece| Ok::<_, tonic::Status>(Frame::data(Bytes::copy_from_slice(piece))))
                .collect();
            let mut body = Body::new(StreamBody::new(stream::iter(pieces)));
            match read(&mut body, &calls).now_or_never().unwrap() {
                Ok(message) => {
                    assert!(bytes.starts_with(&message.bytes));
                    Ok((message.room.is_some(), request_id(&message.bytes).is_some()))
                }
                Err(unread) => Err(matches!(unread, Unread::TooLarge)),
            }
        });
}

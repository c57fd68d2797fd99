//! The bounds of the gate, in one place.

use std::time::Duration;

use crate::api::MAX_MESSAGE_BYTES;

/// Bounds on what callers may open, send and leave lying.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Connections at a time; whoever comes then waits to be accepted.
    pub connections: usize,
    /// Connections accepted a second.
    pub accepts: u32,
    /// Calls that one connection may have under way; its client holds back the others.
    pub streams: u32,
    /// Calls under way on all connections together, those whose message has not arrived included.
    pub open_calls: usize,
    /// Calls whose message has arrived and that are not answered yet.
    pub calls: usize,
    /// The same for one office.
    pub office_calls: usize,
    /// Streams of items under way.
    pub item_streams: usize,
    /// Bytes of messages in hand.
    pub message_bytes: usize,
    /// Bytes of request headers of one call.
    pub header_bytes: u32,
    /// How long a message may take to arrive.
    pub message_within: Duration,
    /// How long a new connection may take to make itself known.
    pub opening: Duration,
    /// How long a connection may stay open without a call.
    pub idle: Duration,
    /// How often a connection is asked for a sign of life, and how long it has to give one.
    pub keepalive: Duration,
    /// How long a caller may leave what is sent to it untaken.
    pub slow_reader: Duration,
    /// Calls refused a second from which on the server stops reading from those who cause it.
    pub refusals: u32,
    /// How long that may go on before connections are closed, so that others can take them over.
    pub shed_after: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 32_768,
            accepts: 4_000,
            streams: 512,
            open_calls: 65_536,
            calls: 16_384,
            office_calls: 2_048,
            item_streams: 512,
            message_bytes: 64 << 20,
            header_bytes: 16 << 10,
            message_within: Duration::from_secs(10),
            opening: Duration::from_secs(10),
            idle: Duration::from_secs(900),
            keepalive: Duration::from_secs(30),
            slow_reader: Duration::from_secs(30),
            refusals: 40_000,
            shed_after: Duration::from_secs(10),
        }
    }
}

/// Bytes of unread messages that one stream may have sent: a whole message and its frame.
pub(super) const STREAM_WINDOW: u32 = 2 * MAX_MESSAGE_BYTES as u32;
/// Bytes of unread messages that one connection may have sent.
pub(super) const CONNECTION_WINDOW: u32 = 8 * MAX_MESSAGE_BYTES as u32;
/// Bytes of answers kept for one stream whose reader is slow.
pub(super) const SEND_BUFFER: usize = MAX_MESSAGE_BYTES;

const _: () = assert!(STREAM_WINDOW > MAX_MESSAGE_BYTES as u32 + 5 && CONNECTION_WINDOW >= STREAM_WINDOW);

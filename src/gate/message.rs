//! Reading the one message of a unary call, as far as its frame says it goes.

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use tonic::Status;
use tonic::body::Body;
use uuid::Uuid;

use super::calls::{self, Calls};
use crate::api::MAX_MESSAGE_BYTES;

/// Bytes before each message: whether it is compressed, and its length (gRPC over HTTP/2).
const FRAME_HEAD: usize = 5;

/// A message that has arrived, with the room it takes up.
pub(super) struct Message {
    pub bytes: Bytes,
    pub room: Option<calls::Bytes>,
}

/// Why a message was not read.
pub(super) enum Unread {
    /// It says that it is larger than any may be.
    TooLarge,
    /// There is no room for it now.
    NoRoom,
    /// Its caller went away, or the connection broke.
    Broken(Status),
}

/// Reads a message. One that is cut off is passed on as far as it goes: whoever decodes it says what is wrong.
pub(super) async fn read(body: &mut Body, calls: &Calls) -> Result<Message, Unread> {
    let mut arrived = Arrived::default();
    let mut room = None;
    loop {
        let whole = length(arrived.bytes());
        if let Some(length) = whole
            && room.is_none()
        {
            room = Some(room_for(length, calls)?);
        }
        if whole.is_some_and(|length| arrived.bytes().len() >= FRAME_HEAD + length) {
            break;
        }
        let Some(frame) = body.frame().await else { break };
        // Anything but data ends the call, and is of no use here.
        if let Ok(data) = frame.map_err(Unread::Broken)?.into_data() {
            arrived.add(data);
        }
    }
    Ok(Message {
        bytes: arrived.into_bytes(),
        room,
    })
}

/// Takes the room that a message will need: its frame names the size before the message is there.
fn room_for(length: usize, calls: &Calls) -> Result<calls::Bytes, Unread> {
    if length > MAX_MESSAGE_BYTES {
        return Err(Unread::TooLarge);
    }
    calls.bytes(FRAME_HEAD + length).ok_or(Unread::NoRoom)
}

/// The `request_id` of a message that begins with it, as messages written in the order of their fields do: tag, length,
/// and the 36 characters of a UUID.
pub(super) fn request_id(message: &[u8]) -> Option<Uuid> {
    let [0x0a, 36, rest @ ..] = message.get(FRAME_HEAD..)? else {
        return None;
    };
    Uuid::try_parse_ascii(rest.get(..36)?).ok()
}

/// The length that a frame names, once its head is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let mut head = bytes.get(1..FRAME_HEAD)?;
    usize::try_from(head.get_u32()).ok()
}

/// What has arrived. As a rule a message comes in one piece, and then it is not copied.
#[derive(Default)]
struct Arrived {
    first: Bytes,
    /// All of it, once there is more than one piece.
    gathered: BytesMut,
}

impl Arrived {
    fn bytes(&self) -> &[u8] {
        match self.gathered.is_empty() {
            true => &self.first,
            false => &self.gathered,
        }
    }

    fn add(&mut self, data: Bytes) {
        if self.bytes().is_empty() {
            self.first = data;
            return;
        }
        if self.gathered.is_empty() {
            self.gathered.extend_from_slice(&self.first);
        }
        self.gathered.extend_from_slice(&data);
    }

    fn into_bytes(self) -> Bytes {
        match self.gathered.is_empty() {
            true => self.first,
            false => self.gathered.freeze(),
        }
    }
}

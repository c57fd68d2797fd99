//! One line of a journal.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::RowDigest;
use crate::client::answer::{Answer, Outcome};
use crate::number::Number;

/// The version of the format, in the first line.
pub const VERSION: u32 = 1;

/// How every journal begins. A file that begins otherwise is somebody else's and is not touched.
pub const BEGINNING: &str = "{\"kind\":\"journal\",\"version\":";

/// The longest line a journal may hold, in bytes. The longest that is written is far shorter.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// A line, as it stands in the file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Journal(Header),
    /// A row will be sent under a request id.
    Intent(Intent),
    /// A row was answered.
    Answer(AnswerLine),
}

/// What the journal is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the format.
    pub version: u32,
    /// The address of the service the rows are sent to.
    pub server: String,
}

/// A row and the request id it is, or will be, sent under.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The line of the row in its CSV file, from 2 (the head is line 1).
    pub line: u64,
    /// The digest of the row, in hexadecimal.
    pub row: String,
    /// The request id, a UUID.
    pub request_id: String,
}

/// A row's answer. Which of the optional fields are there depends on the outcome.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerLine {
    /// The line of the row in its CSV file.
    pub line: u64,
    /// The office the request was sent for.
    pub office: String,
    /// The request id.
    pub request_id: String,
    /// The name of the outcome.
    pub outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    case_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<bool>,
}

impl Intent {
    pub fn new(line: u64, row: RowDigest, request_id: Uuid) -> Self {
        Self {
            line,
            row: row.hex(),
            request_id: request_id.to_string(),
        }
    }

    /// The digest and the id, if both can be read.
    pub fn read(&self) -> Option<(RowDigest, Uuid)> {
        Some((RowDigest::from_hex(&self.row)?, Uuid::try_parse(&self.request_id).ok()?))
    }
}

impl AnswerLine {
    pub fn new(line: u64, office: &str, request_id: Uuid, answer: &Answer) -> Self {
        let mut written = Self {
            line,
            office: office.to_owned(),
            request_id: request_id.to_string(),
            outcome: answer.outcome().name().to_owned(),
            number: None,
            state: None,
            case_id: None,
            code: None,
            reason: None,
            fields: Vec::new(),
            position: None,
            replayed: None,
        };
        match answer.clone() {
            Answer::Issued {
                number,
                state,
                position,
                replayed,
            } => {
                written.number = Some(number.to_string());
                written.state = Some(state);
                (written.position, written.replayed) = (Some(position), Some(replayed));
            }
            Answer::UnderReview {
                case_id,
                position,
                replayed,
            } => {
                written.case_id = Some(case_id);
                (written.position, written.replayed) = (Some(position), Some(replayed));
            }
            Answer::Rejected { reason } => written.reason = Some(reason),
            Answer::Refused { code, reason, fields } => {
                (written.code, written.reason, written.fields) = (Some(code), Some(reason), fields);
            }
        }
        written
    }

    /// The request id and the answer, if the line has all that its outcome needs.
    pub fn read(self) -> Option<(Uuid, Answer)> {
        let answer = match Outcome::named(&self.outcome)? {
            Outcome::Issued => Answer::Issued {
                number: Number::parse(&self.number?).ok()?,
                state: self.state?,
                position: self.position?,
                replayed: self.replayed?,
            },
            Outcome::UnderReview => Answer::UnderReview {
                case_id: self.case_id?,
                position: self.position?,
                replayed: self.replayed?,
            },
            Outcome::Rejected => Answer::Rejected { reason: self.reason? },
            Outcome::Refused => Answer::Refused {
                code: self.code?,
                reason: self.reason?,
                fields: self.fields,
            },
            Outcome::Open => return None,
        };
        Some((Uuid::try_parse(&self.request_id).ok()?, answer))
    }
}

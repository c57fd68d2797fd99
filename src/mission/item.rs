//! A number that was handed out, and what the service says of it.

use std::fmt;

use prost::Message;
use uuid::Uuid;

use crate::registration::Content;

/// Where a number that was handed out stands between the mission and the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemState {
    /// In this journal alone.
    Kept,
    /// It was sent, or may have been; there is no answer yet.
    Sent,
    /// A case must settle it first; the answer changes once.
    UnderReview,
    /// The same registration is under review by another request: it is sent again until that is decided.
    Waiting,
    /// The service refused it, and wrote nothing: something must be mended first.
    Refused,
    /// The service knows to whom it was handed out.
    Settled,
    /// Decided: this child gets no number by this registration.
    Rejected,
    /// Given up before the service knew of it. The number is not handed out again.
    Void,
    /// Settled, rejected or void so long ago that nothing of it is kept any more.
    Purged,
}

impl ItemState {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 9] = [
        Self::Kept,
        Self::Sent,
        Self::UnderReview,
        Self::Waiting,
        Self::Refused,
        Self::Settled,
        Self::Rejected,
        Self::Void,
        Self::Purged,
    ];

    /// Its name: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Sent => "sent",
            Self::UnderReview => "under_review",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Settled => "settled",
            Self::Rejected => "rejected",
            Self::Void => "void",
            Self::Purged => "purged",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it may be given up: the service does not know of it, or has decided against it.
    pub fn may_be_given_up(self) -> bool {
        matches!(self, Self::Kept | Self::Refused | Self::Rejected)
    }
}

impl fmt::Display for ItemState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A number that was handed out. `Debug` shows nothing of the child.
#[derive(Clone)]
pub struct Item {
    /// Its place in the order in which numbers were handed out, from 1.
    pub(super) turn: i64,
    /// The id under which it is settled, for ever.
    pub request_id: Uuid,
    /// Where it stands.
    pub state: ItemState,
    /// The birth, the number, its block, and when it was printed.
    pub content: Content,
    /// What the service answered last.
    pub told: Option<Told>,
}

impl Item {
    /// Whether an earlier sending may have been carried out.
    pub(super) fn may_have_been_sent(&self) -> bool {
        !matches!(self.state, ItemState::Kept | ItemState::Refused)
    }

    /// The block it is of.
    pub(super) fn block(&self) -> Option<Uuid> {
        let handed = self.content.handed()?;
        Uuid::try_parse(&handed.block_id).ok()
    }

    /// Whether its number can never be this child's, as the service has said.
    pub(super) fn is_lost(&self) -> bool {
        let told = self.told.as_ref().filter(|_| self.state == ItemState::Refused);
        told.is_some_and(|told| told.says_given_twice() || told.reason == "BLOCK_CLOSED")
    }

    /// The number that was handed out.
    pub fn number(&self) -> &str {
        self.content.handed().map_or("", |handed| &handed.number)
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item {{ {} {} .. }}", self.request_id, self.state)
    }
}

/// What the service said of a number; what does not apply is empty. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Message)]
#[prost(skip_debug)]
pub struct Told {
    /// Where the number was in its life: "ISSUED", "REVOKED", "QUARANTINED".
    #[prost(string, tag = "1")]
    pub number_state: String,
    /// The number that the child has instead.
    #[prost(string, tag = "2")]
    pub replaced_by: String,
    /// The case that must be decided first.
    #[prost(string, tag = "3")]
    pub case_id: String,
    /// The reason of a refusal, such as `INVALID_FIELD`.
    #[prost(string, tag = "4")]
    pub reason: String,
    /// The paths of the fields it concerns.
    #[prost(string, repeated, tag = "5")]
    pub fields: Vec<String>,
}

impl Told {
    /// Whether the service has settled the number for another child: an old copy of the journal handed it out again.
    pub(super) fn says_given_twice(&self) -> bool {
        self.reason == "WRONG_STATE" && self.fields == ["number"]
    }

    /// Whether the service knows the entry with this very number, as it was sent before.
    pub(super) fn says_sent_otherwise(&self) -> bool {
        self.reason == "REQUEST_ID_REUSED"
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told { .. }")
    }
}

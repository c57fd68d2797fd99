//! Entries: one for each command that changed something.

use std::fmt;

use jiff::civil::Date;
use uuid::Uuid;

use super::statement::{commitment, put};
use super::{Hash, Head, IndexKey, KeyRing, NONCE_BYTES, SALT_BYTES, SealError, Sealed, Statement};
use crate::number::{Number, Slot};

/// The office under which the service records its own acts. No caller can be it.
pub const SYSTEM_OFFICE: &str = "system";
/// What the commitment to an entry's content is led by.
const CONTENT: &[u8] = b"content v1";

/// The place of an entry in the ledger, from 1, without gaps.
pub type Position = i64;

/// The time of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// The day in Asia/Ho_Chi_Minh.
    pub day: Date,
}

impl Moment {
    /// The moment of a time; days are those of Viet Nam (UTC+7 all year since 1975).
    pub fn new(at: jiff::Timestamp) -> Self {
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
        Self {
            at: at.as_microsecond(),
            day: at.to_zoned_datetime(zone).date(),
        }
    }
}

/// A request's name: the office's code and the id it chose. Unique for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestKey {
    /// The id the caller chose.
    pub id: Uuid,
    /// The code of the calling office.
    pub office: String,
}

impl RequestKey {
    /// What the content of this request is sealed to.
    pub fn binding(&self) -> Vec<u8> {
        [self.id.as_bytes().as_slice(), self.office.as_bytes()].concat()
    }

    /// The request of such bytes, if they are some.
    pub fn from_binding(bytes: &[u8]) -> Option<Self> {
        let (id, office) = bytes.split_first_chunk()?;
        Some(Self {
            id: Uuid::from_bytes(*id),
            office: std::str::from_utf8(office).ok()?.to_owned(),
        })
    }
}

/// Who sent a command, besides its office, and why: opaque to the service. `Debug` shows neither, since an office may
/// name its officers in full.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The officer, as the office names them; at most 64 characters.
    pub officer: String,
    /// A purpose code.
    pub purpose: String,
}

/// What an entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// The ledger began.
    Genesis,
    /// A number was given.
    Issued,
    /// The registration waits for its case.
    UnderReview,
    /// The registration gets no number.
    Rejected,
    /// A further request id was bound to a registration already decided.
    Bound,
    /// A number was confirmed by the population authority.
    Confirmed,
    /// A number was disputed by the population authority, which opened a case.
    Disputed,
    /// A number was attached to a registration that had none.
    Attached,
    /// A case was opened to revoke a number.
    RevocationProposed,
    /// A case was opened to revoke a number and give another.
    ReissueProposed,
    /// A case was opened because one person holds two numbers.
    MergeProposed,
    /// A case was opened because two persons hold one number.
    SplitProposed,
    /// A case was decided as proposed.
    CaseApproved,
    /// A case was decided against.
    CaseRejected,
    /// A case was taken back.
    CaseWithdrawn,
    /// A civil-status change was recorded.
    Changed,
    /// Numbers were set apart for a mission.
    BlockReserved,
    /// What was left of such numbers will never be given.
    BlockClosed,
    /// A number of a mission was given to the child to whom it had been handed out.
    Settled,
    /// A registration known elsewhere was taken in, with its number if it has one.
    Imported = 24,
    /// A registration known here without a number was brought its number, or a number its confirmation.
    Completed = 25,
    /// A registration known elsewhere contradicts what is known here: it waits for its case.
    ImportDisputed = 26,
    /// A case was opened because another registry holds something else.
    MismatchReported = 27,
    /// The store had lost entries, and began a new epoch.
    Recovered = 28,
    /// A birth that was answered before the store lost its entry has the number that it was answered with.
    Reentered = 29,
    /// Another key seals from here on.
    SealKeyChanged = 30,
    /// The service itself: from here on rows are found by another index key.
    IndexKeyChanged = 31,
}

impl EntryKind {
    /// Every kind with its stored code.
    pub const ALL: [(Self, i64); 27] = [
        (Self::Genesis, 0),
        (Self::Issued, 1),
        (Self::UnderReview, 2),
        (Self::Rejected, 3),
        (Self::Bound, 4),
        (Self::Confirmed, 5),
        (Self::Disputed, 6),
        (Self::Attached, 7),
        (Self::RevocationProposed, 8),
        (Self::ReissueProposed, 9),
        (Self::MergeProposed, 10),
        (Self::SplitProposed, 11),
        (Self::CaseApproved, 12),
        (Self::CaseRejected, 13),
        (Self::CaseWithdrawn, 14),
        (Self::Changed, 15),
        (Self::BlockReserved, 16),
        (Self::BlockClosed, 17),
        (Self::Settled, 18),
        (Self::Imported, 24),
        (Self::Completed, 25),
        (Self::ImportDisputed, 26),
        (Self::MismatchReported, 27),
        (Self::Recovered, 28),
        (Self::Reentered, 29),
        (Self::SealKeyChanged, 30),
        (Self::IndexKeyChanged, 31),
    ];

    /// The stored code.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// Its name: part of the digest of what such an entry holds, so that one request id cannot serve for two kinds.
    pub fn name(self) -> &'static str {
        match self {
            Self::Genesis => "genesis",
            Self::Issued | Self::UnderReview | Self::Rejected | Self::Bound | Self::Settled | Self::Reentered => {
                "issue"
            }
            Self::Confirmed => "confirm",
            Self::Disputed => "dispute",
            Self::Attached => "attach",
            Self::RevocationProposed => "propose revocation",
            Self::ReissueProposed => "propose reissue",
            Self::MergeProposed => "propose merge",
            Self::SplitProposed => "propose split",
            Self::CaseApproved => "approve",
            Self::CaseRejected => "reject",
            Self::CaseWithdrawn => "withdraw",
            Self::Changed => "change",
            Self::BlockReserved => "reserve block",
            Self::BlockClosed => "close block",
            Self::Imported | Self::Completed | Self::ImportDisputed => "import",
            Self::MismatchReported => "report mismatch",
            Self::Recovered => "recover",
            Self::SealKeyChanged => "change seal key",
            Self::IndexKeyChanged => "change index key",
        }
    }

    /// Whether such entries decide what becomes of a registration: by a request to give a number to a birth, to settle the
    /// one it was given, or to take in what is known elsewhere.
    pub fn is_of_a_birth(self) -> bool {
        matches!(
            self,
            Self::Issued
                | Self::UnderReview
                | Self::Rejected
                | Self::Bound
                | Self::Settled
                | Self::Reentered
                | Self::Imported
                | Self::ImportDisputed
        )
    }

    /// Whether such entries record what an import brought.
    pub fn is_of_an_import(self) -> bool {
        matches!(self, Self::Imported | Self::Completed | Self::ImportDisputed)
    }

    /// The kind of a stored code.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == code)
            .map(|(kind, _)| *kind)
    }
}

/// The keyed digest by which contents are compared. `kind` names the kind of command, `canonical` is its canonical
/// content.
pub fn content_digest(key: &IndexKey, kind: &str, canonical: &[u8]) -> [u8; 16] {
    let tag = key.tag("content v1", &[kind.as_bytes(), canonical]);
    let mut digest = [0; 16];
    digest.copy_from_slice(&tag[..16]);
    digest
}

/// The part of an entry that is known before its turn: sealed and committed to outside the exclusive part. `Debug` shows
/// the request alone: with the salt, the commitment would let the content be guessed.
#[derive(Clone)]
pub struct Draft {
    /// The request.
    pub request: RequestKey,
    /// Its officer and purpose.
    pub context: Context,
    /// Keyed digest of its canonical content.
    pub digest: [u8; 16],
    /// Its content, sealed.
    pub sealed: Sealed,
    salt: [u8; SALT_BYTES],
    content_commitment: Hash,
}

impl Draft {
    /// Seals `content` (the kept form, see [`crate::registration::Content::encode`]) with fresh randomness.
    pub fn seal(
        keys: &KeyRing,
        request: RequestKey,
        context: Context,
        digest: [u8; 16],
        content: &[u8],
        (salt, nonce): ([u8; SALT_BYTES], [u8; NONCE_BYTES]),
    ) -> Result<Self, SealError> {
        let sealed = keys.seal.seal(nonce, &request.binding(), &salt, content)?;
        let content_commitment = commitment(CONTENT, &salt, content);
        Ok(Self {
            request,
            context,
            digest,
            sealed,
            salt,
            content_commitment,
        })
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context { .. }")
    }
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub position: Position,
    /// The epoch it was written in.
    pub epoch: i64,
    /// What it records.
    pub kind: EntryKind,
    /// The entry that decided the registration: itself, save for [`EntryKind::Bound`].
    pub decision: Position,
    /// The request it answers.
    pub request: RequestKey,
    /// Officer and purpose.
    pub context: Context,
    /// Keyed digest of the canonical content.
    pub digest: [u8; 16],
    /// The number it gave, or is about, with its slot.
    pub number: Option<(Slot, Number)>,
    /// The case it opened or closed.
    pub case_id: Option<Uuid>,
    /// When, in microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// The content, sealed.
    pub sealed: Sealed,
    /// Its hash in the tree.
    pub leaf: Hash,
}

/// What a turn adds to a draft.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Its place.
    pub position: Position,
    /// The epoch.
    pub epoch: i64,
    /// What it records.
    pub kind: EntryKind,
    /// The entry that decided.
    pub decision: Position,
    /// The number given, or that it is about, with its slot.
    pub number: Option<(Slot, Number)>,
    /// The case opened or closed.
    pub case_id: Option<Uuid>,
    /// The bytes of what it changed beside giving that number: none for entries that give a number and do nothing else.
    pub changed: Vec<u8>,
    /// When, in microseconds.
    pub at: i64,
}

impl Head {
    /// Writes an act of the service itself, that is about no number and no case, at the end of the ledger.
    pub fn write(&mut self, draft: Draft, kind: EntryKind, at: i64) -> Entry {
        let position = self.size() + 1;
        let entry = Entry::place(
            draft,
            Placement {
                position,
                epoch: self.epoch,
                kind,
                decision: position,
                number: None,
                case_id: None,
                changed: Vec::new(),
                at,
            },
        );
        self.frontier.push(entry.leaf);
        self.at = at;
        entry
    }
}

impl Entry {
    /// Places a draft in the ledger.
    pub fn place(draft: Draft, placement: Placement) -> Self {
        let Placement {
            position,
            epoch,
            kind,
            decision,
            number,
            case_id,
            changed,
            at,
        } = placement;
        let Draft {
            request,
            context,
            digest,
            sealed,
            salt,
            content_commitment,
        } = draft;
        let mut entry = Self {
            position,
            epoch,
            kind,
            decision,
            request,
            context,
            digest,
            number,
            case_id,
            at,
            sealed,
            leaf: [0; 32],
        };
        entry.leaf = entry.stated(&salt, content_commitment, &changed).leaf();
        entry
    }

    /// The leaf hash this entry must have, given its opened salt and content, and the bytes of what it changed.
    pub fn expected_leaf(&self, salt: &[u8; SALT_BYTES], content: &[u8], changed: &[u8]) -> Hash {
        self.statement(salt, content, changed).leaf()
    }

    /// What its leaf is made of, given the same.
    pub fn statement(&self, salt: &[u8; SALT_BYTES], content: &[u8], changed: &[u8]) -> Statement {
        self.stated(salt, commitment(CONTENT, salt, content), changed)
    }

    fn stated(&self, salt: &[u8; SALT_BYTES], content: Hash, changed: &[u8]) -> Statement {
        Statement {
            epoch: self.epoch,
            position: self.position,
            kind: self.kind,
            at: self.at,
            request: self.request.clone(),
            effects: commitment(b"effects v1", salt, &self.effects(changed)),
            content,
        }
    }

    /// What the entry changed and who asked, in bytes: committed to apart from the content, so that one can be shown
    /// without the other.
    fn effects(&self, changed: &[u8]) -> Vec<u8> {
        let mut effects = Vec::with_capacity(96 + changed.len());
        effects.extend_from_slice(&self.decision.to_be_bytes());
        effects.extend_from_slice(&self.number.map_or(-1, |(_, number)| number.value()).to_be_bytes());
        effects.extend_from_slice(self.case_id.unwrap_or_default().as_bytes());
        effects.extend_from_slice(&self.digest);
        put(&mut effects, self.context.officer.as_bytes());
        put(&mut effects, self.context.purpose.as_bytes());
        effects.extend_from_slice(changed);
        effects
    }
}

//! Commands of the two sides about numbers that were given: what a turn is told, read before it.

use jiff::civil::Date;
use uuid::Uuid;

use super::reconcile::Report;
use super::{CaseCause, CaseKind, Fields, Ground, LifeStatus, Registered, ReissuePlace, Reservation, Standpoint};
use crate::ledger::{Context, EntryKind, NONCE_BYTES, RequestKey, SALT_BYTES};
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::registration::Ref;

/// A command other than a birth.
#[derive(Debug, Clone)]
pub struct Act {
    /// Its request.
    pub request: RequestKey,
    /// Officer and purpose.
    pub context: Context,
    /// Who asks, and how far its reach goes.
    pub from: Standpoint,
    /// The fields of the request.
    pub fields: Fields,
    /// The salt and nonce to seal it with.
    pub seed: ([u8; SALT_BYTES], [u8; NONCE_BYTES]),
    /// A random id, in case a case must be opened.
    pub case_id: Uuid,
    /// The place under which a number is given, should one be given.
    pub reissue_place: ReissuePlace,
    /// What is to be done.
    pub deed: Deed,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Deed {
    /// Confirm a number.
    Confirm(Number),
    /// Dispute a number.
    Dispute(Dispute),
    /// Attach a number to a registration.
    Attach(Number, Target),
    /// Open a case about a number.
    Propose(Box<Proposal>),
    /// Close a case.
    Settle(Settlement),
    /// Record a change of civil status.
    Change(Box<Change>),
    /// Set numbers apart for a mission.
    Reserve(Reservation),
    /// Close such a block: the id of the request that reserved it.
    Close(Uuid),
    /// Open a case about a mismatch with another registry.
    Report(Box<Report>),
}

/// What the population database holds against a number.
#[derive(Debug, Clone)]
pub struct Dispute {
    /// The number.
    pub number: Number,
    /// The number it holds instead.
    pub held: Option<Number>,
    /// One of [`CaseCause::OtherNumber`], [`CaseCause::FactsDiffer`], [`CaseCause::NoSuchPerson`].
    pub reason: CaseCause,
}

/// The registration that a number is attached to.
#[derive(Debug, Clone)]
pub enum Target {
    /// By its reference.
    Reference(Ref),
    /// By the case it waits for.
    Case(Uuid),
}

/// A proposal about a number.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The number.
    pub number: Number,
    /// The ground named, if there is one of that code.
    pub ground: Option<Ground>,
    /// When the citizen asked for it.
    pub citizen_requested_on: Option<Date>,
    /// What is proposed.
    pub what: Proposed,
}

/// What is proposed.
#[derive(Debug, Clone)]
pub enum Proposed {
    /// To revoke it.
    Revocation,
    /// To revoke it, and give another by corrected facts.
    Reissue(Registered),
    /// That its holder also holds this number, and one of the two is to stand.
    Merge(Number),
    /// That a second registration, by its reference, is of another person.
    Split(Ref),
}

impl Proposed {
    /// The kind of case it opens.
    pub fn case_kind(&self) -> CaseKind {
        match self {
            Self::Revocation => CaseKind::Revoke,
            Self::Reissue(..) => CaseKind::Reissue,
            Self::Merge(_) => CaseKind::TwoNumbers,
            Self::Split(_) => CaseKind::SharedNumber,
        }
    }
}

/// How a case is to be closed.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The case.
    pub case_id: Uuid,
    /// The version the decision was made upon.
    pub version: i64,
    /// The decision.
    pub verdict: Decision,
}

/// A decision on a case.
#[derive(Debug, Clone)]
pub enum Decision {
    /// As proposed, with what there is more to say.
    Approve(Resolution),
    /// Against.
    Reject,
    /// Taken back by who proposed it.
    Withdraw,
}

/// What an approval says besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Nothing.
    None,
    /// The registration is of the holder of this number.
    SamePerson(Number),
    /// The registration is of another person than those it was raised against.
    DifferentPersons,
    /// This number of the two stands.
    Standing(Number),
    /// The registration whose child keeps the number, by its reference.
    Keeper(Ref),
}

/// A change of civil status.
#[derive(Debug, Clone)]
pub struct Change {
    /// The number.
    pub number: Number,
    /// What must match the facts held, name and date of birth among it.
    pub matching: pb::Facts,
    /// The day from which it holds.
    pub effective_on: Date,
    /// What it makes of the holder's life status.
    pub life: Option<LifeStatus>,
    /// The new facts.
    pub facts: pb::Facts,
    /// The paths within the facts that are to be taken from them.
    pub mask: Vec<String>,
    /// The day by UTC, by which new facts are checked.
    pub today: Date,
}

impl Act {
    /// Whether what an office has begun is the caller's own to take back.
    pub fn acts_for(&self, office: &str) -> bool {
        self.request.office == office || self.from.taken_over.contains(office)
    }

    /// What the entry of this command records.
    pub fn kind(&self) -> EntryKind {
        match &self.deed {
            Deed::Confirm(_) => EntryKind::Confirmed,
            Deed::Dispute(_) => EntryKind::Disputed,
            Deed::Attach(..) => EntryKind::Attached,
            Deed::Propose(proposal) => match proposal.what {
                Proposed::Revocation => EntryKind::RevocationProposed,
                Proposed::Reissue(_) => EntryKind::ReissueProposed,
                Proposed::Merge(_) => EntryKind::MergeProposed,
                Proposed::Split(_) => EntryKind::SplitProposed,
            },
            Deed::Settle(settlement) => match settlement.verdict {
                Decision::Approve(_) => EntryKind::CaseApproved,
                Decision::Reject => EntryKind::CaseRejected,
                Decision::Withdraw => EntryKind::CaseWithdrawn,
            },
            Deed::Change(_) => EntryKind::Changed,
            Deed::Reserve(_) => EntryKind::BlockReserved,
            Deed::Close(_) => EntryKind::BlockClosed,
            Deed::Report(_) => EntryKind::MismatchReported,
        }
    }
}

//! What a decision amounts to now.

use std::sync::Arc;

use uuid::Uuid;

use super::{Known, NumberRow};
use crate::ledger::{EntryKind, Position};
use crate::registration::{Content, Registration};

/// A decision with the facts it was made on, opened.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The entry, and what it led to.
    pub known: Known,
    /// The registration as it is kept.
    pub content: Arc<Content>,
    /// The same, as typed facts.
    pub facts: Arc<Registration>,
}

/// What became of a registration, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has a number.
    Issued(NumberRow),
    /// It waits for a case.
    UnderReview(Uuid),
    /// It gets no number, the child not being of Vietnamese nationality.
    NotEligible,
}

/// What one command is answered with.
#[derive(Debug, Clone)]
pub struct Reply {
    /// What became of the registration.
    pub standing: Standing,
    /// The place of the decision in the ledger.
    pub position: Position,
    /// Whether it was made before this command.
    pub replayed: bool,
    /// The request that was decided.
    pub request_id: Uuid,
    /// The registration.
    pub facts: Arc<Registration>,
}

impl Known {
    /// What this decision amounts to; `None` for entries that decide no registration.
    pub fn standing(&self) -> Option<Standing> {
        match self.entry.kind {
            EntryKind::Issued => self.number.clone().map(Standing::Issued),
            EntryKind::UnderReview => self.entry.case_id.map(Standing::UnderReview),
            EntryKind::Rejected => Some(Standing::NotEligible),
            EntryKind::Genesis | EntryKind::Bound => None,
        }
    }
}

impl Decided {
    /// The answer this decision gives; `None` if it decides no registration.
    pub fn reply(&self, replayed: bool) -> Option<Reply> {
        let entry = &self.known.entry;
        Some(Reply {
            standing: self.known.standing()?,
            position: entry.position,
            replayed,
            request_id: entry.request.id,
            facts: Arc::clone(&self.facts),
        })
    }

    /// Whether the registration has a claim on its child: a number, or a case about one.
    pub fn claims_child(&self) -> bool {
        self.known.entry.kind != EntryKind::Rejected
    }
}

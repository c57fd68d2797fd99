//! Items of an import, and what they are answered with.

use uuid::Uuid;

use super::{CaseCause, Registered};
use crate::ledger::{Draft, KeyId, Position};
use crate::registration::{Brought, Keys, Warning};

/// An item of an import: checked, sealed and digested before its turn.
#[derive(Debug, Clone)]
pub struct Import {
    /// The entry to be, as far as it is known.
    pub draft: Draft,
    /// The registration.
    pub registered: Registered,
    /// What is said beside it.
    pub brought: Brought,
    /// The index key that its digest and its look-up keys were made with.
    pub index: KeyId,
    /// Its look-up keys.
    pub keys: Keys,
    /// What is to be looked at in it, whatever becomes of it.
    pub warnings: Vec<Warning>,
    /// A random id, in case a case must be opened.
    pub case_id: Uuid,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportResult {
    /// It is known from now on.
    Imported,
    /// It says nothing that is not known.
    Same,
    /// It is an earlier version of what is known.
    SameOlder,
    /// What is known lacked its number, or its confirmation.
    Completed,
    /// It contradicts what is known.
    Conflict,
}

impl ImportResult {
    /// Its name, for counting.
    pub fn name(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Same => "same",
            Self::SameOlder => "same_older",
            Self::Completed => "completed",
            Self::Conflict => "conflict",
        }
    }
}

/// What an item is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brings {
    /// What became of it.
    pub result: ImportResult,
    /// The place of the decision in the ledger; none where nothing was written.
    pub position: Option<Position>,
    /// Whether it was decided before, by the same job.
    pub replayed: bool,
    /// The case that settles a conflict, and what is contradicted.
    pub conflict: Option<(Uuid, CaseCause)>,
    /// What is to be looked at.
    pub warnings: Vec<Warning>,
}

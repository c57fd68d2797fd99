//! What a decision amounts to now.

use std::sync::Arc;

use uuid::Uuid;

use super::asked::Misread;
use super::{Brings, CaseState, Known, NumberRow, NumberState, Says};
use crate::ledger::{EntryKind, Position};
use crate::number::Slot;
use crate::registration::{Brought, Content, Handed, Registration};

/// A decision, opened.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The entry, and what it led to.
    pub known: Known,
    /// What it says.
    pub says: Says,
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
    /// It gets no number, because its case was decided against or taken back.
    CaseClosed(CaseState),
}

/// What a birth is answered with.
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

/// What any other command is answered with: where to look for how things stand now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// The place of the decision in the ledger.
    pub position: Position,
    /// Whether it was made before this command.
    pub replayed: bool,
    /// The number it is about.
    pub slot: Option<Slot>,
    /// The case it opened or closed.
    pub case_id: Option<Uuid>,
}

/// What a command is answered with.
#[derive(Debug, Clone)]
pub enum Told {
    /// A birth, or a question about one.
    Birth(Reply),
    /// An item of an import.
    Import(Brings),
    /// Any other command.
    Act(Done),
}

impl Known {
    /// What this decision amounts to; `None` for entries that decide no registration, and for a registration that an import
    /// made known without a number.
    pub fn standing(&self) -> Option<Standing> {
        let number = || self.number.clone().map(|number| Standing::Issued(self.as_told(number)));
        match self.entry.kind {
            EntryKind::Issued | EntryKind::Settled | EntryKind::Reentered | EntryKind::Imported => number(),
            EntryKind::UnderReview | EntryKind::Rejected | EntryKind::ImportDisputed if self.number.is_some() => {
                number()
            }
            EntryKind::Rejected => Some(Standing::NotEligible),
            EntryKind::UnderReview | EntryKind::ImportDisputed => match self.case.as_ref()?.state {
                CaseState::Open => self.entry.case_id.map(Standing::UnderReview),
                CaseState::Approved => None,
                closed => Some(Standing::CaseClosed(closed)),
            },
            // A corrected registration has a number once that was approved.
            EntryKind::ReissueProposed if self.case.as_ref()?.state == CaseState::Approved => number(),
            _ => None,
        }
    }

    /// A registration once told of a number that it no longer has, another person keeping that one or a later decision
    /// having replaced it, is told of that number for ever, with the one that took its place.
    fn as_told(&self, now: NumberRow) -> NumberRow {
        let given = self.entry.number.filter(|_| self.entry.kind.is_of_a_birth());
        let given = given.map(|(_, number)| number);
        match self.former.or(given) {
            Some(told) if told != now.number => NumberRow {
                number: told,
                state: NumberState::Revoked,
                replaced_by: Some(now.number),
                replaces: None,
                case_id: None,
                issued_at: self.entry.at,
                decision: self.entry.position,
                ..now
            },
            _ => now,
        }
    }
}

impl Decided {
    /// The registration it holds, as it is kept.
    pub fn content(&self) -> Option<&Arc<Content>> {
        self.says.registered.as_ref().map(|registered| &registered.content)
    }

    /// The registration it holds, as typed facts.
    pub fn facts(&self) -> Option<&Arc<Registration>> {
        self.says.registered.as_ref().map(|registered| &registered.facts)
    }

    /// The number that a mission has handed out to its child.
    pub fn handed(&self) -> Option<Handed> {
        self.content()?.handed()?.checked()
    }

    /// What an import said beside the registration.
    pub fn brought(&self) -> Option<Brought> {
        self.content()?.brought()?.checked()
    }

    /// The answer this decision gives; `None` if it decides no registration.
    pub fn reply(&self, replayed: bool) -> Option<Reply> {
        let entry = &self.known.entry;
        Some(Reply {
            standing: self.known.standing()?,
            position: entry.position,
            replayed,
            request_id: entry.request.id,
            facts: Arc::clone(self.facts()?),
        })
    }

    /// The answer it gives as a command other than a birth.
    pub fn done(&self, replayed: bool) -> Done {
        let entry = &self.known.entry;
        Done {
            position: entry.position,
            replayed,
            slot: entry.number.map(|(slot, _)| slot),
            case_id: entry.case_id,
        }
    }

    /// The paths in which what it says differs from a message that breaks its rules: those that do are among them, since
    /// what was decided upon did not.
    pub fn differing_from_misread(&self, other: &Misread) -> Vec<String> {
        if self.known.entry.kind.is_of_a_birth() {
            return vec!["request_id".to_owned()];
        }
        let mut paths = self.says.fields.differing(&other.fields);
        paths.extend(other.violations.iter().map(|violation| violation.field.clone()));
        paths.sort_unstable();
        paths.dedup();
        paths
    }

    /// Whether its entry says the very same as this content, of a birth or of an item of an import, whose digest is this. The
    /// digests tell that at once where one index key made both; otherwise what they are of is compared.
    pub fn says_the_same(&self, brought: bool, digest: &[u8; 16], content: &Content) -> bool {
        let (entry, own) = (&self.known.entry, self.content());
        let of_its_kind = entry.kind.is_of_an_import() == brought && (brought || entry.kind.is_of_a_birth());
        let same = |own: &Arc<Content>| of_its_kind && own.canonical() == content.canonical();
        entry.digest == *digest || own.is_some_and(same)
    }

    /// The paths in which what it says differs from a registration.
    pub fn differing(&self, other: &Content) -> Vec<String> {
        let kind = self.known.entry.kind;
        match (kind.is_of_a_birth() || kind.is_of_an_import(), self.content()) {
            (true, Some(content)) => content.differing(other),
            // The id was used for a call of another kind.
            _ => vec!["request_id".to_owned()],
        }
    }
}

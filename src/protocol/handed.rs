//! Numbers that a mission handed out: which child has one, and which will never be anybody's.

use uuid::Uuid;

use super::{BlockRow, Decided, Issue, NumberRow, NumberState, Standing, World};
use crate::ledger::{Position, RequestKey};
use crate::number::Number;
use crate::refusal::Refusal;
use crate::registration::Problem;

/// A number of a block, and that block.
#[derive(Debug, Clone)]
pub(super) struct InHand {
    pub row: NumberRow,
    pub block: BlockRow,
    /// When it was printed or told to the family, if it was.
    handed_out: Option<i64>,
}

impl InHand {
    /// That it is nobody's yet.
    ///
    /// # Errors
    /// [`Refusal::BlockClosed`], [`Refusal::WrongState`].
    pub fn unused(&self) -> Result<(), Refusal> {
        match self.row.unused() {
            true => Ok(()),
            false if self.block.closed.is_some() && self.row.state == NumberState::Quarantined => {
                Err(Refusal::BlockClosed)
            }
            false => Err(Refusal::WrongState("number")),
        }
    }

    /// Whether the block's time was over, at this moment or when the number was handed out.
    pub fn late(&self, now: i64) -> bool {
        now > self.block.expires_at || self.handed_out.is_some_and(|at| at > self.block.expires_at)
    }

    /// The number as it is once a registration is entered for it that waits, or that holds it.
    pub fn of(&self, registration: Position) -> NumberRow {
        NumberRow {
            registration,
            ..self.row.clone()
        }
    }

    /// The number as its holder's.
    pub fn given(&self, registration: Position, at: i64) -> NumberRow {
        NumberRow {
            state: NumberState::Issued,
            issued_at: at,
            registration,
            facts: registration,
            ..self.row.clone()
        }
    }

    /// The number as one that its child does not keep: revoked if it was printed, else never to be given.
    pub fn spent(&self, registration: Position, replaced_by: Option<Number>) -> NumberRow {
        NumberRow {
            state: match self.handed_out {
                Some(_) => NumberState::Revoked,
                None => NumberState::Quarantined,
            },
            replaced_by,
            registration,
            ..self.row.clone()
        }
    }

    /// The block with so many unused numbers more.
    pub fn block_with(&self, more: i64) -> BlockRow {
        BlockRow {
            unused: self.block.unused + more,
            ..self.block.clone()
        }
    }
}

impl World<'_> {
    /// The number that a command says was handed out.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBlock`]; the violation that the number is not of the block.
    pub(super) fn in_hand(&self, command: &Issue) -> Result<Option<InHand>, Refusal> {
        let Some(handed) = &command.handed else {
            return Ok(None);
        };
        let key = block_key(handed.block_id, &command.draft.request.office);
        let block = self.block(&key).ok_or(Refusal::NoSuchBlock)?;
        let row = self.of_digits(handed.number).filter(|row| row.decision == block.opened);
        let row = row.ok_or_else(|| Refusal::invalid("number", Problem::NotOfBlock))?;
        Ok(Some(InHand {
            row: row.clone(),
            block: block.clone(),
            handed_out: handed.at,
        }))
    }

    /// The number that a registration waits to be given, having been handed it out.
    pub(super) fn waiting_in_hand(&self, decided: &Decided) -> Option<InHand> {
        let handed = decided.handed()?;
        let entry = &decided.known.entry;
        let block = self.block(&block_key(handed.block_id, &entry.request.office))?;
        let row = self.of_digits(handed.number)?;
        let waits = row.state == NumberState::Reserved && row.registration == entry.position;
        waits.then(|| InHand {
            row: row.clone(),
            block: block.clone(),
            handed_out: handed.at,
        })
    }

    /// What becomes of a number whose child is known by the same registration already: `None` if the number is that
    /// registration's, or was once; else the number that the child has in its place, if it has one.
    ///
    /// # Errors
    /// [`Refusal::CaseOpen`] while it is not known whether the child has one; what [`InHand::unused`] says.
    pub(super) fn double_of(&self, known: &Decided, in_hand: &InHand) -> Result<Option<Option<Number>>, Refusal> {
        if in_hand.row.registration == known.known.entry.position {
            return Ok(None);
        }
        in_hand.unused()?;
        match self.standing(known) {
            Some(Standing::UnderReview(_)) => Err(Refusal::CaseOpen),
            _ => Ok(Some(self.number_of(known).map(|row| self.last_of(row).number))),
        }
    }
}

/// The key of a block of an office: the request that reserved it.
pub(super) fn block_key(block_id: Uuid, office: &str) -> RequestKey {
    RequestKey {
        id: block_id,
        office: office.to_owned(),
    }
}

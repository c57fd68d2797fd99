//! What a caller is told, as far as it must stay true.

use uuid::Uuid;

use crate::ledger::Position;
use crate::number::{Number, Slot};
use crate::protocol::{CaseState, ImportResult, Standing, Told};

/// An answer: where the decision stands, and what it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Answer {
    pub position: Position,
    pub what: What,
}

/// What a decision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// The registration has this number, whatever became of it since.
    Number(Number),
    /// It waits for a case.
    Review(Uuid),
    /// Its case gave it nothing.
    Closed(CaseState),
    /// It gets no number.
    NotEligible,
    /// Another command: the number and the case it is about.
    Done(Option<Slot>, Option<Uuid>),
    /// An item that was brought, and the case that settles what it contradicts.
    Brought(ImportResult, Option<Uuid>),
}

impl Answer {
    /// What was told of a decision; `None` where nothing new was decided: an item that says what is known.
    pub fn of(told: &Told) -> Option<Self> {
        Some(match told {
            Told::Birth(reply) => Self {
                position: reply.position,
                what: match &reply.standing {
                    Standing::Issued(row) => What::Number(row.number),
                    Standing::UnderReview(case) => What::Review(*case),
                    Standing::NotEligible => What::NotEligible,
                    Standing::CaseClosed(state) => What::Closed(*state),
                },
            },
            Told::Import(brings) => Self {
                position: brings.position?,
                what: What::Brought(brings.result, brings.conflict.map(|(case, _)| case)),
            },
            Told::Act(done) => Self {
                position: done.position,
                what: What::Done(done.slot, done.case_id),
            },
        })
    }

    /// Whether a request answered so may be answered thus later: the same, or, where there was no number yet, what was
    /// decided since. A number may still be attached to what was refused; a number told is told for ever.
    pub fn may_become(self, later: Self) -> bool {
        let decided = match (self.what, later.what) {
            (What::Review(_), What::Number(_) | What::Closed(_)) => true,
            (What::Closed(_) | What::NotEligible, What::Number(_)) => true,
            (before, after) => before == after,
        };
        decided && self.position == later.position
    }
}

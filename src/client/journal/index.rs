//! What a journal says of each row, in memory: a few dozen bytes a row.

use uuid::Uuid;

use super::{JournalError, RowDigest};
use crate::client::answer::Outcome;

/// The most lines a CSV file may have.
pub const MAX_LINES: u64 = 10_000_000;

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It was never to be sent: it needs a new request id, and its intent noted.
    First,
    /// It was sent, or may have been, without an answer: send it under this id again.
    Open(Uuid),
    /// It was refused and nothing was written; it may have been corrected since. Note its intent anew under this id,
    /// then send it.
    Refused(Uuid),
    /// It has its final answer.
    Answered,
}

/// All rows by their line in the CSV file.
#[derive(Default)]
pub(super) struct Index {
    /// Place `n` is that of line `n`; lines without a row, or whose row was never to be sent, have none.
    rows: Vec<Option<Known>>,
    held: u64,
}

struct Known {
    row: RowDigest,
    request_id: Uuid,
    progress: Progress,
    /// Where in the journal its latest answer begins.
    answer_at: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// No answer yet.
    Open,
    /// Its latest answer was a refusal.
    Refused,
    /// It has its final answer.
    Final,
}

impl Index {
    pub fn plan(&self, line: u64, row: RowDigest) -> Result<Plan, JournalError> {
        let place = place(line)?;
        let Some(known) = self.rows.get(place).and_then(Option::as_ref) else {
            return Ok(Plan::First);
        };
        match (known.progress, known.row == row) {
            (Progress::Refused, _) => Ok(Plan::Refused(known.request_id)),
            (Progress::Open, true) => Ok(Plan::Open(known.request_id)),
            (Progress::Final, true) => Ok(Plan::Answered),
            (Progress::Open | Progress::Final, false) => Err(JournalError::RowChanged { line }),
        }
    }

    pub fn holds(&self, line: u64) -> bool {
        self.known(line)
            .is_some_and(|known| known.progress != Progress::Refused)
    }

    pub fn held(&self) -> u64 {
        self.held
    }

    pub fn intend(&mut self, line: u64, row: RowDigest, request_id: Uuid) -> Result<(), JournalError> {
        let place = place(line)?;
        if self.rows.len() <= place {
            self.rows.resize_with(place + 1, || None);
        }
        let may = match self.known(line) {
            None => true,
            Some(known) => known.progress == Progress::Refused && known.request_id == request_id,
        };
        let Some(slot) = self.rows.get_mut(place).filter(|_| may) else {
            return Err(JournalError::RowChanged { line });
        };
        *slot = Some(Known {
            row,
            request_id,
            progress: Progress::Open,
            answer_at: 0,
        });
        self.held += 1;
        Ok(())
    }

    /// A final answer is never replaced by a refusal.
    /// Only a row without an answer can get one.
    pub fn answered(&mut self, line: u64, request_id: Uuid, outcome: Outcome, at: u64) -> Result<(), JournalError> {
        let slot = place(line)
            .ok()
            .and_then(|place| self.rows.get_mut(place))
            .and_then(Option::as_mut);
        let open = slot.filter(|known| known.request_id == request_id && known.progress == Progress::Open);
        let known = open.ok_or(JournalError::NotIntended { line })?;
        known.answer_at = at;
        if outcome.is_final() {
            known.progress = Progress::Final;
        } else {
            known.progress = Progress::Refused;
            self.held -= 1;
        }
        Ok(())
    }

    pub fn answer_at(&self, line: u64) -> Option<u64> {
        // The journal's first line is its head, so no answer begins at 0.
        self.known(line).map(|known| known.answer_at).filter(|at| *at > 0)
    }

    fn known(&self, line: u64) -> Option<&Known> {
        self.rows.get(place(line).ok()?)?.as_ref()
    }
}

fn place(line: u64) -> Result<usize, JournalError> {
    usize::try_from(line)
        .ok()
        .filter(|_| line <= MAX_LINES)
        .ok_or(JournalError::TooManyLines)
}

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

/// So many lines are kept together: a journal that names a line far behind takes no memory for those before it.
const PAGE: usize = 64;

/// All rows by their line in the CSV file.
#[derive(Default)]
pub(super) struct Index {
    /// Line `n` has its place in page `n / PAGE`, which is empty as long as none of its lines is known; lines without a row, or
    /// whose row was never to be sent, have nothing there.
    pages: Vec<Vec<Option<Known>>>,
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
        let (page, place) = place(line)?;
        let Some(known) = self.at(page, place) else {
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
        let (page, place) = place(line)?;
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, Vec::new);
        }
        let page = self.pages.get_mut(page);
        let slot = page.and_then(|page| {
            if page.is_empty() {
                page.resize_with(PAGE, || None);
            }
            page.get_mut(place)
        });
        let may = |known: &Known| known.progress == Progress::Refused && known.request_id == request_id;
        let Some(slot) = slot.filter(|slot| slot.as_ref().is_none_or(may)) else {
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
            .and_then(|(page, place)| self.pages.get_mut(page)?.get_mut(place))
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
        let (page, place) = place(line).ok()?;
        self.at(page, place)
    }

    fn at(&self, page: usize, place: usize) -> Option<&Known> {
        self.pages.get(page)?.get(place)?.as_ref()
    }
}

/// The page of a line, and its place there.
fn place(line: u64) -> Result<(usize, usize), JournalError> {
    let line = usize::try_from(line).ok().filter(|_| line <= MAX_LINES);
    line.map(|line| (line / PAGE, line % PAGE))
        .ok_or(JournalError::TooManyLines)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_line_far_behind_takes_no_memory_for_those_before_it() {
        let (mut index, row) = (Index::default(), RowDigest::from_hex(&"0a".repeat(16)).unwrap());
        index.intend(MAX_LINES, row, Uuid::nil()).unwrap();
        assert_eq!(index.plan(MAX_LINES, row).unwrap(), Plan::Open(Uuid::nil()));
        assert_eq!(index.plan(MAX_LINES - 1, row).unwrap(), Plan::First);
        let places: usize = index.pages.iter().map(Vec::capacity).sum();
        assert_eq!(places, PAGE);
    }
}

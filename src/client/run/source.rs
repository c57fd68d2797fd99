//! The rows of a file that are still to be sent, each noted in the journal before it is handed out.

use std::collections::VecDeque;
use std::fs::File;
use std::path::Path;

use uuid::Uuid;

use super::row::{Fit, Taken, take};
use super::{RunError, open_rows};
use crate::client::Caller;
use crate::client::csv::{CsvError, Rows};
use crate::client::journal::{Journal, Plan};
use crate::proto::v1::IssueNumberRequest;
use crate::shell::{Clock, random};

/// A row on its way.
pub struct Item {
    /// Its line in the file.
    pub line: u64,
    /// The office it is sent for.
    pub office: String,
    /// The same, with the role, as a caller.
    pub caller: Caller,
    /// Its request id.
    pub request_id: Uuid,
    /// What is sent.
    pub request: IssueNumberRequest,
    /// Whether an earlier run may have sent it.
    pub sent_before: bool,
    /// How many answers the run had when it was begun.
    pub answers_before: u64,
}

/// The file, read a window of rows at a time.
pub struct Source {
    rows: Rows<File>,
    window: usize,
    ended: bool,
}

impl Source {
    /// Opens a file.
    pub fn open(file: &Path, window: usize) -> Result<Self, CsvError> {
        Ok(Self {
            rows: open_rows(file)?,
            window,
            ended: false,
        })
    }

    /// Whether all rows have been handed out.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// The next rows to send. Their request ids are on the disk when this returns.
    pub fn next_window(&mut self, journal: &mut Journal, clock: &dyn Clock) -> Result<VecDeque<Item>, RunError> {
        let mut items = VecDeque::new();
        while items.len() < self.window {
            let Some(row) = self.rows.next() else {
                self.ended = true;
                break;
            };
            match take(row)? {
                Taken::Fit(fit) => items.extend(intend(*fit, journal, clock)?),
                // It is told of in the report.
                Taken::Unfit(_) => {}
            }
        }
        journal.sync()?;
        Ok(items)
    }
}

/// Notes a row's request id, unless the row has its answer.
fn intend(fit: Fit, journal: &mut Journal, clock: &dyn Clock) -> Result<Option<Item>, RunError> {
    let plan = journal.plan(fit.line, fit.digest)?;
    let request_id = match plan {
        Plan::Answered => return Ok(None),
        Plan::First => random::uuid_v7(clock.now()),
        Plan::Open(known) | Plan::Refused(known) => known,
    };
    let sent_before = matches!(plan, Plan::Open(_));
    if !sent_before {
        journal.intend(fit.line, fit.digest, request_id)?;
    }
    Ok(Some(Item {
        line: fit.line,
        office: fit.office,
        caller: fit.caller,
        request_id,
        request: IssueNumberRequest {
            request_id: request_id.to_string(),
            registration: Some(fit.registration),
            validate_only: false,
        },
        sent_before,
        answers_before: 0,
    }))
}

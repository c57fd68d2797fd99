//! One line of a report.

use super::RunError;
use super::row::{Taken, Unfit, take};
use crate::client::csv::{CsvError, Row};
use crate::client::journal::Journal;
use crate::client::{Answer, Outcome};

/// The columns of a report.
pub const COLUMNS: [&str; 10] = [
    "line",
    "office",
    "entry_number",
    "outcome",
    "number",
    "case_id",
    "reason",
    "fields",
    "position",
    "replayed",
];

/// The reason of a row that cannot be read, and was not sent.
const UNREADABLE_ROW: &str = "UNREADABLE_ROW";
/// The reason of a row that was sent, or may have been, and whose answer is not known.
const NO_ANSWER: &str = "NO_ANSWER";
/// The reason of a row that was not sent.
const NOT_SENT: &str = "NOT_SENT";

/// What a report says of a row. Cells that do not apply are empty.
pub struct ReportLine {
    cells: [String; COLUMNS.len()],
    /// The row's outcome.
    pub outcome: Outcome,
    /// Whether the decision had been made before.
    pub replayed: bool,
    /// For a refused row: its line and what is wrong, in words.
    pub problem: String,
}

impl ReportLine {
    /// What became of a row.
    ///
    /// # Errors
    /// [`RunError`] if the file or the journal cannot be read further.
    pub fn of(row: Result<Row, CsvError>, journal: &mut Journal) -> Result<Self, RunError> {
        match take(row)? {
            Taken::Unfit(unfit) => Ok(Self::unfit(unfit)),
            Taken::Fit(fit) => {
                let entry = fit.registration.r#ref.map(|reference| reference.entry_number);
                let about = [fit.line.to_string(), fit.office, entry.unwrap_or_default()];
                match journal.answer(fit.line)? {
                    Some(answer) => Ok(Self::answered(about, answer)),
                    None => Ok(Self::open(about, journal.holds(fit.line))),
                }
            }
        }
    }

    /// The cells, in the order of [`COLUMNS`].
    pub fn cells(&self) -> &[String] {
        &self.cells
    }

    fn unfit(unfit: Unfit) -> Self {
        let about = [unfit.line.to_string(), String::new(), String::new()];
        Self {
            problem: unfit.problem,
            ..Self::new(
                about,
                Outcome::Refused,
                [UNREADABLE_ROW, unfit.column].map(str::to_owned),
            )
        }
    }

    fn open(about: [String; 3], sent: bool) -> Self {
        let reason = if sent { NO_ANSWER } else { NOT_SENT };
        Self::new(about, Outcome::Open, [reason.to_owned(), String::new()])
    }

    fn answered(about: [String; 3], answer: Answer) -> Self {
        let (outcome, nothing) = (answer.outcome(), || [String::new(), String::new()]);
        match answer {
            Answer::Issued {
                number,
                position,
                replayed,
                ..
            } => Self::new(about, outcome, nothing()).decided([number.to_string(), String::new()], position, replayed),
            Answer::UnderReview {
                case_id,
                position,
                replayed,
            } => Self::new(about, outcome, nothing()).decided([String::new(), case_id], position, replayed),
            Answer::Rejected { reason } => Self::new(about, outcome, [reason, String::new()]),
            Answer::Refused { code, reason, fields } => {
                let reason = if reason.is_empty() { code } else { reason };
                let fields = fields.join(";");
                let problem = format!("line {}: {reason} {fields}", about[0]).trim_end().to_owned();
                Self {
                    problem,
                    ..Self::new(about, outcome, [reason, fields])
                }
            }
        }
    }

    fn new([line, office, entry]: [String; 3], outcome: Outcome, [reason, fields]: [String; 2]) -> Self {
        let none = String::new;
        let outcome_name = outcome.name().to_owned();
        Self {
            cells: [
                line,
                office,
                entry,
                outcome_name,
                none(),
                none(),
                reason,
                fields,
                none(),
                none(),
            ],
            outcome,
            replayed: false,
            problem: String::new(),
        }
    }

    fn decided(mut self, [number, case_id]: [String; 2], position: u64, replayed: bool) -> Self {
        let [_, _, _, _, number_cell, case_cell, _, _, position_cell, replayed_cell] = &mut self.cells;
        (*number_cell, *case_cell) = (number, case_id);
        *position_cell = position.to_string();
        *replayed_cell = if replayed { "yes" } else { "no" }.to_owned();
        self.replayed = replayed;
        self
    }
}

//! Rows of a file in batches, and what they are answered.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;

use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use crate::client::csv::{CsvError, ImportRow, Imports};
use crate::client::patience::chance;
use crate::client::run::End;
use crate::client::{Caller, Client, Failure, Next, Trouble, after};
use crate::proto::v1::{
    ImportBatchRequest, ImportConflict, ImportHeader, ImportItem, ImportRecordsResponse, ImportResult, RegistrationKind,
};
use crate::shell::random;

/// The most items of a batch.
const ITEMS: usize = 100;
/// The most bytes of its items, so that the message stays well within its bound.
const BYTES: usize = 48 * 1024;

/// Rows that are sent together, and those among them that cannot be sent.
pub struct Batch(Vec<Result<ImportRow, Line>>);

/// A row of the file and what became of it. What does not apply is empty. Nothing of it is shown: it holds personal data.
#[derive(Clone, Default)]
pub struct Line {
    /// Its line in the file.
    pub line: u64,
    /// The office that keeps the book.
    pub office: String,
    /// The place, the first three digits of a number.
    pub place: String,
    /// The kind of registration, as in the contract.
    pub kind: String,
    /// The place in the book.
    pub entry: String,
    /// The number that was brought.
    pub number: String,
    /// IMPORTED and so on; REFUSED where the service decided nothing, UNREADABLE where the row was not sent.
    pub result: String,
    /// Why: what is contradicted, or the reason of an error.
    pub reason: String,
    /// The fields or columns concerned.
    pub fields: Vec<String>,
    /// The case.
    pub case_id: String,
    /// What is to be looked at: kind and field.
    pub warnings: Vec<String>,
}

/// The rows of a file, from a line on, batch by batch.
pub struct Reader {
    rows: std::iter::Peekable<Imports<BufReader<File>>>,
    from: u64,
}

impl Reader {
    /// Of these rows; those before `from` were dealt with by an earlier run.
    pub fn new(rows: Imports<BufReader<File>>, from: u64) -> Self {
        Self {
            rows: rows.peekable(),
            from,
        }
    }

    /// The next batch; none at the end.
    ///
    /// # Errors
    /// [`CsvError`] if the file cannot be read further.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, CsvError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < ITEMS {
            // Rows that an earlier run dealt with fill no batch: an empty one would be taken for the end.
            if let Some(Ok(next)) = self.rows.peek()
                && next.line >= self.from
            {
                let more = next.item.encoded_len() + 8;
                if bytes > 0 && bytes + more > BYTES {
                    break;
                }
                bytes += more;
            }
            // A file that cannot be read any further is told of when what comes before has been dealt with.
            if let Some(Err(error)) = self.rows.peek()
                && error.in_row().is_none()
                && !batch.is_empty()
            {
                break;
            }
            let Some(row) = self.rows.next() else { break };
            let row = match row {
                Ok(row) => Ok(row),
                Err(error) => Err(error.in_row().map(Line::unreadable).ok_or(error)?),
            };
            let line = row.as_ref().map_or_else(|line| line.line, |row| row.line);
            if line >= self.from {
                batch.push(row);
            }
        }
        Ok((!batch.is_empty()).then_some(Batch(batch)))
    }
}

/// Sends a batch until each of its items is decided or refused.
///
/// # Errors
/// How the run ends where there is no answer.
pub async fn send(
    client: &Client,
    caller: &Caller,
    header: &ImportHeader,
    batch: Batch,
    stop: &CancellationToken,
) -> Result<Vec<Line>, End> {
    let mut open: Vec<ImportItem> = batch.0.iter().flatten().map(|row| row.item.clone()).collect();
    let mut answers: HashMap<i64, ImportRecordsResponse> = HashMap::new();
    let patience = client.options().patience;
    let mut rounds = 0;
    while !open.is_empty() {
        let request = ImportBatchRequest {
            header: Some(header.clone()),
            items: open.clone(),
        };
        let answered = client.import_batch(caller, request, stop).await.map_err(ended)?;
        let mut passing = None;
        for answer in answered.answers {
            match passing_trouble(&answer) {
                Some(trouble) => passing = Some(trouble),
                None => drop(answers.insert(answer.sequence, answer)),
            }
        }
        open.retain(|item| !answers.contains_key(&item.sequence));
        if open.is_empty() {
            break;
        }
        // The items themselves found no room: they are sent again, as a call would be.
        let trouble = passing.unwrap_or_else(|| Trouble::bare(Code::Unknown));
        rounds += 1;
        let wait = patience.wait(rounds, trouble.retry_after, chance(random::bytes()));
        if rounds > ROUNDS {
            return Err(End::Silent(trouble));
        }
        if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
            return Err(End::Stopped);
        }
    }
    let lines = batch.0.into_iter().map(|row| match row {
        Ok(row) => Line::answered(&row, answers.remove(&row.item.sequence)),
        Err(unreadable) => unreadable,
    });
    Ok(lines.collect())
}

/// How often items are sent again that were not decided.
const ROUNDS: u32 = 60;

fn ended(failure: Failure) -> End {
    match failure {
        Failure::Refused { trouble, .. } => End::NotAccepted(trouble),
        Failure::TimeUp(trouble) => End::Silent(trouble),
        Failure::Stopped(_) => End::Stopped,
    }
}

/// Why an item was not decided, where it may be when it is sent again.
fn passing_trouble(answer: &ImportRecordsResponse) -> Option<Trouble> {
    let error = answer.error.as_ref()?;
    let trouble = Trouble::of_message(error);
    let undecided = answer.result() == ImportResult::Unspecified;
    (undecided && after(trouble.code, &trouble.reason) == Next::SendAgain).then_some(trouble)
}

impl Line {
    fn unreadable((line, column, problem): (u64, &'static str, String)) -> Self {
        Self {
            line,
            result: "UNREADABLE".into(),
            reason: problem,
            fields: Some(column)
                .filter(|column| !column.is_empty())
                .map(str::to_owned)
                .into_iter()
                .collect(),
            ..Self::default()
        }
    }

    fn answered(row: &ImportRow, answer: Option<ImportRecordsResponse>) -> Self {
        let registration = row.item.registration.clone().unwrap_or_default();
        let reference = registration.r#ref.clone().unwrap_or_default();
        let answer = answer.unwrap_or_default();
        let trouble = answer.error.as_ref().map(Trouble::of_message);
        let (reason, fields) = trouble
            .map(|trouble| (trouble.reason, trouble.fields))
            .unwrap_or_default();
        let conflict = match answer.conflict() {
            ImportConflict::Unspecified => reason,
            conflict => short("IMPORT_CONFLICT_", conflict.as_str_name()),
        };
        let warnings = answer.warnings.iter().map(|warning| {
            let kind = short("IMPORT_WARNING_KIND_", warning.kind().as_str_name());
            let like = match warning.suggestions.join(" | ") {
                none if none.is_empty() => none,
                like => format!("(like it: {like})"),
            };
            format!("{kind} {} {like}", warning.field).trim_end().to_owned()
        });
        Self {
            line: row.line,
            office: reference.office_code,
            place: registration.place_code.clone(),
            kind: match registration.kind() {
                RegistrationKind::Unspecified => String::new(),
                kind => short("REGISTRATION_KIND_", kind.as_str_name()),
            },
            entry: reference.entry_number,
            number: row.item.number.clone(),
            result: match answer.result() {
                ImportResult::Unspecified => "REFUSED".into(),
                result => short("IMPORT_RESULT_", result.as_str_name()),
            },
            reason: conflict,
            fields,
            case_id: answer.case_id.clone(),
            warnings: warnings.collect(),
        }
    }
}

fn short(prefix: &str, name: &str) -> String {
    name.trim_start_matches(prefix).to_owned()
}

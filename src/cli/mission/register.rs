//! `dinhdanh mission register`.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::CliError;
use super::super::output::print;
use super::open::JournalArgs;
use crate::client::csv::{CsvError, Row, Rows};
use crate::client::files::{create_aside, put};
use crate::mission::{Handed, Journal, Manner, MissionError, Unfit};
use crate::shell::{Clock, random};

/// How many refused rows are described.
const DESCRIBED: usize = 10;
const COLUMNS: [&str; 6] = ["line", "entry_number", "outcome", "number", "fields", "problem"];

/// Hand out a number for each birth of a CSV file. Needs no line.
///
/// The file is as for `dinhdanh issue`; the column role may be left out. Every row is checked as the service checks it. Its
/// number is the next of the block for its country, sex and year of birth, and is on the disk as handed out before it is
/// shown. A row that was registered before gets the same number again, so the file may be run as often as one likes.
///
/// What became of each row is written to births.result.csv, which can be read by its owner only.
///
/// Exit code: 0 if every row has a number, 1 if some have none.
///
/// Example: dinhdanh mission register births.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Register {
    #[command(flatten)]
    journal: JournalArgs,
    /// The CSV file. UTF-8, with a header.
    file: PathBuf,
    /// Where to write the result. [default: FILE with the ending .result.csv]
    #[arg(long, value_name = "RESULT.csv")]
    out: Option<PathBuf>,
    /// The papers with the numbers are not printed yet. Register again without this once they are.
    #[arg(long)]
    not_printed: bool,
    /// Rows that differ from what was registered under their entry of the book correct it, for the same child.
    #[arg(long)]
    correct: bool,
}

#[derive(Default)]
struct Counts {
    handed_out: u64,
    again: u64,
    problems: Vec<String>,
}

impl Register {
    /// Registers the rows, writes the result and prints the summary.
    ///
    /// # Errors
    /// [`CliError`] if the file or the journal cannot be used, or some rows have no number.
    pub async fn run(self, clock: &dyn Clock) -> Result<(), CliError> {
        let out = self
            .out
            .clone()
            .unwrap_or_else(|| self.file.with_extension("result.csv"));
        let rows = File::open(&self.file).map_err(CsvError::Read).and_then(Rows::new);
        let rows = rows.map_err(|error| about(&self.file, &error))?;
        let mut journal = self.journal.open().await?;
        let result = create_aside(&out).map_err(|error| about(&out, &error))?;
        let mut writer = csv::Writer::from_writer(&result);
        writer.write_record(COLUMNS).map_err(|error| about(&out, &error))?;
        let mut counts = Counts::default();
        for row in rows {
            let cells = match row {
                Ok(row) => {
                    let handed = self.hand_out(&mut journal, &row, clock).await;
                    counts.of(&row, handed.map_err(|error| self.journal.about(&error))?)
                }
                Err(error) => counts.unreadable(&error).ok_or_else(|| about(&self.file, &error))?,
            };
            writer.write_record(&cells).map_err(|error| about(&out, &error))?;
        }
        writer.flush().map_err(|error| about(&out, &error))?;
        drop(writer);
        put(&result, &out).map_err(|error| about(&out, &error))?;
        print(&counts.summary(&out))?;
        counts.verdict()
    }

    async fn hand_out(
        &self,
        journal: &mut Journal,
        row: &Row,
        clock: &dyn Clock,
    ) -> Result<Result<Handed, Unfit>, MissionError> {
        let manner = Manner {
            not_printed: self.not_printed,
            correct: self.correct,
        };
        if row.office != journal.setup().office {
            return Ok(Err(Unfit::OtherOffice));
        }
        let (now, id) = (clock.now(), random::uuid_v7(clock.now()));
        journal.register(&row.registration, manner, now, id).await
    }
}

impl Counts {
    fn of(&mut self, row: &Row, handed: Result<Handed, Unfit>) -> [String; 6] {
        let entry = row
            .registration
            .r#ref
            .as_ref()
            .map(|reference| reference.entry_number.clone());
        let (line, entry) = (row.line.to_string(), entry.unwrap_or_default());
        match handed {
            Ok(Handed { number, known }) => {
                let (count, outcome) = match known {
                    true => (&mut self.again, "again"),
                    false => (&mut self.handed_out, "handed_out"),
                };
                *count += 1;
                [line, entry, outcome.into(), number, String::new(), String::new()]
            }
            Err(unfit) => {
                self.problems.push(format!("line {line}: {unfit}"));
                let fields = unfit.fields().join(";");
                [line, entry, "refused".into(), String::new(), fields, unfit.to_string()]
            }
        }
    }

    /// A row that cannot be read; nothing where no row after it can be read either.
    fn unreadable(&mut self, error: &CsvError) -> Option<[String; 6]> {
        let (line, column, _) = error.in_row()?;
        self.problems.push(error.to_string());
        let none = String::new;
        Some([
            line.to_string(),
            none(),
            "refused".into(),
            none(),
            column.into(),
            error.to_string(),
        ])
    }

    fn summary(&self, out: &Path) -> String {
        let mut text = String::new();
        for (name, count) in [
            ("handed out", self.handed_out),
            ("again", self.again),
            ("refused", self.problems.len() as u64),
        ] {
            text += &format!("{name:<14}{count:>8}\n");
        }
        text += &format!("\nwhat became of each row:  {}\n", out.display());
        for problem in self.problems.iter().take(DESCRIBED) {
            text += &format!("refused, {problem}\n");
        }
        text
    }

    fn verdict(&self) -> Result<(), CliError> {
        match self.problems.len() {
            0 => Ok(()),
            count => Err(CliError::new(format!("{count} rows have no number"))),
        }
    }
}

fn about(file: &Path, error: &dyn std::error::Error) -> CliError {
    CliError::new(format!("{}: {error}", file.display()))
}

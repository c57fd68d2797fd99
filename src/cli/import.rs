//! `dinhdanh import`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::interrupts::Interrupts;
use super::output::print;
use super::reconcile::moment;
use super::service::ServiceArgs;
use super::{CliError, choice};
use crate::client::csv::Encoding;
use crate::client::import::{Asked, Counts, Outcome, import, report_of};
use crate::client::run::End;
use crate::client::{Caller, Client};
use crate::policy::Role;
use crate::proto::v1::{ImportHeader, ImportSource};
use crate::registration::timestamp;
use crate::shell::{Clock, random};

/// Import births that were registered elsewhere, with the numbers they have there, from a CSV or
/// Parquet file.
///
/// A CSV file is as for `dinhdanh issue` (UTF-8, a header, commas), with two columns more: number, the personal number, and
/// entry_kind, which is BIRTH or empty for births; other entries are counted, and skipped. Dates are 31/12/2023 or 2023-12-31,
/// in part where no more is known. A Parquet file has the same columns. docs/import.md tells what becomes of a row.
///
/// For register.csv the report register.import.csv lists every row that was not plainly imported, with its line: what it
/// contradicts, the fields at fault, its case, what is to be looked at. It holds numbers, and can be read by its owner only.
///
/// The command may be stopped (Ctrl-C), killed or cut off at any moment. Run it again with the same file and it goes on where
/// it was: until it is done it keeps its state beside the file (register.csv.import). A file that was imported before may be
/// imported again: nothing is done twice.
///
/// Exit code: 0 if every row was imported, known or skipped; 1 if some contradict what is known, cannot be read or were refused,
/// or the import is not done.
///
/// Example: dinhdanh import register.csv --source legacy_158 --as-of 2026-01-31 --office c06
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Import {
    /// The file.
    file: PathBuf,
    #[command(flatten)]
    service: ServiceArgs,
    /// Where the rows come from: DECREE_87, PROCESS_1292, LEGACY_158 or POPULATION_DATABASE, whose numbers arrive confirmed.
    #[arg(long, value_parser = choice::import_source, value_name = "SOURCE")]
    source: ImportSource,
    /// When the source said so: 2026-11-01T08:00:00+07:00, or a day, which means its beginning in Viet Nam.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    as_of: Timestamp,
    /// How text is written in the file: UTF-8, or TCVN3 or VNI, the Vietnamese encodings from before Unicode. What means
    /// nothing in it is told by line and column.
    #[arg(long, default_value = "UTF-8", value_parser = choice::encoding)]
    encoding: Encoding,
    /// The office that imports.
    #[arg(long, value_name = "CODE")]
    office: String,
    /// The role it imports in: POPULATION_AUTHORITY or JUSTICE_DEPARTMENT.
    #[arg(long, default_value = "POPULATION_AUTHORITY", value_parser = choice::role)]
    role: Role,
    /// Where to write the report. [default: FILE with the ending .import.csv; after a name that does not end in .csv]
    #[arg(long, value_name = "REPORT.csv")]
    out: Option<PathBuf>,
    /// How many batches of up to 100 rows may be under way at a time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "N")]
    in_flight: u16,
    /// Stop when a batch has had no answer for so long.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    give_up_after: u32,
    /// Print the summary as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Import {
    /// Imports, writes the report and prints the summary.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be done, or some rows are to be looked at.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let report = self.out.clone().unwrap_or_else(|| report_of(&self.file));
        let options = self.service.options(Duration::from_secs(self.give_up_after.into()))?;
        let asked = Asked {
            caller: Caller::new(&self.office, self.role.name()).map_err(CliError::of)?,
            file: self.file,
            encoding: self.encoding,
            report,
            header: ImportHeader {
                job_id: random::uuid_v7(clock.now()).to_string(),
                source: self.source.into(),
                as_of: Some(timestamp(self.as_of.as_microsecond())),
            },
            in_flight: self.in_flight.into(),
        };
        let client = Client::connect(options, clock).await.map_err(CliError::of)?;
        let outcome = until_stopped(&asked, &client).await?;
        print(&match self.json {
            true => format!("{}\n", as_json(&outcome, &asked)),
            false => as_text(&outcome, &asked),
        })?;
        verdict(&outcome, &asked)
    }
}

/// Ctrl-C ends the import when what is on its way has been answered.
async fn until_stopped(asked: &Asked, client: &Client) -> Result<Outcome, CliError> {
    let (stop, bar) = (CancellationToken::new(), ProgressBar::new_spinner());
    let mut watch = |rows| bar.inc(rows);
    let told = || eprintln!("Stopping. Once more Ctrl-C stops at once.");
    let importing = import(asked, client, &stop, &mut watch);
    let ended = Interrupts::listen()?.end(&stop, told, importing).await;
    bar.finish_and_clear();
    match ended {
        Some(ended) => ended.map_err(CliError::of),
        None => Err(CliError::new(
            "stopped; run the same command again, and it goes on where it was",
        )),
    }
}

fn as_text(outcome: &Outcome, asked: &Asked) -> String {
    let Counts {
        results,
        places,
        kinds,
        reasons,
        warnings,
    } = &outcome.counts;
    let mut text = String::new();
    table(&mut text, "result", results);
    for (name, by) in [("place", places), ("kind", kinds)] {
        let flat = by.iter().flat_map(|(of, results)| {
            results
                .iter()
                .map(move |(result, count)| (format!("{of} {result}"), *count))
        });
        table(&mut text, name, &flat.collect());
    }
    table(&mut text, "reason", reasons);
    table(&mut text, "warning", warnings);
    text += &format!("\nwhat was not plainly imported:  {}\n", asked.report.display());
    text
}

fn table(text: &mut String, name: &str, counts: &BTreeMap<String, u64>) {
    if counts.is_empty() {
        return;
    }
    *text += &format!("{name:<44}{:>12}\n", "rows");
    for (of, count) in counts {
        *text += &format!("  {of:<42}{count:>12}\n");
    }
}

fn as_json(outcome: &Outcome, asked: &Asked) -> serde_json::Value {
    let end = match &outcome.end {
        End::Finished => "finished",
        End::Stopped => "stopped",
        End::Silent(_) => "silent",
        End::NotAccepted(_) => "not_accepted",
    };
    json!({
        "file": asked.file,
        "report": asked.report,
        "end": end,
        "rows": outcome.counts.rows(),
        "counts": outcome.counts,
    })
}

/// What is left to do, as an error.
fn verdict(outcome: &Outcome, asked: &Asked) -> Result<(), CliError> {
    let again = "run the same command again, and it goes on where it was";
    match &outcome.end {
        End::Finished => {}
        End::Stopped => return Err(CliError::new(format!("The import was stopped: {again}."))),
        End::Silent(trouble) => {
            return Err(CliError::new(format!(
                "The service does not answer ({trouble}): {again}."
            )));
        }
        End::NotAccepted(trouble) => {
            return Err(CliError::new(format!(
                "The service does not take these calls ({trouble} {}). {}",
                trouble.fields.join(", "),
                trouble.advice
            )));
        }
    }
    let open: u64 = ["CONFLICT", "INVALID", "REFUSED", "UNREADABLE"]
        .into_iter()
        .map(|result| outcome.counts.of(result))
        .sum();
    match open {
        0 => Ok(()),
        open => Err(CliError::new(format!(
            "{open} rows are to be looked at: {} lists them",
            asked.report.display()
        ))),
    }
}

//! `dinhdanh reconcile`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::interrupts::Interrupts;
use super::output::print;
use super::service::ServiceArgs;
use super::{CliError, choice};
use crate::client::csv::Encoding;
use crate::client::reconcile::{End, KINDS, Options, Outcome, Places, reconcile};
use crate::client::{Caller, Patience};
use crate::policy::Role;
use crate::proto::v1::ReconciliationScope;
use crate::shell::Clock;

/// Compare an extract of another registry with what the service holds, and list where they disagree.
///
/// The extract is a CSV file (UTF-8, a header, commas), or a Parquet file, with a row for each number that stands in the other registry. The
/// column "number" must be there; the others are those of a file of births and of its parents (office_code, book_year,
/// entry_number, child_name, date_of_birth, sex, …, mother_name, …), and what is left out is not compared. Dates are
/// 31/12/2023 or 2023-12-31. To see what one looks like, make one: dinhdanh generate extract --help
///
/// Rows may be in any order. For extract.csv three files are written, for their owner alone:
///   extract.mismatches.csv   every mismatch, office by office: DIFFERS (with its fields), MISSING_HERE, MISSING_THERE,
///                            NOT_COMPARED; "line" is the line of the extract, "case_id" the case, if cases were asked for
///   extract.mismatches.html  the same to read, the first 500 of each office, 20,000 in all
///   extract.problems.csv     what cannot be understood in the extract, by line and field; the rest of such a row is
///                            compared, unless it is the number that cannot be read
///
/// The command may be stopped (Ctrl-C), killed or cut off at any moment. Run it again with the same file and it goes on
/// where it was: until it is done it keeps its state beside the file (extract.csv.reconcile and .reconcile.found).
///
/// Exit code: 0 if both sides agree, 1 if there are mismatches or problems, or the comparison is not done.
///
/// Example: dinhdanh reconcile extract.csv --office c06 --place 079 --extracted-at 2026-11-01
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Reconcile {
    /// The extract.
    file: PathBuf,
    #[command(flatten)]
    service: ServiceArgs,
    /// How text is written in the file: UTF-8, or TCVN3 or VNI, the Vietnamese encodings from before Unicode. What means
    /// nothing in it is told by line and column.
    #[arg(long, default_value = "UTF-8", value_parser = choice::encoding)]
    encoding: Encoding,
    /// The office that compares.
    #[arg(long, value_name = "CODE")]
    office: String,
    /// The role it compares in: POPULATION_AUTHORITY or JUSTICE_DEPARTMENT.
    #[arg(long, default_value = "POPULATION_AUTHORITY", value_parser = choice::role)]
    role: Role,
    /// The places that the extract is of, by the first three digits of its numbers. [default: all]
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    place: Vec<String>,
    /// The years of birth that it is of. [default: all]
    #[arg(long, value_name = "YEAR,…", value_delimiter = ',')]
    birth_year: Vec<i32>,
    /// When it was taken: 2026-11-01T08:00:00+07:00, or a day, which means its beginning in Viet Nam. Numbers given later are
    /// not missing in it. [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    extracted_at: Option<Timestamp>,
    /// Open a case about every mismatch, for the office that keeps the registration: the other side decides it, and a change
    /// that ends the mismatch closes it. What was found before is not opened again.
    #[arg(long)]
    open_cases: bool,
    /// Write names in full, instead of the first letter of each word: those of the extract, and of numbers that are missing in
    /// it those that the service holds, which records that they were asked for.
    #[arg(long)]
    names: bool,
    /// Name the results after this file instead of the extract.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Stop when nothing was heard of the service for so long.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    give_up_after: u32,
    /// Print the summary as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Reconcile {
    /// Compares, writes the lists and prints the summary.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be done, or the two disagree.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let options = Options {
            trust: self.service.trust()?,
            server: self.service.server.clone(),
            caller: Caller::new(&self.office, self.role.name()).map_err(CliError::of)?,
            scope: ReconciliationScope {
                place_codes: self.place.clone(),
                birth_years: self.birth_year.clone(),
                extracted_at: self.extracted_at.map(|at| prost_types::Timestamp {
                    seconds: at.as_second(),
                    nanos: at.subsec_nanosecond(),
                }),
            },
            open_cases: self.open_cases,
            encoding: self.encoding,
            names: self.names,
            patience: Patience::default(),
            give_up_after: Duration::from_secs(self.give_up_after.into()),
        };
        let places = Places::of(&self.file, self.out.as_deref());
        let stop = CancellationToken::new();
        let told = || eprintln!("Stopping. Once more Ctrl-C stops at once.");
        let comparing = reconcile(&options, &places, clock, &stop);
        let ended = Interrupts::listen()?.end(&stop, told, comparing).await;
        match ended {
            Some(ended) => self.tell(&ended.map_err(CliError::of)?, &places),
            None => Err(CliError::new(GO_ON)),
        }
    }

    fn tell(&self, outcome: &Outcome, places: &Places) -> Result<(), CliError> {
        let told = match &outcome.end {
            End::Finished(_) => None,
            End::Stopped => Some(GO_ON.to_owned()),
            End::Silent(trouble) => Some(format!(
                "The service has not answered for {} s ({trouble}). {GO_ON}",
                self.give_up_after
            )),
            End::Refused(trouble) => Some(format!(
                "The service does not take this comparison ({trouble}; {}). {}",
                trouble.fields.join(", "),
                trouble.advice
            )),
        };
        if let Some(told) = told {
            return Err(CliError::new(told));
        }
        print(&self.summary(outcome, places))?;
        let found: u64 = outcome.counts.iter().sum();
        match (found, outcome.problems) {
            (0, 0) => Ok(()),
            (found, problems) => Err(CliError::new(format!(
                "{found} mismatches in {} offices, {problems} problems in the extract.",
                outcome.offices
            ))),
        }
    }

    fn summary(&self, outcome: &Outcome, places: &Places) -> String {
        let End::Finished(summary) = &outcome.end else {
            return String::new();
        };
        let counted = KINDS.iter().zip(outcome.counts);
        if self.json {
            let kinds: serde_json::Map<_, _> = counted
                .map(|(kind, count)| ((*kind).to_owned(), count.into()))
                .collect();
            let object = json!({
                "records": summary.records,
                "same": summary.same,
                "mismatches": kinds,
                "cases": summary.cases,
                "offices": outcome.offices,
                "problems": outcome.problems,
                "position": summary.position,
                "list": places.list,
                "page": places.page,
                "problem_list": places.problems,
            });
            return format!("{object}\n");
        }
        let lines = [
            ("records", summary.records.to_string()),
            ("same", summary.same.to_string()),
        ]
        .into_iter()
        .chain(counted.map(|(kind, count)| (*kind, count.to_string())))
        .chain(self.open_cases.then(|| ("with a case", summary.cases.to_string())))
        .chain([("problems", outcome.problems.to_string())]);
        let mut text: String = lines.map(|(name, count)| format!("{name:<16}{count:>12}\n")).collect();
        for (name, path) in [
            ("every mismatch:", &places.list),
            ("to read:", &places.page),
            ("problems:", &places.problems),
        ] {
            text += &format!("{name:<16}{}\n", path.display());
        }
        text
    }
}

/// What a comparison that is not done asks for.
const GO_ON: &str = "Run the same command again, and it goes on where it was.";

/// Reads a moment, or a day, which means its beginning in Viet Nam.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let day: Option<Date> = text.parse().ok();
    let time = day.and_then(|day| Offset::constant(7).to_timestamp(day.at(0, 0, 0, 0)).ok());
    time.ok_or_else(|| "must be a time such as 2026-11-01T08:00:00+07:00, or a day such as 2026-11-01".to_owned())
}

//! `dinhdanh issue`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;

use super::CliError;
use super::interrupts::Interrupts;
use super::issue_outcome::Ended;
use super::output::print;
use super::service::ServiceArgs;
use crate::client::csv::Rows;
use crate::client::files::is_among;
use crate::client::journal::{Journal, path_beside};
use crate::client::run::{End, Survey, report, send, survey};
use crate::client::{Client, Options, Outcome};
use crate::shell::Clock;

/// Send a CSV file of births, and write what became of each.
///
/// Every row is one registration; its columns office_code and role say for whom it is sent. To see what a file looks
/// like, make one: dinhdanh generate births --count 100 --seed 1 --out births.csv
///
/// The command may be stopped (Ctrl-C), killed or cut off at any moment. Run it again with the same file and it goes on
/// where it was: beside the file it keeps a journal (births.csv.journal) with the request id of each row, and never
/// sends a row under two ids. Rows that were refused may be corrected in the file; rows that were sent must stay as
/// they are.
///
/// What became of each row is written to births.result.csv: its number, the case it waits for, or why it was refused.
/// Both files hold personal numbers and can be read by their owner only.
///
/// Exit code: 0 if every row has its outcome (issued, under_review or rejected), 1 if some are refused or open.
///
/// Example: dinhdanh issue births.csv --server http://127.0.0.1:7400
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Issue {
    /// The CSV file. UTF-8, with a header.
    file: PathBuf,
    #[command(flatten)]
    service: ServiceArgs,
    /// Where to write the result. [default: FILE with the ending .result.csv]
    #[arg(long, value_name = "RESULT.csv")]
    out: Option<PathBuf>,
    /// How many rows may be under way at a time.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096), value_name = "N")]
    in_flight: u16,
    /// Leave a row open, for a later run, when it has had no answer for so long.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    give_up_after: u32,
    /// How long to try to reach the service at the start.
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    connect_within: u32,
    /// The service has moved: accept a journal that was begun with another --server.
    #[arg(long)]
    same_service: bool,
    /// Print the summary as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Issue {
    /// Sends the file, writes the result and prints the summary.
    ///
    /// # Errors
    /// [`CliError`] if the file cannot be sent, or some rows are without a final outcome.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let out = self
            .out
            .clone()
            .unwrap_or_else(|| self.file.with_extension("result.csv"));
        let journal_path = path_beside(&self.file);
        self.check_places(&out, &journal_path)?;
        let mut journal = Journal::open(&journal_path, self.service.server.as_str(), self.same_service)
            .map_err(|error| CliError::new(format!("{}: {error}", journal_path.display())))?;
        let survey = block_in_place(|| survey(&self.file, &journal)).map_err(|error| self.about_file(&error))?;

        let began = clock.monotonic();
        let end = match survey.to_send() {
            0 => End::Finished,
            _ => self.send(&mut journal, &clock, survey).await?,
        };
        let report = block_in_place(|| report(&self.file, &mut journal, &out)).map_err(CliError::of)?;
        let ended = Ended {
            file: self.file,
            out,
            journal: journal_path,
            end,
            report,
            seconds: (clock.monotonic() - began).as_secs_f64(),
            give_up_after: self.give_up_after,
        };
        print(&ended.summary(self.json))?;
        ended.verdict()
    }

    /// Refuses a file that is none before a journal is made for it, and a result that would overwrite what is read.
    fn check_places(&self, out: &Path, journal: &Path) -> Result<(), CliError> {
        std::fs::File::open(&self.file)
            .map_err(crate::client::csv::CsvError::Read)
            .and_then(Rows::new)
            .map_err(|error| self.about_file(&error))?;
        match is_among(out, &[&self.file, journal]) {
            true => Err(CliError::new(
                "--out names a file that is read; give the result a name of its own",
            )),
            false => Ok(()),
        }
    }

    async fn send(&self, journal: &mut Journal, clock: &Arc<dyn Clock>, survey: Survey) -> Result<End, CliError> {
        let options = Options {
            in_flight: self.in_flight.into(),
            connect_within: Duration::from_secs(self.connect_within.into()),
            ..self.service.options(Duration::from_secs(self.give_up_after.into()))?
        };
        let client = Client::connect(options, Arc::clone(clock))
            .await
            .map_err(CliError::of)?;
        let interrupts = Interrupts::listen()?;
        let bar = progress_bar(survey);
        let stop = CancellationToken::new();
        let mut watch = |_: Outcome| bar.inc(1);
        let told = || {
            bar.suspend(|| {
                eprintln!("Stopping when what is on its way has been answered. Once more Ctrl-C stops at once.");
            });
        };
        let sending = send(&self.file, journal, &client, clock, &stop, &mut watch);
        let ended = interrupts.end(&stop, told, sending).await;
        bar.finish_and_clear();
        match ended {
            Some(ended) => ended.map_err(|error| self.about_file(&error)),
            None => Ok(End::Stopped),
        }
    }

    fn about_file(&self, error: &dyn std::error::Error) -> CliError {
        CliError::new(format!("{}: {error}", self.file.display()))
    }
}

/// Hidden where standard error is not a terminal.
fn progress_bar(survey: Survey) -> ProgressBar {
    let bar = ProgressBar::new(survey.to_send());
    match ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} rows  {per_sec}  {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

//! `dinhdanh mission list` and `dinhdanh mission give-up`.

use std::path::PathBuf;

use clap::Args;

use super::super::CliError;
use super::super::lookup_key::RefKey;
use super::super::output::print;
use super::open::JournalArgs;
use crate::client::files::replace;
use crate::mission::Item;
use crate::number::Codes;
use crate::registration::check_reference;
use crate::shell::Clock;

const COLUMNS: [&str; 11] = [
    "register",
    "book_year",
    "book_number",
    "entry_number",
    "number",
    "state",
    "number_state",
    "replaced_by",
    "case_id",
    "reason",
    "fields",
];

/// List what was handed out, as CSV, and what the service said of it.
///
/// The column state says where a number stands: kept (here alone), sent (no answer yet), under_review, waiting (for a case),
/// refused (something must be mended), settled, rejected, void. If the child has another number, replaced_by names it, and
/// the one that was handed out has become REVOKED, or QUARANTINED where it was never printed.
///
/// Example: dinhdanh mission list --out handed-out.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct List {
    #[command(flatten)]
    journal: JournalArgs,
    /// Write to this file, which only its owner may read, instead of the terminal.
    #[arg(long, value_name = "FILE.csv")]
    out: Option<PathBuf>,
}

/// Give up what was handed out for an entry of the book, before the service knows of it.
///
/// For a number that was printed with a wrong sex or year, or that the service has refused. The number is never handed out again;
/// the birth may be registered anew, and gets another one. What has been sent cannot be given up.
///
/// Example: dinhdanh mission give-up DSQ-TOKYO/BIRTH/2026/45
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct GiveUp {
    #[command(flatten)]
    journal: JournalArgs,
    /// The entry: OFFICE/REGISTER/YEAR/ENTRY, or OFFICE/REGISTER/YEAR/BOOK/ENTRY.
    #[arg(value_name = "OFFICE/REGISTER/YEAR/[BOOK/]ENTRY")]
    entry: RefKey,
}

impl List {
    /// Lists them.
    ///
    /// # Errors
    /// [`CliError`] if the journal cannot be read, or the list not written.
    pub async fn run(self) -> Result<(), CliError> {
        let mut journal = self.journal.open().await?;
        let items = journal.items().await.map_err(|error| self.journal.about(&error))?;
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS).map_err(CliError::of)?;
        for item in &items {
            writer.write_record(cells(item)).map_err(CliError::of)?;
        }
        let bytes = writer.into_inner().map_err(|error| CliError::new(error.to_string()))?;
        match &self.out {
            None => print(&String::from_utf8_lossy(&bytes)),
            Some(out) => replace(out, &bytes).map_err(|error| CliError::new(format!("{}: {error}", out.display()))),
        }
    }
}

impl GiveUp {
    /// Gives it up.
    ///
    /// # Errors
    /// [`CliError`] if nothing was handed out for it, or it has been sent.
    pub async fn run(self, clock: &dyn Clock) -> Result<(), CliError> {
        let today = clock.now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let entry = check_reference(&self.entry.0, Codes::embedded(), today);
        let entry = entry.map_err(|_| CliError::new("this is not an entry of a book"))?;
        let mut journal = self.journal.open().await?;
        let now = journal.time(clock.now().as_microsecond()).await;
        let now = now.map_err(|error| self.journal.about(&error))?;
        let given_up = journal.give_up(&entry, now).await;
        given_up.map_err(|error| self.journal.about(&error))?;
        print("Given up: the entry has no number in this journal any more, and the birth may be registered anew.\n")
    }
}

fn cells(item: &Item) -> [String; 11] {
    let reference = item.content.message().r#ref.clone().unwrap_or_default();
    let register = reference
        .register()
        .as_str_name()
        .trim_start_matches("REGISTER_")
        .to_owned();
    let told = item.told.clone().unwrap_or_default();
    [
        register,
        reference.book_year.to_string(),
        reference.book_number,
        reference.entry_number,
        item.number().to_owned(),
        item.state.name().to_owned(),
        told.number_state,
        told.replaced_by,
        told.case_id,
        told.reason,
        told.fields.join(";"),
    ]
}

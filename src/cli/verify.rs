//! `dinhdanh verify`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::configured::Configured;
use crate::client::journal::{Answers, answers};
use crate::config::{Config, Flags, StoreConfig};
use crate::ledger::{KeyRing, hex};
use crate::protocol::Rules;
use crate::server::pg_options;
use crate::store::Reader;
use crate::store::postgres::PgReader;
use crate::store::sqlite::{FILE_NAME, SqliteReader};
use crate::verify::{Check, DEFAULT_CHUNK, LARGEST_CHUNK, Report, compare_answers, run};

/// Findings that are printed; the rest are counted. `--json` tells them all.
const FINDINGS_SHOWN: usize = 50;
/// The exit code when the store could not be checked at all.
const CANNOT_RUN: u8 = 2;
/// How long the database may take to answer: to count the rows of millions of births takes it a minute, and no caller waits.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Check every promise over a whole store.
///
/// Reads beside a running server, in chunks, up to where the ledger stands when it begins, and changes nothing.
/// Ends with exit code 0 if everything holds, 1 with a list if something is broken, 2 if it could not be checked.
///
/// Examples: dinhdanh verify --data ./dinhdanh-data
///           dinhdanh verify --config /etc/dinhdanh/dinhdanh.toml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Verify {
    #[command(flatten)]
    configured: Configured,
    /// The journal of a client: every answer noted there must stand. May be given several times.
    #[arg(long, value_name = "FILE")]
    answers: Vec<PathBuf>,
    /// Print one JSON object, with every finding.
    #[arg(long)]
    json: bool,
    /// Rows to read at a time; more is faster and takes more memory.
    #[arg(long, default_value_t = DEFAULT_CHUNK, value_parser = clap::value_parser!(i64).range(1..=LARGEST_CHUNK))]
    chunk: i64,
}

impl Default for Verify {
    /// The plain check, without answers of clients.
    fn default() -> Self {
        Self {
            configured: Configured::default(),
            answers: Vec::new(),
            json: false,
            chunk: DEFAULT_CHUNK,
        }
    }
}

impl Verify {
    /// Checks, and shows what was found.
    pub async fn run(self) -> Result<(), CliError> {
        let config = self.configured.load(Flags::default()).map_err(cannot_run)?;
        self.check(&config).await
    }

    /// Checks the store of a configuration.
    pub async fn check(self, config: &Config) -> Result<(), CliError> {
        match &config.store {
            StoreConfig::Sqlite { data } => {
                if !data.join(FILE_NAME).is_file() {
                    return Err(cannot_run(format_args!("there is no store in {}", data.display())));
                }
                let keys = config.keys.load().await.map_err(cannot_run)?;
                let reader = SqliteReader::open(data).await.map_err(cannot_run)?;
                self.read(&reader, &keys).await
            }
            StoreConfig::Postgres(postgres) => {
                let keys = config.keys.load().await.map_err(cannot_run)?;
                let mut options = pg_options(postgres).map_err(cannot_run)?;
                options.timeouts.phase = options.timeouts.phase.max(PATIENCE);
                let reader = PgReader::open(&options).await.map_err(cannot_run)?;
                self.read(&reader, &keys).await
            }
        }
    }

    async fn read(self, reader: &impl Reader, keys: &KeyRing) -> Result<(), CliError> {
        let journals = self.answers.iter().map(|path| journal(path));
        let journals = journals.collect::<Result<Vec<_>, _>>()?;
        let rules = Rules::default();
        let mut report = run(reader, keys, &rules, self.chunk).await.map_err(cannot_run)?;
        for answers in journals {
            let compared = compare_answers(reader, answers, self.chunk, &mut report).await;
            compared.map_err(cannot_run)?;
        }
        if self.json {
            println!("{}", json(&report)?);
        } else {
            print!("{}", table(&report));
        }
        if report.is_clean() {
            return Ok(());
        }
        let failed = report.failed_in_all();
        Err(CliError {
            message: format!("the store is broken: {failed} checks failed"),
            code: 1,
        })
    }
}

fn cannot_run(error: impl std::fmt::Display) -> CliError {
    CliError {
        message: format!("the store was not checked: {error}"),
        code: CANNOT_RUN,
    }
}

fn journal(path: &Path) -> Result<Answers, CliError> {
    answers(path).map_err(|error| cannot_run(format_args!("{}: {error}", path.display())))
}

/// A report for people: what was checked how many times, and what does not hold.
pub fn table(report: &Report) -> String {
    let mut text = format!(
        "{} entries checked, epoch {}\ntree root {}\n\n",
        report.size,
        report.epoch,
        hex(&report.root)
    );
    for check in Check::ALL {
        let (checked, failed) = (report.checked(*check), report.failed(*check));
        let mark = match (checked, failed) {
            (0, _) => "-".to_owned(),
            (_, 0) => "ok".to_owned(),
            (_, failed) => format!("{failed} BROKEN"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<14}{checked:>10}  {mark:<10} {}", check.name(), check.claim());
    }
    if report.undigested() > 0 {
        let _ = writeln!(
            text,
            "\nThe digests of {} entries were not compared: the key file does not hold the index key they were made with.",
            report.undigested()
        );
    }
    let failed = report.failed_in_all();
    if failed == 0 {
        text.push_str("\nEverything holds.\n");
        return text;
    }
    let _ = writeln!(text, "\n{failed} checks failed:");
    let shown = report.findings().iter().take(FINDINGS_SHOWN);
    for finding in shown.clone() {
        let _ = writeln!(text, "  {finding}");
    }
    let left = failed.saturating_sub(shown.count() as u64);
    if left > 0 {
        let _ = writeln!(text, "  and {left} more (--json tells them)");
    }
    text
}

#[derive(Serialize)]
struct Json<'a> {
    clean: bool,
    size: i64,
    epoch: i64,
    root: String,
    checks: Vec<JsonCheck>,
    /// Entries whose digests were not compared, since the index key that made them is not in the key file.
    digests_left_out: u64,
    findings: Vec<JsonFinding<'a>>,
    /// Findings beyond those that are kept word for word.
    findings_left_out: u64,
}

#[derive(Serialize)]
struct JsonCheck {
    name: &'static str,
    claim: &'static str,
    checked: u64,
    failed: u64,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    check: &'static str,
    place: &'a str,
    what: &'a str,
}

fn json(report: &Report) -> Result<String, CliError> {
    let check = |check: &Check| JsonCheck {
        name: check.name(),
        claim: check.claim(),
        checked: report.checked(*check),
        failed: report.failed(*check),
    };
    let findings: Vec<_> = report
        .findings()
        .iter()
        .map(|finding| JsonFinding {
            check: finding.check.name(),
            place: &finding.place,
            what: &finding.what,
        })
        .collect();
    let json = Json {
        clean: report.is_clean(),
        size: report.size,
        epoch: report.epoch,
        root: hex(&report.root),
        checks: Check::ALL.iter().map(check).collect(),
        digests_left_out: report.undigested(),
        findings_left_out: report.failed_in_all().saturating_sub(findings.len() as u64),
        findings,
    };
    serde_json::to_string_pretty(&json).map_err(CliError::of)
}

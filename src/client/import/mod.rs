//! Sending a file of births that were registered elsewhere, so that it can be stopped or killed at any moment and go on later.
//!
//! A file is a *job*: its id and each row's line make the request id of an item, so nothing needs remembering row by row. The
//! state beside the file holds the job's id, up to which line everything is answered, how much of the report that is, and the
//! counts; whatever was sent beyond is sent again, and answered the same.

mod batch;
mod counts;
mod report;
mod state;

use std::io;
use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;

use self::batch::{Batch, Line, Reader, send};
pub use self::counts::Counts;
use self::report::Report;
use self::state::State;
pub use self::state::StateError;
use super::csv::{self, CsvError, Encoding, Imports};
use super::files::{beside, is_among, lock};
use super::run::End;
use super::{Caller, Client};
use crate::proto::v1::ImportHeader;

/// What to import, for whom.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The file.
    pub file: PathBuf,
    /// How text is written in it.
    pub encoding: Encoding,
    /// Where everything is listed that was not plainly imported.
    pub report: PathBuf,
    /// For whom it is imported.
    pub caller: Caller,
    /// Source and time of the file; the job's id is that of the state, or the one given here.
    pub header: ImportHeader,
    /// How many batches may be under way at a time.
    pub in_flight: usize,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// What became of the rows so far, those of earlier runs of the same job included.
    pub counts: Counts,
}

/// An import that cannot be made, or go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: CsvError,
    },
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The report would be written over the file, or over the state.
    #[error("--out names a file that is read; give the report a name of its own")]
    SamePlace,
    /// The report cannot be written.
    #[error("{path}: {error}")]
    Report {
        /// The report.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}

/// Imports a file, from where the last run came to. When all of it is answered, the state is taken away and the report stays.
/// `watch` is told of how many rows more the outcome is known.
///
/// Must be called on a runtime with several threads.
///
/// # Errors
/// [`ImportError`]; nothing more is sent then.
pub async fn import(
    asked: &Asked,
    client: &Client,
    stop: &CancellationToken,
    watch: &mut (dyn FnMut(u64) + Send),
) -> Result<Outcome, ImportError> {
    let about_file = |error| ImportError::File {
        path: asked.file.clone(),
        error,
    };
    let about_report = |error| ImportError::Report {
        path: asked.report.clone(),
        error,
    };
    let place = PathBuf::from(beside(&asked.file, ".import"));
    if is_among(&asked.report, &[&asked.file, &place]) {
        return Err(ImportError::SamePlace);
    }
    let _lock = lock(&asked.file).map_err(CsvError::Read).map_err(about_file)?;
    let digest = block_in_place(|| csv::digest(&asked.file, asked.encoding)).map_err(about_file)?;
    let rows = Imports::open(&asked.file, asked.encoding).map_err(about_file)?;
    let mut state = State::begin(&place, &digest, asked.encoding, &asked.header)?;
    let header = ImportHeader {
        job_id: state.job_id().to_owned(),
        ..asked.header.clone()
    };
    // What is refused as a whole leaves the report of an earlier run as it is.
    let begin = |reported| block_in_place(|| Report::open(&asked.report, reported)).map_err(about_report);
    let mut report = None;
    let mut reader = Reader::new(rows, state.next_line());
    watch(state.counts().rows());
    let mut end = End::Finished;
    let mut broken = None;
    while end == End::Finished && !stop.is_cancelled() && broken.is_none() {
        let mut window: Vec<Batch> = Vec::new();
        while window.len() < asked.in_flight {
            match block_in_place(|| reader.next_batch()) {
                Ok(Some(batch)) => window.push(batch),
                Ok(None) => break,
                // What comes before is imported all the same.
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        if window.is_empty() {
            break;
        }
        let sending = window
            .into_iter()
            .map(|batch| send(client, &asked.caller, &header, batch, stop));
        for sent in join_all(sending).await {
            match sent {
                Ok(lines) if end == End::Finished => {
                    let next = lines.last().map_or(state.next_line(), |line: &Line| line.line + 1);
                    let report = match &mut report {
                        Some(report) => report,
                        none => none.insert(begin(state.reported())?),
                    };
                    for line in &lines {
                        state.count(line);
                        report.add(line).map_err(about_report)?;
                    }
                    watch(lines.len() as u64);
                    state.advance(next);
                }
                // What comes after something that has no answer yet is sent again.
                Ok(_) => {}
                Err(failed) if end == End::Finished => end = failed,
                Err(_) => {}
            }
        }
        if let Some(report) = &mut report {
            let reported = block_in_place(|| report.sync()).map_err(about_report)?;
            block_in_place(|| state.write(&place, reported))?;
        }
    }
    if let Some(error) = broken {
        return Err(about_file(error));
    }
    let counts = state.counts().clone();
    if stop.is_cancelled() && end == End::Finished {
        end = End::Stopped;
    }
    // What was refused before anything was answered leaves nothing to go on with.
    let in_vain = matches!(end, End::NotAccepted(_)) && state.next_line() == 0;
    if end == End::Finished && report.is_none() {
        begin(state.reported())?.sync().map_err(about_report)?;
    }
    if end == End::Finished || in_vain {
        block_in_place(|| State::remove(&place))?;
    }
    Ok(Outcome { end, counts })
}

/// Where the report of a file is written if nothing else is said: register.import.csv of register.csv, and
/// register.parquet.import.csv of a file of the same name in another form.
pub fn report_of(file: &Path) -> PathBuf {
    match file.extension().is_some_and(|ending| ending == "csv") {
        true => file.with_extension("import.csv"),
        false => beside(file, ".import.csv").into(),
    }
}

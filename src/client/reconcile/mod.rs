//! Comparing an extract of another registry with what the service holds, and listing where they disagree.
//!
//! An extract of any size takes the same memory: it is read a row at a time, sorted beside itself where it is not in order,
//! and sent as fast as it is compared. What is found goes to a file beside it, and a state file says up to where that is
//! good; so a run that was killed goes on where it was. All these files hold personal data, and are their owner's alone.

mod exchange;
mod found;
mod page;
mod problems;
mod report;
mod sort;
mod source;
mod state;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{block_in_place, spawn_blocking};
use tokio_util::sync::CancellationToken;

pub use self::exchange::End;
use self::exchange::Exchange;
use self::found::Found;
use self::problems::Problems;
pub use self::report::KINDS;
use self::source::{give, survey};
pub use self::state::StateError;
use self::state::{State, remove};
use super::connection::{reach, root_cause};
use super::csv::{CsvError, Encoding};
use super::files::{beside, clear, is_among, lock};
use super::{Address, Caller, Patience, Trust};
use crate::proto::v1;
use crate::shell::Clock;

/// Records read ahead of what is sent.
const AHEAD: usize = 256;

/// What to compare, for whom, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the service answers.
    pub server: Address,
    /// For a service reached by TLS.
    pub trust: Option<Trust>,
    /// For whom it is compared.
    pub caller: Caller,
    /// What the extract is of.
    pub scope: v1::ReconciliationScope,
    /// Whether each mismatch opens a case.
    pub open_cases: bool,
    /// How text is written in the extract.
    pub encoding: Encoding,
    /// Whether names are written in full.
    pub names: bool,
    /// How long to wait before trying again.
    pub patience: Patience,
    /// Stop when nothing was heard for so long.
    pub give_up_after: Duration,
}

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Places {
    /// The extract.
    pub extract: PathBuf,
    /// Where the mismatches are listed.
    pub list: PathBuf,
    /// Where they are shown.
    pub page: PathBuf,
    /// Where it is told what cannot be compared in the extract.
    pub problems: PathBuf,
    /// How far it has come, until it is done.
    state: PathBuf,
    /// What was found, until it is done.
    found: PathBuf,
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Problems of the extract's own rows, as far as it was read.
    pub problems: u64,
    /// Findings of each of [`KINDS`], where everything was compared.
    pub counts: [u64; KINDS.len()],
    /// In how many offices.
    pub offices: usize,
}

/// A comparison that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The extract cannot be read.
    #[error("{path}: {error}")]
    Extract {
        /// The extract.
        path: PathBuf,
        /// What is wrong with it.
        error: CsvError,
    },
    /// A result would be written over the extract.
    #[error("a result would be written over the extract; name the results by --out")]
    SamePlace,
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The address or the certificates cannot be used.
    #[error("the service cannot be reached: {0}")]
    Unusable(String),
    /// Reading the extract ended by a fault.
    #[error("reading the extract ended by a fault")]
    Fault,
}

impl Places {
    /// The places of an extract's comparison, its results named after `out`, or after the extract.
    pub fn of(extract: &Path, out: Option<&Path>) -> Self {
        let out = out.unwrap_or(extract);
        Self {
            extract: extract.to_owned(),
            list: out.with_extension("mismatches.csv"),
            page: out.with_extension("mismatches.html"),
            problems: out.with_extension("problems.csv"),
            state: beside(extract, ".reconcile").into(),
            found: beside(extract, ".reconcile.found").into(),
        }
    }
}

/// Compares the extract, or goes on with it, and writes the lists.
///
/// # Errors
/// [`ReconcileError`].
pub async fn reconcile(
    options: &Options,
    places: &Places,
    clock: Arc<dyn Clock>,
    stop: &CancellationToken,
) -> Result<Outcome, ReconcileError> {
    let about_extract = |error| ReconcileError::Extract {
        path: places.extract.clone(),
        error,
    };
    if [&places.list, &places.page, &places.problems]
        .iter()
        .any(|written| is_among(written, &[&places.extract]))
    {
        return Err(ReconcileError::SamePlace);
    }
    let _lock = lock(&places.extract).map_err(CsvError::Read).map_err(about_extract)?;
    let surveyed = block_in_place(|| survey(&places.extract, options.encoding)).map_err(about_extract)?;
    let start = State::start(surveyed.digest, asked(options));
    let state = start.read(&places.state)?.unwrap_or(start);
    let found = Found::open(&places.found, state.found()).map_err(about(&places.found))?;
    let mut problems = Problems::create(&places.problems).map_err(about(&places.problems))?;
    let endpoint = reach(&options.server, options.trust.as_ref(), options.patience.attempt);
    let endpoint = endpoint.map_err(|error| ReconcileError::Unusable(root_cause(&error)))?;

    let (to, records) = mpsc::channel(AHEAD);
    let (extract, encoding) = (places.extract.clone(), options.encoding);
    let (sorted, covered) = (surveyed.sorted, state.covered());
    let reading = spawn_blocking(move || {
        let given = give((&extract, encoding), sorted, covered, &mut problems, &to);
        given.map(|()| problems)
    });
    let mut exchange = Exchange {
        options,
        heard_at: clock.monotonic(),
        written_at: None,
        clock,
        endpoint,
        records,
        all_read: false,
        window: VecDeque::new(),
        state,
        state_path: places.state.clone(),
        found,
        found_path: places.found.clone(),
        failures: 0,
    };
    let ended = exchange.run(stop).await;
    // Nobody takes what is still being read.
    let Exchange { found, records, .. } = exchange;
    drop(records);
    let problems = reading
        .await
        .map_err(|_| ReconcileError::Fault)?
        .map_err(about_extract)?;
    let problems = problems.finish().map_err(about(&places.problems))?;
    let end = ended?;
    let counts = match &end {
        End::Finished(summary) => block_in_place(|| conclude(places, found, summary))?,
        _ => report::Counts::new(),
    };
    let mut all = [0; KINDS.len()];
    for counted in counts.values() {
        for (sum, count) in all.iter_mut().zip(counted) {
            *sum += count;
        }
    }
    Ok(Outcome {
        end,
        problems,
        counts: all,
        offices: counts.len(),
    })
}

/// Writes the lists, and takes away what was needed to go on.
fn conclude(
    places: &Places,
    found: Found,
    summary: &v1::ReconciliationSummary,
) -> Result<report::Counts, ReconcileError> {
    let counts = report::write(&places.found, &places.list).map_err(about(&places.list))?;
    page::write(&places.list, &places.page, summary, &counts).map_err(about(&places.page))?;
    remove(&places.state)?;
    clear(&places.found).map_err(about(&places.found))?;
    drop(found);
    Ok(counts)
}

/// What is asked, in one line, by which a state is known to be of the same.
fn asked(options: &Options) -> String {
    let scope = &options.scope;
    let extracted_at = scope.extracted_at.map(|at| (at.seconds, at.nanos));
    let mut asked = format!(
        "{} {:?} {:?} {:?} {extracted_at:?} {} {}",
        options.server.as_str(),
        options.caller,
        scope.place_codes,
        scope.birth_years,
        options.open_cases,
        options.names
    );
    // Read in another encoding an extract says something else.
    if options.encoding != Encoding::Utf8 {
        asked = format!("{asked} {}", options.encoding.name());
    }
    asked
}

fn about(path: &Path) -> impl Fn(io::Error) -> ReconcileError + '_ {
    |error| ReconcileError::Io {
        path: path.to_owned(),
        error,
    }
}

/// A name of which no more is shown than how each of its words begins.
fn masked(name: &str) -> String {
    let words = name.split_whitespace().filter_map(|word| word.chars().next());
    words.map(|first| format!("{first}***")).collect::<Vec<_>>().join(" ")
}

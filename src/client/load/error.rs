//! Why a load cannot be run.

use std::path::PathBuf;

use crate::client::AddressError;
use crate::client::journal::JournalError;
use crate::generate::PlanError;

/// Why a load cannot be run, or had to end early. Carries no personal data.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A server cannot be reached.
    #[error("no connection to {server}: {cause}. Is it running, and is the address right?")]
    Connect {
        /// Where it should have been.
        server: String,
        /// What the attempt failed with.
        cause: String,
    },
    /// An address cannot be one.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The births cannot be made.
    #[error("the births cannot be made: {0}")]
    Births(#[from] PlanError),
    /// An office code cannot be sent.
    #[error("the births cannot be made: an office code cannot be named in metadata")]
    Office,
    /// The journal cannot be used.
    #[error("{}: {error}", .path.display())]
    Journal {
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        error: JournalError,
    },
    /// The requests that are to be repeated were not answered.
    #[error("the requests that are to be repeated could not be issued first: {0}")]
    Prime(String),
    /// A part of the client failed.
    #[error("a part of the load ended badly: {0}")]
    Part(#[from] tokio::task::JoinError),
    /// Latencies cannot be counted.
    #[error("latencies cannot be counted: {0}")]
    Histogram(#[from] hdrhistogram::CreationError),
}

//! Why a reading of the feed ends.

use crate::client::{Address, Trouble};

/// A reading of the feed cannot go on. No variant holds personal data.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// An address or a certificate is of no use.
    #[error("the service cannot be called: {0}")]
    Unusable(String),
    /// The service does not let this caller read.
    #[error("the service refuses ({0}): {advice}", advice = .0.advice)]
    Refused(Trouble),
    /// The service has not come as far.
    #[error(
        "the service's ledger ends before position {0} (CURSOR_AHEAD). Is this another service, or one that was set back \
         to an earlier moment? To read from the beginning use another cursor file"
    )]
    CursorAhead(i64),
    /// A position came that is not after the last one.
    #[error("{server} sent position {position} after {after}: positions must grow. Nothing of it was taken")]
    OutOfOrder {
        /// Who sent it.
        server: Address,
        /// The last position before it.
        after: i64,
        /// The position sent.
        position: i64,
    },
    /// Nothing was heard for as long as there is patience.
    #[error("gave up: no server answers; the last one tried was {server}: {cause}")]
    GaveUp {
        /// The server tried last.
        server: Address,
        /// What it failed with.
        cause: String,
    },
}

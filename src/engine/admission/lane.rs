//! The lanes: classes of work, the more urgent first.

use std::time::Duration;

use crate::engine::Limits;

/// A class of work under overload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Births that somebody waits for at a counter.
    Births,
    /// Verifying and looking up.
    LookUps,
    /// Corrections and cases.
    Cases,
    /// Items of streams, which take what the others leave. They are never refused for want of room: their stream is
    /// read no faster than they are done.
    Bulk,
}

impl Lane {
    /// All lanes, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Births, Self::LookUps, Self::Cases, Self::Bulk];

    /// The longest that work of this lane may have to wait for its turn; `None` if it waits as long as it must.
    pub fn bound(self, limits: &Limits) -> Option<Duration> {
        match self {
            Self::Births => Some(limits.births_wait),
            Self::LookUps => Some(limits.lookups_wait),
            Self::Cases => Some(limits.cases_wait),
            Self::Bulk => None,
        }
    }

    /// Its place in [`Lane::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

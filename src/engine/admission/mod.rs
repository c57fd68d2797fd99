//! Admission: what is taken in when more comes than can be done, in which order, and what those are told who are not.
//!
//! Useful work stays at its peak under any load because whatever cannot be answered in time is refused before anything
//! has been spent on it. Most here is arithmetic: [`fair`], [`pace`], [`quota`] and [`pressure`] read no clock.

mod fair;
mod lane;
mod pace;
mod pressure;
mod queue;
mod quota;
mod readings;

use std::time::Duration;

use uuid::Uuid;

pub use self::lane::Lane;
pub(crate) use self::queue::{InTurns, Queue, Source};
pub(crate) use self::quota::Quotas;
pub(crate) use self::readings::Readings;

/// Why a piece of work is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shed {
    /// It would wait longer than its lane allows, or there is no room for it.
    Overloaded,
    /// It would be done later than its caller waits.
    NoTimeLeft,
    /// Nothing new is taken in any more.
    Draining,
}

/// Knows of a birth, before its message is decoded, whether it has to be turned away.
pub trait Doorkeeper: Send + Sync + 'static {
    /// When to come back, if a request of this office that is surely new would not be done in time.
    fn turns_away(&self, office: &str, request: Uuid) -> Option<Duration>;
}

//! The durable mark.
//!
//! A commit can be seen before it is durable: after a crash of the primary, for one, what it had written but its standby
//! had not received is visible again, until a failover takes it back. So this process remembers how far it knows the
//! ledger to be durable, and nothing above that leaves the store before a synchronous commit, made on the connection that
//! saw it, has come after it: the log is one sequence, and a commit that waited for flush and standby vouches for all that
//! came before.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::ledger::Position;

/// The highest position known to be durable.
#[derive(Debug, Default)]
pub(super) struct Durable(AtomicI64);

impl Durable {
    /// Whether this position is known to be durable.
    pub fn covers(&self, position: Position) -> bool {
        position <= self.0.load(Ordering::Acquire)
    }

    /// Notes that everything up to this position is durable.
    pub fn raise(&self, position: Position) {
        self.0.fetch_max(position, Ordering::AcqRel);
    }
}

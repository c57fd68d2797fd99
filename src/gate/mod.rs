//! The gate: what is let in from the wire before any message is decoded.
//!
//! It is the first of two gates (the other is the engine's queue) and bounds memory and processor time: connections,
//! streams, bytes, calls in hand, and the time that anything may take to arrive or to be taken. When even refusing would
//! fill the machine it stops reading, the noisiest connections first, so that the queue stands in the clients. Nothing
//! is known here of births; which office a call counts for is only used to share out room.

mod accept;
mod calls;
mod connection;
#[cfg(test)]
mod fuzz;
mod layer;
mod limits;
mod message;
mod peer;
mod refused;
mod socket;
mod valve;

use std::sync::Arc;

use crate::api::Identity;
use crate::engine::Doorkeeper;

pub use self::accept::Acceptor;
pub use self::layer::GateLayer;
pub use self::limits::ConnectionLimits;

/// What a server's gate shares between its connections.
pub struct Gate {
    limits: ConnectionLimits,
    calls: calls::Calls,
    valve: Arc<valve::Valve>,
    doorkeeper: Arc<dyn Doorkeeper>,
    /// Tells which office a call counts for.
    identity: Arc<dyn Identity>,
    refused: refused::Refused,
}

impl Gate {
    /// An open gate.
    pub fn new(limits: ConnectionLimits, doorkeeper: Arc<dyn Doorkeeper>, identity: Arc<dyn Identity>) -> Arc<Self> {
        Arc::new(Self {
            limits,
            calls: calls::Calls::new(limits),
            valve: Arc::new(valve::Valve::new(limits)),
            doorkeeper,
            identity,
            refused: refused::Refused::default(),
        })
    }
}

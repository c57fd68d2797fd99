//! The gate: what is let in from the wire before any message is decoded.
//!
//! It is the first of two gates (the other is the engine's queue) and bounds memory and processor time: connections,
//! streams, bytes, calls in hand, and the time that anything may take to arrive or to be taken. When even refusing would
//! fill the machine it stops reading, the noisiest connections first, so that the queue stands in the clients. Nothing
//! is known here of births; a caller's word for its office is only used to share out room.

mod accept;
mod calls;
mod connection;
mod layer;
mod limits;
mod message;
mod peer;
mod socket;
mod valve;

pub use self::accept::Acceptor;
pub use self::layer::GateLayer;
pub use self::limits::ConnectionLimits;

/// What a server's gate shares between its connections.
pub struct Gate {
    limits: ConnectionLimits,
    calls: calls::Calls,
    valve: std::sync::Arc<valve::Valve>,
}

impl Gate {
    /// An open gate.
    pub fn new(limits: ConnectionLimits) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self {
            limits,
            calls: calls::Calls::new(limits),
            valve: std::sync::Arc::new(valve::Valve::new(limits)),
        })
    }
}

//! What there is at a moment: the store, two servers, the lease, and what callers were told.

use crate::ledger::Position;

use super::super::answer::Answer;
use super::super::kept::Stored;
use super::super::promises::{Broken, Judged};

/// One of the servers.
pub type Server = usize;
/// One of the sendings of a scope, by its place in it.
pub type Sending = usize;
/// A key of the lease, by its place in it.
pub type LeaseKey = usize;

/// The whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// What turns see.
    pub committed: Stored,
    /// What nothing can take back.
    pub durable: Stored,
    /// Who has the head locked.
    pub lock: Option<Server>,
    pub servers: [Running; 2],
    pub lease: Lease,
    /// The lease as Redis would find it again if it lost its memory: nothing at first.
    pub saved: Lease,
    pub sendings: Vec<Progress>,
    /// What was told of each request, by the latest answer.
    pub told: Vec<Option<Answer>>,
    pub left: Faults,
    pub broken: Broken,
}

/// How often each thing may still go wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Faults {
    /// A server ends and begins anew, with nothing in memory.
    pub crashes: u8,
    /// A key in hand is in hand no longer.
    pub lapses: u8,
    /// Redis writes its memory down.
    pub saves: u8,
    /// Redis loses its memory, save for what it wrote down.
    pub rollbacks: u8,
    /// The connection of a turn is lost: nobody knows whether it was committed.
    pub cuts: u8,
    /// The database goes over to its standby, which has only what is durable.
    pub failovers: u8,
}

/// How far a sending has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    NotSent,
    With(Server),
    Answered(Server),
    /// Answered without a turn, from where the lease said it was.
    LookedUp(Server),
    Refused,
    /// Its server crashed.
    Lost(Server),
}

/// A server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Running {
    /// How often it began anew: what it held in the lease before is not its own any more.
    pub life: u8,
    /// Sendings that have not got the lease, in their order.
    pub asking: Vec<Sending>,
    /// Sendings that wait for a turn.
    pub queue: Vec<Queued>,
    pub turn: Option<Turn>,
    /// Claims that are over, and must be ended at the lease.
    pub ending: Vec<Ending>,
}

/// A sending that may take a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Queued {
    pub sending: Sending,
    /// Whether the lease granted it.
    pub claimed: bool,
}

/// A turn that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Turn {
    pub batch: Vec<Queued>,
    pub phase: Phase,
}

/// How far a turn has come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It waits for the lock, having loaded already: only where lock and load are folded into one.
    LoadedUnlocked(Stored),
    Locked,
    Loaded(Stored),
    Committed {
        /// Where the ledger ends for all that the turn saw and wrote.
        size: Position,
        answers: Vec<Option<Answer>>,
    },
}

/// A claim to be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ending {
    pub sending: Sending,
    /// Where the decision stands, if it was made under the request's own id.
    pub answered: Option<Position>,
}

/// What the lease says of each key: first the requests, then the references.
pub type Lease = Vec<Option<Said>>;

/// What the lease says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Said {
    InHand { server: Server, life: u8 },
    Answered { position: Position, digest: [u8; 16] },
}

impl State {
    /// Whether a server has this key in hand, by what the lease says.
    pub fn in_hand(&self, key: LeaseKey, server: Server) -> bool {
        let life = self.servers[server].life;
        self.lease[key] == Some(Said::InHand { server, life })
    }
}

impl Judged for State {
    fn broken(&self) -> Broken {
        self.broken
    }
}

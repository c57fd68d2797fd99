//! Work on its way through the engine.

use std::time::Duration;

use tokio::sync::oneshot;

use super::admission::{InTurns, Lane};
use super::flights::Flights;
use crate::lease::{Claim, LeaseKey};
use crate::ledger::RequestKey;
use crate::protocol::{Brings, Command, Done, Reply, Told};
use crate::refusal::Refusal;

/// A command waiting for its turn.
pub(crate) struct Work {
    pub command: Command,
    pub lane: Lane,
    pub answer: Answer,
    /// The keys it holds in the lease.
    pub held: Vec<LeaseKey>,
    /// Whether its claim was granted by the lease, and must be ended there.
    pub claimed: bool,
    /// When it was queued, on the monotonic clock.
    pub queued: Duration,
    /// Set while it is in turns.
    pub in_turns: Option<InTurns>,
    /// The same for an item of a stream.
    pub bulk_in_turns: Option<InTurns>,
}

/// Who waits for a command.
pub(crate) enum Answer {
    /// Everybody on the flight of this request.
    Flight(RequestKey),
    /// One caller, and until when it waits, if it said so.
    One(oneshot::Sender<Result<Reply, Refusal>>, Option<Duration>),
    /// The one caller of an item of an import, and until when it waits.
    Import(oneshot::Sender<Result<Brings, Refusal>>, Option<Duration>),
    /// The one caller of any other command, and until when it waits.
    Act(oneshot::Sender<Result<Done, Refusal>>, Option<Duration>),
}

impl Answer {
    /// Whether nobody waits any more.
    pub fn deserted(&self, flights: &Flights) -> bool {
        match self {
            Self::Flight(key) => flights.deserted(key),
            Self::One(reply, _) => reply.is_closed(),
            Self::Import(reply, _) => reply.is_closed(),
            Self::Act(reply, _) => reply.is_closed(),
        }
    }

    /// Gives up, and says so to whoever still waits, if nobody will wait until `done_at`. Otherwise it comes back.
    pub fn unless_too_late(self, flights: &Flights, done_at: Duration) -> Option<Self> {
        let too_late = match &self {
            Self::Flight(key) => return (!flights.give_up(key, done_at)).then_some(self),
            Self::One(reply, until) => reply.is_closed() || until.is_some_and(|until| until < done_at),
            Self::Import(reply, until) => reply.is_closed() || until.is_some_and(|until| until < done_at),
            Self::Act(reply, until) => reply.is_closed() || until.is_some_and(|until| until < done_at),
        };
        if too_late {
            self.give(flights, Err(Refusal::NoTimeLeft));
            return None;
        }
        Some(self)
    }

    /// Answers whoever still waits.
    pub fn give(self, flights: &Flights, outcome: Result<Told, Refusal>) {
        // An error of a sender means that the caller has gone.
        match self {
            Self::Flight(key) => flights.land(&key, outcome.and_then(of_a_birth)),
            Self::One(reply, _) => drop(reply.send(outcome.and_then(of_a_birth))),
            Self::Import(reply, _) => drop(reply.send(outcome.and_then(of_an_import))),
            Self::Act(reply, _) => drop(reply.send(outcome.and_then(of_an_act))),
        }
    }
}

fn of_a_birth(told: Told) -> Result<Reply, Refusal> {
    match told {
        Told::Birth(reply) => Ok(reply),
        Told::Act(_) | Told::Import(_) => Err(Refusal::Bug),
    }
}

fn of_an_import(told: Told) -> Result<Brings, Refusal> {
    match told {
        Told::Import(brings) => Ok(brings),
        Told::Birth(_) | Told::Act(_) => Err(Refusal::Bug),
    }
}

fn of_an_act(told: Told) -> Result<Done, Refusal> {
    match told {
        Told::Act(done) => Ok(done),
        Told::Birth(_) | Told::Import(_) => Err(Refusal::Bug),
    }
}

/// The keys a command holds in the lease while it is queued and carried out.
pub(super) fn lease_keys(command: &Command) -> Vec<LeaseKey> {
    match command {
        Command::Issue(issue) => {
            vec![
                LeaseKey::Request(issue.draft.request.clone()),
                LeaseKey::Reference(issue.keys.reference),
            ]
        }
        Command::Find(_) | Command::Import(_) | Command::Act(_) => Vec::new(),
    }
}

/// What a command claims of the lease. Only births come in storms: all else is left to the turn.
pub(super) fn claim_of(command: &Command) -> Option<Claim> {
    match command {
        Command::Issue(issue) => Some(Claim {
            request: issue.draft.request.clone(),
            reference: issue.keys.reference,
        }),
        Command::Find(_) | Command::Import(_) | Command::Act(_) => None,
    }
}

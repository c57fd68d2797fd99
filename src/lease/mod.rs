//! The lease: which keys are being worked on at this moment, and which requests were answered a moment ago.
//!
//! It exists for load and for good answers ("in hand, ask again"), never for safety: whatever it says, the turn decides,
//! and what it says was answered is looked up before it is believed. Within one process [`LocalLease`] knows; what other
//! servers have in hand is told by a [`Lease`].
//!
//! Beside this it is where servers share their anchor (see `engine::guard`): that is for safety, but of the kind that a
//! second lock is. Losing it lets nobody do what they may not; it may stop them where that was not needed.

mod alone;
mod local;
mod redis;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;

pub use self::alone::Alone;
pub use self::local::LocalLease;
pub use self::redis::{RedisLease, RedisOptions, RedisOptionsError, Servers};
use crate::ledger::{Anchor, Position, RequestKey};
use crate::registration::Key;

/// A key that can be in hand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LeaseKey {
    /// A request.
    Request(RequestKey),
    /// The reference of a registration.
    Reference(Key),
}

/// What one command asks of the lease before its turn: its request and its registration, to be in hand here alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The request.
    pub request: RequestKey,
    /// The reference of the registration.
    pub reference: Key,
}

/// Where the decision on a request is said to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// The epoch of the store it was made in.
    pub epoch: i64,
    /// The entry of the decision.
    pub position: Position,
    /// The digest of the request's content.
    pub digest: [u8; 16],
}

/// The answer to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// Nobody else is known to work on it: take a turn.
    Granted,
    /// Another server has it in hand: ask again in a moment.
    Elsewhere,
    /// Another server is said to have answered the request. To be checked against the store before it is believed.
    Answered(Hint),
}

/// How the work on a claim ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What was claimed and granted.
    pub claim: Claim,
    /// Where the decision stands, which must be durable; `None` if there is none, or it is not worth telling.
    pub answered: Option<Hint>,
}

/// A future in a box, so that a lease can be chosen when the server starts.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whether a lease can be asked, or can within this time: one that has just begun is still connecting. One that is shared with
/// nobody always can.
pub async fn is_up_within(lease: &dyn Lease, bound: Duration) -> bool {
    let mut up = lease.up();
    // The sender lives as long as the lease.
    tokio::time::timeout(bound, up.wait_for(|up| *up)).await.is_ok()
}

/// What other servers have in hand.
///
/// No call fails, and each ends soon: a lease that cannot be asked grants everything, and says so by [`Lease::up`].
pub trait Lease: Send + Sync + 'static {
    /// Claims the keys of a whole batch, in one round trip. As many answers as claims, in their order.
    fn claim<'a>(&'a self, claims: &'a [Claim]) -> Boxed<'a, Vec<Claimed>>;

    /// Ends claims that were granted, in one round trip: requests with a decision are noted as answered, all other
    /// keys are let go, each only if this server still holds it.
    fn end<'a>(&'a self, ended: &'a [Ended]) -> Boxed<'a, ()>;

    /// Whether another server has the key in hand.
    fn in_hand<'a>(&'a self, key: &'a LeaseKey) -> Boxed<'a, bool>;

    /// Raises the anchor that all servers share to this one, unless it is beyond it already; answers what it is then. None
    /// where there is none to share, or it cannot be asked.
    fn raise<'a>(&'a self, anchor: Option<&'a Anchor>) -> Boxed<'a, Option<Anchor>>;

    /// Whether the lease can be asked. While it cannot, work goes on without it.
    fn up(&self) -> watch::Receiver<bool>;

    /// Whether there may be other servers at all. If not, nothing need be asked.
    fn shared(&self) -> bool;
}

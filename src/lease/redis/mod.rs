//! The lease in Redis 7: one server, a master named by sentinels, or a cluster.
//!
//! Two keys a claim, its request and its reference, each standing alone. A key in hand holds the token of the server that
//! has it and goes by itself after a while; the key of an answered request says where its decision stands. Keys are keyed
//! digests, and values hold nothing that came from a registration.
//!
//! Nothing here is needed for safety: Redis may lose all of it, keep all of it for ever, or lie. A server that cannot ask
//! grants everything.

mod breaker;
mod commands;
mod connection;
mod connector;
#[cfg(test)]
mod fuzz;
mod options;
mod value;

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use self::breaker::{Breaker, Link};
use self::commands::{Commands, Ending, Raised};
use self::connector::Connector;
pub use self::options::{RedisOptions, RedisOptionsError, Servers};
use super::{Boxed, Claim, Claimed, Ended, Lease, LeaseKey};
use crate::ledger::{Anchor, IndexKey};
use crate::shell::random;

/// What the servers of one installation have in hand, in Redis.
pub struct RedisLease {
    commands: Commands,
    breaker: Arc<Breaker>,
    _keeper: AbortOnDropHandle<()>,
}

impl RedisLease {
    /// Starts to connect in the background, within a runtime: [`Lease::up`] tells when it is done. `secret` digests the
    /// keys, so that installations that share a Redis never meet.
    ///
    /// # Errors
    /// [`RedisOptionsError`] if the options can never work. That Redis is away is no error.
    pub fn start(options: &RedisOptions, secret: &IndexKey) -> Result<Self, RedisOptionsError> {
        options.check_times()?;
        let connector = Connector::new(options)?;
        let commands = Commands::new(secret, options, random::bytes());
        let breaker = Breaker::new(connector, commands.probe(), options.patience, options.rest);
        let breaker = Arc::new(breaker);
        let keeper = tokio::spawn(Arc::clone(&breaker).keep());
        Ok(Self {
            commands,
            breaker,
            _keeper: AbortOnDropHandle::new(keeper),
        })
    }

    async fn claim_all(&self, claims: &[Claim]) -> Option<Vec<Claimed>> {
        // A batch without births. Redis cannot be asked nothing: that would pass for a broken connection.
        if claims.is_empty() {
            return Some(Vec::new());
        }
        let link = self.breaker.link()?;
        let replies = link.ask(&self.commands.claim(claims)).await?;
        let (claimed, vain) = self.commands.claimed(claims, &replies);
        self.end_all(&link, &vain).await;
        Some(claimed)
    }

    async fn end_all(&self, link: &Link<'_>, endings: &[Ending]) {
        if endings.is_empty() {
            return;
        }
        let Some(replies) = link.ask(&self.commands.end(endings)).await else {
            return;
        };
        // A server that was restarted, promoted or told to forget its scripts.
        let again = self.commands.not_ended(endings, &replies);
        if !again.is_empty() {
            link.ask(&self.commands.end_unknown(&again)).await;
        }
    }
}

impl Lease for RedisLease {
    fn claim<'a>(&'a self, claims: &'a [Claim]) -> Boxed<'a, Vec<Claimed>> {
        Box::pin(async {
            let claimed = self.claim_all(claims).await;
            count(claims.len(), claimed.as_deref());
            claimed.unwrap_or_else(|| vec![Claimed::Granted; claims.len()])
        })
    }

    fn end<'a>(&'a self, ended: &'a [Ended]) -> Boxed<'a, ()> {
        Box::pin(async {
            if let Some(link) = self.breaker.link() {
                self.end_all(&link, &self.commands.endings(ended)).await;
            }
        })
    }

    fn in_hand<'a>(&'a self, key: &'a LeaseKey) -> Boxed<'a, bool> {
        Box::pin(async {
            let Some(link) = self.breaker.link() else {
                return false;
            };
            let replies = link.ask(&self.commands.look(key)).await;
            replies.is_some_and(|replies| self.commands.in_hand_elsewhere(&replies))
        })
    }

    fn raise<'a>(&'a self, anchor: Option<&'a Anchor>) -> Boxed<'a, Option<Anchor>> {
        Box::pin(async move {
            let link = self.breaker.link()?;
            let replies = link.ask(&self.commands.raise(anchor, &[])).await?;
            let forged = match self.commands.raised(&replies) {
                Raised::To(anchor) => return Some(anchor),
                Raised::Nothing => return None,
                Raised::Forged(forged) => forged,
            };
            tracing::warn!("the anchor in Redis is not of a server with these keys: it is not believed");
            anchor?;
            let replies = link.ask(&self.commands.raise(anchor, forged)).await?;
            match self.commands.raised(&replies) {
                Raised::To(anchor) => Some(anchor),
                Raised::Nothing | Raised::Forged(_) => None,
            }
        })
    }

    fn up(&self) -> watch::Receiver<bool> {
        self.breaker.up()
    }

    fn shared(&self) -> bool {
        true
    }
}

impl fmt::Debug for RedisLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLease")
            .field("up", &*self.breaker.up().borrow())
            .finish_non_exhaustive()
    }
}

/// Counts the claims of a batch by what became of them; `unasked` are those that Redis was not asked for.
fn count(claims: usize, claimed: Option<&[Claimed]>) {
    let (mut granted, mut elsewhere, mut answered) = (0, 0, 0);
    for claimed in claimed.unwrap_or_default() {
        match claimed {
            Claimed::Granted => granted += 1,
            Claimed::Elsewhere => elsewhere += 1,
            Claimed::Answered(_) => answered += 1,
        }
    }
    let unasked = claims as u64 - granted - elsewhere - answered;
    let counts = [
        ("granted", granted),
        ("elsewhere", elsewhere),
        ("answered", answered),
        ("unasked", unasked),
    ];
    for (outcome, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        metrics::counter!("dinhdanh_lease_claims_total", "outcome" => outcome).increment(count);
    }
}

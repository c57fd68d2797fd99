//! The lease of a server that is alone, or works without one.

use tokio::sync::watch;

use crate::ledger::Anchor;

use super::{Boxed, Claim, Claimed, Ended, Lease, LeaseKey};

/// Grants everything: there is nobody else to ask.
#[derive(Debug)]
pub struct Alone(watch::Sender<bool>);

impl Default for Alone {
    fn default() -> Self {
        Self(watch::Sender::new(true))
    }
}

impl Lease for Alone {
    fn claim<'a>(&'a self, claims: &'a [Claim]) -> Boxed<'a, Vec<Claimed>> {
        Box::pin(std::future::ready(vec![Claimed::Granted; claims.len()]))
    }

    fn end<'a>(&'a self, _: &'a [Ended]) -> Boxed<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn in_hand<'a>(&'a self, _: &'a LeaseKey) -> Boxed<'a, bool> {
        Box::pin(std::future::ready(false))
    }

    fn raise<'a>(&'a self, _: Option<&'a Anchor>) -> Boxed<'a, Option<Anchor>> {
        Box::pin(std::future::ready(None))
    }

    fn up(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }

    fn shared(&self) -> bool {
        false
    }
}

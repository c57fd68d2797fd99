//! Single flight: calls with the same request id and the same content, under way at the same time, share one outcome.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::ledger::RequestKey;
use crate::protocol::Reply;
use crate::refusal::Refusal;

type Outcome = Result<Reply, Refusal>;

/// The requests under way.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    under_way: Mutex<HashMap<RequestKey, Flight>>,
}

#[derive(Debug)]
struct Flight {
    digest: [u8; 16],
    waiting: Vec<oneshot::Sender<Outcome>>,
    /// Until when the most patient of them waits; `None` if one did not say.
    until: Option<Duration>,
}

/// How a call takes part.
pub(crate) enum Joined {
    /// It is the first and must see that the work is done.
    Leading,
    /// Another call is doing the work.
    Following,
    /// Other content is under way with this id; this call goes its own way, and a turn tells the two apart.
    Apart(oneshot::Sender<Outcome>),
}

impl Flights {
    /// Whether a request is under way, with whatever content.
    pub fn has(&self, key: &RequestKey) -> bool {
        self.under_way.lock().contains_key(key)
    }

    /// Whether the same request with the same content is under way.
    pub fn under_way(&self, key: &RequestKey, digest: &[u8; 16]) -> bool {
        let under_way = self.under_way.lock();
        under_way.get(key).is_some_and(|flight| flight.digest == *digest)
    }

    /// Joins the flight of a request, to be answered through `reply`; the caller waits until `until`, if it said so.
    pub fn join(
        &self,
        key: &RequestKey,
        digest: &[u8; 16],
        reply: oneshot::Sender<Outcome>,
        until: Option<Duration>,
    ) -> Joined {
        let mut under_way = self.under_way.lock();
        match under_way.get_mut(key) {
            None => {
                under_way.insert(
                    key.clone(),
                    Flight {
                        digest: *digest,
                        waiting: vec![reply],
                        until,
                    },
                );
                Joined::Leading
            }
            Some(flight) if flight.digest == *digest => {
                flight.waiting.push(reply);
                flight.until = flight.until.zip(until).map(|(one, other)| one.max(other));
                Joined::Following
            }
            Some(_) => Joined::Apart(reply),
        }
    }

    /// Whether nobody on a flight waits any more.
    pub fn deserted(&self, key: &RequestKey) -> bool {
        let under_way = self.under_way.lock();
        under_way.get(key).is_none_or(Flight::deserted)
    }

    /// Ends a flight if nobody on it will wait until `done_at`, and says so to those who still wait. Whoever joins
    /// after that begins anew.
    pub fn give_up(&self, key: &RequestKey, done_at: Duration) -> bool {
        let mut under_way = self.under_way.lock();
        let Some(flight) = under_way.get(key) else { return true };
        if !flight.deserted() && flight.until.is_none_or(|until| until >= done_at) {
            return false;
        }
        let flight = under_way.remove(key);
        drop(under_way);
        for waiting in flight.into_iter().flat_map(|flight| flight.waiting) {
            // An error means that the caller has gone.
            let _ = waiting.send(Err(Refusal::NoTimeLeft));
        }
        true
    }

    /// Ends a flight: everybody on it is answered. Those who have gone away are passed over.
    pub fn land(&self, key: &RequestKey, outcome: Outcome) {
        let flight = self.under_way.lock().remove(key);
        let Some(mut flight) = flight else { return };
        let last = flight.waiting.pop();
        for waiting in flight.waiting {
            // An error means that the caller has gone.
            let _ = waiting.send(outcome.clone());
        }
        if let Some(waiting) = last {
            let _ = waiting.send(outcome);
        }
    }
}

impl Flight {
    fn deserted(&self) -> bool {
        self.waiting.iter().all(oneshot::Sender::is_closed)
    }
}

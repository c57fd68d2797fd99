//! Single flight: calls with the same request id and the same content, under way at the same time, share one outcome.

use std::collections::HashMap;

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
    /// Joins the flight of a request, to be answered through `reply`.
    pub fn join(&self, key: &RequestKey, digest: &[u8; 16], reply: oneshot::Sender<Outcome>) -> Joined {
        let mut under_way = self.under_way.lock();
        match under_way.get_mut(key) {
            None => {
                under_way.insert(
                    key.clone(),
                    Flight {
                        digest: *digest,
                        waiting: vec![reply],
                    },
                );
                Joined::Leading
            }
            Some(flight) if flight.digest == *digest => {
                flight.waiting.push(reply);
                Joined::Following
            }
            Some(_) => Joined::Apart(reply),
        }
    }

    /// Whether nobody on a flight waits any more.
    pub fn deserted(&self, key: &RequestKey) -> bool {
        let under_way = self.under_way.lock();
        let flight = under_way.get(key);
        flight.is_none_or(|flight| flight.waiting.iter().all(oneshot::Sender::is_closed))
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

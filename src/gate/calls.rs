//! Permits: how many calls, and how many bytes of messages, are in hand.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::limits::ConnectionLimits;
use crate::engine::Lane;

/// Calls that a connection may begin though there is no room: from a reserve as large as the room.
const RESERVED_CALLS: u32 = 4;

/// What is in hand over all connections.
#[derive(Debug)]
pub(super) struct Calls {
    held: Arc<Mutex<Held>>,
    limits: ConnectionLimits,
}

#[derive(Debug, Default)]
struct Held {
    /// Calls begun and not answered, arrived or not.
    open: usize,
    /// Calls whose message has arrived, by lane.
    lanes: [usize; Lane::ALL.len()],
    bytes: usize,
    offices: HashMap<String, usize>,
}

/// A call that was begun, until it is dropped.
pub(super) struct Open(Arc<Mutex<Held>>);

/// Bytes of a message that is arriving or has arrived, until they are dropped.
pub(super) struct Bytes(Arc<Mutex<Held>>, usize);

/// A call whose message has arrived, until it is dropped.
pub(super) struct InHand {
    held: Arc<Mutex<Held>>,
    lane: Lane,
    office: String,
}

impl Calls {
    pub fn new(limits: ConnectionLimits) -> Self {
        Self {
            held: Arc::default(),
            limits,
        }
    }

    /// Lets a call begin on a connection that has so many under way, this one included. One that has few is let in when
    /// others have taken all the room.
    pub fn open(&self, under_way: u32) -> Option<Open> {
        let mut held = self.held.lock();
        let reserve = under_way <= RESERVED_CALLS && held.open < 2 * self.limits.open_calls;
        if held.open >= self.limits.open_calls && !reserve {
            return None;
        }
        held.open += 1;
        Some(Open(Arc::clone(&self.held)))
    }

    /// Takes room for a message.
    pub fn bytes(&self, count: usize) -> Option<Bytes> {
        let mut held = self.held.lock();
        if held.bytes + count > self.limits.message_bytes {
            return None;
        }
        held.bytes += count;
        Some(Bytes(Arc::clone(&self.held), count))
    }

    /// Lets a call on whose message has arrived: births may take all the room there is, streams have their own number,
    /// everything else half the room; and no office more than its own.
    pub fn take_in_hand(&self, lane: Lane, office: &str) -> Option<InHand> {
        let mut held = self.held.lock();
        let most = match lane {
            Lane::Births => self.limits.calls,
            Lane::LookUps | Lane::Cases => self.limits.calls / 2,
            Lane::Bulk => self.limits.item_streams,
        };
        let in_lane = held.lanes[lane.index()];
        let calls: usize = held.lanes.iter().sum();
        let own = held.offices.get(office).copied().unwrap_or(0);
        let full = lane != Lane::Bulk && calls >= self.limits.calls;
        if full || in_lane >= most || own >= self.limits.office_calls {
            return None;
        }
        held.lanes[lane.index()] += 1;
        match held.offices.get_mut(office) {
            Some(own) => *own += 1,
            None => {
                held.offices.insert(office.to_owned(), 1);
            }
        }
        Some(InHand {
            held: Arc::clone(&self.held),
            lane,
            office: office.to_owned(),
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().open -= 1;
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        self.0.lock().bytes -= self.1;
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        let mut held = self.held.lock();
        held.lanes[self.lane.index()] -= 1;
        if let Some(own) = held.offices.get_mut(&self.office) {
            *own -= 1;
            if *own == 0 {
                held.offices.remove(&self.office);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_holds_and_what_is_let_go_can_be_taken_again() {
        let calls = Calls::new(ConnectionLimits {
            open_calls: 9,
            calls: 6,
            office_calls: 4,
            item_streams: 2,
            message_bytes: 100,
            ..ConnectionLimits::default()
        });
        let open: Vec<_> = std::iter::from_fn(|| calls.open(5)).collect();
        assert_eq!(open.len(), 9);
        assert_eq!(std::iter::from_fn(|| calls.open(4)).collect::<Vec<_>>().len(), 9);
        drop(open);
        let bytes: Vec<_> = std::iter::from_fn(|| calls.bytes(30)).collect();
        assert_eq!(bytes.len(), 3);
        drop(bytes);
        let take = |lane, office| std::iter::from_fn(|| calls.take_in_hand(lane, office)).collect::<Vec<_>>();
        assert_eq!(take(Lane::Births, "one").len(), 4);
        assert_eq!(take(Lane::LookUps, "one").len(), 3);
        assert_eq!(take(Lane::Bulk, "one").len(), 2);
        let (one, two) = (take(Lane::Births, "one"), take(Lane::Births, "two"));
        assert_eq!((one.len(), two.len()), (4, 2));
        assert_eq!(
            (take(Lane::Births, "three").len(), take(Lane::Bulk, "three").len()),
            (0, 2)
        );
        drop(one);
        assert_eq!(take(Lane::Births, "three").len(), 4);
    }

    #[test]
    fn nothing_is_left_of_an_office_without_calls() {
        let calls = Calls::new(ConnectionLimits::default());
        drop(calls.take_in_hand(Lane::Births, "one"));
        let held = calls.held.lock();
        assert!(held.offices.is_empty() && held.lanes == [0; 4] && held.open == 0 && held.bytes == 0);
    }
}

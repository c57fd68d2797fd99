//! A queue that is fair between offices: each in turn gives one piece of work, however much it has waiting.
//!
//! Round robin over per-flow queues (J. Nagle, "On Packet Switches with Infinite Storage", RFC 970): who sends a flood
//! waits behind it alone.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Items of many offices, each office's in the order they came.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    waiting: HashMap<Arc<str>, VecDeque<T>>,
    /// The offices with something waiting, the next to be served first.
    round: VecDeque<Arc<str>>,
    len: usize,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self {
            waiting: HashMap::new(),
            round: VecDeque::new(),
            len: 0,
        }
    }
}

impl<T> FairQueue<T> {
    /// Items waiting.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Items of one office waiting.
    pub fn len_of(&self, office: &str) -> usize {
        self.waiting.get(office).map_or(0, VecDeque::len)
    }

    /// Offices with something waiting, this one included.
    pub fn offices_with(&self, office: &str) -> usize {
        self.round.len() + usize::from(!self.waiting.contains_key(office))
    }

    /// How many items are served up to and including a new one of this office, if as many offices go on having something
    /// waiting: in each round one of every office. What others have waiting beyond that does not count.
    pub fn place_of_next(&self, office: &str) -> usize {
        let rounds = self.len_of(office) + 1;
        rounds.saturating_mul(self.offices_with(office))
    }

    /// Adds an item of an office.
    pub fn push(&mut self, office: &str, item: T) {
        self.len += 1;
        if let Some(waiting) = self.waiting.get_mut(office) {
            return waiting.push_back(item);
        }
        let office: Arc<str> = office.into();
        self.round.push_back(Arc::clone(&office));
        self.waiting.insert(office, VecDeque::from([item]));
    }

    /// Takes the next item.
    pub fn pop(&mut self) -> Option<T> {
        let office = self.round.pop_front()?;
        let waiting = self.waiting.get_mut(&office)?;
        let item = waiting.pop_front()?;
        self.len -= 1;
        if waiting.is_empty() {
            self.waiting.remove(&office);
        } else {
            self.round.push_back(office);
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pushes (office, number) and pops, in any order.
    fn steps() -> impl Strategy<Value = Vec<Option<u8>>> {
        prop::collection::vec(prop::option::weighted(0.7, 0_u8..5), 0..200)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_each_office_keeps_its_order(steps in steps()) {
            let mut queue = FairQueue::default();
            let (mut pushed, mut popped) = (Vec::new(), Vec::new());
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Some(office) => {
                        queue.push(&office.to_string(), (office, number));
                        pushed.push((office, number));
                    }
                    None => popped.extend(queue.pop()),
                }
                prop_assert_eq!(queue.len(), pushed.len() - popped.len());
            }
            popped.extend(std::iter::from_fn(|| queue.pop()));
            for office in 0..5 {
                let of = |items: &[(u8, usize)]| items.iter().filter(|(of, _)| *of == office).copied().collect::<Vec<_>>();
                prop_assert_eq!(of(&pushed), of(&popped));
            }
            prop_assert!(queue.waiting.is_empty() && queue.round.is_empty());
        }

        #[test]
        fn who_has_little_waiting_is_served_within_the_place_it_was_told(floods in prop::collection::vec(1_usize..60, 0..6), own in 0_usize..5) {
            let mut queue = FairQueue::default();
            for (office, count) in floods.iter().enumerate() {
                (0..*count).for_each(|_| queue.push(&office.to_string(), false));
            }
            (0..own).for_each(|_| queue.push("own", false));
            let place = queue.place_of_next("own");
            queue.push("own", true);
            let served = std::iter::from_fn(|| queue.pop()).position(|own| own);
            prop_assert!(served.is_some_and(|before| before < place), "{:?} of {}", served, place);
            prop_assert_eq!(place, (own + 1) * (floods.len() + 1));
        }
    }
}

//! What is sent some time after the item it refers to.

use std::collections::BTreeMap;

use super::dice::Dice;
use super::draft::Draft;
use super::{Item, Sort};

/// Nothing is sent later than this many children after what it refers to. It bounds what the generator remembers.
pub const WINDOW: u64 = 4_096;

/// Something to be sent later.
pub(super) enum Later {
    /// An item whose request id has been used: the very same one, or one with other content.
    Again(Item),
    /// Another registration, to be entered in the book when its time comes.
    Entry(Draft, Sort),
}

/// What waits, in the order of its time.
#[derive(Default)]
pub(super) struct Agenda {
    /// By the count of children at which it is due, then by the order in which it was put down.
    waiting: BTreeMap<(u64, u64), Box<Later>>,
    put: u64,
}

impl Agenda {
    /// Puts something down for a while after `now`: mostly soon, sometimes for long.
    pub(super) fn put(&mut self, now: u64, later: Later, dice: &mut Dice) {
        let scale = 1 << dice.below(WINDOW.ilog2());
        let delay = u64::from(scale + dice.below(scale));
        self.put += 1;
        self.waiting.insert((now + delay, self.put), Box::new(later));
    }

    /// What is due at `now`.
    pub(super) fn due(&mut self, now: u64) -> Option<Later> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= now).then(|| *first.remove())
    }

    /// The next one, due or not.
    pub(super) fn next(&mut self) -> Option<Later> {
        self.waiting.pop_first().map(|(_, later)| *later)
    }
}

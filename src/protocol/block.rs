//! Blocks of numbers for missions: setting them apart, and closing them.

use super::effects::Effects;
use super::handed::block_key;
use super::{Act, NumberRow, NumberState, World};
use crate::ledger::{EntryKind, Position, RequestKey};
use crate::number::{Prefix, Slot};
use crate::refusal::Refusal;
use crate::registration::{Problem, Violation};

/// How far ahead a block may expire, in days.
const LONGEST: i64 = 2 * 366;
/// Microseconds of a day.
const DAY: i64 = 24 * 3600 * 1_000_000;

/// A block as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRow {
    /// The request that reserved it: its id is that of the block, its office the mission.
    pub request: RequestKey,
    /// The entry that reserved it, which all its numbers name as the one that made them known.
    pub opened: Position,
    /// The first of its numbers, in the order of slots.
    pub first: Slot,
    /// The last of them. Numbers from elsewhere may lie between.
    pub last: Slot,
    /// How many numbers it has.
    pub count: i64,
    /// How many of them are neither settled nor under review, nor will never be given.
    pub unused: i64,
    /// Until when they may be handed out, in microseconds.
    pub expires_at: i64,
    /// The entry that closed it.
    pub closed: Option<Position>,
}

/// A block that is asked for.
#[derive(Debug, Clone)]
pub struct Reservation {
    /// The first six digits of its numbers.
    pub prefix: Prefix,
    /// How many.
    pub count: usize,
    /// Until when they may be handed out, in microseconds.
    pub expires_at: i64,
    /// How many unused numbers the office may hold at a time, these among them.
    pub most: usize,
}

impl NumberRow {
    /// Whether it is a number of a block that nobody has been given or waits for.
    pub fn unused(&self) -> bool {
        self.state == NumberState::Reserved && self.registration == self.decision
    }
}

impl World<'_> {
    /// A block of an office.
    pub(super) fn block(&self, key: &RequestKey) -> Option<&BlockRow> {
        self.blocks.get(key)?.as_ref()
    }

    /// Whether a number is known only as one that others hold, with nobody here. What is left of a block is none: whatever
    /// became of a number that was set apart for a mission, nobody else is ever given it.
    pub(super) fn is_held_elsewhere(&self, row: &NumberRow) -> bool {
        let made_known = self.decided.get(&row.decision);
        let of_a_block = made_known.is_some_and(|entry| entry.known.entry.kind == EntryKind::BlockReserved);
        row.state == NumberState::Quarantined && !of_a_block
    }

    pub(super) fn reserve(&self, act: &Act, asked: &Reservation) -> Result<Effects, Refusal> {
        super::issue::place_is_open(asked.prefix.place(), self.setting.rules, self.setting.moment)?;
        self.check_reservation(act, asked)?;
        let prefix = asked.prefix;
        let opened = self.next_position();
        let mut effects = Effects::default();
        for counter in self.next_counters(prefix, asked.count)? {
            let slot = Slot::of(prefix, counter).map_err(|_| Refusal::PrefixExhausted)?;
            let number = self.setting.ring.picker.at(slot);
            effects.drawn.push((prefix, counter));
            effects.new.push(NumberRow {
                state: NumberState::Reserved,
                ..NumberRow::issued((slot, number), opened, 0)
            });
        }
        let (Some(first), Some(last)) = (effects.new.first(), effects.new.last()) else {
            return Err(Refusal::Bug);
        };
        effects.blocks.push(BlockRow {
            request: act.request.clone(),
            opened,
            first: first.slot,
            last: last.slot,
            count: effects.new.len() as i64,
            unused: effects.new.len() as i64,
            expires_at: asked.expires_at,
            closed: None,
        });
        Ok(effects)
    }

    /// A block has time before it, and its office no more unused numbers than it may.
    fn check_reservation(&self, act: &Act, asked: &Reservation) -> Result<(), Refusal> {
        let now = self.setting.moment.at;
        let mut violations = Vec::new();
        if asked.expires_at <= now {
            violations.push(Violation::new("expires_at", Problem::Past));
        } else if asked.expires_at - now > LONGEST * DAY {
            violations.push(Violation::new("expires_at", Problem::TooFarAhead));
        }
        let open = self.open_blocks.get(&act.request.office).into_iter().flatten();
        let open = open
            .filter_map(|key| self.block(key))
            .filter(|block| block.closed.is_none());
        let held: i64 = open.map(|block| block.unused).sum();
        let most = asked.most.saturating_sub(usize::try_from(held).unwrap_or(usize::MAX));
        if asked.count > most {
            violations.push(Violation::new("count", Problem::TooMany { max: most }));
        }
        match violations.is_empty() {
            true => Ok(()),
            false => Err(Refusal::InvalidField(violations)),
        }
    }

    fn next_counters(&self, prefix: Prefix, count: usize) -> Result<Vec<u32>, Refusal> {
        let row = self.found.prefixes.get(&prefix).ok_or(Refusal::Bug)?;
        let counters: Vec<u32> = match row.held {
            0 => (row.next..).take(count).collect(),
            _ => row.free.iter().copied().take(count).collect(),
        };
        match counters.len() == count {
            true => Ok(counters),
            false => Err(Refusal::PrefixExhausted),
        }
    }

    pub(super) fn close(&self, act: &Act, block_id: uuid::Uuid) -> Result<Effects, Refusal> {
        let block = self
            .block(&block_key(block_id, &act.request.office))
            .ok_or(Refusal::NoSuchBlock)?;
        if block.closed.is_some() {
            return Err(Refusal::BlockClosed);
        }
        let slots = self.whole.get(&block.opened).into_iter().flatten();
        let rows = slots.filter_map(|slot| self.number(*slot));
        let left = rows.filter(|row| row.unused()).map(|row| NumberRow {
            state: NumberState::Quarantined,
            ..row.clone()
        });
        Ok(Effects {
            changed: left.collect(),
            blocks: vec![BlockRow {
                unused: 0,
                closed: Some(self.next_position()),
                ..block.clone()
            }],
            ..Effects::default()
        })
    }
}

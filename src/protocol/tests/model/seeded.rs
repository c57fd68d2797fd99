//! Mistakes that are made on purpose, to see that the model finds them. They sit around the protocol, never in it: before
//! it decides, between what it decided and the store, or in the store after it.

use crate::ledger::{Entry, EntryKind};
use crate::protocol::{Act, Changes, Command, Decision, Deed, NumberState, PrefixRow, Side};
use crate::registration::keys;

use super::super::Memory;
use super::super::acts::AUTHORITY;
use super::kept::Sent;

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// A server that was granted the lease takes its turn without the lock.
    LeaseTrusted,
    /// What a turn decides by was loaded before it had waited for the lock.
    LockAndLoadFolded,
    /// A server answers when it has committed, not when that is durable.
    AnsweredBeforeDurable,
    /// A case is approved by whoever asks.
    SidesUnchecked,
    /// The picker goes back to a number that is revoked.
    RevokedReturned,
    /// The picker goes back to a number of a block that was closed.
    ClosedReturned,
    /// The picker is not told of numbers from elsewhere.
    HeldForgotten,
    /// When facts change, the keys of the former ones are forgotten.
    FormerKeysDropped,
    /// What a command did to the numbers is not noted with its entry.
    HistoryForgotten,
    /// A registration's later number is not noted.
    AttachmentForgotten,
}

impl Mistake {
    /// The mistakes made before the protocol decides.
    pub fn before(mistake: Option<Self>, memory: &Memory, command: Command) -> Command {
        match (mistake, command) {
            (Some(Self::SidesUnchecked), Command::Act(act)) => Command::Act(Box::new(as_the_other_side(memory, *act))),
            (_, command) => command,
        }
    }

    /// The mistakes made in what is written.
    pub fn between(mistake: Option<Self>, commands: &[Sent], changes: &mut Changes) {
        match mistake {
            Some(Self::SidesUnchecked) => record_true_sides(commands, changes),
            Some(Self::RevokedReturned) => return_to_picker(changes, NumberState::Revoked),
            Some(Self::ClosedReturned) => return_to_picker(changes, NumberState::Quarantined),
            Some(Self::HeldForgotten) => changes.prefixes.iter_mut().for_each(|(_, row)| row.held = 0),
            Some(Self::HistoryForgotten) => changes.rare.history.clear(),
            Some(Self::AttachmentForgotten) => changes.rare.attached.clear(),
            _ => {}
        }
    }

    /// The mistakes made in the store.
    pub fn after(mistake: Option<Self>, memory: &mut Memory, changes: &Changes) {
        if mistake == Some(Self::FormerKeysDropped) {
            drop_former_keys(memory, changes);
        }
    }
}

/// An approval as if from the side that may decide: the check of the protocol passes.
fn as_the_other_side(memory: &Memory, mut act: Act) -> Act {
    if let Deed::Settle(settlement) = &act.deed
        && matches!(settlement.verdict, Decision::Approve(_))
        && let Some(case) = memory.cases.get(&settlement.case_id)
    {
        act.from.side = case.proposed_side.other();
    }
    act
}

/// The record says who really decided.
fn record_true_sides(commands: &[Sent], changes: &mut Changes) {
    for case in &mut changes.rare.cases {
        let approver = commands.iter().find_map(|sent| match &sent.command {
            Command::Act(act) if matches!(&act.deed, Deed::Settle(settled) if settled.case_id == case.case_id) => {
                Some(act.request.office.as_str())
            }
            _ => None,
        });
        if let (Some(side), Some(office)) = (&mut case.decided_side, approver) {
            *side = if office == AUTHORITY {
                Side::Population
            } else {
                Side::Registration
            };
        }
    }
}

fn return_to_picker(changes: &mut Changes, state: NumberState) {
    let returned = changes.rare.numbers.iter().filter(|row| row.state == state);
    let slots: Vec<_> = returned.map(|row| row.slot).collect();
    for slot in slots {
        let row = PrefixRow {
            next: slot.counter(),
            held: 0,
            picker: changes.head.keys.picker,
            free: Vec::new(),
        };
        changes.prefixes.push((slot.prefix(), row));
    }
}

/// Forgets the keys of a registration whose facts a change replaced, where the new facts have others.
fn drop_former_keys(memory: &mut Memory, changes: &Changes) {
    for row in &changes.rare.numbers {
        let changed = |entry: &Entry| entry.position == row.facts && entry.kind == EntryKind::Changed;
        if !changes.entries.iter().any(changed) {
            continue;
        }
        let former = row.registration;
        for holders in memory.blocking.values_mut() {
            holders.retain(|position| *position != former);
        }
        let subject = |position| {
            let decided = memory.decided(position);
            keys(decided.facts()?, &memory.ring.index.current(), memory.rules.codes).subject
        };
        if let Some(subject) = subject(former).filter(|former| subject(row.facts) != Some(*former)) {
            memory.strict.remove(&subject);
        }
    }
}

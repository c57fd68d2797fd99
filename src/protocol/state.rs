//! The state the protocol decides by and changes: what a turn loads, and what it writes.

use std::collections::HashMap;

use uuid::Uuid;

use super::{BlockRow, CaseCause, CaseKind, CaseState, LifeStatus, NumberState, Side};
use crate::ledger::{Entry, Head, KeyId, Position, RequestKey};
use crate::number::{Number, Prefix, Slot};
use crate::registration::Key;

/// What a turn wants looked up. Entries of each list are distinct.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Request ids.
    pub requests: Vec<RequestKey>,
    /// Strict keys.
    pub strict: Vec<Key>,
    /// Blocking keys.
    pub blocking: Vec<Key>,
    /// Prefixes, each with how many numbers may be drawn of it.
    pub prefixes: Vec<(Prefix, usize)>,
}

impl Wanted {
    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.strict.is_empty() && self.blocking.is_empty() && self.prefixes.is_empty()
    }
}

/// What was found of it.
#[derive(Debug, Default)]
pub struct Found {
    /// The deciding entry of each known request.
    pub requests: HashMap<RequestKey, Position>,
    /// The deciding entry of the registration holding each known strict key.
    pub strict: HashMap<Key, Position>,
    /// The deciding entries of all registrations sharing each known blocking key.
    pub blocking: HashMap<Key, Vec<Position>>,
    /// Every wanted prefix, known or not.
    pub prefixes: HashMap<Prefix, PrefixRow>,
}

/// The picker's state for a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixRow {
    /// The next counter, 0 to 1,000,000.
    pub next: u32,
    /// How many numbers at or past it came from elsewhere.
    pub held: u32,
    /// The picker's key, fixed when the prefix was first used.
    pub picker: KeyId,
    /// The next free counters, as many as wanted, fewer only where the prefix is exhausted.
    pub free: Vec<u32>,
}

/// A number as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRow {
    /// Its place in the picker's order.
    pub slot: Slot,
    /// The number.
    pub number: Number,
    /// Where it stands.
    pub state: NumberState,
    /// Whether its holder is alive.
    pub life: LifeStatus,
    /// The number that took its place.
    pub replaced_by: Option<Number>,
    /// The number whose place it took.
    pub replaces: Option<Number>,
    /// The open case about it.
    pub case_id: Option<Uuid>,
    /// When it was given, in microseconds since 1970-01-01 UTC; 0 for a number that was not given here.
    pub issued_at: i64,
    /// The entry that gave it, or made it known.
    pub decision: Position,
    /// The entry that holds the registration it was given for: most often the same.
    pub registration: Position,
    /// The entry that holds the facts of its holder as they are now.
    pub facts: Position,
}

impl NumberRow {
    /// A number just given to an entry's own registration.
    pub fn issued((slot, number): (Slot, Number), position: Position, at: i64) -> Self {
        Self {
            slot,
            number,
            state: NumberState::Issued,
            life: LifeStatus::Alive,
            replaced_by: None,
            replaces: None,
            case_id: None,
            issued_at: at,
            decision: position,
            registration: position,
            facts: position,
        }
    }

    /// Whether it is valid: given, and not suspended.
    pub fn stands(&self) -> bool {
        matches!(self.state, NumberState::Issued | NumberState::Confirmed)
    }

    /// The bytes by which an entry commits to the row as it left it: every column, in eight bytes each, and the case.
    pub fn bytes(&self) -> Vec<u8> {
        let other = |number: Option<Number>| number.map_or(-1, |number| number.value());
        let values = [
            self.number.value(),
            self.state.code(),
            self.life.code(),
            other(self.replaced_by),
            other(self.replaces),
            self.issued_at,
            self.decision,
            self.registration,
            self.facts,
        ];
        let mut bytes: Vec<u8> = values.into_iter().flat_map(i64::to_be_bytes).collect();
        bytes.extend_from_slice(self.case_id.unwrap_or_default().as_bytes());
        bytes
    }
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Its id, random.
    pub case_id: Uuid,
    /// What it is about.
    pub kind: CaseKind,
    /// Where it stands.
    pub state: CaseState,
    /// Why it was opened.
    pub cause: CaseCause,
    /// The entry that waits for it, and holds its sealed facts.
    pub decision: Position,
    /// The side that proposed it, or whose registration it concerns; the other one decides.
    pub proposed_side: Side,
    /// When it was opened, in microseconds.
    pub opened_at: i64,
    /// Counts its changes, from 1.
    pub version: i64,
    /// The number it is about.
    pub slot: Option<Slot>,
    /// The other number it is about: of two numbers of one person, or the one that the population database holds.
    pub other: Option<Number>,
    /// The entry that closed it.
    pub closed: Option<Position>,
    /// The side that decided it; none where it was taken back, or closed by itself.
    pub decided_side: Option<Side>,
    /// The decisions it was raised against; loaded only where the case itself is asked for.
    pub matches: Vec<Position>,
}

impl CaseRow {
    /// Whether the service may close it by an approval of its own.
    pub fn may_close_by_itself(&self) -> bool {
        self.kind == CaseKind::Duplicate || matches!(self.cause, CaseCause::Differs | CaseCause::MissingThere)
    }

    /// The side that must act next; none once it is closed.
    pub fn waiting_for(&self) -> Option<Side> {
        (self.state == CaseState::Open).then(|| self.proposed_side.other())
    }
}

/// A number that a registration has by a later decision than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachment {
    /// The entry that holds the registration.
    pub registration: Position,
    /// The number it has now.
    pub slot: Slot,
    /// The number it was told of before, where another person keeps that one.
    pub former: Option<Number>,
}

/// A decision with what it led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The entry.
    pub entry: Entry,
    /// The number that the registration has, or that the entry is about, as it stands now.
    pub number: Option<NumberRow>,
    /// The case it opened or closed, as it stands now.
    pub case: Option<CaseRow>,
    /// The number it was told of before, where another person keeps that one.
    pub former: Option<Number>,
}

/// What a turn that has begun to decide finds that it must know besides. Entries of each list are distinct.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Decisions, with what they led to.
    pub positions: Vec<Position>,
    /// Numbers, each with the registrations attached to it.
    pub slots: Vec<Slot>,
    /// Cases, each with what it was raised against.
    pub cases: Vec<Uuid>,
    /// Decisions against which open cases may have been raised.
    pub against: Vec<Position>,
    /// Blocks.
    pub blocks: Vec<RequestKey>,
    /// Offices all of whose blocks that are not closed are needed.
    pub offices: Vec<String>,
    /// Blocks all of whose numbers are needed, by the entries that reserved them.
    pub whole: Vec<Position>,
    /// Numbers of which it is needed which entries held the facts of their holders.
    pub versions: Vec<Slot>,
}

impl Needs {
    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// What was loaded of it. Whatever is not there does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The decisions.
    pub known: Vec<Known>,
    /// The numbers.
    pub numbers: Vec<NumberRow>,
    /// The registrations attached to these numbers, in the order of the ledger.
    pub attached: Vec<Attachment>,
    /// The cases, with what they were raised against.
    pub cases: Vec<CaseRow>,
    /// Open cases by a decision they were raised against.
    pub against: Vec<(Position, Uuid)>,
    /// The blocks, those of offices among them.
    pub blocks: Vec<BlockRow>,
    /// The numbers of whole blocks, in the order of their slots.
    pub whole: Vec<NumberRow>,
    /// Entries that held the facts of numbers' holders once, in the order of the ledger.
    pub versions: Vec<(Slot, Position)>,
}

/// All that a turn writes.
#[derive(Debug)]
pub struct Changes {
    /// The head after the turn.
    pub head: Head,
    /// New entries, in order; each also makes its request id known.
    pub entries: Vec<Entry>,
    /// New numbers.
    pub numbers: Vec<NumberRow>,
    /// Prefixes moved on (the free counters are not stored).
    pub prefixes: Vec<(Prefix, PrefixRow)>,
    /// New strict keys: refused if another registration holds one.
    pub strict: Vec<(Key, Position)>,
    /// Strict keys that move to a later decision of the same registration.
    pub moved: Vec<(Key, Position)>,
    /// New blocking keys.
    pub blocking: Vec<(Key, Position)>,
    /// New cases.
    pub cases: Vec<CaseRow>,
    /// All else, which births do not do.
    pub rare: Rare,
    /// How far the change of the index key has come, if that is to be noted.
    pub reindexed: Option<i64>,
}

/// What a turn writes beside births.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Rare {
    /// Numbers known before that changed, as they are after the turn.
    pub numbers: Vec<NumberRow>,
    /// Every number that an entry changed, or gave otherwise than by [`crate::ledger::EntryKind::Issued`] or
    /// [`crate::ledger::EntryKind::Reentered`], as that entry left it; in the order of the ledger.
    pub history: Vec<(Position, NumberRow)>,
    /// Registrations that have another number than before: a later one replaces an earlier.
    pub attached: Vec<Attachment>,
    /// Cases known before that changed, as they are after the turn.
    pub cases: Vec<CaseRow>,
    /// The offices that a case concerns: its code, and the entry that opened the case.
    pub parties: Vec<(String, Position)>,
    /// Blocks, new or changed, as they are after the turn.
    pub blocks: Vec<BlockRow>,
}

impl Rare {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

impl Changes {
    /// Nothing yet, on top of `head`.
    pub fn on(head: Head) -> Self {
        Self {
            head,
            entries: Vec::new(),
            numbers: Vec::new(),
            prefixes: Vec::new(),
            strict: Vec::new(),
            moved: Vec::new(),
            blocking: Vec::new(),
            cases: Vec::new(),
            rare: Rare::default(),
            reindexed: None,
        }
    }
}

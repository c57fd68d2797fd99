//! A store after some turns, and the turn that leads from one to the next by the real protocol.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::super::Memory;
use super::answer::Answer;
use super::judge;
use super::promises::{Broken, Promise};
use super::seeded::Mistake;
use crate::ledger::{Entry, EntryKind, Position, RequestKey, SYSTEM_OFFICE};
use crate::protocol::{Changes, Command, Deed, NumberRow, NumberState, Proposed};
use crate::registration::{Key, reference_key};

/// Who a registration really is of.
pub type Person = u8;
/// Persons from here on are those of whom only the two sides say that they are.
const SOMEBODY_ELSE: Person = 100;

/// A command, and of whom it is if it is a birth.
#[derive(Clone)]
pub struct Sent {
    pub command: Command,
    pub person: Person,
}

impl Sent {
    pub fn request(&self) -> &RequestKey {
        request_of(&self.command)
    }
}

/// The request of a command that changes something.
pub fn request_of(command: &Command) -> &RequestKey {
    match command {
        Command::Issue(issue) => &issue.draft.request,
        Command::Import(item) => &item.draft.request,
        Command::Act(act) => &act.request,
        Command::Find(_) => panic!("a question changes nothing"),
    }
}

/// A store after some turns.
pub struct Kept {
    pub memory: Memory,
    /// Of whom the registrations are that entries hold.
    pub persons: BTreeMap<Position, Person>,
    /// Every command that was carried out, as it was sent first.
    asked: BTreeMap<RequestKey, Command>,
    /// What each of them would be answered, were it sent again now.
    pub answers: BTreeMap<RequestKey, Answer>,
    digest: u64,
}

/// The same, shared: two are equal if they hold the same.
#[derive(Clone)]
pub struct Stored(Arc<Kept>);

impl std::ops::Deref for Stored {
    type Target = Kept;

    fn deref(&self) -> &Kept {
        &self.0
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        self.0.digest == other.0.digest
    }
}

impl Eq for Stored {}

impl Hash for Stored {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.digest.hash(state);
    }
}

/// What stands on the ledger, for whoever reads how a promise was broken.
impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = &self.memory;
        let entries = memory
            .entries
            .iter()
            .map(|entry| (entry.position, entry.kind, entry.decision));
        let numbers = memory.numbers.values();
        let numbers = numbers.map(|row| (row.slot.counter(), row.state, row.registration, self.person_of(row)));
        let cases = memory.cases.values();
        let cases = cases.map(|case| (case.decision, case.kind, case.state, &case.matches));
        f.debug_struct("Stored")
            .field("entries", &entries.collect::<Vec<_>>())
            .field("numbers", &numbers.collect::<Vec<_>>())
            .field("cases", &cases.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// What a turn came to.
pub struct Turned {
    /// Of each command, in order; `None` where it was refused.
    pub answers: Vec<Option<Answer>>,
    /// The store after it: the same if nothing was written, or if it may not be.
    pub after: Stored,
    pub broken: Broken,
}

impl Stored {
    pub fn new(memory: Memory) -> Self {
        assert!(memory.entries.is_empty(), "every entry must be asked for by a command");
        Self(Arc::new(Kept {
            digest: digest(&memory),
            memory,
            persons: BTreeMap::new(),
            asked: BTreeMap::new(),
            answers: BTreeMap::new(),
        }))
    }

    /// One turn on this store. What it decides by was loaded from `loaded`, which is this same store unless a mistake is
    /// made.
    pub fn turn(&self, loaded: &Self, commands: &[Sent], mistake: Option<Mistake>) -> Turned {
        let asked: Vec<Command> = commands
            .iter()
            .map(|sent| Mistake::before(mistake, &loaded.memory, sent.command.clone()))
            .collect();
        let (replies, mut changes) = loaded.memory.decide(&asked);
        if let Some(changes) = &mut changes {
            Mistake::between(mistake, commands, changes);
        }
        let mut turned = Turned {
            broken: judge::turn(self, commands, &replies, changes.as_ref()),
            answers: replies
                .iter()
                .map(|reply| reply.as_ref().ok().and_then(Answer::of))
                .collect(),
            after: self.clone(),
        };
        let Some(changes) = changes else { return turned };
        let mut memory = self.memory.clone();
        let kept = memory.keep(&changes);
        turned.broken.unless(kept.is_ok(), Promise::ConstraintsNeverNeeded);
        if !turned.broken.any() {
            Mistake::after(mistake, &mut memory, &changes);
            let (after, broken) = self.followed_by(memory, commands, &turned.answers, &changes);
            turned.broken.extend(broken);
            turned.after = after;
        }
        turned
    }

    fn followed_by(
        &self,
        memory: Memory,
        commands: &[Sent],
        answers: &[Option<Answer>],
        changes: &Changes,
    ) -> (Self, Broken) {
        let mut asked = self.asked.clone();
        let decided = |sent: &Sent| memory.requests.contains_key(sent.request());
        let answered = commands.iter().zip(answers).filter(|(_, answer)| answer.is_some());
        for (sent, _) in answered.filter(|(sent, _)| decided(sent)) {
            let first = || sent.command.clone();
            asked.entry(sent.request().clone()).or_insert_with(first);
        }
        let (answers, mut broken) = asked_again(&memory, &asked);
        let after = Self(Arc::new(Kept {
            digest: digest(&memory),
            persons: self.persons_after(commands, changes),
            memory,
            asked,
            answers,
        }));
        broken.extend(judge::store(self, &after, changes));
        (after, broken)
    }

    /// Of whom the registrations are, once these changes are made.
    pub fn persons_after(&self, commands: &[Sent], changes: &Changes) -> BTreeMap<Position, Person> {
        let mut persons = self.persons.clone();
        for entry in &changes.entries {
            let person = match entry.kind {
                EntryKind::Bound => None,
                kind if kind.is_of_a_birth() => {
                    let sent = commands.iter().find(|sent| *sent.request() == entry.request);
                    sent.map(|sent| sent.person)
                }
                // A corrected registration is of whoever holds the number.
                EntryKind::ReissueProposed => {
                    let row = entry.number.and_then(|(slot, _)| self.memory.numbers.get(&slot));
                    row.and_then(|row| self.person_of(row))
                }
                _ => None,
            };
            persons.extend(person.map(|person| (entry.position, person)));
        }
        self.tell_apart(&mut persons, changes);
        persons
    }

    /// Whom a side has told apart from the holder of another number counts as somebody else from then on.
    fn tell_apart(&self, persons: &mut BTreeMap<Position, Person>, changes: &Changes) {
        let rows = changes.numbers.iter().chain(&changes.rare.numbers);
        for row in rows.filter(|row| row.replaces.is_none() && self.held_anew(row) && by_a_side(changes, row)) {
            let person = persons.get(&row.registration).copied();
            let others = self.memory.numbers.values().filter(|other| other.slot != row.slot);
            let mut holders = others
                .filter(|other| other.stands())
                .map(|other| persons.get(&other.registration));
            if holders.any(|holder| person.is_some() && holder.copied() == person) {
                persons.insert(row.registration, SOMEBODY_ELSE + row.registration as Person);
            }
        }
    }

    /// Whether a number comes to another registration by this, or to the one that waited for it.
    fn held_anew(&self, row: &NumberRow) -> bool {
        let before = self.memory.numbers.get(&row.slot);
        before.is_none_or(|before| {
            let waited = matches!(before.state, NumberState::Reserved | NumberState::Quarantined);
            before.registration != row.registration || (waited && row.stands())
        })
    }
}

/// Whether a number became what it is by the approval of one of the sides.
fn by_a_side(changes: &Changes, row: &NumberRow) -> bool {
    let mut history = changes
        .rare
        .history
        .iter()
        .filter(|(_, changed)| changed.slot == row.slot);
    let position = history.next_back().map_or(row.decision, |(position, _)| *position);
    let approves = |entry: &Entry| entry.kind == EntryKind::CaseApproved && entry.request.office != SYSTEM_OFFICE;
    changes
        .entries
        .iter()
        .any(|entry| entry.position == position && approves(entry))
}

impl Kept {
    pub fn size(&self) -> Position {
        self.memory.head.size()
    }

    /// Who holds a number, if anybody here does.
    pub fn person_of(&self, row: &NumberRow) -> Option<Person> {
        self.persons.get(&row.registration).copied()
    }

    /// Where the registration is written down that an entry holds; none of what was brought for a place where another stands.
    pub fn reference_at(&self, position: Position) -> Option<Key> {
        let entry = &self.memory.entries[usize::try_from(position).ok()? - 1];
        match self.asked.get(&entry.request)? {
            Command::Issue(issue) => Some(issue.keys.reference),
            Command::Import(item) => {
                let key = item.keys.reference;
                (self.memory.strict.get(&key) == Some(&position)).then_some(key)
            }
            Command::Act(act) => match &act.deed {
                Deed::Propose(proposal) => match &proposal.what {
                    Proposed::Reissue(corrected) => {
                        let index = self.memory.ring.index.current();
                        Some(reference_key(&corrected.facts.reference, &index))
                    }
                    _ => None,
                },
                _ => None,
            },
            Command::Find(_) => None,
        }
    }

    /// A name for this very store.
    pub fn digest(&self) -> u64 {
        self.digest
    }
}

/// Sends everything again: all is answered, and nothing is written.
fn asked_again(memory: &Memory, asked: &BTreeMap<RequestKey, Command>) -> (BTreeMap<RequestKey, Answer>, Broken) {
    let commands: Vec<Command> = asked.values().cloned().collect();
    let (replies, changes) = memory.decide(&commands);
    let mut broken = Broken::default();
    broken.unless(changes.is_none(), Promise::NothingOffTheLedger);
    broken.unless(replies.iter().all(Result::is_ok), Promise::SameAnswerForEver);
    let answered = asked.keys().cloned().zip(replies);
    let answers = answered.filter_map(|(key, reply)| Some((key, Answer::of(&reply.ok()?)?)));
    (answers.collect(), broken)
}

/// A digest of all that a store holds. (The history and the bound requests follow from the entries.)
fn digest(memory: &Memory) -> u64 {
    let mut hasher = DefaultHasher::new();
    for entry in &memory.entries {
        (entry.leaf, entry.decision).hash(&mut hasher);
    }
    (&memory.strict, &memory.blocking).hash(&mut hasher);
    for row in memory.numbers.values() {
        row.bytes().hash(&mut hasher);
    }
    for (prefix, row) in &memory.prefixes {
        (prefix, row.next, row.held).hash(&mut hasher);
    }
    let mut cases: Vec<_> = memory.cases.values().collect();
    cases.sort_unstable_by_key(|case| case.case_id);
    for case in cases {
        (
            case.case_id,
            case.kind,
            case.state,
            case.version,
            case.closed,
            case.other,
        )
            .hash(&mut hasher);
    }
    for block in memory.blocks.values() {
        (block.opened, block.unused, block.closed).hash(&mut hasher);
    }
    for attachment in memory.attachments.values() {
        (attachment.registration, attachment.slot, attachment.former).hash(&mut hasher);
    }
    hasher.finish()
}

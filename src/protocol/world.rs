//! What a turn knows: what it loaded, and on top of it what it has decided so far.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use uuid::Uuid;

use super::{
    Attachment, BlockRow, CROWD, CaseRow, Changes, Command, Decided, Deed, Fields, Find, Found, Known, Loaded, NoTwin,
    NumberRow, NumberState, Rules, Standing, Target, Told, Wanted,
};
use crate::ledger::{EntryKind, Head, IndexKey, KeyRing, Moment, Position, RequestKey};
use crate::number::{Number, Prefix, Slot};
use crate::refusal::Refusal;
use crate::registration::{
    Key, Keys, Ref, Registration, keys, may_be_same, may_have_been_same, mismatch_key, reference_key,
};

/// What holds for the whole of a turn.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The keys.
    pub ring: &'a KeyRing,
    /// The index key that the head of this turn names.
    pub index: &'a IndexKey,
    /// The one that every row is to be there under as well, while the index key is being changed.
    pub twin: Option<&'a IndexKey>,
    /// The rules in force.
    pub rules: &'a Rules,
    /// The time of the turn.
    pub moment: Moment,
}

impl Setting<'_> {
    /// The keys by which a registration is found.
    pub(super) fn keys(&self, facts: &Registration) -> Keys {
        keys(facts, self.index, self.rules.codes)
    }

    /// The strict key of a reference.
    pub(super) fn reference(&self, reference: &Ref) -> Key {
        reference_key(reference, self.index)
    }

    /// The strict key by which the mismatch is known again that a report with these fields tells of.
    pub(super) fn mismatch(&self, fields: &Fields) -> Key {
        mismatch_key(&fields.digest(self.index, EntryKind::MismatchReported), self.index)
    }
}

/// The world as a turn sees it.
#[derive(Debug)]
pub struct World<'a> {
    pub(super) setting: Setting<'a>,
    pub(super) found: Found,
    pub(super) decided: HashMap<Position, Decided>,
    /// Numbers looked at by themselves, or changed in this turn; `None` where there is no such number.
    pub(super) numbers: HashMap<Slot, Option<NumberRow>>,
    /// The registrations attached to such a number.
    pub(super) attached: HashMap<Slot, Vec<Attachment>>,
    /// Registrations that got another number in this turn.
    pub(super) attached_now: HashMap<Position, Attachment>,
    /// Cases looked at by themselves, or changed in this turn; `None` where there is no such case.
    pub(super) cases: HashMap<Uuid, Option<CaseRow>>,
    /// The open cases raised against a decision.
    pub(super) against: HashMap<Position, Vec<Uuid>>,
    /// Blocks; `None` where there is no such block.
    pub(super) blocks: HashMap<RequestKey, Option<BlockRow>>,
    /// The blocks of an office that were not closed when they were loaded, and those that it has reserved since.
    pub(super) open_blocks: HashMap<String, Vec<RequestKey>>,
    /// The numbers of whole blocks, by the entries that reserved them.
    pub(super) whole: HashMap<Position, Vec<Slot>>,
    /// The entries that held the facts of a number's holder once.
    pub(super) versions: HashMap<Slot, Vec<Position>>,
    /// Keys asked for beside those found at first.
    pub(super) asked: HashSet<Key>,
    /// Positions asked for, whether or not there are such entries.
    pub(super) looked_at: HashSet<Position>,
    pub(super) changes: Changes,
    pub(super) drawn: HashSet<Prefix>,
}

/// How many counters of one prefix so many commands other than births may take: each gives or holds one, and a change may
/// close cases, each with a number of its own.
pub(super) fn counters_for(acts: usize) -> usize {
    match acts {
        0 => 0,
        _ => acts + 16,
    }
}

/// All that these commands need looked up, as far as that can be told from themselves, by this index key.
pub fn wanted(commands: &[Command], index: &IndexKey) -> Wanted {
    let mut wanted = Wanted::default();
    let mut prefixes: HashMap<Prefix, usize> = HashMap::new();
    let mut acts = 0;
    let mut brought = Vec::new();
    for command in commands {
        match command {
            Command::Issue(issue) => {
                wanted.requests.push(issue.draft.request.clone());
                wanted.strict.push(issue.keys.reference);
                wanted.strict.extend(issue.keys.subject);
                wanted.blocking.extend(&issue.keys.probes);
                if issue.handed.is_none()
                    && let Ok(prefix) = issue.facts.prefix()
                {
                    *prefixes.entry(prefix).or_default() += 1;
                }
            }
            Command::Import(item) => {
                wanted.requests.push(item.draft.request.clone());
                let strict = [Some(item.keys.reference), item.keys.subject, item.keys.item];
                wanted.strict.extend(strict.into_iter().flatten());
                wanted.blocking.extend(&item.keys.probes);
                brought.extend(item.brought.number.map(Number::prefix));
            }
            Command::Find(Find::Request(key)) => wanted.requests.push(key.clone()),
            Command::Find(Find::Reference(reference)) => wanted.strict.push(reference_key(reference, index)),
            Command::Act(act) => {
                acts += 1;
                wanted.requests.push(act.request.clone());
                match &act.deed {
                    Deed::Attach(_, Target::Reference(reference)) => {
                        wanted.strict.push(reference_key(reference, index))
                    }
                    Deed::Reserve(asked) => *prefixes.entry(asked.prefix).or_default() += asked.count,
                    _ => {}
                }
            }
        }
    }
    // In the order of the index, so that neighbours are found on one page.
    sort_distinct(&mut wanted.requests);
    sort_distinct(&mut wanted.strict);
    sort_distinct(&mut wanted.blocking);
    // What an import brings may take a counter that would have been the next; by itself it draws none.
    for prefix in brought {
        let drawn = prefixes.entry(prefix).or_default();
        *drawn += usize::from(*drawn > 0 || acts > 0);
    }
    let births_and_acts = |(prefix, births)| (prefix, births + counters_for(acts));
    wanted.prefixes = prefixes.into_iter().map(births_and_acts).collect();
    wanted
}

pub(super) fn sort_distinct<T: Ord + Hash>(items: &mut Vec<T>) {
    items.sort_unstable();
    items.dedup();
}

impl<'a> World<'a> {
    /// The world of a turn on `head`, in which `found` and `decided` were loaded.
    pub fn new(head: Head, setting: Setting<'a>, found: Found, decided: Vec<Decided>) -> Self {
        let mut world = Self {
            setting,
            found,
            decided: HashMap::with_capacity(decided.len()),
            numbers: HashMap::new(),
            attached: HashMap::new(),
            attached_now: HashMap::new(),
            cases: HashMap::new(),
            against: HashMap::new(),
            blocks: HashMap::new(),
            open_blocks: HashMap::new(),
            whole: HashMap::new(),
            versions: HashMap::new(),
            asked: HashSet::new(),
            looked_at: HashSet::new(),
            changes: Changes::on(head),
            drawn: HashSet::new(),
        };
        world.add_decided(decided);
        world
    }

    /// Adds decisions that were loaded.
    pub fn add_decided(&mut self, decided: Vec<Decided>) {
        self.decided.extend(
            decided
                .into_iter()
                .map(|decided| (decided.known.entry.position, decided)),
        );
    }

    /// Adds what was found by keys that were missing.
    pub fn add_found(&mut self, found: Found) {
        self.found.strict.extend(found.strict);
        self.found.blocking.extend(found.blocking);
        self.found.prefixes.extend(found.prefixes);
    }

    /// Adds numbers and cases that were missing; the decisions among what was loaded are added apart, opened.
    pub fn add_loaded(&mut self, loaded: Loaded) {
        for row in loaded.numbers {
            self.numbers.insert(row.slot, Some(row));
        }
        for attachment in loaded.attached {
            self.attached.entry(attachment.slot).or_default().push(attachment);
        }
        for case in loaded.cases {
            self.cases.insert(case.case_id, Some(case));
        }
        for (position, case_id) in loaded.against {
            self.against.entry(position).or_default().push(case_id);
        }
        for block in loaded.blocks {
            if block.closed.is_none()
                && let Some(keys) = self.open_blocks.get_mut(&block.request.office)
                && !keys.contains(&block.request)
            {
                keys.push(block.request.clone());
            }
            self.blocks.insert(block.request.clone(), Some(block));
        }
        for (slot, position) in loaded.versions {
            self.versions.entry(slot).or_default().push(position);
        }
        for row in loaded.whole {
            self.whole.entry(row.decision).or_default().push(row.slot);
            self.numbers.insert(row.slot, Some(row));
        }
    }

    /// The decision on a request.
    pub fn by_request(&self, key: &RequestKey) -> Option<&Decided> {
        self.decided.get(self.found.requests.get(key)?)
    }

    /// The decision on the registration that holds a strict key.
    pub fn by_strict_key(&self, key: Key) -> Option<&Decided> {
        self.decided.get(self.found.strict.get(&key)?)
    }

    /// The decision on the registration that a reference names.
    pub(super) fn by_reference(&self, reference: &Ref) -> Option<&Decided> {
        self.by_strict_key(self.setting.reference(reference))
    }

    /// The decisions on registrations that share any of the blocking keys, some perhaps more than once. Of a crowd only
    /// the first, which are the ones loaded: so it does not matter how many of it were decided in this very turn.
    pub fn by_blocking_keys<'b>(&'b self, keys: &'b [Key]) -> impl Iterator<Item = &'b Decided> {
        keys.iter().flat_map(|key| self.by_blocking_key(*key))
    }

    /// The same, of one key.
    pub(super) fn by_blocking_key(&self, key: Key) -> impl Iterator<Item = &Decided> {
        let holders = self.found.blocking.get(&key).into_iter().flatten().take(CROWD);
        holders.filter_map(|position| self.decided.get(position))
    }

    /// The first of the registrations that share a blocking key, if they are a crowd.
    pub fn crowd(&self, key: Key) -> Option<Position> {
        self.found
            .blocking
            .get(&key)
            .filter(|holders| holders.len() >= CROWD)?
            .first()
            .copied()
    }

    /// The next free counter of a prefix.
    pub fn next_counter(&self, prefix: Prefix) -> Option<u32> {
        let row = self.found.prefixes.get(&prefix)?;
        if row.held == 0 {
            return Slot::of(prefix, row.next).is_ok().then_some(row.next);
        }
        row.free.first().copied()
    }

    /// Whether an entry was written in this very turn.
    pub(super) fn decided_now(&self, position: Position) -> bool {
        self.changes
            .entries
            .first()
            .is_some_and(|first| position >= first.position)
    }

    /// A number as it stands at this point of the turn.
    pub(super) fn number(&self, slot: Slot) -> Option<&NumberRow> {
        self.numbers.get(&slot)?.as_ref()
    }

    /// The number of these digits.
    pub(super) fn of_digits(&self, number: Number) -> Option<&NumberRow> {
        self.number(self.setting.ring.picker.slot(number))
    }

    /// The number that a decision's registration has now, or that the decision is about.
    pub(super) fn number_of<'b>(&'b self, decided: &'b Decided) -> Option<&'b NumberRow> {
        let now = self.attached_now.get(&decided.known.entry.position);
        let row = decided.known.number.as_ref();
        let slot = now.map(|now| now.slot).or(row.map(|row| row.slot))?;
        self.numbers.get(&slot).map_or(row, Option::as_ref)
    }

    /// The case that a decision opened or closed, as it stands at this point of the turn.
    pub(super) fn case_of<'b>(&'b self, decided: &'b Decided) -> Option<&'b CaseRow> {
        let case_id = decided.known.entry.case_id?;
        let loaded = self.cases.get(&case_id).and_then(Option::as_ref);
        loaded.or(decided.known.case.as_ref())
    }

    /// A decision with what it led to as that stands at this point of the turn.
    pub(super) fn present<'b>(&self, decided: &'b Decided) -> Cow<'b, Decided> {
        let (known, position) = (&decided.known, decided.known.entry.position);
        let touched = self.attached_now.contains_key(&position)
            || known
                .number
                .as_ref()
                .is_some_and(|row| self.numbers.contains_key(&row.slot))
            || known
                .entry
                .case_id
                .is_some_and(|case_id| self.cases.contains_key(&case_id));
        if !touched {
            return Cow::Borrowed(decided);
        }
        let now = self.attached_now.get(&decided.known.entry.position);
        Cow::Owned(Decided {
            known: Known {
                entry: decided.known.entry.clone(),
                number: self.number_of(decided).cloned(),
                case: self.case_of(decided).cloned(),
                former: now.map_or(decided.known.former, |now| now.former),
            },
            says: decided.says.clone(),
        })
    }

    /// What became of a registration, as it stands at this point of the turn.
    pub(super) fn standing(&self, decided: &Decided) -> Option<Standing> {
        self.present(decided).known.standing()
    }

    /// The number that a number led to: itself, or the last of those that took its place.
    pub(super) fn last_of<'b>(&'b self, row: &'b NumberRow) -> &'b NumberRow {
        let mut row = row;
        while let Some(next) = row.replaced_by.and_then(|next| self.of_digits(next)) {
            row = next;
        }
        row
    }

    /// Whether a registration has a claim on its child: a number that stands or is suspended, be it by what took the
    /// place of the one it was given, or an open case about one. One that an import made known without a number has one, too:
    /// whoever is like it may be that child.
    pub(super) fn claims_child(&self, decided: &Decided) -> bool {
        if let Some(row) = self.number_of(decided) {
            let state = self.last_of(row).state;
            return matches!(
                state,
                NumberState::Issued | NumberState::Confirmed | NumberState::Disputed
            );
        }
        matches!(self.standing(decided), Some(Standing::UnderReview(_))) || self.unnumbered(decided)
    }

    /// The facts of the person as they are now, whom a decision's registration concerns.
    pub(super) fn present_facts<'b>(&'b self, decided: &'b Decided) -> Option<&'b Registration> {
        let now = self
            .number_of(decided)
            .and_then(|row| self.decided.get(&self.last_of(row).facts));
        let facts = now.and_then(Decided::facts).or_else(|| decided.facts());
        facts.map(std::convert::AsRef::as_ref)
    }

    /// Whether a registration may be of the child that a decision is about: by the facts of then or by
    /// those of now.
    pub(super) fn may_be_of(&self, facts: &Registration, decided: &Decided) -> bool {
        let codes = self.setting.rules.codes;
        let (Some(then), Some(now)) = (decided.facts(), self.present_facts(decided)) else {
            return false;
        };
        may_have_been_same(facts, then, now, codes) || may_be_same(facts, now, codes)
    }

    /// The entry that holds the registration a decision is about: its own, or that for which the number was given.
    pub(super) fn registration_of(&self, decided: &Decided) -> Position {
        match self.number_of(decided) {
            Some(row) if !decided.known.entry.kind.is_of_a_birth() => row.registration,
            _ => decided.known.entry.position,
        }
    }

    /// Decides one command and makes its outcome part of this world.
    ///
    /// # Errors
    /// The [`Refusal`] that its caller is to be told; then nothing is changed.
    pub fn carry_out(&mut self, command: &Command) -> Result<Told, Refusal> {
        match command {
            Command::Issue(issue) => self.issue(issue).map(Told::Birth),
            Command::Find(Find::Request(key)) => self.replay(self.by_request(key), Refusal::NoSuchRequest),
            Command::Find(Find::Reference(reference)) => {
                self.replay(self.by_reference(reference), Refusal::NoSuchRegistration)
            }
            Command::Import(item) => self.import(item).map(Told::Import),
            Command::Act(act) => self.act(act).map(Told::Act),
        }
    }

    /// All that this turn must write; nothing if it decided nothing new.
    ///
    /// # Errors
    /// [`NoTwin`] if a row cannot be written under both index keys while that is to be done.
    pub fn into_changes(mut self) -> Result<Option<Changes>, NoTwin> {
        if self.changes.entries.is_empty() {
            return Ok(None);
        }
        self.add_twins()?;
        let mut prefixes = self.found.prefixes;
        self.changes.prefixes = self
            .drawn
            .into_iter()
            .filter_map(|prefix| prefixes.remove_entry(&prefix))
            .collect();
        for keys in [
            &mut self.changes.strict,
            &mut self.changes.moved,
            &mut self.changes.blocking,
        ] {
            keys.sort_unstable();
        }
        Ok(Some(self.changes))
    }

    /// What became of a request or a registration.
    fn replay(&self, decided: Option<&Decided>, missing: Refusal) -> Result<Told, Refusal> {
        let decided = self.present(decided.ok_or(missing.clone())?);
        // The id of a call of another kind names no registration.
        decided.reply(true).map(Told::Birth).ok_or(missing)
    }
}

//! What a turn must still load before its commands can be decided.
//!
//! Births need only what their own keys lead to. Other commands lead from number to registration to case, and what is
//! loaded may show that more is needed; so the world is asked again until it lacks nothing.

mod acts;

use std::collections::BTreeSet;

use uuid::Uuid;

use super::handed::block_key;
use super::world::counters_for;
use super::{Command, Decided, Import, Needs, NumberRow, NumberState, Wanted, World};
use crate::ledger::{Position, RequestKey};
use crate::number::{Number, Prefix, Slot};
use crate::registration::{Handed, Key, Ref};

/// What is missing.
#[derive(Debug, Default)]
pub struct Missing {
    /// To be found by keys.
    pub wanted: Wanted,
    /// To be loaded.
    pub needs: Needs,
}

impl Missing {
    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.needs.is_empty()
    }
}

/// What is missing, being gathered.
struct Gathering<'w, 'a> {
    world: &'w World<'a>,
    positions: BTreeSet<Position>,
    slots: BTreeSet<Slot>,
    cases: BTreeSet<Uuid>,
    against: BTreeSet<Position>,
    strict: BTreeSet<Key>,
    blocking: BTreeSet<Key>,
    prefixes: BTreeSet<Prefix>,
    blocks: BTreeSet<RequestKey>,
    offices: BTreeSet<String>,
    whole: BTreeSet<Position>,
    versions: BTreeSet<Slot>,
}

impl World<'_> {
    /// What must still be loaded for these commands. What is asked for here is taken as loaded from now on: what then is
    /// not there does not exist.
    pub fn missing(&mut self, commands: &[Command]) -> Missing {
        let acts = commands
            .iter()
            .filter(|command| matches!(command, Command::Act(_)))
            .count();
        let numbered = |command: &Command| match command {
            Command::Issue(issue) => issue.handed.is_some() || issue.told.is_some(),
            Command::Import(item) => item.brought.number.is_some(),
            _ => false,
        };
        if acts == 0 && self.decided.is_empty() && !commands.iter().any(numbered) {
            return Missing::default();
        }
        let mut gathering = Gathering::of(self);
        for decided in self.decided.values() {
            gathering.around(decided);
        }
        for command in commands {
            match command {
                Command::Act(act) => gathering.act(act),
                Command::Issue(issue) => {
                    gathering.handed(issue.handed, &issue.draft.request.office);
                    issue.told.into_iter().for_each(|told| gathering.digits(told));
                }
                Command::Import(item) => gathering.item(item),
                Command::Find(_) => {}
            }
        }
        let missing = Missing {
            wanted: Wanted {
                strict: gathering.strict.into_iter().collect(),
                blocking: gathering.blocking.into_iter().collect(),
                prefixes: gathering
                    .prefixes
                    .into_iter()
                    .map(|prefix| (prefix, counters_for(acts)))
                    .collect(),
                ..Wanted::default()
            },
            needs: Needs {
                positions: gathering.positions.into_iter().collect(),
                slots: gathering.slots.into_iter().collect(),
                cases: gathering.cases.into_iter().collect(),
                against: gathering.against.into_iter().collect(),
                blocks: gathering.blocks.into_iter().collect(),
                offices: gathering.offices.into_iter().collect(),
                whole: gathering.whole.into_iter().collect(),
                versions: gathering.versions.into_iter().collect(),
            },
        };
        self.take_as_loaded(&missing);
        missing
    }

    fn take_as_loaded(&mut self, missing: &Missing) {
        self.asked.extend(&missing.wanted.strict);
        self.asked.extend(&missing.wanted.blocking);
        for slot in &missing.needs.slots {
            self.numbers.entry(*slot).or_insert(None);
        }
        for case in &missing.needs.cases {
            self.cases.entry(*case).or_insert(None);
        }
        for position in &missing.needs.against {
            self.against.entry(*position).or_default();
        }
        self.looked_at.extend(&missing.needs.positions);
        for key in &missing.needs.blocks {
            self.blocks.entry(key.clone()).or_insert(None);
        }
        for office in &missing.needs.offices {
            self.open_blocks.entry(office.clone()).or_default();
        }
        for position in &missing.needs.whole {
            self.whole.entry(*position).or_default();
        }
        for slot in &missing.needs.versions {
            self.versions.entry(*slot).or_default();
        }
    }
}

impl<'w, 'a> Gathering<'w, 'a> {
    fn of(world: &'w World<'a>) -> Self {
        Self {
            world,
            positions: BTreeSet::new(),
            slots: BTreeSet::new(),
            cases: BTreeSet::new(),
            against: BTreeSet::new(),
            strict: BTreeSet::new(),
            blocking: BTreeSet::new(),
            prefixes: BTreeSet::new(),
            blocks: BTreeSet::new(),
            offices: BTreeSet::new(),
            whole: BTreeSet::new(),
            versions: BTreeSet::new(),
        }
    }

    fn position(&mut self, position: Position) {
        if !self.world.decided.contains_key(&position) && !self.world.looked_at.contains(&position) {
            self.positions.insert(position);
        }
    }

    fn strict(&mut self, key: Key) {
        if !self.world.found.strict.contains_key(&key) && !self.world.asked.contains(&key) {
            self.strict.insert(key);
        }
    }

    fn reference(&mut self, reference: &Ref) {
        self.strict(self.world.setting.reference(reference));
    }

    fn blocking(&mut self, key: Key) {
        if !self.world.found.blocking.contains_key(&key) && !self.world.asked.contains(&key) {
            self.blocking.insert(key);
        }
    }

    fn prefix(&mut self, prefix: Prefix) {
        if !self.world.found.prefixes.contains_key(&prefix) {
            self.prefixes.insert(prefix);
        }
    }

    /// A number by its digits, with what it rests on and what took its place.
    fn digits(&mut self, number: Number) {
        self.slot(self.world.setting.ring.picker.slot(number));
    }

    fn slot(&mut self, slot: Slot) {
        match self.world.numbers.get(&slot) {
            None => {
                self.slots.insert(slot);
            }
            Some(None) => {}
            Some(Some(row)) => self.row(row),
        }
    }

    fn row(&mut self, row: &NumberRow) {
        self.position(row.registration);
        self.position(row.facts);
        if row.state == NumberState::Quarantined {
            self.position(row.decision);
        }
        for attachment in self.world.attached.get(&row.slot).into_iter().flatten() {
            self.position(attachment.registration);
        }
        self.what_replaced(row);
    }

    fn what_replaced(&mut self, row: &NumberRow) {
        if row.state == NumberState::Revoked
            && let Some(next) = row.replaced_by
        {
            self.digits(next);
        }
    }

    /// What tells whether a registration has a claim on its child, and who that is now.
    fn around(&mut self, decided: &Decided) {
        if decided.facts().is_none() {
            return;
        }
        if let Some(row) = self.world.number_of(decided) {
            let last = self.world.last_of(row);
            self.position(last.facts);
            self.what_replaced(last);
        }
    }

    /// A number that may not be known yet: then its prefix must know of it.
    fn number_elsewhere(&mut self, number: Number) {
        self.digits(number);
        self.prefix(number.prefix());
    }

    /// A number that a mission handed out, and its block.
    fn handed(&mut self, handed: Option<Handed>, office: &str) {
        if let Some(handed) = &handed {
            self.digits(handed.number);
            self.block(block_key(handed.block_id, office));
        }
    }

    /// The number that an item of an import has, and if it says something else than what is known of its registration, what
    /// was known of that before.
    fn item(&mut self, item: &Import) {
        if let Some(number) = item.brought.number {
            self.number_elsewhere(number);
        }
        self.versions.extend(self.world.versions_missing(item));
        let known = self.world.by_strict_key(item.keys.reference);
        for row in known.map(|known| self.world.numbers_of(known)).unwrap_or_default() {
            for position in self.world.versions.get(&row.slot).into_iter().flatten() {
                self.position(*position);
            }
        }
    }

    fn block(&mut self, key: RequestKey) {
        if !self.world.blocks.contains_key(&key) {
            self.blocks.insert(key);
        }
    }

    fn whole_block(&mut self, key: RequestKey) {
        match self.world.block(&key) {
            None => self.block(key),
            Some(block) if !self.world.whole.contains_key(&block.opened) => {
                self.whole.insert(block.opened);
            }
            Some(_) => {}
        }
    }

    fn blocks_of(&mut self, office: &str) {
        if !self.world.open_blocks.contains_key(office) {
            self.offices.insert(office.to_owned());
        }
    }

    fn case(&mut self, case_id: Uuid) {
        let Some(case) = self.world.cases.get(&case_id) else {
            self.cases.insert(case_id);
            return;
        };
        let Some(case) = case else { return };
        self.position(case.decision);
        if let Some(slot) = case.slot {
            self.slot(slot);
        }
        if let Some(other) = case.other {
            self.digits(other);
        }
        for position in &case.matches {
            self.position(*position);
        }
        if let Some(decided) = self.world.decided.get(&case.decision) {
            self.waiting(decided);
        }
    }

    /// A registration that waits: its own case, and the strict key it may take.
    fn waiting(&mut self, decided: &Decided) {
        if let Some(case_id) = decided.known.entry.case_id
            && !self.world.cases.contains_key(&case_id)
        {
            self.cases.insert(case_id);
        }
        self.handed(decided.handed(), &decided.known.entry.request.office);
        if let Some(facts) = decided.facts() {
            let keys = self.world.setting.keys(facts);
            self.strict(keys.reference);
            if let Some(subject) = keys.subject {
                self.strict(subject);
            }
        }
    }
}

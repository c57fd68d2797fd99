//! What a turn knows: what it loaded, and on top of it what it has decided so far.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::issue::{self, CROWD, Verdict};
use super::{
    CaseCause, CaseKind, CaseRow, CaseState, Changes, Command, Decided, Find, Found, Issue, Known, LifeStatus,
    NumberRow, NumberState, Reply, Rules, Side, Wanted,
};
use crate::ledger::{Entry, EntryKind, Head, Moment, Placement, Position, RequestKey};
use crate::number::{Number, Picker, Prefix, Slot};
use crate::refusal::Refusal;
use crate::registration::Key;

/// The world as a turn sees it.
#[derive(Debug)]
pub struct World {
    found: Found,
    decided: HashMap<Position, Decided>,
    changes: Changes,
    drawn: HashSet<Prefix>,
}

/// All that these commands need looked up.
pub fn wanted(commands: &[Command]) -> Wanted {
    let mut wanted = Wanted::default();
    let mut prefixes: HashMap<Prefix, usize> = HashMap::new();
    for command in commands {
        match command {
            Command::Issue(issue) => {
                wanted.requests.push(issue.draft.request.clone());
                wanted.strict.push(issue.keys.reference);
                wanted.strict.extend(issue.keys.subject);
                wanted.blocking.extend(&issue.keys.probes);
                if let Ok(prefix) = issue.facts.prefix() {
                    *prefixes.entry(prefix).or_default() += 1;
                }
            }
            Command::Find(Find::Request(key)) => wanted.requests.push(key.clone()),
            Command::Find(Find::Reference(key)) => wanted.strict.push(*key),
        }
    }
    // In the order of the index, so that neighbours are found on one page.
    sort_distinct(&mut wanted.requests);
    sort_distinct(&mut wanted.strict);
    sort_distinct(&mut wanted.blocking);
    wanted.prefixes = prefixes.into_iter().collect();
    wanted
}

fn sort_distinct<T: Ord + Hash>(items: &mut Vec<T>) {
    items.sort_unstable();
    items.dedup();
}

impl World {
    /// The world of a turn on `head`, in which `found` and `decided` were loaded.
    pub fn new(head: Head, found: Found, decided: Vec<Decided>) -> Self {
        Self {
            found,
            decided: decided
                .into_iter()
                .map(|decided| (decided.known.entry.position, decided))
                .collect(),
            changes: Changes::on(head),
            drawn: HashSet::new(),
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

    /// The decisions on registrations that share any of the blocking keys, some perhaps more than once. Of a crowd only
    /// the first, which are the ones loaded: so it does not matter how many of it were decided in this very turn.
    pub fn by_blocking_keys<'a>(&'a self, keys: &'a [Key]) -> impl Iterator<Item = &'a Decided> {
        keys.iter()
            .filter_map(|key| self.found.blocking.get(key))
            .flat_map(|holders| holders.iter().take(CROWD))
            .filter_map(|position| self.decided.get(position))
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
        self.found.prefixes.get(&prefix)?.free.first().copied()
    }

    /// Decides one command and makes its outcome part of this world.
    pub fn carry_out(
        &mut self,
        command: &Command,
        rules: &Rules,
        picker: &Picker,
        moment: Moment,
    ) -> Result<Reply, Refusal> {
        match command {
            Command::Issue(issue) => {
                let verdict = issue::decide(self, issue, rules, moment);
                self.record(issue, verdict, picker, moment)
            }
            Command::Find(Find::Request(key)) => self.replay(self.by_request(key), Refusal::NoSuchRequest),
            Command::Find(Find::Reference(key)) => self.replay(self.by_strict_key(*key), Refusal::NoSuchRegistration),
        }
    }

    /// All that this turn must write; nothing if it decided nothing new.
    pub fn into_changes(mut self) -> Option<Changes> {
        if self.changes.entries.is_empty() {
            return None;
        }
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
        Some(self.changes)
    }

    fn replay(&self, decided: Option<&Decided>, missing: Refusal) -> Result<Reply, Refusal> {
        decided.ok_or(missing)?.reply(true).ok_or(Refusal::Bug)
    }

    fn record(&mut self, command: &Issue, verdict: Verdict, picker: &Picker, moment: Moment) -> Result<Reply, Refusal> {
        match verdict {
            Verdict::Refuse(refusal) => Err(refusal),
            Verdict::Known(position) => {
                let decided = self.decided.get(&position).ok_or(Refusal::Bug)?;
                // A turn that was cut off is run again, and may find what it had written itself. Every sending is sealed
                // under randomness of its own, so the seal tells the two apart.
                let earlier = decided.known.entry.sealed != command.draft.sealed;
                decided.reply(earlier).ok_or(Refusal::Bug)
            }
            Verdict::Bind(position) => {
                self.append(command, EntryKind::Bound, Some(position), None, moment);
                self.replay(self.decided.get(&position), Refusal::Bug)
            }
            Verdict::NotEligible => {
                let entry = self.append(command, EntryKind::Rejected, None, None, moment);
                self.hold_reference(command, entry.position);
                self.decide(
                    command,
                    Known {
                        entry,
                        number: None,
                        case: None,
                    },
                )
            }
            Verdict::Review { cause, matches } => self.open_case(command, cause, matches, moment),
            Verdict::Issue { prefix, counter } => self.issue(command, prefix, counter, picker, moment),
        }
    }

    fn issue(
        &mut self,
        command: &Issue,
        prefix: Prefix,
        counter: u32,
        picker: &Picker,
        moment: Moment,
    ) -> Result<Reply, Refusal> {
        let digits = picker.number(prefix, counter).map_err(|_| Refusal::PrefixExhausted)?;
        self.draw(prefix, counter);
        let slot = Slot::of(prefix, counter).map_err(|_| Refusal::PrefixExhausted)?;
        let entry = self.append(command, EntryKind::Issued, None, Some((slot, digits)), moment);
        let number = NumberRow {
            slot,
            number: digits,
            state: NumberState::Issued,
            life: LifeStatus::Alive,
            replaced_by: None,
            replaces: None,
            case_id: None,
            issued_at: entry.at,
            decision: entry.position,
        };
        self.changes.numbers.push(number.clone());
        self.hold_reference(command, entry.position);
        if let Some(subject) = command.keys.subject {
            self.found.strict.insert(subject, entry.position);
            self.changes.strict.push((subject, entry.position));
        }
        self.hold_blocking(command, entry.position);
        self.decide(
            command,
            Known {
                entry,
                number: Some(number),
                case: None,
            },
        )
    }

    fn open_case(
        &mut self,
        command: &Issue,
        cause: CaseCause,
        matches: Vec<Position>,
        moment: Moment,
    ) -> Result<Reply, Refusal> {
        let entry = self.append(command, EntryKind::UnderReview, None, None, moment);
        let case = CaseRow {
            case_id: command.case_id,
            kind: CaseKind::Duplicate,
            state: CaseState::Open,
            cause,
            decision: entry.position,
            proposed_side: Side::Registration,
            opened_at: entry.at,
            version: 1,
            matches,
        };
        self.changes.cases.push(case.clone());
        self.hold_reference(command, entry.position);
        self.hold_blocking(command, entry.position);
        self.decide(
            command,
            Known {
                entry,
                number: None,
                case: Some(case),
            },
        )
    }

    /// Appends the command's entry to the ledger.
    fn append(
        &mut self,
        command: &Issue,
        kind: EntryKind,
        decision: Option<Position>,
        number: Option<(Slot, Number)>,
        moment: Moment,
    ) -> Entry {
        let head = &mut self.changes.head;
        let position = head.size() + 1;
        let decision = decision.unwrap_or(position);
        let case_id = (kind == EntryKind::UnderReview).then_some(command.case_id);
        let placement = Placement {
            position,
            epoch: head.epoch,
            kind,
            decision,
            number,
            case_id,
            at: moment.at,
        };
        let entry = Entry::place(command.draft.clone(), placement);
        head.frontier.push(entry.leaf);
        head.at = moment.at;
        self.found.requests.insert(entry.request.clone(), decision);
        self.changes.entries.push(entry.clone());
        entry
    }

    /// Takes a counter of a prefix; those skipped were taken by numbers from elsewhere.
    fn draw(&mut self, prefix: Prefix, counter: u32) {
        if let Some(row) = self.found.prefixes.get_mut(&prefix) {
            row.held -= (counter - row.next).min(row.held);
            row.next = counter + 1;
            row.free.remove(0);
            self.drawn.insert(prefix);
        }
    }

    fn hold_reference(&mut self, command: &Issue, position: Position) {
        let key = command.keys.reference;
        let keys = match self.found.strict.insert(key, position) {
            None => &mut self.changes.strict,
            Some(_) => &mut self.changes.moved,
        };
        keys.push((key, position));
    }

    /// Notes the registration under its blocking keys. A crowd grows no further: whoever meets it is reviewed anyway, and
    /// what a key costs to look up stays bounded.
    fn hold_blocking(&mut self, command: &Issue, position: Position) {
        for key in &command.keys.blocking {
            let holders = self.found.blocking.entry(*key).or_default();
            if holders.len() < CROWD {
                holders.push(position);
                self.changes.blocking.push((*key, position));
            }
        }
    }

    fn decide(&mut self, command: &Issue, known: Known) -> Result<Reply, Refusal> {
        let decided = Decided {
            known,
            content: command.content.clone(),
            facts: command.facts.clone(),
        };
        let reply = decided.reply(false).ok_or(Refusal::Bug);
        self.decided.insert(decided.known.entry.position, decided);
        reply
    }
}

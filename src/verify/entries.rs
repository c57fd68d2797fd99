//! The pass over the ledger, in its order.

use std::collections::{BTreeMap, HashMap};

use super::content::{Examined, examine_all, says_of};
use super::digests::DigestKeys;
use super::report::{Place, Tally};
use super::{Check, Subject, VerifyError, effects, links, reading, twins};
use crate::ledger::{Entry, EntryKind, Frontier, Head, KeyId, Position, RequestKey};
use crate::protocol::{Known, NumberRow, changed_bytes, sealing_from};
use crate::registration::Keys;
use crate::store::Reader;

/// How many rows of other tables the entries call for.
#[derive(Debug, Default)]
pub(super) struct Expected {
    pub entries: i64,
    pub numbers: i64,
    pub cases: i64,
    pub history: i64,
    pub blocking_keys: i64,
    /// Strict keys, at least: some may have moved on after the end position.
    pub strict_keys_least: i64,
    /// Strict keys, at most.
    pub strict_keys_most: i64,
    /// Blocks: the entries that reserved them, with their requests.
    pub blocks: Vec<(Position, RequestKey)>,
    /// Entries that are missing or cannot be read, so that nobody knows what they call for.
    pub unread: i64,
}

/// The pass, as far as it has come.
pub(super) struct Pass<'a, R> {
    subject: &'a Subject<'a, R>,
    head: &'a Head,
    next: Position,
    at: i64,
    epoch: i64,
    frontier: Frontier,
    /// The key that seals, as the last entry that changed it says.
    sealing: Option<KeyId>,
    /// The key that makes digests.
    digests: DigestKeys<'a>,
    /// Every key that content is sealed with, with the first entry for each.
    seals: BTreeMap<KeyId, Position>,
    expected: Expected,
}

impl<'a, R: Reader> Pass<'a, R> {
    pub fn new(subject: &'a Subject<'a, R>, head: &'a Head) -> Self {
        let frontier = Frontier::default();
        Self {
            subject,
            head,
            next: 1,
            at: i64::MIN,
            epoch: 1,
            frontier,
            sealing: None,
            digests: DigestKeys::new(subject.keys),
            seals: BTreeMap::new(),
            expected: Expected::default(),
        }
    }

    /// Goes over all entries up to the head, `chunk` at a time.
    pub async fn run(mut self, chunk: i64, tally: &mut Tally) -> Result<Expected, VerifyError> {
        let end = self.head.size();
        let mut after = 0;
        while after < end {
            let stretch = reading::stretch(self.subject.reader, after, chunk, end).await?;
            self.in_order(&stretch.entries, &stretch.unreadable, tally);
            self.stretch(&stretch.entries, tally).await?;
            after = stretch.last;
        }
        self.at_the_end(end, tally);
        self.sealed_as_the_head_says(tally).await?;
        // Where entries are missing, nobody knows what they changed.
        if self.expected.unread == 0 {
            self.digests.at_the_end(self.head, tally);
        }
        Ok(self.expected)
    }

    async fn stretch(&mut self, entries: &[Known], tally: &mut Tally) -> Result<(), VerifyError> {
        let history = self.history(entries, tally).await?;
        let rows: Vec<Examined<'_>> = entries
            .iter()
            .map(|known| {
                let changed = history.get(&known.entry.position).map_or(&[][..], Vec::as_slice);
                Examined {
                    entry: &known.entry,
                    changed: changed_bytes(changed.iter()),
                    digested: self.digests.of(&known.entry, tally),
                }
            })
            .collect();
        let by = (self.subject.keys, &*self.subject.index);
        let (keys, found) = examine_all(&rows, by, self.subject.rules);
        tally.add(found);
        for (known, keys) in entries.iter().zip(&keys) {
            let changed = history.get(&known.entry.position).map_or(&[][..], Vec::as_slice);
            effects::shape(&known.entry, tally);
            effects::named(known, tally);
            effects::changed(&known.entry, changed, tally);
            self.count(known, changed, keys.as_ref());
        }
        let keys: HashMap<Position, &Keys> = rows
            .iter()
            .zip(&keys)
            .filter_map(|(examined, keys)| Some((examined.entry.position, keys.as_ref()?)))
            .collect();
        twins::check(self.subject, entries, tally).await?;
        links::check(
            self.subject,
            entries,
            &keys,
            self.head.size(),
            &mut self.expected,
            tally,
        )
        .await
    }

    /// What these entries left numbers as.
    async fn history(
        &self,
        entries: &[Known],
        tally: &mut Tally,
    ) -> Result<HashMap<Position, Vec<NumberRow>>, VerifyError> {
        let mut history: HashMap<Position, Vec<NumberRow>> = HashMap::new();
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Ok(history);
        };
        let (after, limit) = (first.entry.position - 1, entries.len() as i64);
        let rows = self.subject.reader.history_after(after, limit).await;
        let place = Place::Position(first.entry.position);
        for (position, row) in reading::read_or_report(rows, place, tally)?.unwrap_or_default() {
            if position <= last.entry.position {
                history.entry(position).or_default().push(row);
            }
        }
        Ok(history)
    }

    /// Positions, times, epochs and the tree: what each entry is to the one before it.
    fn in_order(&mut self, entries: &[Known], unreadable: &[Position], tally: &mut Tally) {
        let readable = entries.iter().map(|known| (known.entry.position, Some(&known.entry)));
        let mut all: Vec<_> = readable
            .chain(unreadable.iter().map(|position| (*position, None)))
            .collect();
        all.sort_unstable_by_key(|(position, _)| *position);
        for (position, entry) in all {
            self.position(position, tally);
            let place = Place::Position(position);
            tally.expect(
                Check::Readable,
                entry.is_some(),
                place,
                format_args!("the entry, or what it led to, cannot be read"),
            );
            match entry {
                Some(entry) => self.after_the_last(entry, tally),
                None => self.expected.unread += 1,
            }
        }
    }

    fn position(&mut self, position: Position, tally: &mut Tally) {
        let (place, next) = (Place::Position(position), self.next);
        tally.expect(
            Check::Positions,
            position == next,
            place,
            format_args!("position {next} should be here"),
        );
        self.expected.unread += (position - next).max(0);
        self.next = position + 1;
    }

    fn after_the_last(&mut self, entry: &Entry, tally: &mut Tally) {
        let place = Place::Position(entry.position);
        let in_time = entry.at >= self.at && entry.at <= self.head.at;
        tally.expect(
            Check::Times,
            in_time,
            place,
            format_args!("the time is before the last entry's, or after the head's"),
        );
        let in_epoch = entry.epoch >= self.epoch && entry.epoch <= self.head.epoch;
        tally.expect(
            Check::Epochs,
            in_epoch,
            place,
            format_args!("the epoch is before the last entry's, or after the head's"),
        );
        self.at = self.at.max(entry.at);
        self.epoch = self.epoch.max(entry.epoch);
        self.frontier.push(entry.leaf);
        self.seals.entry(entry.sealed.key).or_insert(entry.position);
        if entry.kind == EntryKind::SealKeyChanged {
            self.sealing = says_of(entry, self.subject.keys).and_then(|says| sealing_from(&says.fields));
        }
    }

    /// Whether nothing is sealed with a key that the head does not name. The key may be changed while all this is read.
    async fn sealed_as_the_head_says(&self, tally: &mut Tally) -> Result<(), VerifyError> {
        let now = self.subject.reader.head().await?;
        let named = |head: &Head| [Some(head.keys.seal), head.resealing.map(|resealing| resealing.former)];
        let named = [named(self.head), named(&now)].concat();
        for (key, position) in &self.seals {
            tally.expect(
                Check::Sealed,
                named.contains(&Some(*key)),
                Place::Position(*position),
                format_args!("it is sealed with the key {key}, which the head does not name"),
            );
        }
        let agreed = self.sealing.is_none_or(|key| key == self.head.keys.seal);
        tally.expect(
            Check::Sealed,
            agreed,
            Place::Ledger,
            format_args!("the head names another key of sealing than the last entry that changed it"),
        );
        Ok(())
    }

    fn at_the_end(&mut self, end: Position, tally: &mut Tally) {
        let (ledger, next) = (Place::Ledger, self.next);
        let whole = next == end + 1;
        self.expected.unread += (end + 1 - next).max(0);
        tally.expect(
            Check::Positions,
            whole,
            ledger,
            format_args!("the head is at {end}, the entries end before {next}"),
        );
        let same = self.frontier == self.head.frontier;
        tally.expect(
            Check::Tree,
            same,
            ledger,
            format_args!("the tree over the entries is not that of the head"),
        );
        // Where entries are missing, the last one's time need not be known.
        let in_time = end == 0 || self.expected.unread > 0 || self.at == self.head.at;
        tally.expect(
            Check::Times,
            in_time,
            ledger,
            format_args!("the head's time is not that of the last entry"),
        );
    }

    fn count(&mut self, known: &Known, changed: &[NumberRow], keys: Option<&Keys>) {
        let (expected, entry) = (&mut self.expected, &known.entry);
        let new = changed.iter().filter(|row| row.decision == entry.position).count();
        expected.entries += 1;
        // These give their number and write no history of it.
        let alone = matches!(entry.kind, EntryKind::Issued | EntryKind::Reentered);
        expected.numbers += i64::from(alone) + new as i64;
        expected.cases += i64::from(effects::opens(known));
        if entry.kind == EntryKind::BlockReserved {
            expected.blocks.push((entry.position, entry.request.clone()));
        }
        expected.history += changed.len() as i64;
        // Beside births, whoever gets a number, and whoever's facts change, may take a strict key or two.
        expected.strict_keys_most += match entry.kind {
            EntryKind::Changed | EntryKind::Attached | EntryKind::CaseApproved | EntryKind::Completed => 2 + new as i64,
            // Its reference, if no other registration stands there.
            EntryKind::ImportDisputed => 1,
            _ => 0,
        };
        match keys {
            Some(keys) if links::holds_blocking_keys(known) => {
                expected.blocking_keys += keys.blocking.len() as i64;
            }
            None if entry.kind.is_of_a_birth() => expected.unread += 1,
            _ => {}
        }
    }
}

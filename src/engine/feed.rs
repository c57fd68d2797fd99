//! What happened, in the order of the ledger: the ground of the feed.

use std::collections::{BTreeSet, HashMap};

use tokio::sync::watch;

use super::files::NumberFile;
use super::{Engine, open};
use crate::ledger::Position;
use crate::number::Slot;
use crate::protocol::{Decided, Known, NumberRow, NumberState, Registered};
use crate::refusal::Refusal;
use crate::registration::Ref;
use crate::store::{Reader, Store, StoreError};

/// Entries looked at in one go.
const PAGE: i64 = 256;

/// One entry of the ledger, with whom it concerns.
#[derive(Debug, Clone)]
pub struct Occurrence {
    /// The entry.
    pub decided: Decided,
    /// The numbers it changed, as it left them.
    pub changed: Vec<NumberRow>,
    /// What is registered since then of the person it concerns: where it gave or changed a number, of that number's holder.
    pub registered: Option<Registered>,
    /// The registrations it concerns.
    pub references: Vec<Ref>,
}

impl Occurrence {
    /// The number that it gave.
    pub fn given(&self) -> Option<&NumberRow> {
        given(&self.decided.known, &self.changed)
    }
}

/// The number that an entry gave, of those it changed.
fn given<'a>(known: &Known, changed: &'a [NumberRow]) -> Option<&'a NumberRow> {
    let here = |row: &&NumberRow| row.decision == known.entry.position && row.state == NumberState::Issued;
    changed.iter().find(here)
}

/// The number whose holder an entry concerns, as it left it: the one it gave, or the one it is about.
fn of_holder<'a>(known: &Known, changed: &'a [NumberRow]) -> Option<&'a NumberRow> {
    let named = known.entry.number.map(|(slot, _)| slot);
    let about = || changed.iter().find(|row| Some(row.slot) == named);
    given(known, changed).or_else(about)
}

impl<S: Store> Engine<S> {
    /// Where the ledger ends, as far as this server has followed it: moves within a fraction of a second.
    pub fn ledger_end(&self) -> watch::Receiver<Position> {
        self.shared.ledger_end.subscribe()
    }

    /// Where the ledger ends now.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn ledger_size(&self) -> Result<Position, Refusal> {
        let head = self.read_store(None, self.shared.store.reader().head()).await?;
        Ok(head.size())
    }

    /// The next entries after a position, in order; none if there are none yet.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn occurrences(&self, after: Position) -> Result<Vec<Occurrence>, Refusal> {
        self.read_store(None, self.occurrences_after(after, PAGE)).await
    }

    pub(super) async fn occurrences_after(&self, after: Position, limit: i64) -> Result<Vec<Occurrence>, StoreError> {
        let reader = self.shared.store.reader();
        let page = reader.entries_after(after, limit).await?;
        let births_alone = page.iter().all(|known| known.entry.kind.is_of_a_birth());
        let (mut history, mut concerned) = (HashMap::<Position, Vec<NumberRow>>::new(), Concerned::default());
        if !births_alone {
            for (position, row) in reader.history_after(after, limit).await? {
                history.entry(position).or_default().push(row);
            }
            concerned = self.concerned(&page, &history).await?;
        }
        let mut occurrences = Vec::with_capacity(page.len());
        for known in page {
            let decided = open::open(&self.shared.keys, known)?;
            let changed = history.remove(&decided.known.entry.position).unwrap_or_default();
            occurrences.push(concerned.of(decided, changed));
        }
        Ok(occurrences)
    }

    /// The numbers and waiting registrations that commands other than births are about.
    async fn concerned(
        &self,
        page: &[Known],
        history: &HashMap<Position, Vec<NumberRow>>,
    ) -> Result<Concerned, StoreError> {
        let acts = page.iter().filter(|known| !known.entry.kind.is_of_a_birth());
        let (mut slots, mut entries) = (BTreeSet::new(), Vec::new());
        for known in acts {
            slots.extend(known.entry.number.map(|(slot, _)| slot));
            entries.extend(known.case.as_ref().map(|case| case.decision));
            let changed = history.get(&known.entry.position);
            entries.extend(
                changed
                    .and_then(|changed| of_holder(known, changed))
                    .map(|row| row.facts),
            );
        }
        Ok(Concerned {
            numbers: self.number_files(slots.into_iter().collect()).await?,
            entries: self.entries(entries).await?,
        })
    }
}

/// Whom a page of entries concerns.
#[derive(Default)]
struct Concerned {
    numbers: HashMap<Slot, NumberFile>,
    /// Those that opened cases, and those that hold facts.
    entries: HashMap<Position, Decided>,
}

impl Concerned {
    fn of(&self, decided: Decided, changed: Vec<NumberRow>) -> Occurrence {
        let known = &decided.known;
        let own = decided.says.registered.as_ref();
        if known.entry.kind.is_of_a_birth() {
            return Occurrence {
                references: own.map(|own| own.facts.reference.clone()).into_iter().collect(),
                registered: own.cloned(),
                decided,
                changed,
            };
        }
        let file = known.entry.number.and_then(|(slot, _)| self.numbers.get(&slot));
        let waiting = known.case.as_ref().and_then(|case| self.entries.get(&case.decision));
        let reported = waiting.and_then(Decided::reported_reference);
        // What a proposal holds is not registered before it is approved.
        let waiting = waiting.filter(|opened| opened.known.entry.kind.is_of_a_birth());
        let waiting = waiting.and_then(|opened| opened.says.registered.as_ref());
        let mut references = file.map(|file| file.references.clone()).unwrap_or_default();
        if let Some(waiting) = waiting
            && !references.contains(&waiting.facts.reference)
        {
            references.push(waiting.facts.reference.clone());
        }
        references.extend(reported);
        let holder = of_holder(known, &changed).and_then(|row| self.entries.get(&row.facts));
        let of_holder = holder.and_then(|entry| entry.says.registered.as_ref());
        Occurrence {
            registered: of_holder.or(waiting).cloned(),
            references,
            decided,
            changed,
        }
    }
}

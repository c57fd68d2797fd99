//! Reading numbers and cases with all that belongs to them, as they stand now.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use uuid::Uuid;

use super::Engine;
use crate::ledger::Position;
use crate::number::{Number, Slot};
use crate::protocol::{Attachment, CaseRow, Decided, Loaded, Needs, NumberRow, Registered};
use crate::refusal::Refusal;
use crate::registration::Ref;
use crate::store::{CasesAsked, Reader, Store, StoreError};

/// A number with what it rests on.
#[derive(Debug, Clone)]
pub struct NumberFile {
    /// The number.
    pub row: NumberRow,
    /// Its holder's present facts; none of a number that nobody here holds.
    pub facts: Option<Registered>,
    /// The registrations it rests on, oldest first.
    pub references: Vec<Ref>,
}

/// A case with what it is about.
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// The case.
    pub case: CaseRow,
    /// The entry that opened it.
    pub opened: Decided,
    /// The entry that closed it.
    pub closed: Option<Decided>,
    /// The number it is about, or that its registration was given.
    pub number: Option<NumberFile>,
    /// The registrations it was raised against, each with its number.
    pub against: Vec<(Ref, Option<Number>)>,
    /// The offices it concerns.
    pub parties: Vec<String>,
}

impl<S: Store> Engine<S> {
    /// A number with all that belongs to it; `None` if it is not known.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn number_file(&self, slot: Slot, patience: Option<Duration>) -> Result<Option<NumberFile>, Refusal> {
        let files = self.read_store(patience, self.number_files(vec![slot])).await?;
        Ok(files.into_values().next())
    }

    /// Several numbers, of those that are known.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn several_numbers(
        &self,
        slots: &[Slot],
        patience: Option<Duration>,
    ) -> Result<HashMap<Slot, NumberFile>, Refusal> {
        let distinct: BTreeSet<Slot> = slots.iter().copied().collect();
        self.read_store(patience, self.number_files(distinct.into_iter().collect()))
            .await
    }

    /// The slot of a number.
    pub fn slot_of(&self, number: Number) -> Slot {
        self.shared.keys.picker.slot(number)
    }

    /// A case with all that belongs to it; `None` if there is none.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn case_file(&self, case_id: Uuid, patience: Option<Duration>) -> Result<Option<CaseFile>, Refusal> {
        let reading = async {
            let needs = Needs {
                cases: vec![case_id],
                ..Needs::default()
            };
            let cases = self.shared.store.reader().look_up(&needs).await?.cases;
            self.case_files(cases).await
        };
        Ok(self.read_store(patience, reading).await?.into_iter().next())
    }

    /// Up to `limit` cases opened after a position, in the order in which they were opened.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn cases(
        &self,
        after: Position,
        asked: &CasesAsked,
        limit: i64,
        patience: Option<Duration>,
    ) -> Result<Vec<CaseFile>, Refusal> {
        let reading = async {
            let reader = self.shared.store.reader();
            let found = reader.cases_opened_after(after, asked, limit).await?;
            let needs = Needs {
                cases: found.iter().map(|case| case.case_id).collect(),
                ..Needs::default()
            };
            let mut cases = match needs.cases.is_empty() {
                true => Vec::new(),
                false => reader.look_up(&needs).await?.cases,
            };
            cases.sort_unstable_by_key(|case| case.decision);
            self.case_files(cases).await
        };
        self.read_store(patience, reading).await
    }

    async fn case_files(&self, cases: Vec<CaseRow>) -> Result<Vec<CaseFile>, StoreError> {
        if cases.is_empty() {
            return Ok(Vec::new());
        }
        let opened: Vec<Position> = cases.iter().map(|case| case.decision).collect();
        let named = cases
            .iter()
            .flat_map(|case| case.matches.iter().chain([&case.decision]).chain(&case.closed));
        let entries = self.entries(named.copied().collect()).await?;
        let given = |case: &CaseRow| {
            let waiting = entries.get(&case.decision)?;
            case.slot.or(waiting.known.number.as_ref().map(|row| row.slot))
        };
        let slots: BTreeSet<Slot> = cases.iter().filter_map(given).collect();
        let numbers = self.number_files(slots.into_iter().collect()).await?;
        let parties = self.shared.store.reader().parties(&opened).await?;
        let file = |case: CaseRow| {
            let opened = entries.get(&case.decision)?.clone();
            let met = |position: &Position| {
                let known = entries.get(position)?;
                let number = known.known.number.as_ref().map(|row| row.number);
                Some((known.facts()?.reference.clone(), number))
            };
            Some(CaseFile {
                closed: case.closed.and_then(|closed| entries.get(&closed)).cloned(),
                number: given(&case).and_then(|slot| numbers.get(&slot)).cloned(),
                against: case.matches.iter().filter_map(met).collect(),
                parties: parties
                    .iter()
                    .filter(|(_, position)| *position == case.decision)
                    .map(|(office, _)| office.clone())
                    .collect(),
                opened,
                case,
            })
        };
        Ok(cases.into_iter().filter_map(file).collect())
    }

    pub(super) async fn number_files(&self, slots: Vec<Slot>) -> Result<HashMap<Slot, NumberFile>, StoreError> {
        if slots.is_empty() {
            return Ok(HashMap::new());
        }
        let needs = Needs {
            slots,
            ..Needs::default()
        };
        let Loaded { numbers, attached, .. } = self.shared.store.reader().look_up(&needs).await?;
        let positions = numbers.iter().flat_map(|row| [row.registration, row.facts]);
        let positions = positions.chain(attached.iter().map(|attachment| attachment.registration));
        let entries = self.entries(positions.collect()).await?;
        let file = |row: NumberRow| {
            let of_row = |attachment: &&Attachment| attachment.slot == row.slot;
            let resting = attached.iter().filter(of_row).map(|attachment| attachment.registration);
            let resting: BTreeSet<Position> = resting.chain([row.registration]).collect();
            let references = resting.iter().filter_map(|position| entries.get(position)?.facts());
            NumberFile {
                facts: entries.get(&row.facts).and_then(|entry| entry.says.registered.clone()),
                references: references.map(|facts| facts.reference.clone()).collect(),
                row,
            }
        };
        Ok(numbers.into_iter().map(|row| (row.slot, file(row))).collect())
    }

    pub(super) async fn entries(&self, mut positions: Vec<Position>) -> Result<HashMap<Position, Decided>, StoreError> {
        positions.sort_unstable();
        positions.dedup();
        let known = self.shared.store.reader().entries_at(&positions).await?;
        let mut entries = HashMap::with_capacity(known.len());
        for known in known {
            let decided = super::open::open(&self.shared.keys, known);
            let decided = decided.map_err(|error| StoreError::Corrupt(error.to_string()))?;
            entries.insert(decided.known.entry.position, decided);
        }
        Ok(entries)
    }
}

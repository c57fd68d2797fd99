//! Reading numbers and cases with all that belongs to them, as they stand now.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::Engine;
use crate::ledger::{IndexKey, Position};
use crate::number::{Number, Slot};
use crate::proto::v1;
use crate::protocol::{Attachment, CaseRow, Decided, Loaded, Needs, NumberRow, Registered, Wanted};
use crate::refusal::Refusal;
use crate::registration::{Ref, paper_key};
use crate::shell::random;
use crate::store::{CasesAsked, Reader, Store, StoreError};

/// A number with what it rests on.
#[derive(Debug, Clone)]
pub struct NumberFile {
    /// The number.
    pub row: NumberRow,
    /// Its holder's present facts; none of a number that nobody here holds.
    pub facts: Option<Arc<Registered>>,
    /// The registrations it rests on, oldest first.
    pub references: Vec<Ref>,
}

/// What was found of a number, known or not.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The number, if it is known.
    pub file: Option<NumberFile>,
    /// Facts to compare with: its holder's, or for a number that is not known somebody's. With that there is as much to read,
    /// to open and to compare for the one as for the other, and the time an answer takes does not tell them apart.
    pub compared_with: Option<Arc<Registered>>,
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

    /// What there is to several numbers, in their order.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn look_at(&self, slots: &[Slot], patience: Option<Duration>) -> Result<Vec<Looked>, Refusal> {
        let distinct: BTreeSet<Slot> = slots.iter().copied().collect();
        let reading = self.files_and_others(distinct.into_iter().collect());
        let (files, mut others) = self.read_store(patience, reading).await?;
        let look = |slot| {
            let file = files.get(slot).cloned();
            let compared_with = match &file {
                Some(file) => file.facts.clone(),
                None => others
                    .pop()
                    .or_else(|| files.values().find_map(|file| file.facts.clone())),
            };
            Looked { file, compared_with }
        };
        Ok(slots.iter().map(look).collect())
    }

    /// The numbers to which a paper leads that `asked` names beside name and date of birth: those of its holders, replaced or
    /// not.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`].
    pub async fn numbers_by_paper(
        &self,
        asked: &v1::Facts,
        patience: Option<Duration>,
    ) -> Result<Vec<NumberFile>, Refusal> {
        let reading = async {
            let wanted = |index: &IndexKey| Wanted {
                blocking: paper_key(asked, index).into_iter().collect(),
                ..Wanted::default()
            };
            let (_, found) = self.found_by(wanted).await?;
            let entries = self.entries(found.blocking.into_values().flatten().collect()).await?;
            let slots = entries
                .values()
                .filter_map(|entry| Some(entry.known.number.as_ref()?.slot));
            let slots: BTreeSet<Slot> = slots.collect();
            self.number_files(slots.into_iter().collect()).await
        };
        Ok(self.read_store(patience, reading).await?.into_values().collect())
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
        Ok(self.files_and_others(slots).await?.0)
    }

    /// The numbers that are known, and somebody else's facts for each of the others.
    async fn files_and_others(
        &self,
        slots: Vec<Slot>,
    ) -> Result<(HashMap<Slot, NumberFile>, Vec<Arc<Registered>>), StoreError> {
        if slots.is_empty() {
            return Ok(Default::default());
        }
        let asked = slots.len();
        let needs = Needs {
            slots,
            ..Needs::default()
        };
        let Loaded { numbers, attached, .. } = self.shared.store.reader().look_up(&needs).await?;
        let positions = numbers.iter().flat_map(|row| [row.registration, row.facts]);
        let positions = positions.chain(attached.iter().map(|attachment| attachment.registration));
        let others: Vec<_> = (numbers.len()..asked).map(|_| self.any_position()).collect();
        let entries = self.entries(positions.chain(others.iter().copied()).collect()).await?;
        let registered = |position: &Position| entries.get(position)?.says.registered.clone().map(Arc::new);
        let file = |row: NumberRow| {
            let of_row = |attachment: &&Attachment| attachment.slot == row.slot;
            let resting = attached.iter().filter(of_row).map(|attachment| attachment.registration);
            let resting: BTreeSet<Position> = resting.chain([row.registration]).collect();
            let references = resting.iter().filter_map(|position| entries.get(position)?.facts());
            NumberFile {
                facts: registered(&row.facts),
                references: references.map(|facts| facts.reference.clone()).collect(),
                row,
            }
        };
        let others = others.iter().filter_map(registered).collect();
        Ok((numbers.into_iter().map(|row| (row.slot, file(row))).collect(), others))
    }

    /// A position of the ledger, whichever.
    fn any_position(&self) -> Position {
        let end = (*self.shared.ledger_end.borrow()).max(1);
        1 + (i64::from_be_bytes(random::bytes()) & i64::MAX) % end
    }

    pub(super) async fn entries(&self, mut positions: Vec<Position>) -> Result<HashMap<Position, Decided>, StoreError> {
        positions.sort_unstable();
        positions.dedup();
        let known = self.shared.store.reader().entries_at(&positions).await?;
        let mut entries = HashMap::with_capacity(known.len());
        for known in known {
            let decided = super::open::open(&self.shared.keys, known)?;
            entries.insert(decided.known.entry.position, decided);
        }
        Ok(entries)
    }
}

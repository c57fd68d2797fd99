//! What is known here of some records, and what that makes of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Difference, Finding, Item, Sent};
use crate::engine::{Engine, NumberFile};
use crate::ledger::{IndexKey, Position};
use crate::number::{Number, Slot};
use crate::protocol::reconcile::{Mismatch, Ours, Record, report};
use crate::protocol::{Decided, Found, Scope, Wanted};
use crate::refusal::Refusal;
use crate::registration::{Ref, reference_key};
use crate::store::{Store, StoreError};

/// What is held of the numbers and registrations that some items name.
pub(super) struct KnownHere {
    numbers: HashMap<Number, NumberFile>,
    /// Where the decisions on registrations stand whose numbers are not known here.
    decisions: HashMap<Ref, Position>,
    entries: HashMap<Position, Decided>,
}

/// What became of an item.
pub(super) enum Judged {
    /// A number that no longer stands, or that the caller does not see.
    Nothing,
    /// Both agree.
    Same,
    /// Something to tell.
    Found(Finding),
}

impl KnownHere {
    /// Looks up all that a caller who sees so far may be told of.
    pub async fn of<S: Store>(engine: &Engine<S>, items: &[Item], reach: &Scope) -> Result<Self, StoreError> {
        let named = items.iter().filter_map(Item::number);
        let mut known = Self {
            numbers: HashMap::new(),
            decisions: HashMap::new(),
            entries: HashMap::new(),
        };
        known.add(engine, named.map(|number| engine.slot_of(number))).await?;
        let unknown = items.iter().filter_map(|item| match item {
            Item::Sent(Sent::Record(record)) if known.number(record.number, reach).is_none() => {
                record.reference.as_ref()
            }
            _ => None,
        });
        let unknown: HashSet<&Ref> = unknown.collect();
        let wanted = |index: &IndexKey| Wanted {
            strict: unknown.iter().map(|own| reference_key(own, index)).collect(),
            ..Wanted::default()
        };
        let (index, Found { strict: found, .. }) = engine.found_by(wanted).await?;
        if found.is_empty() {
            return Ok(known);
        }
        known.entries = engine.entries(found.values().copied().collect()).await?;
        let decision = |own: &Ref| Some((own.clone(), *found.get(&reference_key(own, &index))?));
        known.decisions = unknown.into_iter().filter_map(decision).collect();
        let given = known.entries.values().filter_map(|entry| entry.known.number.as_ref());
        let given: Vec<Slot> = given.map(|row| row.slot).collect();
        known.add(engine, given).await?;
        Ok(known)
    }

    async fn add<S: Store>(
        &mut self,
        engine: &Engine<S>,
        slots: impl IntoIterator<Item = Slot>,
    ) -> Result<(), StoreError> {
        let slots: BTreeSet<Slot> = slots.into_iter().collect();
        let files = engine.number_files(slots.into_iter().collect()).await?;
        self.numbers
            .extend(files.into_values().map(|file| (file.row.number, file)));
        Ok(())
    }

    /// A number, if it is known here to a caller who sees so far.
    fn number(&self, number: Option<Number>, reach: &Scope) -> Option<&NumberFile> {
        let file = self.numbers.get(&number?)?;
        let offices = file.references.iter().map(|own| own.office.as_str());
        reach.reaches(offices).then_some(file)
    }

    /// What becomes of an item. A mismatch is also made into a report if it is to be reported.
    pub fn judge(&self, item: Item, reach: &Scope, reporting: bool) -> Judged {
        let (record, file, office, mismatch, version) = match item {
            Item::Sent(Sent::Refused { key, refusal }) => return Judged::Found(Finding::refused(key, None, refusal)),
            Item::NotSent(number) => match self.number(Some(number), reach) {
                Some(file) if file.row.stands() => {
                    let record = Record::missing(number);
                    (
                        record,
                        Some(file),
                        office_of(file),
                        Mismatch::MissingThere,
                        file.row.facts,
                    )
                }
                _ => return Judged::Nothing,
            },
            Item::Sent(Sent::Record(record)) => {
                let file = self.number(record.number, reach);
                let own = record.reference.as_ref().map(|own| own.office.clone());
                if file.is_none() && own.as_ref().is_some_and(|office| !reach.covers(office)) {
                    let refusal = Refusal::NotYourRegistration;
                    return Judged::Found(Finding::refused(record.key, record.number, refusal));
                }
                let ours = self.ours(&record, file);
                let Some(mismatch) = ours.disagree_with(&record) else {
                    return Judged::Same;
                };
                let version = ours.version();
                let office = file.map(office_of).filter(|office| !office.is_empty());
                (*record, file, office.or(own).unwrap_or_default(), mismatch, version)
            }
        };
        let facts = file.and_then(|file| file.facts.as_ref());
        Judged::Found(Finding {
            name: facts.map(|held| held.facts.child.name.clone()).unwrap_or_default(),
            key: record.key.clone(),
            number: record.number,
            office,
            what: Difference::Mismatch(mismatch.clone()),
            report: reporting.then(|| Box::new(report(record, mismatch, version))),
            case_id: None,
        })
    }

    /// What is known here of a record, whose number has this file.
    fn ours<'a>(&'a self, record: &Record, file: Option<&'a NumberFile>) -> Ours<'a> {
        if let Some(file) = file {
            return Ours::Number {
                row: &file.row,
                references: file.references.iter().collect(),
                held: file.facts.as_ref().map(|held| &*held.content),
            };
        }
        let position = record.reference.as_ref().and_then(|own| self.decisions.get(own));
        let decided = position.and_then(|position| self.entries.get(position));
        let Some((decided, registered)) = decided.and_then(|it| Some((it, it.says.registered.as_ref()?))) else {
            return Ours::Nothing;
        };
        let row = decided.known.number.as_ref();
        let file = row.and_then(|row| self.numbers.get(&row.number));
        let held = file.and_then(|file| file.facts.as_deref()).unwrap_or(registered);
        Ours::Registration {
            row,
            held: &held.content,
            registration: decided.known.entry.position,
        }
    }
}

/// The office that keeps the registration of a number's holder.
fn office_of(file: &NumberFile) -> String {
    let facts = file.facts.as_ref();
    facts
        .map(|held| held.facts.reference.office.clone())
        .unwrap_or_default()
}

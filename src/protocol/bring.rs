//! Deciding on what an import brings: births that were registered elsewhere, with the numbers they have there.
//!
//! An import gives no number and changes no registration. What is not known here becomes known; what is known completes or
//! confirms at most the number; what contradicts it is told by a case, and its number kept from everybody until then.

use uuid::Uuid;

use super::effects::Effects;
use super::held::Relation;
use super::{
    Attachment, Brings, CaseCause, CaseKind, CaseRow, CaseState, Decided, Fields, Import, ImportResult, NumberRow,
    NumberState, Side, World,
};
use crate::ledger::{EntryKind, Position};
use crate::number::{Number, Prefix};
use crate::proto::v1::ImportSource;
use crate::refusal::Refusal;
use crate::registration::{Key, Registration, Warning, against};

/// What is decided on an item.
enum Verdict {
    /// Nothing is written.
    Nothing(ImportResult),
    /// It was found before to contradict what is known.
    Told(Uuid, CaseCause),
    /// An entry of this kind is written.
    Enter(EntryKind, Box<Effects>),
}

/// What is decided, and what is to be looked at besides.
type Considered = (Verdict, Vec<Warning>);

impl World<'_> {
    /// Decides on an item and makes the outcome part of this world.
    pub(super) fn import(&mut self, item: &Import) -> Result<Brings, Refusal> {
        if let Some(known) = self.by_request(&item.draft.request) {
            return self.known_item(known, item);
        }
        let (verdict, further) = self.decide_item(item)?;
        let mut brings = Brings {
            result: ImportResult::Same,
            position: None,
            replayed: false,
            conflict: None,
            warnings: item.warnings.iter().cloned().chain(further).collect(),
        };
        match verdict {
            Verdict::Nothing(result) => brings.result = result,
            Verdict::Told(case_id, cause) => {
                brings.result = ImportResult::Conflict;
                brings.conflict = Some((case_id, cause));
            }
            Verdict::Enter(kind, effects) => {
                brings.result = result_of(kind);
                brings.conflict = effects.opened.as_ref().map(|case| (case.case_id, case.cause));
                let effects = Effects {
                    registered: Some(item.registered.clone()),
                    ..*effects
                };
                let done = self.place(item.draft.clone(), kind, effects, Fields::default());
                brings.position = Some(done.position);
            }
        }
        Ok(brings)
    }

    /// An item whose request was decided before.
    fn known_item(&self, known: &Decided, item: &Import) -> Result<Brings, Refusal> {
        let entry = &known.known.entry;
        if !known.says_the_same(true, &item.draft.digest, &item.registered.content) {
            return Err(Refusal::RequestIdReused(known.differing(&item.registered.content)));
        }
        Ok(Brings {
            result: result_of(entry.kind),
            position: Some(entry.position),
            // As for births: the seal tells a sending from the same one run again.
            replayed: entry.sealed != item.draft.sealed,
            conflict: self.case_of(known).map(|case| (case.case_id, case.cause)),
            warnings: item.warnings.clone(),
        })
    }

    fn decide_item(&self, item: &Import) -> Result<Considered, Refusal> {
        if let Some(told) = self.told_before(item) {
            return Ok((told, Vec::new()));
        }
        match self.by_strict_key(item.keys.reference) {
            Some(known) if self.claims_child(known) || self.number_of(known).is_some() => {
                self.decide_known_item(item, known)
            }
            // Its registration came to nothing here: it was refused, or its case rejected or taken back.
            Some(known) if item.brought.number.is_none() && self.says_the_same(item, known) => {
                Ok((Verdict::Nothing(ImportResult::Same), Vec::new()))
            }
            _ => self.decide_fresh_item(item),
        }
    }

    /// What was found out about the very same item before, whichever job brought it.
    fn told_before(&self, item: &Import) -> Option<Verdict> {
        let known = self.by_strict_key(item.keys.item?)?;
        let case = self.case_of(known)?;
        match case.state {
            CaseState::Open | CaseState::Rejected => Some(Verdict::Told(case.case_id, case.cause)),
            CaseState::Approved => Some(Verdict::Nothing(ImportResult::Same)),
            // Whoever took it back wants it looked at anew.
            CaseState::Withdrawn => None,
        }
    }

    fn says_the_same(&self, item: &Import, known: &Decided) -> bool {
        let held = known.content();
        held.is_some_and(|held| against(&item.registered.content, held).differing.is_empty())
    }

    /// An item whose registration is known.
    fn decide_known_item(&self, item: &Import, known: &Decided) -> Result<Considered, Refusal> {
        let versions = self.versions_of(known);
        let against = against(&item.registered.content, versions.present().ok_or(Refusal::Bug)?);
        let same = against.differing.is_empty();
        let older = || self.is_older(item, known, &versions, &against.differing);
        let result = match self.relation(known, item.brought.number) {
            Relation::Other => return self.other_number(item, known, same),
            Relation::Former if same || older() => ImportResult::SameOlder,
            Relation::None | Relation::Own if same => match self.to_confirm(item, known) {
                Some(row) => return Ok((confirm(row), against.warnings)),
                None => ImportResult::Same,
            },
            Relation::None | Relation::Own if older() => ImportResult::SameOlder,
            _ => return self.contradict(item, CaseCause::ImportedFacts, vec![self.registration_of(known)]),
        };
        Ok((Verdict::Nothing(result), against.warnings))
    }

    /// An item with a number that its registration does not have.
    fn other_number(&self, item: &Import, known: &Decided, same: bool) -> Result<Considered, Refusal> {
        let holder = vec![self.registration_of(known)];
        if !self.unnumbered(known) {
            return self.contradict(item, CaseCause::ImportedNumber, holder);
        }
        if !same {
            return self.contradict(item, CaseCause::ImportedFacts, holder);
        }
        match self.obstacle(item) {
            Some((cause, matches)) => self.contradict(item, cause, matches),
            None => Ok((self.complete(item, known)?, Vec::new())),
        }
    }

    /// An item whose registration is not known.
    fn decide_fresh_item(&self, item: &Import) -> Result<Considered, Refusal> {
        let Some(number) = item.brought.number else {
            let alike = !self.alike(item).is_empty();
            let warnings = alike.then_some(Warning::MAY_BE_KNOWN);
            let effects = self.keys_of_item(item);
            return Ok((entered(EntryKind::Imported, effects), warnings.into_iter().collect()));
        };
        if let Some((cause, matches)) = self.obstacle(item) {
            return self.contradict(item, cause, matches);
        }
        let own = self.next_position();
        let row = self.taken_in(item, number, own);
        let mut effects = Effects {
            about: Some((row.slot, row.number)),
            ..self.keys_of_item(item)
        };
        effects.strict.extend(item.keys.subject.map(|key| (key, own)));
        self.new_or_changed(row, &mut effects);
        Ok((entered(EntryKind::Imported, effects), Vec::new()))
    }

    /// What keeps a number that was brought from being taken in, and whom it concerns.
    fn obstacle(&self, item: &Import) -> Option<(CaseCause, Vec<Position>)> {
        let number = item.brought.number?;
        let facts = &item.registered.facts;
        if !facts.eligible() {
            return Some((CaseCause::ImportedForeigner, Vec::new()));
        }
        if !tells(number.prefix(), facts) {
            return Some((CaseCause::ImportedDigits, Vec::new()));
        }
        let alike = self.alike(item);
        if let Some(row) = self.of_digits(number).filter(|row| !self.is_nobodys(row)) {
            let holder = self.decided.get(&row.registration);
            let holder = holder.filter(|holder| self.claims_child(holder) || self.number_of(holder).is_some());
            let holder = holder.filter(|holder| holder.facts().is_some());
            let matches = holder.map(|holder| holder.known.entry.position).into_iter();
            return Some((CaseCause::ImportedHolder, sorted(matches.chain(alike))));
        }
        (!alike.is_empty()).then_some((CaseCause::ImportedAlike, alike))
    }

    /// Whether a number is known only as one of which others have told, and nothing waits for it.
    fn is_nobodys(&self, row: &NumberRow) -> bool {
        let told_by = self.decided.get(&row.registration);
        let told_by = told_by.filter(|told| {
            let kind = told.known.entry.kind;
            matches!(kind, EntryKind::Disputed | EntryKind::ImportDisputed)
        });
        let open = |told: &Decided| self.case_of(told).is_none_or(|case| case.state == CaseState::Open);
        row.state == NumberState::Quarantined && told_by.is_some_and(|told| !open(told))
    }

    /// Registrations other than the item's own that have a number or wait for one, and may be of the same child.
    fn alike(&self, item: &Import) -> Vec<Position> {
        let own = self
            .by_strict_key(item.keys.reference)
            .map(|own| own.known.entry.position);
        let of_subject = item.keys.subject.and_then(|key| self.by_strict_key(key));
        let of_blocking = self
            .by_blocking_keys(&item.keys.probes)
            .filter(|known| self.may_be_of(&item.registered.facts, known));
        let crowded = item.keys.probes.iter().filter_map(|key| self.crowd(*key));
        let alike = of_blocking
            .chain(of_subject)
            .filter(|known| self.claims_child(known) && !self.unnumbered(known))
            .map(|known| self.registration_of(known));
        sorted(alike.chain(crowded).filter(|position| Some(*position) != own))
    }

    /// The number of a registration that the population database now confirms.
    fn to_confirm(&self, item: &Import, known: &Decided) -> Option<NumberRow> {
        let row = self.last_of(self.number_of(known)?);
        let told = item.brought.source == ImportSource::PopulationDatabase && item.brought.number == Some(row.number);
        let confirms = told && row.state == NumberState::Issued && row.case_id.is_none();
        confirms.then(|| NumberRow {
            state: NumberState::Confirmed,
            ..row.clone()
        })
    }

    /// Gives a registration the number that it lacked.
    fn complete(&self, item: &Import, known: &Decided) -> Result<Verdict, Refusal> {
        let number = item.brought.number.ok_or(Refusal::Bug)?;
        let registration = known.known.entry.position;
        let row = self.taken_in(item, number, registration);
        let mut effects = Effects {
            attached: vec![Attachment {
                registration,
                slot: row.slot,
                former: None,
            }],
            strict: self.subject_of(known, None),
            ..Effects::about(&row)
        };
        self.new_or_changed(row, &mut effects);
        Ok(entered(EntryKind::Completed, effects))
    }

    /// A number that was brought, as the holder's.
    fn taken_in(&self, item: &Import, number: Number, registration: Position) -> NumberRow {
        let state = match item.brought.source {
            ImportSource::PopulationDatabase => NumberState::Confirmed,
            _ => NumberState::Issued,
        };
        NumberRow {
            state,
            registration,
            facts: registration,
            ..self.as_known(number)
        }
    }

    /// A number as it is known, or as one that is not.
    fn as_known(&self, number: Number) -> NumberRow {
        let slot = self.setting.ring.picker.slot(number);
        let unknown = || NumberRow::issued((slot, number), self.next_position(), 0);
        self.number(slot).cloned().unwrap_or_else(unknown)
    }

    fn new_or_changed(&self, row: NumberRow, effects: &mut Effects) {
        match self.number(row.slot) {
            None => effects.new.push(row),
            Some(_) => effects.changed.push(row),
        }
    }

    /// The keys of a registration that becomes known.
    fn keys_of_item(&self, item: &Import) -> Effects {
        let own = self.next_position();
        Effects {
            strict: vec![(item.keys.reference, own)],
            blocking: Some((item.keys.blocking.clone(), own)),
            ..Effects::default()
        }
    }

    /// Opens a case about an item. Its number is kept from everybody until it is decided, if nobody has it.
    fn contradict(&self, item: &Import, cause: CaseCause, matches: Vec<Position>) -> Result<Considered, Refusal> {
        let own = self.next_position();
        let item_key = item.keys.item.ok_or(Refusal::Bug)?;
        let mut effects = self.keys_of_item(item);
        effects.strict = [item_key]
            .into_iter()
            .chain(self.free_reference(item))
            .map(|key| (key, own))
            .collect();
        if let Some(number) = item.brought.number
            && self.of_digits(number).is_none_or(|row| self.is_nobodys(row))
        {
            let row = NumberRow {
                state: NumberState::Quarantined,
                registration: own,
                facts: own,
                ..self.as_known(number)
            };
            self.new_or_changed(row, &mut effects);
        }
        effects.case_id = Some(item.case_id);
        effects.parties = parties(item);
        effects.opened = Some(CaseRow {
            case_id: item.case_id,
            kind: CaseKind::Duplicate,
            state: CaseState::Open,
            cause,
            decision: own,
            proposed_side: Side::Registration,
            opened_at: self.setting.moment.at,
            version: 1,
            slot: None,
            other: item.brought.number,
            closed: None,
            decided_side: None,
            matches,
        });
        Ok((entered(EntryKind::ImportDisputed, effects), Vec::new()))
    }

    /// The reference of an item, if no other registration stands there.
    fn free_reference(&self, item: &Import) -> Option<Key> {
        let key = item.keys.reference;
        let holder = self.by_strict_key(key);
        let free = holder.is_none_or(|holder| !self.claims_child(holder) && self.number_of(holder).is_none());
        free.then_some(key)
    }
}

fn entered(kind: EntryKind, effects: Effects) -> Verdict {
    Verdict::Enter(kind, Box::new(effects))
}

/// Whether the digits of a number tell the sex and the year of birth that its holder's registration says. The place may be
/// another: it changed hands since, or the number was given elsewhere.
pub(super) fn tells(number: Prefix, facts: &Registration) -> bool {
    (number.sex(), number.birth_year()) == (facts.child.sex, facts.child.born.year())
}

fn confirm(row: NumberRow) -> Verdict {
    let effects = Effects {
        changed: vec![row.clone()],
        ..Effects::about(&row)
    };
    entered(EntryKind::Completed, effects)
}

/// The offices that the case of an item concerns.
fn parties(item: &Import) -> Vec<String> {
    let mut parties = vec![
        item.registered.facts.reference.office.clone(),
        item.draft.request.office.clone(),
    ];
    parties.sort_unstable();
    parties.dedup();
    parties
}

pub(super) fn sorted(positions: impl Iterator<Item = Position>) -> Vec<Position> {
    let mut positions: Vec<_> = positions.collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}

fn result_of(kind: EntryKind) -> ImportResult {
    match kind {
        EntryKind::Completed => ImportResult::Completed,
        EntryKind::ImportDisputed => ImportResult::Conflict,
        _ => ImportResult::Imported,
    }
}

//! Cases about mismatches with another registry: opened where both still disagree, and closed by a change or
//! a confirmation that ends it.
//!
//! Such a case leaves the number as it is: what was found suspends nothing, and keeps nobody from proposing something else.

use super::effects::Effects;
use super::reach::parties;
use super::reconcile::{Mismatch, Ours, Report};
use super::{Act, CaseKind, CaseRow, CaseState, Decided, Done, NumberRow, World};
use crate::ledger::EntryKind;
use crate::refusal::Refusal;
use crate::registration::{Content, Ref, content_fields};

impl World<'_> {
    /// What became of the same mismatch before, whoever reported it: a case that was taken back is opened again.
    pub(super) fn reported(&self, act: &Act) -> Option<Done> {
        let known = self.by_strict_key(self.setting.mismatch(&act.fields))?;
        let case = self.case_of(known)?;
        (case.state != CaseState::Withdrawn).then(|| known.done(true))
    }

    /// Opens a case about a mismatch. Where both agree by now, or nobody here is known to whom it is a matter, there is none:
    /// `WRONG_STATE`.
    pub(super) fn report(&self, act: &Act, report: &Report) -> Result<Effects, Refusal> {
        let ours = self.ours(act, report)?;
        let mismatch = match (&report.mismatch, &ours) {
            (Mismatch::MissingThere, Ours::Number { row, .. }) if row.stands() => Some(Mismatch::MissingThere),
            (Mismatch::MissingThere, _) => None,
            _ => ours.disagree_with(&report.record),
        };
        if mismatch.as_ref() != Some(&report.mismatch) || ours.version() != report.version {
            return Err(Refusal::WrongState("record"));
        }
        let row = match &ours {
            Ours::Number { row, .. } => Some(*row),
            Ours::Registration { row, .. } => *row,
            Ours::Nothing => None,
        };
        let own = report.record.reference.as_ref().filter(|_| row.is_none());
        let mut keepers = row.map(|row| self.references_of(row)).unwrap_or_default();
        keepers.extend(own);
        if keepers.is_empty() {
            return Err(Refusal::WrongState("record"));
        }
        let waiting = report.record.reference.as_ref().and_then(|own| self.by_reference(own));
        let registration = match row {
            Some(row) => Some(row.registration).filter(|position| self.registrations_of(row).contains(position)),
            None => waiting.map(|waiting| waiting.known.entry.position),
        };
        let case = CaseRow {
            slot: row.map(|row| row.slot),
            matches: registration.into_iter().collect(),
            ..self.case_opened(act, CaseKind::Mismatch, report.mismatch.cause())
        };
        Ok(Effects {
            case_id: Some(act.case_id),
            opened: Some(case),
            parties: parties(act, keepers),
            strict: vec![(self.setting.mismatch(&act.fields), self.next_position())],
            ..row.map(Effects::about).unwrap_or_default()
        })
    }

    /// What is known here of a record, as far as the caller reaches.
    fn ours<'b>(&'b self, act: &Act, report: &'b Report) -> Result<Ours<'b>, Refusal> {
        let scope = &act.from.scope;
        let record = &report.record;
        if let Some(row) = record.number.and_then(|number| self.of_digits(number)) {
            let references = self.references_of(row);
            if scope.reaches(references.iter().map(|own| own.office.as_str())) {
                let held = self.decided.get(&row.facts).and_then(Decided::content);
                let held = held.map(std::convert::AsRef::as_ref);
                return Ok(Ours::Number { row, references, held });
            }
        }
        if record.reference.as_ref().is_some_and(|own| !scope.covers(&own.office)) {
            return Err(Refusal::NotYourRegistration);
        }
        let decided = record.reference.as_ref().and_then(|own| self.by_reference(own));
        let Some((decided, registered)) = decided.and_then(|it| Some((it, it.content()?))) else {
            return Ok(Ours::Nothing);
        };
        let row = self.number_of(decided);
        let now = row
            .and_then(|row| self.decided.get(&row.facts))
            .and_then(Decided::content);
        Ok(Ours::Registration {
            row,
            held: now.unwrap_or(registered),
            registration: decided.known.entry.position,
        })
    }

    /// A case that is decided by nobody but leaves everything as it is.
    pub(super) fn left_alone(&self, case: &CaseRow) -> Effects {
        let row = case.slot.and_then(|slot| self.number(slot));
        row.map(Effects::about).unwrap_or_default()
    }

    /// Whether a case about differing facts is over once this is held of a number's holder: in every field that was reported
    /// both say the same now.
    pub(super) fn agrees_now(&self, case: &CaseRow, row: &NumberRow) -> bool {
        let opened = self.decided.get(&case.decision);
        let held = self.decided.get(&row.facts).and_then(Decided::content);
        opened.zip(held).is_some_and(|(opened, held)| agrees(opened, held))
    }
}

fn agrees(opened: &Decided, held: &Content) -> bool {
    let held = content_fields(held);
    let told = &opened.says.fields;
    let mut fields = told.all("fields");
    fields.all(|field| {
        let path = format!("facts.{field}");
        held.get(field).is_some_and(|here| told.all(&path).eq(here))
    })
}

impl Decided {
    /// The registration that a report names whose number is not known here: its office is whose matter that is.
    pub fn reported_reference(&self) -> Option<Ref> {
        let entry = &self.known.entry;
        let alone = entry.kind == EntryKind::MismatchReported && entry.number.is_none();
        alone.then(|| self.says.fields.reference("ref")).flatten()
    }
}

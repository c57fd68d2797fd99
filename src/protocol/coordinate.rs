//! Confirming, disputing and attaching numbers: what the population authority tells of them.
//!
//! None of these changes what a registration says.

use super::effects::Effects;
use super::reach::parties;
use super::{
    Act, Attachment, CaseCause, CaseKind, CaseRow, CaseState, Decided, Deed, Dispute, NumberRow, NumberState, Side,
    Standing, Target, World,
};
use crate::ledger::Position;
use crate::number::Number;
use crate::refusal::Refusal;

impl World<'_> {
    /// Decides on a command other than a birth.
    pub(super) fn decide_act(&self, act: &Act) -> Result<Effects, Refusal> {
        match &act.deed {
            Deed::Confirm(number) => self.confirm(act, *number),
            Deed::Dispute(dispute) => self.dispute(act, dispute),
            Deed::Attach(number, target) => self.attach_to(act, *number, target),
            Deed::Propose(proposal) => self.propose(act, proposal),
            Deed::Settle(settlement) => self.settle(act, settlement),
            Deed::Change(change) => self.change(act, change),
            Deed::Reserve(asked) => self.reserve(act, asked),
            Deed::Close(block_id) => self.close(act, *block_id),
            Deed::Report(report) => self.report(act, report),
        }
    }

    fn confirm(&self, act: &Act, number: Number) -> Result<Effects, Refusal> {
        let mut row = self.number_in_reach(act, number)?;
        if row.state != NumberState::Issued {
            return Err(Refusal::WrongState("number"));
        }
        row.state = NumberState::Confirmed;
        Ok(Effects {
            changed: vec![row.clone()],
            ..Effects::about(&row)
        })
    }

    fn dispute(&self, act: &Act, dispute: &Dispute) -> Result<Effects, Refusal> {
        let mut row = self.number_in_reach(act, dispute.number)?;
        if row.case_id.is_some() {
            return Err(Refusal::CaseOpen);
        }
        if row.state != NumberState::Issued {
            return Err(Refusal::WrongState("number"));
        }
        row.state = NumberState::Disputed;
        let mut effects = self.open_about(act, row, CaseKind::Mismatch, dispute.reason);
        if let (Some(case), Some(held)) = (&mut effects.opened, dispute.held) {
            case.other = Some(held);
            match self.of_digits(held) {
                None => effects.new.push(self.number_elsewhere(held, NumberState::Quarantined)),
                Some(row) if row.stands() || row.state == NumberState::Disputed || self.is_held_elsewhere(row) => {}
                Some(_) => return Err(Refusal::WrongState("held_number")),
            }
        }
        Ok(effects)
    }

    /// Opens a case about a number, which is changed by that in `row` already.
    pub(super) fn open_about(&self, act: &Act, mut row: NumberRow, kind: CaseKind, cause: CaseCause) -> Effects {
        row.case_id = Some(act.case_id);
        let case = CaseRow {
            slot: Some(row.slot),
            ..self.case_opened(act, kind, cause)
        };
        Effects {
            case_id: Some(act.case_id),
            opened: Some(case),
            parties: parties(act, self.references_of(&row)),
            changed: vec![row.clone()],
            ..Effects::about(&row)
        }
    }

    /// A case that a command opens, about nothing yet.
    pub(super) fn case_opened(&self, act: &Act, kind: CaseKind, cause: CaseCause) -> CaseRow {
        CaseRow {
            case_id: act.case_id,
            kind,
            state: CaseState::Open,
            cause,
            decision: self.next_position(),
            proposed_side: act.from.side,
            opened_at: self.setting.moment.at,
            version: 1,
            slot: None,
            other: None,
            closed: None,
            decided_side: None,
            matches: Vec::new(),
        }
    }

    /// A number that was not given here, and is known from now on.
    fn number_elsewhere(&self, number: Number, state: NumberState) -> NumberRow {
        let slot = self.setting.ring.picker.slot(number);
        NumberRow {
            state,
            ..NumberRow::issued((slot, number), self.next_position(), 0)
        }
    }

    fn attach_to(&self, act: &Act, number: Number, target: &Target) -> Result<Effects, Refusal> {
        let (decided, case) = match target {
            Target::Reference(reference) => {
                let decided = self.by_reference(reference).ok_or(Refusal::NoSuchRegistration)?;
                let open = |case: &&CaseRow| case.state == CaseState::Open;
                (decided, self.case_of(decided).filter(open).cloned())
            }
            Target::Case(case_id) => {
                let (case, decided) = self.case_in_reach(act, *case_id)?;
                if case.kind != CaseKind::Duplicate || case.state != CaseState::Open {
                    return Err(Refusal::WrongState("case_id"));
                }
                (decided, Some(case))
            }
        };
        let mut effects = self.attach_number(decided, number, "number")?;
        if let Some(case) = case {
            effects.case_id = Some(case.case_id);
            effects
                .closed
                .push(self.closed(case, CaseState::Approved, Some(act.from.side)));
        }
        Ok(effects)
    }

    /// Attaches a number to a registration that has none. `field` names the number, should it not be in a state for that.
    pub(super) fn attach_number(
        &self,
        decided: &Decided,
        number: Number,
        field: &'static str,
    ) -> Result<Effects, Refusal> {
        let registration = decided.known.entry.position;
        let revoked = match (self.standing(decided), self.number_of(decided)) {
            (Some(Standing::Issued(_)), Some(row))
                if row.state == NumberState::Revoked && row.replaced_by.is_none() =>
            {
                Some(row)
            }
            (None, _) if self.unnumbered(decided) => None,
            (Some(Standing::Issued(_)) | None, _) => return Err(Refusal::WrongState("ref")),
            (Some(_), _) => None,
        };
        let in_hand = self.waiting_in_hand(decided);
        let brought = self.waiting_brought(decided);
        let known = self.of_digits(number);
        if brought.is_some_and(|row| row.number == number) && self.met_a_number(decided) {
            return Err(Refusal::WrongState(field));
        }
        let row = self.held_by(known, number, registration, field)?;
        let attachment = Attachment {
            registration,
            slot: row.slot,
            former: revoked
                .or(in_hand.as_ref().map(|in_hand| &in_hand.row))
                .map(|row| row.number),
        };
        let mut effects = Effects {
            attached: vec![attachment],
            strict: self.subject_of(decided, None),
            ..Effects::about(&row)
        };
        match known {
            None => effects.new.push(row),
            Some(before) if *before != row => effects.changed.push(row),
            Some(_) => {}
        }
        effects.changed.extend(revoked.map(|revoked| NumberRow {
            replaced_by: Some(number),
            ..revoked.clone()
        }));
        effects
            .changed
            .extend(in_hand.map(|in_hand| in_hand.spent(registration, Some(number))));
        let given_up = brought.filter(|row| row.number != number);
        effects.changed.extend(given_up.map(|row| row.given_up(number)));
        Ok(effects)
    }

    /// A number as it is once it belongs to a registration: one that stands is left as it is.
    fn held_by(
        &self,
        known: Option<&NumberRow>,
        number: Number,
        registration: Position,
        field: &'static str,
    ) -> Result<NumberRow, Refusal> {
        match known {
            None => Ok(self
                .number_elsewhere(number, NumberState::Confirmed)
                .confirmed(registration)),
            Some(row) if row.case_id.is_some() => Err(Refusal::CaseOpen),
            Some(row) if row.stands() => Ok(row.clone()),
            Some(row) if self.is_held_elsewhere(row) => Ok(row.confirmed(registration)),
            Some(_) => Err(Refusal::WrongState(field)),
        }
    }

    /// The strict key of the child of a registration that gets a number, unless another already has it. After two persons
    /// were told apart, it is the key of the child and that case.
    pub(super) fn subject_of(
        &self,
        decided: &Decided,
        apart: Option<uuid::Uuid>,
    ) -> Vec<(crate::registration::Key, Position)> {
        let Some(facts) = decided.facts() else {
            return Vec::new();
        };
        let keys = self.setting.keys(facts);
        let position = decided.known.entry.position;
        let holder = |key| self.by_strict_key(key).filter(|holder| self.claims_child(holder));
        match (keys.subject, apart) {
            (Some(key), _) if holder(key).is_none() => vec![(key, position)],
            (Some(key), Some(case)) if holder(key).is_some_and(|holder| holder.known.entry.position != position) => {
                vec![(key.apart(self.setting.index, case), position)]
            }
            _ => Vec::new(),
        }
    }

    /// A case as it is once this command has closed it.
    pub(super) fn closed(&self, case: CaseRow, state: CaseState, decided_side: Option<Side>) -> CaseRow {
        CaseRow {
            state,
            version: case.version + 1,
            closed: Some(self.next_position()),
            decided_side,
            ..case
        }
    }
}

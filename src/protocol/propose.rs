//! Proposing what becomes of a number: the other side decides.

use super::effects::Effects;
use super::{Act, CaseCause, Decided, NumberRow, Proposal, Proposed, World};
use crate::ledger::Position;
use crate::refusal::Refusal;
use crate::registration::{Key, Problem, Ref, Registration};

impl World<'_> {
    pub(super) fn propose(&self, act: &Act, proposal: &Proposal) -> Result<Effects, Refusal> {
        let row = self.number_in_reach(act, proposal.number)?;
        self.check_ground(proposal)?;
        if row.case_id.is_some() {
            return Err(Refusal::CaseOpen);
        }
        if !row.stands() {
            return Err(Refusal::WrongState("number"));
        }
        let mut effects = self.open_about(act, row.clone(), proposal.what.case_kind(), CaseCause::Proposed);
        let Some(case) = &mut effects.opened else {
            return Err(Refusal::Bug);
        };
        match &proposal.what {
            Proposed::Revocation => {}
            Proposed::Merge(other) => case.other = Some(*other),
            Proposed::Split(second) => case.matches.push(self.second_of(&row, second)?),
            Proposed::Reissue(corrected) => {
                self.check_corrected(act, &row, &corrected.facts)?;
                self.check_reference_free(&row, self.setting.reference(&corrected.facts.reference))?;
                effects.registered = Some(corrected.clone());
            }
        }
        Ok(effects)
    }

    fn check_ground(&self, proposal: &Proposal) -> Result<(), Refusal> {
        let ground = proposal.ground.as_ref();
        let ground = ground.ok_or_else(|| Refusal::invalid("ground", Problem::UnknownValue))?;
        if !ground.kinds.contains(&proposal.what.case_kind()) {
            return Err(Refusal::invalid("ground", Problem::Ground));
        }
        if !ground.in_force(self.setting.moment.day) {
            return Err(Refusal::GroundNotInForce);
        }
        if ground.citizen_request && proposal.citizen_requested_on.is_none() {
            return Err(Refusal::invalid("citizen_requested_on", Problem::Required));
        }
        Ok(())
    }

    /// The second registration of a number, by its reference: one that rests on it, but not the first.
    fn second_of(&self, row: &NumberRow, reference: &Ref) -> Result<Position, Refusal> {
        let second = self.by_reference(reference).map(|known| known.known.entry.position);
        second
            .filter(|second| *second != row.registration && self.registrations_of(row).contains(second))
            .ok_or(Refusal::NoSuchRegistration)
    }

    /// A corrected registration is in a book that the caller keeps, or that is under it, and corrects something.
    fn check_corrected(&self, act: &Act, row: &NumberRow, corrected: &Registration) -> Result<(), Refusal> {
        if !act.from.scope.reaches([corrected.reference.office.as_str()]) {
            return Err(Refusal::NotYourRegistration);
        }
        let present = self.decided.get(&row.facts).and_then(Decided::facts);
        if present.is_some_and(|present| **present == *corrected) {
            return Err(Refusal::invalid("corrected", Problem::NothingCorrected));
        }
        Ok(())
    }

    /// A corrected registration stands where the first one did, or where nothing else does: when it is proposed, and
    /// still when that is approved.
    pub(super) fn check_reference_free(&self, row: &NumberRow, reference: Key) -> Result<(), Refusal> {
        let Some(holder) = self.by_strict_key(reference) else {
            return Ok(());
        };
        let own = self.registrations_of(row).contains(&holder.known.entry.position);
        if own || !self.claims_child(holder) {
            Ok(())
        } else {
            Err(Refusal::RegistrationExists(vec!["corrected.ref".to_owned()]))
        }
    }

    /// The keys of a corrected registration that its number will hold: those nobody else has.
    pub(super) fn keys_of_corrected(&self, opened: &Decided, case: uuid::Uuid) -> Effects {
        let Some(facts) = opened.facts() else {
            return Effects::default();
        };
        let all = self.setting.keys(facts);
        let position = opened.known.entry.position;
        let mut strict = Vec::new();
        if self
            .by_strict_key(all.reference)
            .is_none_or(|holder| !self.claims_child(holder))
        {
            strict.push((all.reference, position));
        }
        // The first registration's child is the same person: what it holds goes on holding.
        let of_first = |holder: &Decided| opened.known.number.as_ref().map(|row| row.slot) == self.slot_of(holder);
        let subject_is_own = all
            .subject
            .and_then(|key| self.by_strict_key(key))
            .is_some_and(of_first);
        if !subject_is_own {
            strict.extend(self.subject_of(opened, Some(case)));
        }
        Effects {
            strict,
            blocking: Some((all.blocking, position)),
            ..Effects::default()
        }
    }

    fn slot_of(&self, decided: &Decided) -> Option<crate::number::Slot> {
        self.number_of(decided).map(|row| row.slot)
    }
}

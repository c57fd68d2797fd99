//! What commands other than births lead to: numbers, cases, and what decisions on them may give.

use uuid::Uuid;

use super::Gathering;
use crate::ledger::Position;
use crate::protocol::handed::block_key;
use crate::protocol::reconcile::Report;
use crate::protocol::{
    Act, CaseKind, CaseRow, CaseState, Change, Decided, Decision, Deed, NumberRow, Proposed, Resolution, Target,
};

impl<'w> Gathering<'w, '_> {
    /// What deciding on a command other than a birth needs.
    pub(super) fn act(&mut self, act: &Act) {
        match &act.deed {
            Deed::Confirm(number) => {
                self.digits(*number);
                if let Some(row) = self.world.of_digits(*number) {
                    self.open_cases_against(row);
                }
            }
            Deed::Dispute(dispute) => {
                self.digits(dispute.number);
                if let Some(held) = dispute.held {
                    self.number_elsewhere(held);
                }
            }
            Deed::Attach(number, target) => {
                self.number_elsewhere(*number);
                match target {
                    Target::Reference(reference) => {
                        self.reference(reference);
                        if let Some(decided) = self.world.by_reference(reference) {
                            self.waiting(decided);
                            if let Some(case_id) = decided.known.entry.case_id {
                                self.case(case_id);
                            }
                        }
                    }
                    Target::Case(case_id) => self.case(*case_id),
                }
            }
            Deed::Propose(proposal) => {
                self.digits(proposal.number);
                match &proposal.what {
                    Proposed::Split(second) => self.reference(second),
                    Proposed::Reissue(corrected) => self.reference(&corrected.facts.reference),
                    Proposed::Revocation | Proposed::Merge(_) => {}
                }
            }
            Deed::Settle(settlement) => {
                self.case(settlement.case_id);
                match &settlement.verdict {
                    Decision::Approve(Resolution::SamePerson(number)) => self.number_elsewhere(*number),
                    Decision::Approve(Resolution::Keeper(keeper)) => self.reference(keeper),
                    _ => {}
                }
                self.what_is_given(act, settlement.case_id);
            }
            Deed::Reserve(_) => self.blocks_of(&act.request.office),
            Deed::Close(block_id) => self.whole_block(block_key(*block_id, &act.request.office)),
            Deed::Report(report) => self.report(act, report),
            Deed::Change(change) => {
                self.digits(change.number);
                self.of_change(act, change);
            }
        }
    }

    /// Whatever a reported mismatch is about, and the case about the same that there may be.
    fn report(&mut self, act: &Act, report: &Report) {
        if let Some(number) = report.record.number {
            self.digits(number);
        }
        let setting = &self.world.setting;
        let reference = report.record.reference.as_ref().map(|own| setting.reference(own));
        for key in [setting.mismatch(&act.fields)].into_iter().chain(reference) {
            self.strict(key);
            let Some(decided) = self.world.by_strict_key(key) else {
                continue;
            };
            if let Some(case_id) = decided.known.entry.case_id {
                self.case(case_id);
            }
            if let Some(row) = self.world.number_of(decided) {
                self.slot(row.slot);
            }
        }
    }

    /// The prefixes of the numbers that approving a case may give, and the keys that go with them.
    fn what_is_given(&mut self, act: &Act, case_id: Uuid) {
        let Some(Some(case)) = self.world.cases.get(&case_id) else {
            return;
        };
        let candidates: Vec<Position> = match case.kind {
            CaseKind::Duplicate => vec![case.decision],
            CaseKind::Reissue => {
                self.keys_of(case.decision);
                vec![case.decision]
            }
            CaseKind::SharedNumber => {
                let first = case
                    .slot
                    .and_then(|slot| self.world.number(slot))
                    .map(|row| row.registration);
                case.matches.iter().copied().chain(first).collect()
            }
            _ => Vec::new(),
        };
        for position in candidates {
            self.number_for(act, position);
        }
    }

    fn number_for(&mut self, act: &Act, position: Position) {
        let Some(decided) = self.world.decided.get(&position) else {
            return;
        };
        self.waiting(decided);
        if let Some(facts) = decided.facts()
            && let Ok(prefix) = self.world.prefix_of(facts, act.reissue_place)
        {
            self.prefix(prefix);
        }
    }

    /// The blocking keys that a registration is to be found by: a crowd must be known before it is added to.
    fn keys_of(&mut self, position: Position) {
        if let Some(facts) = self.world.decided.get(&position).and_then(Decided::facts) {
            let keys = self.world.setting.keys(facts);
            for key in keys.blocking {
                self.blocking(key);
            }
        }
    }

    /// The blocking keys by which a registration finds others: whoever it meets by facts of before is among them.
    fn probes_of(&mut self, position: Position) {
        if let Some(facts) = self.world.decided.get(&position).and_then(Decided::facts) {
            let keys = self.world.setting.keys(facts);
            for key in keys.probes {
                self.blocking(key);
            }
        }
    }

    fn of_change(&mut self, act: &Act, change: &Change) {
        let Some(row) = self.world.of_digits(change.number) else {
            return;
        };
        if let Some(held) = self.world.decided.get(&row.facts).and_then(Decided::content)
            && let Ok(changed) = self.world.changed(change, held)
        {
            if let Some(subject) = changed.keys.subject {
                self.strict(subject);
            }
            for key in changed.keys.probes.iter().chain(&changed.keys.blocking) {
                self.blocking(*key);
            }
        }
        for case in self.open_cases_against(row) {
            self.number_for(act, case.decision);
            self.probes_of(case.decision);
        }
    }

    /// The open cases raised against registrations of a number, as far as they are loaded.
    fn open_cases_against(&mut self, row: &NumberRow) -> Vec<&'w CaseRow> {
        let world = self.world;
        let mut open = Vec::new();
        for position in world.registrations_of(row) {
            let Some(ids) = world.against.get(&position) else {
                self.against.insert(position);
                continue;
            };
            for case_id in ids {
                self.case(*case_id);
                let case = world.cases.get(case_id).and_then(Option::as_ref);
                open.extend(case.filter(|case| case.state == CaseState::Open));
            }
        }
        open
    }
}

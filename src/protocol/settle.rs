//! Closing cases: approved or rejected by the side that did not propose, or taken back by who did.

use super::bring::tells;
use super::effects::Effects;
use super::{
    Act, Attachment, CaseCause, CaseKind, CaseRow, CaseState, Decided, Decision, NumberRow, NumberState, ReissuePlace,
    Resolution, Settlement, World,
};
use crate::ledger::Position;
use crate::number::{NotIssuing, Number, Prefix, Slot};
use crate::refusal::Refusal;
use crate::registration::{Problem, Ref, Registration};

impl World<'_> {
    pub(super) fn settle(&self, act: &Act, settlement: &Settlement) -> Result<Effects, Refusal> {
        let (case, opened) = self.case_in_reach(act, settlement.case_id)?;
        match settlement.verdict {
            Decision::Withdraw if !act.acts_for(&opened.known.entry.request.office) => {
                return Err(Refusal::NotYourRegistration);
            }
            // What the service found is for the other side to look at, whoever told of it.
            Decision::Withdraw if case.cause == CaseCause::ChangedFacts => return Err(Refusal::OwnProposal),
            Decision::Withdraw => {}
            Decision::Approve(_) | Decision::Reject if case.proposed_side == act.from.side => {
                return Err(Refusal::OwnProposal);
            }
            Decision::Approve(_) | Decision::Reject => {}
        }
        // It must stand as whoever decides last saw it, and be open still.
        if case.version != settlement.version {
            return Err(Refusal::WrongState("version"));
        }
        if case.state != CaseState::Open {
            return Err(Refusal::WrongState("case_id"));
        }
        let (state, side) = match settlement.verdict {
            Decision::Approve(_) => (CaseState::Approved, Some(act.from.side)),
            Decision::Reject => (CaseState::Rejected, Some(act.from.side)),
            Decision::Withdraw => (CaseState::Withdrawn, None),
        };
        let compared = case.cause.is_of_a_comparison();
        let effects = match &settlement.verdict {
            Decision::Approve(Resolution::None) | Decision::Reject | Decision::Withdraw if compared => {
                self.left_alone(&case)
            }
            Decision::Approve(_) if compared => return Err(wrong_resolution()),
            Decision::Approve(resolution) => self.approve(act, &case, opened, resolution)?,
            Decision::Reject => self.without_number(opened, self.leave_as_it_was(&case)),
            Decision::Withdraw => self.back_to_block(opened, self.leave_as_it_was(&case)),
        };
        Ok(Effects {
            case_id: Some(case.case_id),
            closed: vec![self.closed(case, state, side)],
            ..effects
        })
    }

    /// The number of a case that was not approved: it stands as before.
    fn leave_as_it_was(&self, case: &CaseRow) -> Effects {
        let Some(row) = case.slot.and_then(|slot| self.number(slot)) else {
            return Effects::default();
        };
        let row = self.released(row);
        Effects {
            changed: vec![row.clone()],
            ..Effects::about(&row)
        }
    }

    /// A registration that gets no number does not keep the one it was handed out.
    fn without_number(&self, opened: &Decided, mut effects: Effects) -> Effects {
        let in_hand = self.waiting_in_hand(opened);
        effects
            .changed
            .extend(in_hand.map(|in_hand| in_hand.spent(opened.known.entry.position, None)));
        effects
    }

    /// A registration that was taken back is entered anew, most often for the number that was handed out: it goes back to
    /// its block, unless that was closed.
    fn back_to_block(&self, opened: &Decided, mut effects: Effects) -> Effects {
        let Some(in_hand) = self.waiting_in_hand(opened) else {
            return effects;
        };
        if in_hand.block.closed.is_some() {
            return self.without_number(opened, effects);
        }
        effects.changed.push(in_hand.of(in_hand.row.decision));
        effects.blocks.push(in_hand.block_with(1));
        effects
    }

    /// A number whose case is over, and that is valid again if it was suspended.
    fn released(&self, row: &NumberRow) -> NumberRow {
        let state = match row.state {
            NumberState::Disputed => NumberState::Issued,
            other => other,
        };
        NumberRow {
            state,
            case_id: None,
            ..row.clone()
        }
    }

    fn approve(
        &self,
        act: &Act,
        case: &CaseRow,
        opened: &Decided,
        resolution: &Resolution,
    ) -> Result<Effects, Refusal> {
        if case.kind == CaseKind::Duplicate {
            return match resolution {
                Resolution::SamePerson(number) => self.attach_number(opened, *number, "resolution.same_person"),
                Resolution::DifferentPersons => self.give(opened, case.case_id, act.reissue_place),
                _ => Err(wrong_resolution()),
            };
        }
        let row = case.slot.and_then(|slot| self.number(slot)).ok_or(Refusal::Bug)?;
        match (case.kind, resolution) {
            (CaseKind::Revoke, Resolution::None) => Ok(changes_alone(row, revoked(row, None))),
            (CaseKind::Reissue, Resolution::None) => self.reissue(row, case, opened, act.reissue_place),
            (CaseKind::TwoNumbers, Resolution::Standing(standing)) => self.merge(row, case, *standing),
            (CaseKind::SharedNumber, Resolution::Keeper(keeper)) => self.split(act, row, case, keeper),
            (CaseKind::Mismatch, Resolution::None) => self.uphold(row, case),
            _ => Err(wrong_resolution()),
        }
    }

    /// Gives a registration the number that it was handed out, or else the next of its prefix.
    pub(super) fn give(&self, decided: &Decided, case: uuid::Uuid, place: ReissuePlace) -> Result<Effects, Refusal> {
        let facts = decided.facts().ok_or(Refusal::Bug)?;
        let registration = decided.known.entry.position;
        let brought = decided.brought();
        if brought.is_some_and(|brought| brought.number.is_none()) {
            // It asks for no number, and gets none.
            return Ok(Effects::default());
        }
        if brought.is_some() && !facts.eligible() {
            return Err(Refusal::NotEligible);
        }
        let waiting = self.waiting_brought(decided);
        let own = waiting.filter(|row| tells(row.number.prefix(), facts));
        let (row, drawn) = match (self.waiting_in_hand(decided), own) {
            (Some(in_hand), _) => (in_hand.given(registration, self.setting.moment.at), None),
            (None, Some(own)) => (own.confirmed(registration), None),
            (None, None) => {
                let (row, drawn) = self.next_number(facts, place)?;
                let row = NumberRow {
                    registration,
                    facts: registration,
                    ..row
                };
                (row, Some(drawn))
            }
        };
        let mut effects = Effects {
            attached: vec![Attachment {
                registration,
                slot: row.slot,
                former: None,
            }],
            strict: self.subject_of(decided, Some(case)),
            ..Effects::about(&row)
        };
        let given_up = waiting.filter(|waiting| waiting.number != row.number);
        effects
            .changed
            .extend(given_up.map(|waiting| waiting.given_up(row.number)));
        match drawn {
            Some(_) => effects.new.push(row),
            None => effects.changed.push(row),
        }
        effects.drawn.extend(drawn);
        Ok(effects)
    }

    fn next_number(&self, facts: &Registration, place: ReissuePlace) -> Result<(NumberRow, (Prefix, u32)), Refusal> {
        let prefix = self.prefix_of(facts, place)?;
        let counter = self.next_counter(prefix).ok_or(Refusal::PrefixExhausted)?;
        let slot = Slot::of(prefix, counter).map_err(|_| Refusal::PrefixExhausted)?;
        let number = self.setting.ring.picker.at(slot);
        let row = NumberRow::issued((slot, number), self.next_position(), self.setting.moment.at);
        Ok((row, (prefix, counter)))
    }

    /// The prefix of a number given by a decision. The place may have been closed since the birth was registered.
    pub(super) fn prefix_of(&self, facts: &Registration, rule: ReissuePlace) -> Result<Prefix, Refusal> {
        let place = match self.setting.rules.codes.issuing(facts.place, self.setting.moment.day) {
            Err(NotIssuing::Closed { successor }) if rule == ReissuePlace::Successor => successor,
            Ok(()) | Err(NotIssuing::Closed { .. }) => facts.place,
            Err(NotIssuing::Unknown | NotIssuing::NotYetOpen { .. }) => {
                let (place, successor) = (facts.place, None);
                return Err(Refusal::PrefixClosed { place, successor });
            }
        };
        Prefix::new(place, facts.child.sex, facts.child.born.year()).map_err(|_| Refusal::Bug)
    }

    /// Revokes a number and gives another by corrected facts, each pointing to the other.
    fn reissue(
        &self,
        row: &NumberRow,
        case: &CaseRow,
        opened: &Decided,
        place: ReissuePlace,
    ) -> Result<Effects, Refusal> {
        let facts = opened.facts().ok_or(Refusal::Bug)?;
        // Another registration may have been entered there since it was proposed.
        self.check_reference_free(row, self.setting.keys(facts).reference)?;
        let registration = opened.known.entry.position;
        let (new, drawn) = self.next_number(facts, place)?;
        let new = NumberRow {
            registration,
            facts: registration,
            life: row.life,
            replaces: Some(row.number),
            ..new
        };
        Ok(Effects {
            about: Some((row.slot, row.number)),
            changed: vec![revoked(row, Some(new.number))],
            attached: vec![Attachment {
                registration,
                slot: new.slot,
                former: None,
            }],
            drawn: vec![drawn],
            new: vec![new],
            ..self.keys_of_corrected(opened, case.case_id)
        })
    }

    /// Of two numbers of one person one stands from now on, and the other leads to it.
    fn merge(&self, row: &NumberRow, case: &CaseRow, standing: Number) -> Result<Effects, Refusal> {
        let unknown = || Refusal::WrongState("resolution.standing_number");
        let other = case.other.and_then(|other| self.of_digits(other)).ok_or_else(unknown)?;
        let (winner, loser) = match standing {
            standing if standing == row.number => (row, other),
            standing if standing == other.number => (other, row),
            _ => return Err(wrong_resolution()),
        };
        if other.case_id.is_some_and(|open| open != case.case_id) {
            return Err(Refusal::CaseOpen);
        }
        if !winner.stands() || !loser.stands() {
            return Err(unknown());
        }
        let winner = NumberRow {
            replaces: winner.replaces.or(Some(loser.number)),
            case_id: None,
            ..winner.clone()
        };
        Ok(Effects {
            changed: vec![revoked(loser, Some(winner.number)), winner],
            ..Effects::about(row)
        })
    }

    /// Of two persons with one number one keeps it, and the other gets another.
    fn split(&self, act: &Act, row: &NumberRow, case: &CaseRow, keeper: &Ref) -> Result<Effects, Refusal> {
        let second = *case.matches.first().ok_or(Refusal::Bug)?;
        let keeper = self.by_reference(keeper).map(|known| known.known.entry.position);
        let (keeper, leaver): (Position, Position) = match keeper {
            Some(keeper) if keeper == row.registration => (keeper, second),
            Some(keeper) if keeper == second => (keeper, row.registration),
            _ => return Err(wrong_resolution()),
        };
        let facts = if keeper == row.registration { row.facts } else { keeper };
        let leaver = self.decided.get(&leaver).ok_or(Refusal::Bug)?;
        let mut effects = self.give(leaver, case.case_id, act.reissue_place)?;
        for attachment in &mut effects.attached {
            attachment.former = Some(row.number);
        }
        effects.changed.push(NumberRow {
            registration: keeper,
            facts,
            case_id: None,
            ..row.clone()
        });
        effects.about = Some((row.slot, row.number));
        Ok(effects)
    }

    /// The registering side agrees with a dispute.
    fn uphold(&self, row: &NumberRow, case: &CaseRow) -> Result<Effects, Refusal> {
        match (case.cause, case.other) {
            (CaseCause::OtherNumber, Some(other)) => self.give_way(row, other),
            (CaseCause::NoSuchPerson, _) => Ok(changes_alone(row, revoked(row, None))),
            // Which facts are right is settled by a change or a reissue; the number itself was never in doubt.
            (CaseCause::FactsDiffer, _) => Ok(changes_alone(row, self.released(row))),
            _ => Err(Refusal::Bug),
        }
    }

    /// The number that the population database holds takes the place of the one given here.
    fn give_way(&self, row: &NumberRow, other: Number) -> Result<Effects, Refusal> {
        let other = self.of_digits(other).ok_or(Refusal::Bug)?;
        let mut effects = changes_alone(row, revoked(row, Some(other.number)));
        match other.state {
            _ if self.is_held_elsewhere(other) => effects.changed.push(NumberRow {
                state: NumberState::Confirmed,
                registration: row.registration,
                facts: row.facts,
                life: row.life,
                replaces: Some(row.number),
                ..other.clone()
            }),
            NumberState::Issued | NumberState::Confirmed => effects.changed.push(NumberRow {
                replaces: other.replaces.or(Some(row.number)),
                ..other.clone()
            }),
            _ => return Err(Refusal::WrongState("case_id")),
        }
        Ok(effects)
    }
}

fn changes_alone(row: &NumberRow, after: NumberRow) -> Effects {
    Effects {
        changed: vec![after],
        ..Effects::about(row)
    }
}

fn revoked(row: &NumberRow, replaced_by: Option<Number>) -> NumberRow {
    NumberRow {
        state: NumberState::Revoked,
        replaced_by,
        case_id: None,
        ..row.clone()
    }
}

fn wrong_resolution() -> Refusal {
    Refusal::invalid("resolution", Problem::Resolution)
}

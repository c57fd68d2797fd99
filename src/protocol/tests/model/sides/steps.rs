//! Which commands there are on a store, and how they are made.

use super::super::super::Memory;
use super::super::super::acts::{approve, attach, authority, change, department, dispute, propose, registrar, settle};
use super::super::super::handed::MISSION;
use super::super::super::imports::{IMPORTER, Item};
use super::super::kept::{Sent, Stored};
use super::elsewhere::named_otherwise;
use super::{Actor, Approval, Kind, Sides, Step};
use crate::number::Slot;
use crate::protocol::{
    CaseCause, CaseKind, CaseRow, Command, Decision, Deed, NumberRow, Proposed, Resolution, Standpoint,
};

/// Where every birth of a scope is written down.
const OFFICE: &str = "26734";
/// One of each side: what a side may propose, any of it may.
const PROPOSERS: [Actor; 2] = [Actor::Registrar, Actor::Authority];
/// Who may be asked to decide: also who may not.
const DECIDERS: [Actor; 2] = [Actor::Department, Actor::Authority];

impl Actor {
    fn standpoint(self) -> (String, Standpoint) {
        match self {
            Self::Registrar => registrar(OFFICE),
            Self::Department => department(),
            Self::Authority => authority(),
            Self::Mission => registrar(MISSION),
            Self::Importer => registrar(IMPORTER),
        }
    }
}

impl Sides {
    /// Every command of the menu, on every number, and every decision on every case.
    pub(super) fn steps_of(&self, store: &Stored, steps: &mut Vec<Step>) {
        let memory = &store.memory;
        let births = 0..self.births.len();
        for kind in &self.menu {
            match kind {
                Kind::Register => {
                    let registrable = births.clone().filter(|birth| self.may_be_registered(store, *birth));
                    steps.extend(registrable.map(Step::Register));
                }
                Kind::Attach => {
                    let numbers = memory.numbers.values().map(|row| row.number).chain([self.elsewhere]);
                    steps.extend(
                        numbers.flat_map(|number| births.clone().map(move |birth| Step::Attach(number, birth))),
                    );
                }
                Kind::Import => {
                    let items = 0..self.items.len();
                    let brought = items.filter(|item| self.may_be_registered(store, self.items[*item].0));
                    steps.extend(brought.map(Step::Import));
                }
                Kind::CloseBlock => steps.extend(memory.blocks.keys().map(|block| Step::CloseBlock(block.id))),
                kind => {
                    for row in memory.numbers.values() {
                        self.steps_on(store, *kind, row, steps);
                    }
                }
            }
        }
        // Also those that are closed: nobody decides twice.
        let mut cases: Vec<_> = memory.cases.values().collect();
        cases.sort_unstable_by_key(|case| case.decision);
        for case in cases {
            self.decisions_on(store, case, steps);
        }
    }

    fn steps_on(&self, store: &Stored, kind: Kind, row: &NumberRow, steps: &mut Vec<Step>) {
        let slot = row.slot;
        let births = 0..self.births.len();
        let rows = store.memory.numbers.values();
        let others = rows.filter(|other| other.slot != slot).map(|other| other.number);
        match kind {
            Kind::Register | Kind::Attach | Kind::Import | Kind::CloseBlock => {}
            Kind::Confirm => steps.push(Step::Confirm(slot)),
            Kind::Dispute => {
                steps.push(Step::Dispute(slot, CaseCause::FactsDiffer, None));
                steps.push(Step::Dispute(slot, CaseCause::NoSuchPerson, None));
                let held = others.chain([self.elsewhere]).filter(|held| *held != row.number);
                steps.extend(held.map(|held| Step::Dispute(slot, CaseCause::OtherNumber, Some(held))));
            }
            Kind::Revoke => steps.extend(PROPOSERS.map(|by| Step::Revoke(by, slot))),
            Kind::Reissue => {
                let by = |by| births.clone().map(move |birth| Step::Reissue(by, slot, birth));
                steps.extend(PROPOSERS.into_iter().flat_map(by));
            }
            Kind::Merge => steps.extend(others.flat_map(|other| PROPOSERS.map(|by| Step::Merge(by, slot, other)))),
            Kind::Split => steps.extend(births.flat_map(|birth| PROPOSERS.map(|by| Step::Split(by, slot, birth)))),
            Kind::Change => steps.extend((0..self.changes.len()).map(|change| Step::Change(slot, change))),
            Kind::HandOut => {
                let mut blocks = store.memory.blocks.values();
                let Some(block) = blocks.find(|block| block.opened == row.decision) else {
                    return;
                };
                let (block, number) = (block.request.id, row.number);
                let abroad =
                    births.filter(|birth| self.is_of_the_mission(*birth) && self.may_be_registered(store, *birth));
                steps.extend(
                    abroad.flat_map(|birth| [true, false].map(|printed| Step::HandOut(block, number, birth, printed))),
                );
            }
            Kind::Report => steps.extend(DECIDERS.map(|by| Step::Report(by, slot))),
        }
    }

    fn decisions_on(&self, store: &Stored, case: &CaseRow, steps: &mut Vec<Step>) {
        let id = case.case_id;
        let numbers = || store.memory.numbers.values().map(|row| row.number);
        let approvals: Vec<Approval> = match case.kind {
            CaseKind::Duplicate => numbers()
                .map(Approval::SamePerson)
                .chain([Approval::DifferentPersons])
                .collect(),
            CaseKind::TwoNumbers => numbers().map(Approval::Standing).collect(),
            CaseKind::SharedNumber => (0..self.births.len()).map(Approval::Keeper).collect(),
            CaseKind::Revoke | CaseKind::Reissue | CaseKind::Mismatch => vec![Approval::Nothing],
        };
        for by in DECIDERS {
            steps.extend(approvals.iter().map(|approval| Step::Approve(by, id, *approval)));
            steps.push(Step::Reject(by, id));
        }
        steps.extend(PROPOSERS.map(|by| Step::Withdraw(by, id)));
        let opener = &store.memory.entries[case.decision as usize - 1].request.office;
        let further = [(MISSION, Actor::Mission), (IMPORTER, Actor::Importer)];
        let opener = further.into_iter().filter(|(office, _)| opener == office);
        steps.extend(opener.map(|(_, by)| Step::Withdraw(by, id)));
    }

    fn is_of_the_mission(&self, birth: usize) -> bool {
        let reference = self.births[birth].0.r#ref.as_ref();
        reference.is_some_and(|reference| reference.office_code == MISSION)
    }

    /// The command of a step, under a request id that only this place of the ledger has.
    pub(super) fn command(&self, store: &Stored, step: Step) -> Sent {
        let mut desk = self.desk(store);
        let id = 0x1000 + store.size() as u128;
        let number = |slot: Slot| store.memory.numbers[&slot].number;
        let birth = |place: usize| &self.births[place].0;
        let case = |id| &store.memory.cases[&id];
        let (by, deed) = match step {
            Step::Register(place) => {
                let (birth, person) = &self.births[place];
                let (command, person) = (desk.issue(id, birth), *person);
                return Sent { command, person };
            }
            Step::HandOut(block, number, place, printed) => {
                let (birth, person) = &self.births[place];
                let (command, person) = (desk.handed(id, birth, block, number, printed), *person);
                return Sent { command, person };
            }
            Step::Import(item) => {
                let (place, number) = self.items[item];
                let (birth, person) = self.births[place].clone();
                let command = desk.item(&Item {
                    sequence: store.size(),
                    ..Item::of(birth, number)
                });
                return Sent { command, person };
            }
            Step::Report(by, slot) => {
                let row = &store.memory.numbers[&slot];
                let (record, mismatch) = named_otherwise(row.number);
                let act = desk.report_of(by.standpoint(), record, mismatch, row.facts);
                let command = Command::Act(Box::new(act));
                return Sent { command, person: 0 };
            }
            Step::CloseBlock(block) => (Actor::Mission, Deed::Close(block)),
            Step::Confirm(slot) => (Actor::Authority, Deed::Confirm(number(slot))),
            Step::Dispute(slot, reason, held) => (Actor::Authority, dispute(number(slot), reason, held)),
            Step::Attach(number, place) => (Actor::Authority, attach(number, desk.reference(birth(place)))),
            Step::Revoke(by, slot) => (by, propose(number(slot), Proposed::Revocation)),
            Step::Reissue(by, slot, place) => (
                by,
                propose(number(slot), Proposed::Reissue(desk.registered(birth(place)))),
            ),
            Step::Merge(by, slot, other) => (by, propose(number(slot), Proposed::Merge(other))),
            Step::Split(by, slot, place) => (by, propose(number(slot), Proposed::Split(desk.reference(birth(place))))),
            Step::Change(slot, place) => {
                let (known, facts, mask) = &self.changes[place];
                (Actor::Registrar, change(number(slot), known, facts.clone(), mask))
            }
            Step::Approve(by, id, approval) => (by, approve(case(id), self.resolution(&desk, approval))),
            Step::Reject(by, id) => (by, settle(case(id), Decision::Reject)),
            Step::Withdraw(by, id) => (by, settle(case(id), Decision::Withdraw)),
        };
        let command = Command::Act(Box::new(desk.act_of(by.standpoint(), deed)));
        Sent { command, person: 0 }
    }

    fn resolution(&self, desk: &Memory, approval: Approval) -> Resolution {
        match approval {
            Approval::Nothing => Resolution::None,
            Approval::SamePerson(number) => Resolution::SamePerson(number),
            Approval::DifferentPersons => Resolution::DifferentPersons,
            Approval::Standing(number) => Resolution::Standing(number),
            Approval::Keeper(place) => Resolution::Keeper(desk.reference(&self.births[place].0)),
        }
    }
}

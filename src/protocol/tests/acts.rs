//! Commands of the two sides, for the tests: made as the engine makes them.

use jiff::civil::date;
use uuid::Uuid;

use super::Memory;
use crate::ledger::{Context, Position, RequestKey};
use crate::number::Number;
use crate::proto::v1 as pb;
use crate::protocol::reconcile::{Mismatch, Record, report};
use crate::protocol::{
    Act, CaseCause, CaseKind, CaseRow, Change, Command, Decision, Deed, Dispute, Done, Fields, Ground, NumberRow,
    Proposal, Proposed, Registered, ReissuePlace, Resolution, Scope, Settlement, Side, Standing, Standpoint, Target,
    Told,
};
use crate::refusal::Refusal;
use crate::registration::{Content, Ref};

/// The population authority.
pub(super) const AUTHORITY: &str = "c06";
/// The justice department over every office of the tests.
pub(super) const DEPARTMENT: &str = "79-stp";

/// Who acts.
pub(super) fn authority() -> (String, Standpoint) {
    let (side, scope) = (Side::Population, Scope::All);
    (AUTHORITY.to_owned(), Standpoint::new(side, scope))
}

pub(super) fn department() -> (String, Standpoint) {
    let (side, scope) = (Side::Registration, Scope::All);
    (DEPARTMENT.to_owned(), Standpoint::new(side, scope))
}

pub(super) fn registrar(office: &str) -> (String, Standpoint) {
    let (side, scope) = (Side::Registration, Scope::Office(office.into()));
    (office.to_owned(), Standpoint::new(side, scope))
}

impl Memory {
    /// A command under an id of its own.
    pub(super) fn act_of(&mut self, (office, from): (String, Standpoint), deed: Deed) -> Act {
        self.made += 1;
        let id = 0xac_0000 + u128::from(self.made);
        let mut fields = Fields::default();
        fields.add("deed", format!("{deed:?}"));
        Act {
            request: RequestKey {
                id: Uuid::from_u128(id),
                office,
            },
            context: Context::default(),
            from,
            fields,
            seed: ([self.made; 32], [self.made; 12]),
            case_id: Uuid::from_u128(0xcafe_0000 + u128::from(self.made)),
            reissue_place: ReissuePlace::default(),
            deed,
        }
    }

    /// Carries a command out in a turn of its own.
    pub(super) fn act(&mut self, from: (String, Standpoint), deed: Deed) -> Result<Done, Refusal> {
        let act = self.act_of(from, deed);
        self.send(act)
    }

    /// The command that reports a mismatch, found when this entry held what is known here.
    pub(super) fn report_of(
        &mut self,
        from: (String, Standpoint),
        record: Record,
        mismatch: Mismatch,
        version: Position,
    ) -> Act {
        let asked = report(record, mismatch, version);
        let mut act = self.act_of(from, asked.deed);
        act.fields = asked.fields;
        act
    }

    /// Reports a mismatch in a turn of its own.
    pub(super) fn report(
        &mut self,
        from: (String, Standpoint),
        record: Record,
        mismatch: Mismatch,
        version: Position,
    ) -> Result<Done, Refusal> {
        let act = self.report_of(from, record, mismatch, version);
        self.send(act)
    }

    pub(super) fn send(&mut self, act: Act) -> Result<Done, Refusal> {
        let command = Command::Act(Box::new(act));
        match self.carry_out(&[command]).0.remove(0)? {
            Told::Act(done) => Ok(done),
            Told::Birth(_) | Told::Import(_) => panic!("neither birth nor import"),
        }
    }

    /// A number as it stands.
    pub(super) fn stands(&self, number: Number) -> &NumberRow {
        &self.numbers[&self.ring.picker.slot(number)]
    }

    /// What became of a registration.
    pub(super) fn standing(&self, position: Position) -> Standing {
        self.decided(position).known.standing().expect("a registration")
    }

    /// The case of an id.
    pub(super) fn case(&self, done: Done) -> &CaseRow {
        &self.cases[&done.case_id.expect("a case")]
    }

    pub(super) fn reference(&self, birth: &pb::BirthRegistration) -> Ref {
        self.registered(birth).facts.reference.clone()
    }

    pub(super) fn registered(&self, birth: &pb::BirthRegistration) -> Registered {
        Registered::of(Content::of(birth)).expect("a birth in order")
    }

    /// A number given to a birth under a request id of its own.
    pub(super) fn given(&mut self, birth: &pb::BirthRegistration) -> Number {
        let id = 0x2000 + u128::from(self.made);
        match self.tell(id, birth).expect("a decision").standing {
            Standing::Issued(row) => row.number,
            other => panic!("{other:?}"),
        }
    }
}

/// A ground for every kind of case, in force in the year of the tests.
pub(super) fn ground() -> Ground {
    Ground {
        code: "G".to_owned(),
        kinds: vec![
            CaseKind::Revoke,
            CaseKind::Reissue,
            CaseKind::TwoNumbers,
            CaseKind::SharedNumber,
        ],
        from: date(2026, 1, 1),
        until: Some(date(2026, 12, 31)),
        citizen_request: false,
        vietnamese: "căn cứ".to_owned(),
        english: "ground".to_owned(),
    }
}

pub(super) fn propose(number: Number, what: Proposed) -> Deed {
    Deed::Propose(Box::new(Proposal {
        number,
        ground: Some(ground()),
        citizen_requested_on: None,
        what,
    }))
}

pub(super) fn dispute(number: Number, reason: CaseCause, held: Option<Number>) -> Deed {
    Deed::Dispute(Dispute { number, held, reason })
}

pub(super) fn settle(case: &CaseRow, verdict: Decision) -> Deed {
    Deed::Settle(Settlement {
        case_id: case.case_id,
        version: case.version,
        verdict,
    })
}

pub(super) fn approve(case: &CaseRow, resolution: Resolution) -> Deed {
    settle(case, Decision::Approve(resolution))
}

pub(super) fn attach(number: Number, reference: Ref) -> Deed {
    Deed::Attach(number, Target::Reference(reference))
}

/// A change of what `mask` names, by someone who knows the child of this birth.
pub(super) fn change(number: Number, known: &pb::BirthRegistration, facts: pb::Facts, mask: &[&str]) -> Deed {
    let child = known.child.clone().unwrap_or_default();
    Deed::Change(Box::new(Change {
        number,
        matching: pb::Facts {
            full_name: Some(child.full_name),
            date_of_birth: child.date_of_birth,
            ..pb::Facts::default()
        },
        effective_on: date(2026, 11, 24),
        life: None,
        facts,
        mask: mask.iter().map(|path| (*path).to_owned()).collect(),
        today: date(2026, 11, 24),
    }))
}

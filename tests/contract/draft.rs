//! Rows made by hand, so that a store is asked for more than the protocol would.

use dinhdanh::ledger::{Context, Draft, Entry, EntryKind, KeyRing, Placement, Position, RequestKey};
use dinhdanh::number::{PlaceCode, Prefix, Sex, Slot};
use dinhdanh::protocol::{
    CaseCause, CaseKind, CaseRow, CaseState, Changes, LifeStatus, NumberRow, NumberState, PrefixRow, Side,
};
use dinhdanh::registration::Key;
use uuid::Uuid;

use super::ring;

/// The time of all rows, in microseconds.
pub const AT: i64 = 1_790_000_000_000_000;

/// A prefix of Ho Chi Minh City, one for each year.
pub fn prefix(year: i16) -> Prefix {
    Prefix::new(PlaceCode::new(79).unwrap(), Sex::Female, year).unwrap()
}

/// A key that no other number has.
pub fn key(number: u128) -> Key {
    // Spread over the whole range, as digests are.
    Key::from_bytes(
        number
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            .to_be_bytes(),
    )
}

pub fn request(id: u128) -> RequestKey {
    RequestKey {
        id: Uuid::from_u128(id),
        office: "26734".to_owned(),
    }
}

/// Appends entries to the changes of one turn.
pub struct Pen<'a> {
    pub changes: &'a mut Changes,
    ring: KeyRing,
}

impl<'a> Pen<'a> {
    pub fn on(changes: &'a mut Changes) -> Self {
        changes.head.at = AT;
        Self { changes, ring: ring() }
    }

    /// The position of the next entry.
    pub fn next(&self) -> Position {
        self.changes.head.size() + 1
    }

    /// An entry of this kind that decides itself.
    pub fn entry(&mut self, id: u128, kind: EntryKind) -> &mut Entry {
        let (position, context) = (self.next(), Context::default());
        self.place(
            request(id),
            context,
            b"content",
            Placement {
                kind,
                ..self.placement(position)
            },
        )
    }

    pub fn placement(&self, decision: Position) -> Placement {
        Placement {
            position: self.next(),
            epoch: self.changes.head.epoch,
            kind: EntryKind::Issued,
            decision,
            number: None,
            case_id: None,
            changed: Vec::new(),
            at: AT,
        }
    }

    pub fn place(&mut self, request: RequestKey, context: Context, content: &[u8], placement: Placement) -> &mut Entry {
        let randomness = (
            [5; 32],
            placement.position.to_be_bytes().repeat(2)[..12].try_into().unwrap(),
        );
        let draft = Draft::seal(&self.ring, request, context, [7; 16], content, randomness).unwrap();
        let entry = Entry::place(draft, placement);
        self.changes.head.frontier.push(entry.leaf);
        self.changes.entries.push(entry);
        self.changes.entries.last_mut().unwrap()
    }

    /// An entry that gives the number at this counter, with its row.
    pub fn issued(&mut self, id: u128, slot: Slot) -> NumberRow {
        let number = Some((slot, self.ring.picker.at(slot)));
        let placement = Placement {
            number,
            ..self.placement(self.next())
        };
        let position = placement.position;
        self.place(request(id), Context::default(), b"content", placement);
        let row = self.elsewhere(slot, NumberState::Issued, position);
        self.changes.numbers.push(row.clone());
        row
    }

    /// A number that came from elsewhere.
    pub fn elsewhere(&self, slot: Slot, state: NumberState, decision: Position) -> NumberRow {
        NumberRow {
            slot,
            number: self.ring.picker.at(slot),
            state,
            life: LifeStatus::Alive,
            replaced_by: None,
            replaces: None,
            case_id: None,
            issued_at: AT,
            decision,
            registration: decision,
            facts: decision,
        }
    }

    /// An entry that opens a case, with its row.
    pub fn case(&mut self, id: u128, matches: &[Position]) -> CaseRow {
        let case_id = Uuid::from_u128(0xca5e << 64 | id);
        let placement = Placement {
            kind: EntryKind::UnderReview,
            case_id: Some(case_id),
            ..self.placement(self.next())
        };
        let decision = placement.position;
        self.place(request(id), Context::default(), b"content", placement);
        let case = CaseRow {
            case_id,
            kind: CaseKind::Duplicate,
            state: CaseState::Open,
            cause: CaseCause::SameChild,
            decision,
            proposed_side: Side::Registration,
            opened_at: AT,
            version: 1,
            slot: None,
            other: None,
            closed: None,
            decided_side: None,
            matches: matches.to_vec(),
        };
        self.changes.cases.push(case.clone());
        case
    }

    /// An entry about a number known before, which it leaves as `row`.
    pub fn changed(&mut self, id: u128, kind: EntryKind, row: &NumberRow) -> Position {
        let placement = Placement {
            kind,
            number: Some((row.slot, row.number)),
            changed: row.bytes(),
            ..self.placement(self.next())
        };
        let position = placement.position;
        self.place(request(id), Context::default(), b"content", placement);
        self.changes.rare.numbers.push(row.clone());
        self.changes.rare.history.push((position, row.clone()));
        position
    }

    /// An entry that closes a case known before; answers how it then stands.
    pub fn closed(&mut self, id: u128, case: &CaseRow, state: CaseState, decided_side: Option<Side>) -> CaseRow {
        let placement = Placement {
            kind: EntryKind::CaseApproved,
            case_id: Some(case.case_id),
            ..self.placement(self.next())
        };
        let position = placement.position;
        self.place(request(id), Context::default(), b"content", placement);
        let case = CaseRow {
            state,
            version: case.version + 1,
            closed: Some(position),
            decided_side,
            ..case.clone()
        };
        self.changes.rare.cases.push(case.clone());
        case
    }
}

/// A prefix's row, without free counters.
pub fn row(next: u32, held: u32) -> PrefixRow {
    PrefixRow {
        next,
        held,
        picker: ring().ids.picker,
        free: Vec::new(),
    }
}

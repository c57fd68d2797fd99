//! Carrying out what was decided on a birth.

use super::handed::InHand;
use super::issue::{self, CROWD, Verdict};
use super::{
    CaseCause, CaseKind, CaseRow, CaseState, Decided, Issue, Known, NumberRow, Registered, Reply, Says, Side, World,
    changed_bytes,
};
use crate::ledger::{Entry, EntryKind, Placement, Position};
use crate::number::{Number, Prefix, Slot};
use crate::refusal::Refusal;
use crate::registration::Key;

/// What the entry of a birth is to say.
struct Writing {
    kind: EntryKind,
    /// The entry that decided, if it is not this one.
    decision: Option<Position>,
    /// The number it gives.
    number: Option<(Slot, Number)>,
    /// The number, known before, that it changes.
    changed: Option<NumberRow>,
}

impl From<EntryKind> for Writing {
    fn from(kind: EntryKind) -> Self {
        Self {
            kind,
            decision: None,
            number: None,
            changed: None,
        }
    }
}

impl Writing {
    fn bound(decision: Position) -> Self {
        Self {
            decision: Some(decision),
            ..EntryKind::Bound.into()
        }
    }
}

impl World<'_> {
    /// Decides on a birth and makes the outcome part of this world.
    pub(super) fn issue(&mut self, command: &Issue) -> Result<Reply, Refusal> {
        match issue::decide(self, command) {
            Verdict::Refuse(refusal) => Err(refusal),
            Verdict::Known(position) => {
                let decided = self.decided.get(&position).ok_or(Refusal::Bug)?;
                // A turn that was cut off is run again, and may find what it had written itself. Every sending is sealed
                // under randomness of its own, so the seal tells the two apart.
                let earlier = decided.known.entry.sealed != command.draft.sealed;
                self.present(decided).reply(earlier).ok_or(Refusal::Bug)
            }
            Verdict::Bind(position) => {
                self.append(command, Writing::bound(position));
                let decided = self.decided.get(&position).ok_or(Refusal::Bug)?;
                self.present(decided).reply(true).ok_or(Refusal::Bug)
            }
            Verdict::Spend { decision, instead } => {
                let in_hand = self.in_hand(command)?.ok_or(Refusal::Bug)?;
                self.use_number(command, Writing::bound(decision), &in_hand, |in_hand, _, _| {
                    in_hand.spent(decision, instead)
                });
                let decided = self.decided.get(&decision).ok_or(Refusal::Bug)?;
                self.present(decided).reply(true).ok_or(Refusal::Bug)
            }
            Verdict::Settle => self.settle_number(command),
            Verdict::NotEligible => {
                let entry = match self.in_hand(command)? {
                    None => self.append(command, EntryKind::Rejected.into()),
                    Some(in_hand) => {
                        self.use_number(command, EntryKind::Rejected.into(), &in_hand, |in_hand, at, _| {
                            in_hand.spent(at, None)
                        })
                    }
                };
                self.hold_strict(command.keys.reference, entry.position);
                self.decide(command, entry, None, None)
            }
            Verdict::Review { cause, matches } => self.open_case(command, cause, matches),
            Verdict::Issue { prefix, counter } => {
                let slot = Slot::of(prefix, counter).map_err(|_| Refusal::PrefixExhausted)?;
                self.draw(prefix, counter);
                self.give_number(command, EntryKind::Issued, slot)
            }
            Verdict::Reenter(slot) => {
                // Its counter was drawn long ago; but the prefix may have been first used in what was lost.
                self.drawn.insert(slot.prefix());
                self.give_number(command, EntryKind::Reentered, slot)
            }
        }
    }

    /// Gives the child a number that is nobody's.
    fn give_number(&mut self, command: &Issue, kind: EntryKind, slot: Slot) -> Result<Reply, Refusal> {
        let digits = self.setting.ring.picker.at(slot);
        let writing = Writing {
            number: Some((slot, digits)),
            ..kind.into()
        };
        let entry = self.append(command, writing);
        let number = NumberRow::issued((slot, digits), entry.position, entry.at);
        self.changes.numbers.push(number.clone());
        // Somebody in this turn may have asked whether there is such a number.
        if let Some(unknown) = self.numbers.get_mut(&slot) {
            *unknown = Some(number.clone());
        }
        self.hold_all(command, &entry);
        self.decide(command, entry, Some(number), None)
    }

    /// Gives the child the number that was handed out to it.
    fn settle_number(&mut self, command: &Issue) -> Result<Reply, Refusal> {
        let in_hand = self.in_hand(command)?.ok_or(Refusal::Bug)?;
        let writing = Writing {
            number: Some((in_hand.row.slot, in_hand.row.number)),
            ..EntryKind::Settled.into()
        };
        let entry = self.use_number(command, writing, &in_hand, InHand::given);
        let number = self.number(in_hand.row.slot).cloned();
        self.hold_all(command, &entry);
        self.decide(command, entry, number, None)
    }

    /// Gives a registration that has a number all its keys.
    fn hold_all(&mut self, command: &Issue, entry: &Entry) {
        self.hold_strict(command.keys.reference, entry.position);
        if let Some(subject) = command.keys.subject {
            self.hold_strict(subject, entry.position);
        }
        self.hold_blocking(&command.keys.blocking, entry.position);
    }

    /// Appends the command's entry, which makes something of a number in hand: told of the entry's position and time.
    fn use_number(
        &mut self,
        command: &Issue,
        writing: Writing,
        in_hand: &InHand,
        becomes: impl FnOnce(&InHand, Position, i64) -> NumberRow,
    ) -> Entry {
        let row = becomes(in_hand, self.next_position(), self.setting.moment.at);
        let writing = Writing {
            changed: Some(row.clone()),
            ..writing
        };
        let entry = self.append(command, writing);
        self.change_number(row);
        self.change_block(in_hand.block_with(-1));
        entry
    }

    fn open_case(&mut self, command: &Issue, cause: CaseCause, matches: Vec<Position>) -> Result<Reply, Refusal> {
        let entry = match self.in_hand(command)? {
            None => self.append(command, EntryKind::UnderReview.into()),
            Some(in_hand) => self.use_number(command, EntryKind::UnderReview.into(), &in_hand, |in_hand, at, _| {
                in_hand.of(at)
            }),
        };
        let case = CaseRow {
            case_id: command.case_id,
            kind: CaseKind::Duplicate,
            state: CaseState::Open,
            cause,
            decision: entry.position,
            proposed_side: Side::Registration,
            opened_at: entry.at,
            version: 1,
            slot: None,
            other: None,
            closed: None,
            decided_side: None,
            matches,
        };
        self.changes.cases.push(case.clone());
        let office = command.facts.reference.office.clone();
        self.changes.rare.parties.push((office, entry.position));
        self.hold_strict(command.keys.reference, entry.position);
        self.hold_blocking(&command.keys.blocking, entry.position);
        self.decide(command, entry, None, Some(case))
    }

    /// Appends the command's entry to the ledger.
    fn append(&mut self, command: &Issue, writing: Writing) -> Entry {
        let position = self.next_position();
        let Writing {
            kind,
            decision,
            number,
            changed,
        } = writing;
        let decision = decision.unwrap_or(position);
        let case_id = (kind == EntryKind::UnderReview).then_some(command.case_id);
        let placement = Placement {
            position,
            epoch: self.changes.head.epoch,
            kind,
            decision,
            number,
            case_id,
            changed: changed_bytes(changed.iter()),
            at: self.setting.moment.at,
        };
        let entry = Entry::place(command.draft.clone(), placement);
        self.changes.rare.history.extend(changed.map(|row| (position, row)));
        self.push_entry(entry.clone());
        entry
    }

    /// The position of the next entry.
    pub(super) fn next_position(&self) -> Position {
        self.changes.head.size() + 1
    }

    /// Makes an entry the last of the ledger.
    pub(super) fn push_entry(&mut self, entry: Entry) {
        let head = &mut self.changes.head;
        head.frontier.push(entry.leaf);
        head.at = entry.at;
        self.found.requests.insert(entry.request.clone(), entry.decision);
        self.changes.entries.push(entry);
    }

    /// Takes a counter of a prefix; those skipped were taken by numbers from elsewhere.
    pub(super) fn draw(&mut self, prefix: Prefix, counter: u32) {
        if let Some(row) = self.found.prefixes.get_mut(&prefix) {
            row.held -= (counter - row.next).min(row.held);
            self.changes.head.drawn += i64::from(counter + 1 - row.next);
            row.next = counter + 1;
            row.free.retain(|free| *free > counter);
            self.drawn.insert(prefix);
        }
    }

    /// Gives a strict key to a decision, which takes it over from one without a claim if need be.
    pub(super) fn hold_strict(&mut self, key: Key, position: Position) {
        let keys = match self.found.strict.insert(key, position) {
            None => &mut self.changes.strict,
            Some(_) => &mut self.changes.moved,
        };
        keys.push((key, position));
    }

    /// Notes a registration under its blocking keys. A crowd grows no further: whoever meets it is reviewed anyway, and
    /// what a key costs to look up stays bounded.
    pub(super) fn hold_blocking(&mut self, keys: &[Key], position: Position) {
        for key in keys {
            let holders = self.found.blocking.entry(*key).or_default();
            if holders.len() < CROWD && !holders.contains(&position) {
                holders.push(position);
                self.changes.blocking.push((*key, position));
            }
        }
    }

    fn decide(
        &mut self,
        command: &Issue,
        entry: Entry,
        number: Option<NumberRow>,
        case: Option<CaseRow>,
    ) -> Result<Reply, Refusal> {
        let registered = Registered {
            content: command.content.clone(),
            facts: command.facts.clone(),
        };
        let decided = Decided {
            known: Known {
                entry,
                number,
                case,
                former: None,
            },
            says: Says {
                registered: Some(registered),
                ..Says::default()
            },
        };
        let reply = decided.reply(false).ok_or(Refusal::Bug);
        self.decided.insert(decided.known.entry.position, decided);
        reply
    }
}

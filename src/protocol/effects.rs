//! What a command other than a birth leads to, and making it part of the world.

use std::collections::HashSet;

use uuid::Uuid;

use super::{
    Act, Attachment, BlockRow, CaseRow, CaseState, Decided, Decision, Deed, Done, Fields, Known, NumberRow, Registered,
    Resolution, Says, Settlement, World, says,
};
use crate::ledger::{Context, Draft, Entry, EntryKind, NONCE_BYTES, Placement, Position, RequestKey, SYSTEM_OFFICE};
use crate::number::{Number, Prefix, Slot};
use crate::refusal::Refusal;
use crate::registration::Key;

/// What a command leads to.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// The number it is about.
    pub about: Option<(Slot, Number)>,
    /// The case it opens or closes.
    pub case_id: Option<Uuid>,
    /// Numbers that become known by it, as they are after it.
    pub new: Vec<NumberRow>,
    /// Numbers known before that it changes, as they are after it.
    pub changed: Vec<NumberRow>,
    /// Registrations that get another number.
    pub attached: Vec<Attachment>,
    /// The case it opens.
    pub opened: Option<CaseRow>,
    /// Cases it closes.
    pub closed: Vec<CaseRow>,
    /// The offices that the case it opens concerns.
    pub parties: Vec<String>,
    /// Strict keys, with the registrations that hold them from now on.
    pub strict: Vec<(Key, Position)>,
    /// Blocking keys, with the registration that is found by them from now on.
    pub blocking: Option<(Vec<Key>, Position)>,
    /// The registration that its entry holds.
    pub registered: Option<Registered>,
    /// Counters it draws.
    pub drawn: Vec<(Prefix, u32)>,
    /// Blocks, new or changed, as they are after it.
    pub blocks: Vec<BlockRow>,
}

impl Effects {
    /// About a number and nothing else yet.
    pub fn about(row: &NumberRow) -> Self {
        Self {
            about: Some((row.slot, row.number)),
            ..Self::default()
        }
    }
}

impl World<'_> {
    /// Decides on a command other than a birth and makes the outcome part of this world.
    pub(super) fn act(&mut self, act: &Act) -> Result<Done, Refusal> {
        if let Some(known) = self.by_request(&act.request) {
            let entry = &known.known.entry;
            if entry.kind == act.kind() && known.says.fields == act.fields {
                // As for births: the nonce, of which the seal begins, tells a sending from the same one run again.
                return Ok(known.done(!entry.sealed.bytes.starts_with(&act.seed.1)));
            }
            return Err(Refusal::RequestIdReused(differing(known, act)));
        }
        if let Deed::Report(_) = &act.deed
            && let Some(done) = self.reported(act)
        {
            return Ok(done);
        }
        let effects = self.decide_act(act)?;
        let done = self.enter(act, effects)?;
        if let Deed::Change(_) | Deed::Confirm(_) = &act.deed {
            self.settle_by_itself(act, done)?;
        }
        Ok(done)
    }

    /// Closes the cases that a change or a confirmation has settled: an act of the service itself, so that each number is
    /// given by an entry of its own. One that cannot be closed now goes on waiting, and somebody will have to look.
    fn settle_by_itself(&mut self, act: &Act, done: Done) -> Result<(), Refusal> {
        let Some(row) = done.slot.and_then(|slot| self.number(slot)).cloned() else {
            return Err(Refusal::Bug);
        };
        for case in self.cases_settled_by(act, &row) {
            let own = self.own_act(act, &case);
            let waiting = self.decided.get(&case.decision).ok_or(Refusal::Bug)?;
            let given = match case.cause.is_of_a_comparison() {
                true => Ok(self.left_alone(&case)),
                false => self.give(waiting, case.case_id, act.reissue_place),
            };
            let Ok(given) = given else { continue };
            let effects = Effects {
                case_id: Some(case.case_id),
                closed: vec![self.closed(case, CaseState::Approved, None)],
                ..given
            };
            self.enter(&own, effects)?;
        }
        Ok(())
    }

    /// The service's own approval of a case, brought about by this command, whose randomness is spread to it.
    fn own_act(&self, cause: &Act, case: &CaseRow) -> Act {
        let mut fields = Fields::default();
        fields.add("case_id", case.case_id);
        let spread = |domain| {
            let (salt, nonce) = &cause.seed;
            self.setting
                .ring
                .names
                .tag(domain, &[salt, nonce, case.case_id.as_bytes()])
        };
        let [salt, wide] = ["salt of an own act", "nonce of an own act"].map(spread);
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&wide[..NONCE_BYTES]);
        let verdict = Decision::Approve(match case.cause.is_of_a_comparison() {
            true => Resolution::None,
            false => Resolution::DifferentPersons,
        });
        Act {
            request: RequestKey {
                id: case.case_id,
                office: SYSTEM_OFFICE.to_owned(),
            },
            context: Context::default(),
            from: cause.from.clone(),
            fields,
            seed: (salt, nonce),
            case_id: case.case_id,
            reissue_place: cause.reissue_place,
            deed: Deed::Settle(Settlement {
                case_id: case.case_id,
                version: case.version,
                verdict,
            }),
        }
    }

    /// Appends the entry of an act and makes its effects part of the world.
    fn enter(&mut self, act: &Act, effects: Effects) -> Result<Done, Refusal> {
        let content = says::encode(
            &act.fields,
            effects.registered.as_ref().map(|registered| &*registered.content),
        );
        let draft = Draft::seal(
            self.setting.ring,
            act.request.clone(),
            act.context.clone(),
            act.fields.digest(self.setting.index, act.kind()),
            &content,
            act.seed,
        )
        .map_err(|_| Refusal::Bug)?;
        Ok(self.place(draft, act.kind(), effects, act.fields.clone()))
    }

    /// Places a draft in the ledger and makes the effects of its command part of the world.
    pub(super) fn place(&mut self, draft: Draft, kind: EntryKind, effects: Effects, fields: Fields) -> Done {
        let position = self.next_position();
        let mut history: Vec<&NumberRow> = effects.new.iter().chain(&effects.changed).collect();
        history.sort_unstable_by_key(|row| row.slot);
        let entry = Entry::place(
            draft,
            Placement {
                position,
                epoch: self.changes.head.epoch,
                kind,
                decision: position,
                number: effects.about,
                case_id: effects.case_id,
                changed: changed_bytes(history.iter().copied()),
                at: self.setting.moment.at,
            },
        );
        let rows: Vec<_> = history.into_iter().map(|row| (position, row.clone())).collect();
        self.changes.rare.history.extend(rows);
        self.push_entry(entry.clone());
        self.take_effect(entry, fields, effects)
    }

    fn take_effect(&mut self, entry: Entry, fields: Fields, effects: Effects) -> Done {
        let position = entry.position;
        for (prefix, counter) in &effects.drawn {
            self.draw(*prefix, *counter);
        }
        for block in effects.blocks {
            self.change_block(block);
        }
        let own: HashSet<Slot> = effects
            .drawn
            .iter()
            .filter_map(|(prefix, counter)| Slot::of(*prefix, *counter).ok())
            .collect();
        for row in effects.new {
            if !own.contains(&row.slot) {
                self.hold_number(row.slot);
            }
            if row.unused() {
                self.whole.entry(row.decision).or_default().push(row.slot);
            }
            self.changes.numbers.push(row.clone());
            self.numbers.insert(row.slot, Some(row));
        }
        for row in effects.changed {
            self.change_number(row);
        }
        for attachment in effects.attached {
            self.attach(attachment);
        }
        for case in effects.closed {
            self.change_case(case);
        }
        if let Some(case) = effects.opened {
            self.changes.cases.push(case.clone());
            self.cases.insert(case.case_id, Some(case));
        }
        let parties = effects.parties.into_iter().map(|office| (office, position));
        self.changes.rare.parties.extend(parties);
        for (key, holder) in effects.strict {
            self.hold_strict(key, holder);
        }
        if let Some((keys, holder)) = effects.blocking {
            self.hold_blocking(&keys, holder);
        }
        let number = effects.about.and_then(|(slot, _)| self.number(slot)).cloned();
        let decided = Decided {
            known: Known {
                entry,
                number,
                case: None,
                former: None,
            },
            says: Says {
                registered: effects.registered,
                fields,
            },
        };
        let done = decided.done(false);
        self.decided.insert(position, decided);
        done
    }

    /// A number that came from elsewhere must be stepped over by the picker.
    fn hold_number(&mut self, slot: Slot) {
        if let Some(row) = self.found.prefixes.get_mut(&slot.prefix()) {
            if slot.counter() >= row.next {
                row.held += 1;
            }
            row.free.retain(|free| *free != slot.counter());
            self.drawn.insert(slot.prefix());
        }
    }

    /// A block, and which numbers it has if it is a new one.
    pub(super) fn change_block(&mut self, block: BlockRow) {
        replace(&mut self.changes.rare.blocks, block.clone(), |block| {
            block.request.clone()
        });
        let keys = self.open_blocks.entry(block.request.office.clone()).or_default();
        if !keys.contains(&block.request) {
            keys.push(block.request.clone());
        }
        self.blocks.insert(block.request.clone(), Some(block));
    }

    pub(super) fn change_number(&mut self, row: NumberRow) {
        let given_now = self.changes.numbers.iter_mut().find(|new| new.slot == row.slot);
        match given_now {
            Some(new) => *new = row.clone(),
            None => replace(&mut self.changes.rare.numbers, row.clone(), |row| row.slot),
        }
        self.numbers.insert(row.slot, Some(row));
    }

    fn change_case(&mut self, case: CaseRow) {
        let opened_now = self.changes.cases.iter_mut().find(|new| new.case_id == case.case_id);
        match opened_now {
            Some(new) => *new = case.clone(),
            None => replace(&mut self.changes.rare.cases, case.clone(), |case| case.case_id),
        }
        self.cases.insert(case.case_id, Some(case));
    }

    fn attach(&mut self, attachment: Attachment) {
        for attached in self.attached.values_mut() {
            attached.retain(|known| known.registration != attachment.registration);
        }
        self.attached.entry(attachment.slot).or_default().push(attachment);
        self.attached_now.insert(attachment.registration, attachment);
        replace(&mut self.changes.rare.attached, attachment, |known| known.registration);
    }
}

/// The bytes by which an entry commits to the numbers it changed, in the order of their slots.
pub fn changed_bytes<'a>(rows: impl Iterator<Item = &'a NumberRow>) -> Vec<u8> {
    rows.flat_map(NumberRow::bytes).collect()
}

/// Puts an item in the place of the one that is about the same thing.
fn replace<T, K: PartialEq>(items: &mut Vec<T>, item: T, key: impl Fn(&T) -> K) {
    match items.iter_mut().find(|known| key(known) == key(&item)) {
        Some(known) => *known = item,
        None => items.push(item),
    }
}

fn differing(known: &Decided, act: &Act) -> Vec<String> {
    if known.known.entry.kind == act.kind() {
        known.says.fields.differing(&act.fields)
    } else {
        vec!["request_id".to_owned()]
    }
}

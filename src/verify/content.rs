//! One entry by itself: its seal, its leaf, its digest, and whether its registration could be decided as it was.

use std::sync::Arc;

use super::Check;
use super::report::{Place, Tally};
use crate::ledger::{Entry, EntryKind, IndexKey, KeyRing, Moment};
use crate::protocol::{Registered, Rules, Says, eligible, genesis_digest, import_digest, issue_digest};
use crate::refusal::Refusal;
use crate::registration::{BroughtText, Content, Keys, Registration, keys, keys_brought};

/// An entry to be examined.
pub(super) struct Examined<'a> {
    pub entry: &'a Entry,
    /// The bytes of what it changed.
    pub changed: Vec<u8>,
    /// The index key that made its digest, if it is at hand.
    pub digested: Option<Arc<IndexKey>>,
}

/// Examines many entries on all processors; the keys of each registration, made with `index`, come back in the same order.
pub(super) fn examine_all(
    entries: &[Examined<'_>],
    (ring, index): (&KeyRing, &IndexKey),
    rules: &Rules,
) -> (Vec<Option<Keys>>, Tally) {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = entries.len().div_ceil(workers).max(1);
    let examine_part = |part: &[Examined<'_>]| {
        let mut tally = Tally::default();
        let keys: Vec<_> = part
            .iter()
            .map(|examined| examine(examined, (ring, index), rules, &mut tally))
            .collect();
        (keys, tally)
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = entries
            .chunks(share)
            .map(|part| scope.spawn(move || examine_part(part)))
            .collect();
        let mut all = (Vec::with_capacity(entries.len()), Tally::default());
        for part in parts {
            let (keys, tally) = part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            all.0.extend(keys);
            all.1.add(tally);
        }
        all
    })
}

/// The keys of an entry's registration, where it can be read.
pub(super) fn keys_of(entry: &Entry, (ring, index): (&KeyRing, &IndexKey), rules: &Rules) -> Option<Keys> {
    Some(keys_of_registered(&says_of(entry, ring)?.registered?, index, rules))
}

fn keys_of_registered(registered: &Registered, index: &IndexKey, rules: &Rules) -> Keys {
    let Registered { content, facts } = registered;
    match content.brought() {
        Some(_) => keys_brought(content, facts, index, rules.codes),
        None => keys(facts, index, rules.codes),
    }
}

/// What an entry says, where it can be read.
pub(super) fn says_of(entry: &Entry, ring: &KeyRing) -> Option<Says> {
    let (_, bytes) = ring.seal.open(&entry.request.binding(), &entry.sealed).ok()?;
    Says::read(entry.kind, &bytes).ok()
}

fn examine(
    examined: &Examined<'_>,
    (ring, index): (&KeyRing, &IndexKey),
    rules: &Rules,
    tally: &mut Tally,
) -> Option<Keys> {
    let Examined {
        entry,
        changed,
        digested,
    } = examined;
    let place = Place::Position(entry.position);
    let (salt, bytes) = match ring.seal.open(&entry.request.binding(), &entry.sealed) {
        Ok(opened) => opened,
        Err(error) => {
            tally.fail(Check::Sealed, place, format_args!("{error}"));
            return None;
        }
    };
    tally.expect(Check::Sealed, true, place, format_args!(""));
    let leaf = entry.expected_leaf(&salt, &bytes, changed) == entry.leaf;
    tally.expect(
        Check::Leaves,
        leaf,
        place,
        format_args!("the leaf is not that of the entry and its content"),
    );
    if entry.kind == EntryKind::Genesis {
        let own = digested.as_ref().is_none_or(|key| entry.digest == genesis_digest(key));
        tally.expect(
            Check::Digests,
            bytes.is_empty() && own,
            place,
            format_args!("the first entry holds something"),
        );
        return None;
    }
    let says = match Says::read(entry.kind, &bytes) {
        Ok(says) => says,
        Err(error) => {
            tally.fail(Check::Contents, place, format_args!("{error}"));
            return None;
        }
    };
    tally.expect(Check::Contents, true, place, format_args!(""));
    match digested {
        Some(key) => tally.expect(
            Check::Digests,
            digest_of(entry.kind, &says, key) == entry.digest,
            place,
            format_args!("the digest is not that of the content"),
        ),
        None => tally.leave_digest(),
    }
    let registered = says.registered?;
    let facts = Arc::clone(&registered.facts);
    if entry.kind.is_of_a_birth() || entry.kind.is_of_an_import() {
        outcome(entry, &facts, &registered.content, rules, tally);
        digits(entry, &facts, ring, tally);
    }
    Some(keys_of_registered(&registered, index, rules))
}

fn digest_of(kind: EntryKind, says: &Says, key: &IndexKey) -> [u8; 16] {
    match &says.registered {
        Some(registered) if kind.is_of_an_import() => import_digest(key, &registered.content),
        Some(registered) if kind.is_of_a_birth() => issue_digest(key, &registered.content),
        _ => says.fields.digest(key, kind),
    }
}

/// Whether the registration could get on that day what it got.
fn outcome(entry: &Entry, facts: &Registration, content: &Content, rules: &Rules, tally: &mut Tally) {
    let handed = content.handed().is_some();
    let brought = content.brought().and_then(BroughtText::checked);
    let at = jiff::Timestamp::from_microsecond(entry.at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let eligible = eligible(facts, rules, Moment::new(at));
    let holds = match entry.kind {
        // A number that was handed out is there, whatever became of its place since.
        EntryKind::UnderReview if handed => facts.eligible(),
        EntryKind::Settled => handed && facts.eligible(),
        EntryKind::Reentered => !handed && facts.eligible(),
        // An import says which number its child has; without one, nothing is given.
        EntryKind::Imported | EntryKind::Completed => brought.is_some_and(|brought| {
            brought.number == entry.number.map(|(_, number)| number) && (brought.number.is_none() || facts.eligible())
        }),
        EntryKind::ImportDisputed => brought.is_some(),
        EntryKind::Issued | EntryKind::UnderReview => eligible.is_ok(),
        EntryKind::Rejected => eligible == Err(Refusal::NotEligible),
        _ => return,
    };
    let place = Place::Position(entry.position);
    tally.expect(
        Check::Outcomes,
        holds,
        place,
        format_args!("the registration could not be decided so on that day"),
    );
}

fn digits(entry: &Entry, facts: &Registration, ring: &KeyRing, tally: &mut Tally) {
    let Some((slot, number)) = entry.number else { return };
    let place = Place::Position(entry.position);
    let holds = facts.prefix().is_ok_and(|prefix| match entry.kind.is_of_an_import() {
        // One that was given elsewhere may be of another place.
        true => (prefix.sex(), prefix.birth_year()) == (number.prefix().sex(), number.prefix().birth_year()),
        false => prefix == number.prefix(),
    });
    tally.expect(
        Check::Digits,
        holds,
        place,
        format_args!("the first six digits are not those of the facts"),
    );
    let picked = ring.picker.at(slot) == number;
    tally.expect(
        Check::Digits,
        picked,
        place,
        format_args!("the digits are not those of the counter"),
    );
}

//! One entry by itself: its seal, its leaf, its digest, and whether its registration could be decided as it was.

use super::Check;
use super::report::{Place, Tally};
use crate::ledger::{Entry, EntryKind, KeyRing, Moment};
use crate::protocol::{Rules, eligible, genesis_digest, issue_digest};
use crate::refusal::Refusal;
use crate::registration::{Content, Keys, Registration, keys};

/// Examines many entries, on all processors; the keys of each registration come back in the same order.
pub(super) fn examine_all(entries: &[&Entry], ring: &KeyRing, rules: &Rules) -> (Vec<Option<Keys>>, Tally) {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = entries.len().div_ceil(workers).max(1);
    let examine_part = |part: &[&Entry]| {
        let mut tally = Tally::default();
        let keys: Vec<_> = part
            .iter()
            .map(|entry| examine(entry, ring, rules, &mut tally))
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
pub(super) fn keys_of(entry: &Entry, ring: &KeyRing, rules: &Rules) -> Option<Keys> {
    let (_, bytes) = ring.seal.open(&entry.request.binding(), &entry.sealed).ok()?;
    let facts = Registration::from_content(&Content::decode(&bytes).ok()?).ok()?;
    Some(keys(&facts, &ring.index, rules.codes))
}

fn examine(entry: &Entry, ring: &KeyRing, rules: &Rules, tally: &mut Tally) -> Option<Keys> {
    let place = Place::Position(entry.position);
    let (salt, bytes) = match ring.seal.open(&entry.request.binding(), &entry.sealed) {
        Ok(opened) => opened,
        Err(error) => {
            tally.fail(Check::Sealed, place, format_args!("{error}"));
            return None;
        }
    };
    tally.expect(Check::Sealed, true, place, format_args!(""));
    let leaf = entry.expected_leaf(&salt, &bytes) == entry.leaf;
    tally.expect(
        Check::Leaves,
        leaf,
        place,
        format_args!("the leaf is not that of the entry and its content"),
    );
    if entry.kind == EntryKind::Genesis {
        let own = bytes.is_empty() && entry.digest == genesis_digest(&ring.index);
        tally.expect(
            Check::Digests,
            own,
            place,
            format_args!("the first entry holds something"),
        );
        return None;
    }
    let (content, facts) = match read(&bytes) {
        Ok(read) => read,
        Err(error) => {
            tally.fail(Check::Contents, place, format_args!("{error}"));
            return None;
        }
    };
    tally.expect(Check::Contents, true, place, format_args!(""));
    let digest = issue_digest(&ring.index, &content) == entry.digest;
    tally.expect(
        Check::Digests,
        digest,
        place,
        format_args!("the digest is not that of the content"),
    );
    outcome(entry, &facts, rules, tally);
    digits(entry, &facts, ring, tally);
    Some(keys(&facts, &ring.index, rules.codes))
}

fn read(bytes: &[u8]) -> Result<(Content, Registration), crate::registration::ContentError> {
    let content = Content::decode(bytes)?;
    let facts = Registration::from_content(&content)?;
    Ok((content, facts))
}

/// Whether the registration could get on that day what it got.
fn outcome(entry: &Entry, facts: &Registration, rules: &Rules, tally: &mut Tally) {
    let at = jiff::Timestamp::from_microsecond(entry.at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let eligible = eligible(facts, rules, Moment::new(at));
    let holds = match entry.kind {
        EntryKind::Issued | EntryKind::UnderReview => eligible.is_ok(),
        EntryKind::Rejected => eligible == Err(Refusal::NotEligible),
        EntryKind::Genesis | EntryKind::Bound => return,
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
    let holds = facts.prefix().is_ok_and(|prefix| prefix == number.prefix());
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

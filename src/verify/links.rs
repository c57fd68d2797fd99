//! What must lead to an entry: request ids, keys, and the entries bound to it.

use std::collections::HashMap;

use super::content::{keys_of, says_of};
use super::effects::gives;
use super::entries::Expected;
use super::report::{Place, Tally};
use super::{Check, Subject, VerifyError, reading};
use crate::ledger::{Entry, EntryKind, Position};
use crate::protocol::{CROWD, CaseRow, CaseState, Found, Known, NumberRow, NumberState, Standing, Wanted};
use crate::registration::{Content, Key, Keys, mismatch_key};
use crate::store::Reader;

/// Whether entries of this kind decide a registration.
pub(super) fn decides(kind: EntryKind) -> bool {
    gives(kind) || matches!(kind, EntryKind::UnderReview | EntryKind::Rejected)
}

/// Whether an entry holds a corrected registration that was approved.
fn corrects(known: &Known) -> bool {
    let approved = |case: &CaseRow| case.state == CaseState::Approved;
    known.entry.kind == EntryKind::ReissueProposed && known.case.as_ref().is_some_and(approved)
}

/// Whether the registration of an entry is found again by its blocking keys: a corrected one only once it was approved.
pub(super) fn holds_blocking_keys(known: &Known) -> bool {
    let registers = matches!(
        known.entry.kind,
        EntryKind::UnderReview | EntryKind::Changed | EntryKind::ImportDisputed
    );
    registers || gives(known.entry.kind) || corrects(known)
}

/// Whether a registration no longer has a claim on its child, so that another may take its strict keys.
fn gave_up(known: &Known) -> bool {
    if known.entry.kind == EntryKind::MismatchReported {
        let case = known.case.as_ref();
        return case.is_some_and(|case| case.state == CaseState::Withdrawn);
    }
    match known.standing() {
        Some(Standing::Issued(row)) => row.state == NumberState::Revoked,
        Some(Standing::UnderReview(_)) => false,
        // One that an import made known without a number, and that has none since.
        None => matches!(known.entry.kind, EntryKind::Imported | EntryKind::ImportDisputed),
        Some(Standing::NotEligible | Standing::CaseClosed(_)) => true,
    }
}

/// Checks everything that leads to these entries.
pub(super) async fn check<R: Reader>(
    subject: &Subject<'_, R>,
    entries: &[Known],
    keys: &HashMap<Position, &Keys>,
    end: Position,
    expected: &mut Expected,
    tally: &mut Tally,
) -> Result<(), VerifyError> {
    let wanted = wanted(subject, entries, keys);
    let holders = subject.reader.holders(&wanted).await;
    let Some(found) = reading::read_or_report(holders, Place::Ledger, tally)? else {
        expected.unread += entries.len() as i64;
        return Ok(());
    };
    let others = reading::at(subject.reader, others(subject, entries, keys, &found)).await?;
    for known in entries {
        let entry = &known.entry;
        request(entry, &found, tally);
        bound(subject, entry, &others, tally);
        let keys = keys.get(&entry.position).copied();
        if let Some(keys) = keys.filter(|_| holds_blocking_keys(known)) {
            blocking(entry, keys, &found, tally);
        }
        if let Some(keys) = keys.filter(|_| corrects(known)) {
            reference_of_corrected(known, keys, &found, &others, tally);
        }
        for key in strict(subject, entry, keys) {
            let holder = found.strict.get(&key).copied();
            let later = holder
                .and_then(|position| others.get(&position))
                .is_some_and(|other| took_over(subject, known, &other.entry, key));
            let held = held(entry.position, holder, later, tally);
            expected.strict_keys_least += i64::from(matches!(held, Held::Here | Held::Missing));
            expected.strict_keys_most += i64::from(match held {
                Held::Here | Held::Missing | Held::Wrongly => true,
                Held::Later(position) => position > end,
            });
        }
    }
    Ok(())
}

fn wanted<R>(subject: &Subject<'_, R>, entries: &[Known], keys: &HashMap<Position, &Keys>) -> Wanted {
    let mut wanted = Wanted::default();
    for known in entries {
        let entry = &known.entry;
        wanted.requests.push(entry.request.clone());
        let keys = keys.get(&entry.position).copied();
        wanted.strict.extend(looked_for(subject, known, keys));
        if let Some(keys) = keys.filter(|_| holds_blocking_keys(known)) {
            wanted.blocking.extend(&keys.blocking);
        }
    }
    wanted.requests.sort_unstable();
    wanted.requests.dedup();
    for keys in [&mut wanted.strict, &mut wanted.blocking] {
        keys.sort_unstable();
        keys.dedup();
    }
    wanted
}

/// The strict keys that an entry takes: by its registration, where it holds one.
fn strict<R>(subject: &Subject<'_, R>, entry: &Entry, keys: Option<&Keys>) -> impl Iterator<Item = Key> {
    let reported = (entry.kind == EntryKind::MismatchReported).then(|| says_of(entry, subject.keys));
    let mismatch = reported.flatten().map(|says| {
        let digest = says.fields.digest(&subject.index, entry.kind);
        mismatch_key(&digest, &subject.index)
    });
    let reference = keys.filter(|_| decides(entry.kind)).map(|keys| keys.reference);
    let child = keys
        .and_then(|keys| keys.subject)
        .filter(|_| gives(entry.kind))
        .filter(|_| entry.number.is_some());
    let item = keys.and_then(|keys| keys.item);
    let item = item.filter(|_| entry.kind == EntryKind::ImportDisputed);
    [mismatch, reference, child, item].into_iter().flatten()
}

/// The strict keys whose holders an entry is compared with: those it takes, and the reference of a corrected registration.
fn looked_for<R>(subject: &Subject<'_, R>, known: &Known, keys: Option<&Keys>) -> impl Iterator<Item = Key> {
    let corrected = keys.filter(|_| corrects(known)).map(|keys| keys.reference);
    strict(subject, &known.entry, keys).chain(corrected)
}

/// The entries that must be looked at beside these.
fn others<R>(
    subject: &Subject<'_, R>,
    entries: &[Known],
    keys: &HashMap<Position, &Keys>,
    found: &Found,
) -> Vec<Position> {
    let mut others = Vec::new();
    for known in entries {
        let entry = &known.entry;
        if entry.kind == EntryKind::Bound {
            others.push(entry.decision);
        }
        let keys = keys.get(&entry.position).copied();
        let holders = looked_for(subject, known, keys).filter_map(|key| found.strict.get(&key).copied());
        others.extend(holders.filter(|holder| *holder != entry.position));
    }
    others
}

fn request(entry: &Entry, found: &Found, tally: &mut Tally) {
    let what = match found.requests.get(&entry.request) {
        Some(decision) if *decision == entry.decision => "",
        Some(_) => "the request id leads to another decision",
        None => "the request id is not known",
    };
    tally.expect(
        Check::Requests,
        what.is_empty(),
        Place::Position(entry.position),
        format_args!("{what}"),
    );
}

fn bound<R>(subject: &Subject<'_, R>, entry: &Entry, others: &HashMap<Position, Known>, tally: &mut Tally) {
    if entry.kind != EntryKind::Bound {
        return;
    }
    let what = match others.get(&entry.decision) {
        None => "there is no readable entry where the decision should be",
        // A corrected registration is known by its content; its digest is that of the proposal.
        Some(other) if other.entry.kind == EntryKind::ReissueProposed => "",
        Some(other) if !decides(other.entry.kind) && other.entry.kind != EntryKind::ImportDisputed => {
            "it is bound to an entry that decides nothing"
        }
        Some(other) if !same_registration(subject, &other.entry, entry) => "it is bound to a decision of other content",
        Some(_) => "",
    };
    tally.expect(
        Check::Bound,
        what.is_empty(),
        Place::Position(entry.position),
        format_args!("{what}"),
    );
}

/// Whether two entries hold the same registration. Where a number was handed out with it, or an import brought it, that is
/// not part of it, and their digests are not the same.
fn same_registration<R>(subject: &Subject<'_, R>, one: &Entry, other: &Entry) -> bool {
    let content = |entry: &Entry| Some(says_of(entry, subject.keys)?.registered?.content);
    let beside = |content: &Content| content.handed().is_some() || content.brought().is_some();
    one.digest == other.digest
        || content(one).zip(content(other)).is_some_and(|(one, other)| {
            // Another index key may have made the digest of the one than that of the other.
            one.canonical() == other.canonical()
                || ((beside(&one) || beside(&other)) && one.registers_the_same_as(&other))
        })
}

fn blocking(entry: &Entry, keys: &Keys, found: &Found, tally: &mut Tally) {
    for key in &keys.blocking {
        // A crowd is not added to: whoever meets it is reviewed.
        let there = found
            .blocking
            .get(key)
            .is_some_and(|holders| holders.len() >= CROWD || holders.contains(&entry.position));
        let what = format_args!("a key by which likely doubles are found is missing");
        tally.expect(Check::BlockingKeys, there, Place::Position(entry.position), what);
    }
}

/// Whether a later decision rightly holds a key of an earlier one, which has no claim on its child.
fn took_over<R>(subject: &Subject<'_, R>, earlier: &Known, later: &Entry, key: Key) -> bool {
    let fields = |entry: &Entry| says_of(entry, subject.keys).map(|says| says.fields);
    let same_mismatch = || later.kind == EntryKind::MismatchReported && fields(later) == fields(&earlier.entry);
    let same_registration = || {
        keys_of(later, (subject.keys, &subject.index), subject.rules)
            .is_some_and(|keys| keys.reference == key || [keys.subject, keys.item].contains(&Some(key)))
    };
    gave_up(earlier) && later.position > earlier.entry.position && (same_mismatch() || same_registration())
}

/// A corrected registration whose number stands shares its reference with none that has another number.
fn reference_of_corrected(
    known: &Known,
    keys: &Keys,
    found: &Found,
    others: &HashMap<Position, Known>,
    tally: &mut Tally,
) {
    let valid = |row: &&NumberRow| row.stands() || row.state == NumberState::Disputed;
    let Some(own) = known.number.as_ref().filter(valid) else {
        return;
    };
    let holder = found.strict.get(&keys.reference);
    let another = holder.and_then(|holder| others.get(holder)).is_some_and(|other| {
        let number = other.number.as_ref().filter(valid);
        number.is_some_and(|row| row.slot != own.slot) || matches!(other.standing(), Some(Standing::UnderReview(_)))
    });
    tally.expect(
        Check::StrictKeys,
        holder.is_some() && !another,
        Place::Position(known.entry.position),
        format_args!("its reference is that of another registration, or of none"),
    );
}

/// Who holds a strict key.
enum Held {
    Here,
    Later(Position),
    Wrongly,
    Missing,
}

fn held(position: Position, holder: Option<Position>, later: bool, tally: &mut Tally) -> Held {
    let place = Place::Position(position);
    let held = match holder {
        None => Held::Missing,
        Some(holder) if holder == position => Held::Here,
        Some(holder) if later => Held::Later(holder),
        Some(_) => Held::Wrongly,
    };
    let rightly = matches!(held, Held::Here | Held::Later(_));
    match holder {
        Some(holder) => {
            tally.expect(
                Check::StrictKeys,
                rightly,
                place,
                format_args!("its reference or child is held by position {holder}"),
            );
        }
        None => tally.fail(
            Check::StrictKeys,
            place,
            format_args!("its reference or child is held by nobody"),
        ),
    }
    held
}

//! The pass over the numbers held, and over the prefixes they were drawn from.

use std::collections::{BTreeMap, HashMap};

use super::report::{Place, Tally};
use super::{Check, Subject, VerifyError, reading};
use crate::ledger::{EntryKind, Position};
use crate::number::{Prefix, Slot};
use crate::protocol::{Known, NumberRow, PrefixRow};
use crate::store::Reader;

/// A prefix, and what was met of its numbers.
struct Drawn {
    row: PrefixRow,
    below_next: u32,
    held: u32,
}

/// Checks every number held, and every prefix.
pub(super) async fn check<R: Reader>(
    subject: &Subject<'_, R>,
    end: Position,
    chunk: i64,
    tally: &mut Tally,
) -> Result<(), VerifyError> {
    // The prefixes first: numbers drawn meanwhile are past their counters, and past the end position.
    let rows = reading::read_or_report(subject.reader.prefixes().await, Place::Ledger, tally)?;
    let drawn = |(prefix, row)| {
        (
            prefix,
            Drawn {
                row,
                below_next: 0,
                held: 0,
            },
        )
    };
    let Some(rows) = rows else { return Ok(()) };
    let mut prefixes: BTreeMap<Prefix, Drawn> = rows.into_iter().map(drawn).collect();
    let mut after: Option<Slot> = None;
    loop {
        let place = after.map_or(Place::Ledger, |slot| Place::Prefix(slot.prefix()));
        let page = subject.reader.numbers_after(after, chunk).await;
        let Some(page) = reading::read_or_report(page, place, tally)? else {
            return Ok(());
        };
        let givers = page
            .iter()
            .map(|row| row.decision)
            .filter(|decision| *decision <= end)
            .collect();
        let givers = reading::at(subject.reader, givers).await?;
        let slots: Vec<Slot> = page.iter().map(|row| row.slot).collect();
        let last = subject.reader.last_changes(&slots).await;
        let last = reading::read_or_report(last, place, tally)?.unwrap_or_default();
        let last: HashMap<Slot, (Position, NumberRow)> = last
            .into_iter()
            .map(|(position, row)| (row.slot, (position, row)))
            .collect();
        for row in &page {
            stands(row, last.get(&row.slot), &givers, end, tally);
            number(row, &givers, end, prefixes.get_mut(&row.slot.prefix()), tally);
        }
        match page.last() {
            Some(last) => after = Some(last.slot),
            None => break,
        }
    }
    for (prefix, drawn) in prefixes {
        whole(prefix, &drawn, subject, tally);
    }
    Ok(())
}

/// Whether a number stands as the last entry that changed it left it, or as the one that gave it.
fn stands(
    row: &NumberRow,
    last: Option<&(Position, NumberRow)>,
    givers: &HashMap<Position, Known>,
    end: Position,
    tally: &mut Tally,
) {
    let given = givers.get(&row.decision).map(|giver| &giver.entry);
    let as_given = given
        .and_then(|entry| Some(NumberRow::issued(entry.number?, entry.position, entry.at)))
        .filter(|given| given.slot == row.slot);
    let expected = match last {
        // Changed after the end position; the next run will look at it.
        Some((position, _)) if *position > end => return,
        Some((_, left)) => Some(left),
        None => as_given.as_ref(),
    };
    // A number that no entry gave is told of as such, elsewhere.
    if let Some(expected) = expected
        && row.decision <= end
    {
        let what = format_args!("the number stands as no entry says");
        tally.expect(Check::Numbers, expected == row, Place::Number(row.number), what);
    }
}

fn number(
    row: &NumberRow,
    givers: &HashMap<Position, Known>,
    end: Position,
    prefix: Option<&mut Drawn>,
    tally: &mut Tally,
) {
    let past_next = prefix.as_ref().is_none_or(|drawn| row.slot.counter() >= drawn.row.next);
    if row.decision > end && past_next {
        // Given after the end position; the next run will look at it.
        return;
    }
    let place = Place::Number(row.number);
    let giver = givers.get(&row.decision).map(|giver| &giver.entry);
    let given = giver.is_some_and(|giver| match giver.kind {
        EntryKind::Issued | EntryKind::Reentered | EntryKind::Imported => giver.number == Some((row.slot, row.number)),
        // These may give a number beside the one that they name: their history tells.
        EntryKind::Disputed
        | EntryKind::Attached
        | EntryKind::CaseApproved
        | EntryKind::Changed
        | EntryKind::Completed
        | EntryKind::ImportDisputed
        | EntryKind::BlockReserved => true,
        _ => false,
    });
    // Numbers that this service did not give may lie anywhere, and are stepped over.
    let from_elsewhere = row.issued_at == 0;
    if row.decision <= end {
        let position = row.decision;
        tally.expect(
            Check::GivenOnce,
            given,
            place,
            format_args!("it was not given by position {position}, which it names"),
        );
    }
    let Some(drawn) = prefix else {
        return tally.fail(Check::Prefixes, place, format_args!("its prefix is not known"));
    };
    if !past_next {
        drawn.below_next += 1;
    } else if given && !from_elsewhere {
        tally.fail(
            Check::Prefixes,
            place,
            format_args!("it was drawn, and may be drawn again: its counter is not below the next"),
        );
    } else {
        drawn.held += 1;
    }
}

fn whole<R>(prefix: Prefix, drawn: &Drawn, subject: &Subject<'_, R>, tally: &mut Tally) {
    let place = Place::Prefix(prefix);
    let Drawn { row, below_next, held } = drawn;
    let next = row.next;
    // A recovery skips what may have been given before something was lost.
    let skipped = subject.recovered.first_counter(prefix.birth_year());
    let what = format_args!("{next} counters are past, {below_next} of them with a number, at most {skipped} skipped");
    let right = (next.saturating_sub(skipped)..=next).contains(below_next);
    tally.expect(Check::Prefixes, right, place, what);
    let claimed = row.held;
    let what = format_args!("{claimed} numbers are said to be held beyond the next counter, {held} are");
    tally.expect(Check::Prefixes, *held == claimed, place, what);
    let own = row.picker == subject.keys.ids.picker;
    tally.expect(
        Check::Prefixes,
        own,
        place,
        format_args!("it is drawn with another key than that of the key file"),
    );
}

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
        for row in &page {
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
    let given = givers.get(&row.decision).is_some_and(|giver| {
        giver.entry.kind == EntryKind::Issued && giver.entry.number == Some((row.slot, row.number))
    });
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
    } else if given {
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
    let what = format_args!("{next} counters are past, {below_next} of them with a number");
    tally.expect(Check::Prefixes, *below_next == next, place, what);
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

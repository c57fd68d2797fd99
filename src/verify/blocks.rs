//! The pass over the blocks of missions.

use super::content::says_of;
use super::report::{Place, Tally};
use super::{Check, Subject, VerifyError, reading};
use crate::ledger::{EntryKind, Position, RequestKey};
use crate::protocol::{BlockRow, Loaded, Needs, NumberRow, NumberState};
use crate::store::Reader;

/// Checks every block that was reserved: each with its numbers, as of one moment.
pub(super) async fn check<R: Reader>(
    subject: &Subject<'_, R>,
    reserved: &[(Position, RequestKey)],
    tally: &mut Tally,
) -> Result<(), VerifyError> {
    for (position, request) in reserved {
        let place = Place::Position(*position);
        let needs = Needs {
            blocks: vec![request.clone()],
            whole: vec![*position],
            ..Needs::default()
        };
        let loaded = subject.reader.look_up(&needs).await;
        let Some(Loaded { blocks, whole, .. }) = reading::read_or_report(loaded, place, tally)? else {
            continue;
        };
        let Some(block) = blocks.first().filter(|block| block.opened == *position) else {
            tally.fail(Check::Blocks, place, format_args!("the store does not hold its block"));
            continue;
        };
        let named = [Some(*position), block.closed].into_iter().flatten().collect();
        let entries = reading::at(subject.reader, named).await?;
        let closing = block
            .closed
            .map(|closed| entries.get(&closed).map(|known| known.entry.kind));
        let closed = closing.is_none_or(|kind| kind == Some(EntryKind::BlockClosed));
        let opening = entries.get(position).map(|known| &known.entry);
        let said = opening.and_then(|entry| says_of(entry, subject.keys));
        let as_said = said.is_some_and(|says| {
            let number = |path| says.fields.get(path).and_then(|value| value.parse::<i64>().ok());
            number("count") == Some(block.count) && number("expires_at") == Some(block.expires_at)
        });
        let what = match (closed, as_said, numbers_fit(block, &whole)) {
            (true, true, true) => "",
            (false, ..) => "it is said to be closed, and no entry did so",
            (_, false, _) => "the block is not the one that was asked for",
            (.., false) => "its numbers are not those that it counts",
        };
        tally.expect(Check::Blocks, what.is_empty(), place, format_args!("{what}"));
    }
    Ok(())
}

/// Whether a block has the numbers that it says, as many of them unused; a closed one none that anybody could be given.
fn numbers_fit(block: &BlockRow, numbers: &[NumberRow]) -> bool {
    let unused = numbers.iter().filter(|number| number.unused()).count() as i64;
    let ends = [numbers.first(), numbers.last()].map(|number| number.map(|number| number.slot));
    let one_prefix = block.first.prefix() == block.last.prefix();
    let waiting = |number: &&NumberRow| number.state == NumberState::Reserved && !number.unused();
    numbers.len() as i64 == block.count
        && ends == [Some(block.first), Some(block.last)]
        && one_prefix
        && unused == block.unused
        && (block.closed.is_none() || unused == 0)
        && numbers
            .iter()
            .filter(waiting)
            .all(|number| number.registration > block.opened)
}

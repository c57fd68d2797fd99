//! The pass over the nodes of the tree that are kept so that proofs need not begin at the leaves.

use super::report::{Place, Tally};
use super::{Check, Subject, VerifyError, reading};
use crate::ledger::{Hash, Position, TILE, tile_root};
use crate::store::{Reader, StoreError};

/// How many nodes are looked at a time: 16,384 hashes are read for them.
const AT_A_TIME: i64 = 64;

/// Checks every kept node up to `end`: each of a level is made of those below it, which were checked before.
pub(super) async fn check<R: Reader>(
    subject: &Subject<'_, R>,
    end: Position,
    tally: &mut Tally,
) -> Result<(), VerifyError> {
    let width = TILE.cast_signed();
    let (mut level, mut full) = (1, end / width);
    while full > 0 {
        let mut from = 0;
        while from < full {
            let limit = AT_A_TIME.min(full - from);
            let pair = with_those_below(subject.reader, level, from, limit).await;
            let Some((kept, below)) = reading::read_or_report(pair, Place::Ledger, tally)? else {
                return Ok(());
            };
            // Those that are not kept yet are made where they are asked for.
            if kept.is_empty() {
                break;
            }
            let made = below.chunks_exact(TILE as usize).map(|hashes| tile_root(hashes).ok());
            for (place, (node, made)) in (from..).zip(kept.iter().zip(made)) {
                let last = (place + 1) * width.pow(u32::from(level));
                let what = format_args!("the node of level {level} that ends here is not that of those below it");
                tally.expect(Check::Nodes, made == Some(*node), Place::Position(last), what);
            }
            from += kept.len() as i64;
        }
        (level, full) = (level + 1, full / width);
    }
    Ok(())
}

/// Nodes of a level, and what they are to be made of.
async fn with_those_below(
    reader: &impl Reader,
    level: u8,
    from: i64,
    limit: i64,
) -> Result<(Vec<Hash>, Vec<Hash>), StoreError> {
    let width = TILE.cast_signed();
    let kept = reader.tree_nodes(level, from, limit).await?;
    let (first, many) = (from * width, kept.len() as i64 * width);
    let below = match level {
        1 => reader.leaves_after(first, many).await?,
        _ => reader.tree_nodes(level - 1, first, many).await?,
    };
    Ok((kept, below))
}

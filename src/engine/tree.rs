//! The tree over the ledger: keeping its upper nodes, so that a proof over millions of entries reads a few hundred hashes.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use crate::ledger::{Hash, Head, TILE, TileAt, Tiles, Unproved, tile_root};
use crate::store::{Reader, Store, StoreError, TreeNode};

/// How often it is looked whether there are nodes to keep.
const EVERY: Duration = Duration::from_secs(1);
/// How many nodes are made at a time: 16,384 hashes are read for them.
const AT_A_TIME: u64 = 64;

/// Keeps the nodes of the tree as the ledger grows, off the way of every turn. Ends with the engine.
pub(super) async fn keep<S: Store>(shared: Arc<Shared<S>>) {
    let mut failed = false;
    let mut kept = Vec::new();
    loop {
        tokio::time::sleep(EVERY).await;
        let outcome = catch_up(&shared, &mut kept).await;
        if let Err(error) = &outcome {
            kept.clear();
            if !failed {
                tracing::warn!(%error, "the tree of the ledger cannot be kept; proofs take longer meanwhile");
            }
        }
        failed = outcome.is_err();
    }
}

/// Keeps all nodes that the ledger has by now; `kept` holds how many there are of each level, as far as is known.
async fn catch_up<S: Store>(shared: &Shared<S>, kept: &mut Vec<u64>) -> Result<(), StoreError> {
    let reader = shared.store.reader();
    let size = u64::try_from(*shared.ledger_end.borrow()).unwrap_or(0);
    for level in 1.. {
        let full = size >> (8 * u32::from(level));
        if full == 0 {
            break;
        }
        let known = usize::from(level) - 1;
        if kept.len() <= known {
            kept.push(reader.kept_nodes(level).await?.cast_unsigned());
        }
        while let Some(count) = full.checked_sub(kept[known]).filter(|count| *count > 0) {
            let nodes = make(reader, level, kept[known], count.min(AT_A_TIME)).await?;
            if nodes.is_empty() {
                return Ok(());
            }
            shared.store.keep_nodes(&nodes).await?;
            kept[known] += nodes.len() as u64;
        }
    }
    Ok(())
}

/// Makes nodes of a level out of those below.
async fn make(reader: &impl Reader, level: u8, from: u64, count: u64) -> Result<Vec<TreeNode>, StoreError> {
    let (first, many) = (place(from * TILE)?, place(count * TILE)?);
    let below = match level {
        1 => reader.leaves_after(first, many).await?,
        _ => reader.tree_nodes(level - 1, first, many).await?,
    };
    let full = below.chunks_exact(TILE as usize);
    (from..)
        .zip(full)
        .map(|(at, hashes)| {
            Ok(TreeNode {
                level,
                place: place(at)?,
                hash: root_of(hashes)?,
            })
        })
        .collect()
}

/// What is asked of the tree of a head, for which the tiles are brought that it needs; none if the tree does not reach so far.
pub(super) async fn over<T>(
    reader: &impl Reader,
    head: &Head,
    ask: impl Fn(&Tiles) -> Result<T, Unproved>,
) -> Result<Option<T>, StoreError> {
    let mut tiles = Tiles::of(head.frontier.size(), head.frontier.root());
    loop {
        match ask(&tiles) {
            Ok(answer) => return Ok(Some(answer)),
            Err(Unproved::Outside) => return Ok(None),
            Err(error @ Unproved::Broken) => return Err(StoreError::Corrupt(error.to_string())),
            Err(Unproved::Needs(missing)) => {
                for at in missing {
                    let hashes = tile(reader, at, at.width(tiles.size())).await?;
                    tiles.bring(at, hashes);
                }
            }
        }
    }
}

/// The hashes of a tile that has so many: those of full tiles below are made where they are not kept yet.
async fn tile(reader: &impl Reader, at: TileAt, width: u64) -> Result<Vec<Hash>, StoreError> {
    let (first, many) = (place(at.index * TILE)?, place(width)?);
    if at.level == 0 {
        return reader.leaves_after(first, many).await;
    }
    let mut hashes = reader.tree_nodes(at.level, first, many).await?;
    while (hashes.len() as u64) < width {
        let below = TileAt {
            level: at.level - 1,
            index: at.index * TILE + hashes.len() as u64,
        };
        hashes.push(root_of(&Box::pin(tile(reader, below, TILE)).await?)?);
    }
    Ok(hashes)
}

fn root_of(hashes: &[Hash]) -> Result<Hash, StoreError> {
    tile_root(hashes).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn place(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|error| StoreError::Corrupt(error.to_string()))
}

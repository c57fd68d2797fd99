//! What proves to outsiders that the ledger holds what it holds: checkpoints, entries, and proofs over the tree.

use std::time::Duration;

use super::{Engine, Occurrence, tree};
use crate::ledger::{Checkpoint, Hash, Position, Stand, Statement, Tiles, Unproved};
use crate::protocol::changed_bytes;
use crate::refusal::Refusal;
use crate::registration::Problem;
use crate::store::{Reader, Store, StoreError};

/// A proof over the tree of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The number of entries of the tree it is about; of a proof of consistency, of the larger one.
    pub size: i64,
    /// Its hashes, in the order of RFC 6962.
    pub hashes: Vec<Hash>,
}

/// An entry as the tree holds it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// What its leaf is made of.
    pub statement: Statement,
    /// Its leaf.
    pub leaf: Hash,
    /// What happened.
    pub occurrence: Occurrence,
}

impl<S: Store> Engine<S> {
    /// Where the ledger stands, as a signed note. Of a store that was put back nothing is signed.
    ///
    /// # Errors
    /// [`Refusal::StoreUnavailable`], [`Refusal::StoreRolledBack`].
    pub async fn checkpoint(&self, patience: Option<Duration>) -> Result<String, Refusal> {
        let reached = self.shared.guard.furthest();
        let head = self.read_store(patience, self.shared.store.reader().head()).await?;
        if reached.is_some_and(|reached| reached.stand(&head) == Stand::Behind) {
            return Err(Refusal::StoreRolledBack {
                retry_after: self.later(),
            });
        }
        let signed = Checkpoint::of(&head).signed(&self.shared.keys.note);
        signed.map_err(|_| Refusal::Bug)
    }

    /// The entry at a position.
    ///
    /// # Errors
    /// [`Refusal::NoSuchEntry`], [`Refusal::StoreUnavailable`].
    pub async fn recorded(&self, position: Position, patience: Option<Duration>) -> Result<Recorded, Refusal> {
        let recorded = self.read_store(patience, self.recorded_at(position)).await?;
        recorded.ok_or(Refusal::NoSuchEntry)
    }

    async fn recorded_at(&self, position: Position) -> Result<Option<Recorded>, StoreError> {
        let before = position - 1;
        let found = self.occurrences_after(before, 1).await?.pop();
        let Some(occurrence) = found.filter(|found| found.decided.known.entry.position == position) else {
            return Ok(None);
        };
        let history = self.shared.store.reader().history_after(before, 1).await?;
        let changed = history.iter().filter(|(at, _)| *at == position).map(|(_, row)| row);
        let entry = &occurrence.decided.known.entry;
        let opened = self.shared.keys.seal.open(&entry.request.binding(), &entry.sealed);
        let (salt, content) = opened.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let statement = entry.statement(&salt, &content, &changed_bytes(changed));
        if statement.leaf() != entry.leaf {
            return Err(StoreError::Corrupt(format!(
                "entry {position} is not what its leaf says"
            )));
        }
        Ok(Some(Recorded {
            leaf: entry.leaf,
            statement,
            occurrence,
        }))
    }

    /// The proof that the entry at a position is among the first `size`; 0: among all there are now.
    ///
    /// # Errors
    /// [`Refusal::NoSuchEntry`] for a position beyond the ledger, [`Refusal::CursorAhead`] for such a size.
    pub async fn inclusion(&self, position: Position, size: i64, patience: Option<Duration>) -> Result<Proof, Refusal> {
        let index = u64::try_from(position - 1).map_err(|_| Refusal::NoSuchEntry)?;
        let wanted = wanted("tree_size", size)?;
        if size > 0 && position > size {
            return Err(Refusal::invalid("tree_size", Problem::TreeTooSmall));
        }
        let proof = self.prove(patience, |tiles| {
            let size = wanted.unwrap_or(tiles.size());
            Ok((size, tiles.inclusion(index, size)?))
        });
        proof.await?.ok_or(match size {
            0 => Refusal::NoSuchEntry,
            _ => Refusal::CursorAhead,
        })
    }

    /// The proof that the tree of `second` entries (0: of all there are now) goes on from that of `first`.
    ///
    /// # Errors
    /// [`Refusal::CursorAhead`] for a size beyond the ledger.
    pub async fn consistency(&self, first: i64, second: i64, patience: Option<Duration>) -> Result<Proof, Refusal> {
        let from = wanted("first_tree_size", first)?.unwrap_or(0);
        let to = wanted("second_tree_size", second)?;
        if to.is_some_and(|to| from > to) {
            return Err(Refusal::invalid("second_tree_size", Problem::TreeTooSmall));
        }
        let proof = self.prove(patience, |tiles| {
            let size = to.unwrap_or(tiles.size());
            Ok((size, tiles.consistency(from, size)?))
        });
        proof.await?.ok_or(Refusal::CursorAhead)
    }

    /// Makes a proof over the tree as it is now; none if the tree does not reach so far.
    async fn prove(
        &self,
        patience: Option<Duration>,
        prove: impl Fn(&Tiles) -> Result<(u64, Vec<Hash>), Unproved>,
    ) -> Result<Option<Proof>, Refusal> {
        let proving = async {
            let reader = self.shared.store.reader();
            let head = reader.head().await?;
            tree::over(reader, &head, prove).await
        };
        let proof = self.read_store(patience, proving).await?;
        // No tree is larger than the ledger, whose size is an i64.
        Ok(proof.map(|(size, hashes)| Proof {
            size: i64::try_from(size).unwrap_or(i64::MAX),
            hashes,
        }))
    }
}

/// The size that is asked for in a field; none for that of the tree as it is.
fn wanted(field: &str, size: i64) -> Result<Option<u64>, Refusal> {
    let size = u64::try_from(size).map_err(|_| Refusal::invalid(field, Problem::UnknownValue))?;
    Ok(Some(size).filter(|size| *size > 0))
}

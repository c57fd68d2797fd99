//! Changing the key that seals: the entry that makes the change, then everything sealed anew, a few entries a turn.

use super::{Changing, Progress, Rekeyed, Stage, still};
use crate::ledger::{KeyId, Moment, Position, Resealing, SealError, Sealed};
use crate::protocol::{Changes, rekey};
use crate::server::ServeError;
use crate::shell::random;
use crate::store::{Reader, Store, StoreError, Turn};

/// Entries sealed anew in one turn: births wait for no more than that.
const BATCH: i64 = 200;
/// Entries looked over at a time, at the end.
const LOOKED_OVER: i64 = 10_000;

impl<S: Store> Changing<'_, S> {
    /// Changes the key that seals to the last one. What was begun before may have been another change: that goes first.
    pub(super) async fn change_seal_to_the_last(
        &self,
        shown: &mut impl FnMut(Progress),
    ) -> Result<Rekeyed, ServeError> {
        let last = self.keys.seal.ids().pop();
        loop {
            let changed = self.change_seal(shown).await?;
            let (Rekeyed::Nothing(key) | Rekeyed::Changed { key, .. }) = changed;
            if last == Some(key) {
                return Ok(changed);
            }
        }
    }

    async fn change_seal(&self, shown: &mut impl FnMut(Progress)) -> Result<Rekeyed, ServeError> {
        let (key, resealing) = match self.persistently(async || self.begin_resealing().await).await? {
            (key, None) => return Ok(Rekeyed::Nothing(key)),
            (key, Some(resealing)) => (key, resealing),
        };
        let all = resealing.changed - 1;
        loop {
            let sealed = self.and_pause(async || self.seal_some(key, resealing).await).await?;
            let done = sealed.min(all);
            shown(Progress {
                stage: Stage::Sealing,
                done,
                all,
            });
            if done == all {
                break;
            }
        }
        self.look_over(key).await?;
        self.persistently(async || self.end_resealing(resealing).await).await?;
        Ok(Rekeyed::Changed {
            former: resealing.former,
            key,
        })
    }

    /// Makes the change, unless it is made already or there is nothing to change to.
    async fn begin_resealing(&self) -> Result<(KeyId, Option<Resealing>), ServeError> {
        let turn = self.turn().await?;
        let head = turn.head().clone();
        let key = self.keys.seal.ids().pop().unwrap_or(head.keys.seal);
        if head.resealing.is_some() || key == head.keys.seal {
            turn.finish().await?;
            return Ok((head.keys.seal, head.resealing));
        }
        let moment = Moment::new(self.clock.now());
        let seed = (random::uuid_v4(), random::bytes(), random::bytes());
        let changes = rekey(Changes::on(head), key, (&self.keys, moment), seed)?;
        self.commit(turn, &changes).await?;
        Ok((key, changes.head.resealing))
    }

    /// Seals the next few entries anew, and tells up to where that is done.
    async fn seal_some(&self, key: KeyId, resealing: Resealing) -> Result<Position, ServeError> {
        let mut turn = self.turn().await?;
        still(turn.head().resealing, Some(resealing))?;
        let done = turn.resealed().await?;
        turn.finish().await?;
        // Opened and sealed outside a turn, which nobody need wait for.
        let limit = BATCH.min(resealing.changed - 1 - done);
        if limit <= 0 {
            return Ok(done);
        }
        let entries = self.store.reader().entries_after(done, limit).await?;
        let up_to = done + i64::try_from(entries.len()).unwrap_or(limit);
        let mut sealed: Vec<(Position, Sealed)> = Vec::with_capacity(entries.len());
        for entry in entries.iter().map(|known| &known.entry) {
            if entry.sealed.key != key {
                let binding = entry.request.binding();
                let anew = self.keys.seal.reseal(key, random::bytes(), &binding, &entry.sealed);
                sealed.push((entry.position, anew.map_err(|error| unreadable(entry.position, error))?));
            }
        }
        let mut turn = self.turn().await?;
        still(turn.head().resealing, Some(resealing))?;
        // Somebody else may be at it, too: what they have done is done.
        let meanwhile = turn.resealed().await?;
        if meanwhile != done {
            turn.finish().await?;
            return Ok(meanwhile);
        }
        turn.reseal(&sealed, up_to).await?;
        Ok(up_to)
    }

    /// Makes sure that nothing is left: who takes the former key away relies on it.
    async fn look_over(&self, key: KeyId) -> Result<(), ServeError> {
        let end = self.store.reader().head().await?.size();
        let (mut after, mut left) = (0, 0);
        while after < end {
            let up_to = (after + LOOKED_OVER).min(end);
            left += self.store.reader().sealed_otherwise(after, up_to, key).await?;
            after = up_to;
        }
        match left {
            0 => Ok(()),
            left => {
                Err(StoreError::Corrupt(format!("{left} entries are sealed with neither key that should be")).into())
            }
        }
    }

    /// Notes that the former key is needed no more.
    async fn end_resealing(&self, resealing: Resealing) -> Result<(), ServeError> {
        let turn = self.turn().await?;
        if turn.head().resealing.is_none() {
            return Ok(turn.finish().await?);
        }
        still(turn.head().resealing, Some(resealing))?;
        let mut head = turn.head().clone();
        head.resealing = None;
        self.commit(turn, &Changes::on(head)).await
    }
}

fn unreadable(position: Position, error: SealError) -> ServeError {
    StoreError::Corrupt(format!("entry {position}: {error}")).into()
}

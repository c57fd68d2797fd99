//! Recovering a store that was put back to an earlier state.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{NewStore, ServeError, open};
use crate::config::{Config, StoreConfig};
use crate::lease::{Lease, is_up_within};
use crate::ledger::{Anchor, Head, KeyRing, Moment, Stand};
use crate::number::{NUMBERS_PER_PREFIX, Prefix, Slot};
use crate::protocol::{Advance, Changes, Loss, recover};
use crate::shell::anchors::{self, AnchorFile};
use crate::shell::{Clock, random};
use crate::store::{Reader, Store, StoreError, Turn};

/// Numbers read at a time.
const PAGE: i64 = 1_000;
/// How long those with whom an anchor is shared are waited for.
const LEASE_WITHIN: Duration = Duration::from_secs(5);

/// What somebody who recovers a store knows.
#[derive(Debug, Clone, Default)]
pub struct Recovery {
    /// The store holds all that was ever answered: it is only to be remembered how far it has come.
    pub nothing_lost: bool,
    /// At most so many numbers were given that the store does not know of, whatever anchors say.
    pub lost_at_most: Option<u32>,
    /// Folders of anchors of other machines.
    pub also: Vec<PathBuf>,
}

/// What a recovery came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Where the ledger ended.
    pub before: Anchor,
    /// The largest anchor that was found.
    pub known: Option<Anchor>,
    /// How many counters of each prefix are passed over; none where nothing was lost.
    pub skipped: Option<u32>,
    /// Where the ledger ends now.
    pub after: Anchor,
}

/// Recovers the store of a configuration. No server may be at work on it that has not seen the loss: those that have take no
/// work, and go on by themselves when it is done.
///
/// # Errors
/// [`ServeError`]; [`ServeError::SomethingLost`] and [`ServeError::LossUnknown`] where what is said to be known is not enough.
pub async fn recover_store(
    config: &Config,
    recovery: &Recovery,
    clock: &dyn Clock,
) -> Result<RecoveryReport, ServeError> {
    match &config.store {
        StoreConfig::Sqlite { data } => {
            let (store, keys) = open::sqlite(data, &config.keys, NewStore::Refused).await?;
            on_store(&store, keys, config, recovery, clock).await
        }
        StoreConfig::Postgres(postgres) => {
            let (store, keys) = open::postgres(postgres, &config.keys, NewStore::Refused).await?;
            on_store(&store, keys, config, recovery, clock).await
        }
    }
}

async fn on_store<S: Store>(
    store: &S,
    keys: KeyRing,
    config: &Config,
    recovery: &Recovery,
    clock: &dyn Clock,
) -> Result<RecoveryReport, ServeError> {
    let lease = open::lease(&config.lease, &keys)?;
    let mut known = Vec::new();
    for folder in recovery.also.iter().chain([&config.anchor]) {
        known.extend(anchors::read_all(folder)?);
    }
    if !is_up_within(&*lease, LEASE_WITHIN).await {
        return Err(ServeError::Lease(
            "it cannot be asked for the anchor that all servers share".to_owned(),
        ));
    }
    known.extend(lease.raise(None).await);

    let turn = store.begin().await?;
    turn.head().admits(keys.ids).map_err(crate::engine::StartError::Fence)?;
    let head = turn.head().clone();
    let before = Anchor::of(&head);
    let (after, skipped) = match recovery.nothing_lost {
        true => {
            let lost = known.iter().find(|anchor| anchor.stand(&head) == Stand::Behind);
            if let Some(anchor) = lost {
                return Err(ServeError::SomethingLost {
                    size: anchor.size,
                    epoch: anchor.epoch,
                });
            }
            turn.finish().await?;
            (head, None)
        }
        false => {
            if known.is_empty() && recovery.lost_at_most.is_none() {
                return Err(ServeError::LossUnknown);
            }
            let loss = Loss::of(&before, &known, recovery.lost_at_most.unwrap_or(0));
            let prefixes = advances(store.reader(), &loss).await?;
            let moment = Moment::new(clock.now());
            let seed = (random::uuid_v4(), random::bytes(), random::bytes());
            let changes = recover(Changes::on(head), prefixes, loss, (&keys, moment), seed);
            let changes = changes.map_err(crate::engine::StartError::Seal)?;
            turn.commit(&changes).await?;
            (changes.head, Some(loss.counters))
        }
    };
    remember(&after, config, &lease).await?;
    Ok(RecoveryReport {
        before,
        known: known.into_iter().max_by_key(|anchor| (anchor.epoch, anchor.size)),
        skipped,
        after: Anchor::of(&after),
    })
}

/// Every prefix in use, with what it passes.
async fn advances(reader: &impl Reader, loss: &Loss) -> Result<Vec<Advance>, StoreError> {
    let mut advances = Vec::new();
    for (prefix, row) in reader.prefixes().await? {
        let passed = match row.held {
            0 => 0,
            _ => held_between(reader, prefix, (row.next, loss.past(&row))).await?,
        };
        advances.push(Advance { prefix, row, passed });
    }
    Ok(advances)
}

/// How many numbers of a prefix are known whose counters lie from one to another, which is not one of them.
async fn held_between(reader: &impl Reader, prefix: Prefix, (from, to): (u32, u32)) -> Result<u32, StoreError> {
    let start = i64::from(prefix.value()) * i64::from(NUMBERS_PER_PREFIX);
    let end = start + i64::from(to);
    let mut after = Slot::from_value(start + i64::from(from) - 1).ok();
    let mut held = 0;
    loop {
        let page = reader.numbers_after(after, PAGE).await?;
        let within = page.iter().take_while(|row| row.slot.value() < end).count();
        held += u32::try_from(within).unwrap_or(NUMBERS_PER_PREFIX);
        after = page.last().map(|row| row.slot);
        if (within as i64) < PAGE {
            return Ok(held);
        }
    }
}

/// Lets this machine, and all with whom it shares an anchor, know how far the ledger has come.
async fn remember(head: &Head, config: &Config, lease: &Arc<dyn Lease>) -> Result<(), ServeError> {
    let anchor = Anchor::of(head);
    AnchorFile::take(&config.anchor)?.write(&anchor)?;
    lease.raise(Some(&anchor)).await;
    Ok(())
}

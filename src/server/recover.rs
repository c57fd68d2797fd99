//! Recovering a store that was put back to an earlier state.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::reenter::{Births, Reentered, reckoned_with, reenter};
use super::{NewStore, ServeError, open};
use crate::config::{Config, StoreConfig};
use crate::engine::{Guard, extends};
use crate::lease::{Lease, is_up_within};
use crate::ledger::{Anchor, Head, KeyRing, Moment};
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
    /// Files of births with their journals, whose answers are entered again.
    pub births: Vec<PathBuf>,
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
    /// Where the ledger ended then.
    pub after: Anchor,
    /// What was entered again from each file.
    pub reentered: Vec<Reentered>,
}

/// Recovers the store of a configuration. Where it goes on from all anchors, and nobody says that something was lost, no other
/// epoch is begun. No server may be at work on it that has not seen the loss: those that have take no
/// work, and go on by themselves when it is done.
///
/// # Errors
/// [`ServeError`]; [`ServeError::SomethingLost`], [`ServeError::LossUnknown`], [`ServeError::TooLittleReckoned`] and
/// [`ServeError::AnchorDamaged`] where what is said to be known is not enough: then nothing was written.
pub async fn recover_store(
    config: &Config,
    recovery: &Recovery,
    clock: Arc<dyn Clock>,
) -> Result<RecoveryReport, ServeError> {
    match &config.store {
        StoreConfig::Sqlite { data } => {
            let (store, keys) = open::sqlite(data, &config.keys, NewStore::Refused).await?;
            on_store(store, keys, config, recovery, clock).await
        }
        StoreConfig::Postgres(postgres) => {
            let (store, keys) = open::postgres(postgres, &config.keys, NewStore::Refused).await?;
            on_store(store, keys, config, recovery, clock).await
        }
    }
}

async fn on_store<S: Store>(
    store: S,
    keys: KeyRing,
    config: &Config,
    recovery: &Recovery,
    clock: Arc<dyn Clock>,
) -> Result<RecoveryReport, ServeError> {
    // Whatever cannot be read is told before anything is begun.
    let births: Vec<Births> = recovery
        .births
        .iter()
        .map(|file| Births::open(file))
        .collect::<Result<_, _>>()?;
    let lease = open::lease(&config.lease, &keys)?;
    let known = recovery.anchors(config, &lease).await?;
    let lost = first_behind(store.reader(), &known).await?;
    if let (Some(anchor), true) = (lost, recovery.nothing_lost) {
        return Err(ServeError::SomethingLost {
            size: anchor.size,
            epoch: anchor.epoch,
        });
    }
    let turn = store.begin().await?;
    keys.follow(turn.head()).map_err(crate::engine::StartError::Fence)?;
    let head = turn.head().clone();
    let before = Anchor::of(&head);
    let was_done = lost.is_none() && !known.is_empty() && recovery.lost_at_most.is_none();
    let loss = match recovery.nothing_lost || was_done {
        true => None,
        false => Some(Loss::of(&before, &known, recovery.lost_at_most.unwrap_or(0))),
    };
    let counters = loss.map_or(0, |loss| loss.counters);
    reckoned_with(&births, store.reader(), (counters, &head.recovered), &keys.picker).await?;
    let after = match loss {
        None => {
            turn.finish().await?;
            head
        }
        Some(_) if known.is_empty() && recovery.lost_at_most.is_none() => return Err(ServeError::LossUnknown),
        Some(loss) => {
            let prefixes = advances(store.reader(), &loss).await?;
            let moment = Moment::new(clock.now());
            let seed = (random::uuid_v4(), random::bytes(), random::bytes());
            let changes = recover(Changes::on(head), prefixes, loss, (&keys, moment), seed);
            let changes = changes.map_err(crate::engine::StartError::Seal)?;
            turn.commit(&changes).await?;
            changes.head
        }
    };
    remember(&after, config, &lease).await?;
    let reentered = match births.is_empty() {
        true => Vec::new(),
        false => {
            let guard = Guard::new(Some(&config.anchor), Arc::clone(&lease))?;
            reenter(store, guard, lease, keys, births, clock).await?
        }
    };
    Ok(RecoveryReport {
        before,
        known: known.into_iter().max_by_key(|anchor| (anchor.epoch, anchor.size)),
        skipped: loss.map(|loss| loss.counters),
        after: Anchor::of(&after),
        reentered,
    })
}

impl Recovery {
    /// All that is known of how far the ledger had come.
    async fn anchors(&self, config: &Config, lease: &Arc<dyn Lease>) -> Result<Vec<Anchor>, ServeError> {
        let mut known = Vec::new();
        for folder in self.also.iter().chain([&config.anchor]) {
            let found = anchors::read_all(folder)?;
            // Whoever says by himself how much was lost knows better than what can still be read.
            let sure = self.nothing_lost || self.lost_at_most.is_some();
            if let Some(damaged) = found.damaged.into_iter().next().filter(|_| !sure) {
                return Err(ServeError::AnchorDamaged(damaged));
            }
            if found.anchors.is_empty() && self.also.contains(folder) {
                return Err(ServeError::NoAnchors(folder.clone()));
            }
            known.extend(found.anchors);
        }
        if !is_up_within(&**lease, LEASE_WITHIN).await {
            return Err(ServeError::Lease(
                "it cannot be asked for the anchor that all servers share".to_owned(),
            ));
        }
        known.extend(lease.raise(None).await);
        Ok(known)
    }
}

/// The first of these anchors from which the ledger does not go on.
async fn first_behind(reader: &impl Reader, known: &[Anchor]) -> Result<Option<Anchor>, ServeError> {
    let head = reader.head().await?;
    for anchor in known {
        match extends(reader, &head, anchor).await {
            Ok(()) => {}
            Err(StoreError::RolledBack(_)) => return Ok(Some(*anchor)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
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

//! Changing the key of sealing while servers run: the entry that makes the change, then everything sealed anew, a few entries a
//! turn. Wherever it is cut off, it goes on from there when it is run again.

use std::sync::Arc;
use std::time::Duration;

use super::{ServeError, open};
use crate::config::{Config, StoreConfig};
use crate::engine::{Guard, StartError};
use crate::ledger::{Head, KeyId, KeyRing, Moment, Position, Resealing, Sealed};
use crate::protocol::{Changes, RekeyError, rekey};
use crate::shell::{Clock, random};
use crate::store::postgres::PgStore;
use crate::store::sqlite::{FILE_NAME, SqliteStore};
use crate::store::{Reader, Store, StoreError, Turn};

/// Entries sealed anew in one turn: births wait for no more than that.
const BATCH: i64 = 200;
/// Entries looked over at a time, at the end.
const LOOKED_OVER: i64 = 10_000;
/// The shortest pause between two turns. Otherwise it is this many times as long as the turn took: births come first.
const PAUSE: Duration = Duration::from_millis(10);
const PAUSE_TURNS: u32 = 2;
/// How often a turn that could not be taken is tried again, each time after a while.
const TRIES: u32 = 60;
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Entries that are sealed with the new key.
    pub done: i64,
    /// Entries that are to be.
    pub all: i64,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rekeyed {
    /// The last key of the file is the one in use, and everything is sealed with it.
    Nothing(KeyId),
    /// Everything is sealed with the one, and nothing with the other any more.
    Changed {
        /// The key that is needed no more.
        former: KeyId,
        /// The key in use.
        key: KeyId,
    },
}

/// Changes the key of sealing to the last one that the keys list, or goes on where that was cut off before.
///
/// # Errors
/// [`ServeError`]; whatever was sealed anew until then stays so.
pub async fn rekey_store(
    config: &Config,
    clock: Arc<dyn Clock>,
    mut shown: impl FnMut(Progress),
) -> Result<Rekeyed, ServeError> {
    let keys = config.keys.load().await?;
    match &config.store {
        StoreConfig::Sqlite { data } => {
            if !data.join(FILE_NAME).is_file() {
                return Err(ServeError::NoStore(config.store.place()));
            }
            let store = SqliteStore::beside(data).await?;
            Rekeying::new(&store, keys, config, clock)?.run(&mut shown).await
        }
        StoreConfig::Postgres(_) => {
            let (store, keys) = postgres(config, keys).await?;
            Rekeying::new(&store, keys, config, clock)?.run(&mut shown).await
        }
    }
}

async fn postgres(config: &Config, keys: KeyRing) -> Result<(PgStore, KeyRing), ServeError> {
    let StoreConfig::Postgres(postgres) = &config.store else {
        return Err(ServeError::NoStore(config.store.place()));
    };
    let options = open::pg_options(postgres)?;
    if !crate::store::postgres::probe(&options).await?.holds_a_store() {
        return Err(ServeError::NoStore(config.store.place()));
    }
    Ok((PgStore::open(options, keys.ids).await?, keys))
}

struct Rekeying<'a, S> {
    store: &'a S,
    keys: KeyRing,
    guard: Guard,
    clock: Arc<dyn Clock>,
}

impl<'a, S: Store> Rekeying<'a, S> {
    fn new(store: &'a S, keys: KeyRing, config: &Config, clock: Arc<dyn Clock>) -> Result<Self, ServeError> {
        let lease = open::lease(&config.lease, &keys)?;
        Ok(Self {
            store,
            guard: Guard::new(Some(&config.anchor), lease)?,
            keys,
            clock,
        })
    }

    async fn run(&self, shown: &mut impl FnMut(Progress)) -> Result<Rekeyed, ServeError> {
        let (key, resealing) = match self.begun().await? {
            (key, None) => return Ok(Rekeyed::Nothing(key)),
            (key, Some(resealing)) => (key, resealing),
        };
        let all = resealing.changed - 1;
        loop {
            let done = self.seal_some(key, resealing).await?.min(all);
            shown(Progress { done, all });
            if done == all {
                break;
            }
        }
        self.look_over(key).await?;
        self.end(resealing).await?;
        Ok(Rekeyed::Changed {
            former: resealing.former,
            key,
        })
    }

    /// Makes the change, unless it is made already or there is nothing to change to.
    async fn begun(&self) -> Result<(KeyId, Option<Resealing>), ServeError> {
        let mut tries = 0;
        loop {
            let attempt = async {
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
                turn.commit(&changes).await?;
                self.guard.committed(&changes.head).await?;
                Ok((key, changes.head.resealing))
            };
            match attempt.await {
                Err(error) => self.wait(error, &mut tries).await?,
                begun => return begun,
            }
        }
    }

    /// Seals the next few entries anew, and tells up to where that is done.
    async fn seal_some(&self, key: KeyId, resealing: Resealing) -> Result<Position, ServeError> {
        let mut tries = 0;
        loop {
            let began = self.clock.monotonic();
            let attempt = async {
                let mut turn = self.turn().await?;
                still(turn.head(), Some(resealing))?;
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
                still(turn.head(), Some(resealing))?;
                // Somebody else may be at it, too: what they have done is done.
                let meanwhile = turn.resealed().await?;
                if meanwhile != done {
                    turn.finish().await?;
                    return Ok(meanwhile);
                }
                turn.reseal(&sealed, up_to).await?;
                Ok(up_to)
            };
            match attempt.await {
                Err(error) => self.wait(error, &mut tries).await?,
                Ok(done) => {
                    let took = self.clock.monotonic().saturating_sub(began);
                    tokio::time::sleep(PAUSE.max(took * PAUSE_TURNS)).await;
                    return Ok(done);
                }
            }
        }
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
    async fn end(&self, resealing: Resealing) -> Result<(), ServeError> {
        let mut tries = 0;
        loop {
            let attempt = async {
                let turn = self.turn().await?;
                if turn.head().resealing.is_none() {
                    return Ok(turn.finish().await?);
                }
                still(turn.head(), Some(resealing))?;
                let mut head = turn.head().clone();
                head.resealing = None;
                let changes = Changes::on(head);
                turn.commit(&changes).await?;
                Ok(self.guard.committed(&changes.head).await?)
            };
            match attempt.await {
                Err(error) => self.wait(error, &mut tries).await?,
                Ok(()) => return Ok(()),
            }
        }
    }

    /// A turn, as a server takes one: on a store that goes on from what was answered, with keys that may write to it.
    async fn turn(&self) -> Result<S::Turn, ServeError> {
        self.guard.establish(self.store.reader()).await?;
        let mut turn = self.store.begin().await?;
        self.keys.follow(turn.head()).map_err(StartError::Fence)?;
        self.guard.check(&mut turn).await?;
        Ok(turn)
    }

    /// Waits for a store that cannot be reached, or is busy with births, to be tried again.
    async fn wait(&self, error: ServeError, tries: &mut u32) -> Result<(), ServeError> {
        let passing = matches!(
            error,
            ServeError::Store(StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_))
        );
        *tries += 1;
        if !passing || *tries >= TRIES {
            return Err(error);
        }
        tracing::debug!(%error, "a turn could not be taken");
        tokio::time::sleep(random::jitter(TRY_AGAIN)).await;
        Ok(())
    }
}

/// Refuses to go on where another change was begun meanwhile.
fn still(head: &Head, resealing: Option<Resealing>) -> Result<(), ServeError> {
    match head.resealing == resealing {
        true => Ok(()),
        false => Err(ServeError::RekeyedMeanwhile),
    }
}

fn unreadable(position: Position, error: crate::ledger::SealError) -> ServeError {
    StoreError::Corrupt(format!("entry {position}: {error}")).into()
}

impl From<RekeyError> for ServeError {
    fn from(error: RekeyError) -> Self {
        match error {
            RekeyError::Fence(error) => StartError::Fence(error).into(),
            RekeyError::Seal(error) => StartError::Seal(error).into(),
        }
    }
}

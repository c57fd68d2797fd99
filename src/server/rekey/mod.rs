//! Changing keys while servers run: the one that seals, and the one of look-up digests. Wherever a change is cut off, it goes on
//! from there when it is run again.

mod index;
mod page;
mod place;
mod seals;

use std::sync::Arc;
use std::time::Duration;

use super::{ServeError, open};
use crate::config::{Config, StoreConfig};
use crate::engine::{Guard, StartError};
use crate::ledger::{FenceError, KeyId, KeyRing, SealError};
use crate::protocol::{Changes, ReindexError, RekeyError};
use crate::shell::{Clock, random};
use crate::store::postgres::PgStore;
use crate::store::sqlite::{FILE_NAME, SqliteStore};
use crate::store::{Store, StoreError, Turn};

/// The shortest pause between two turns. Otherwise it is this many times as long as the turn took: births come first.
const PAUSE: Duration = Duration::from_millis(10);
const PAUSE_TURNS: u32 = 2;
/// How often a turn that could not be taken is tried again, each time after a while.
const TRIES: u32 = 60;
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Entries are sealed with the new key.
    Sealing,
    /// Rows are written under the new index key as well.
    Indexing,
    /// Rows under an index key that is not in use are deleted.
    Dropping,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of it is done: entries, or parts of all rows there are.
    pub done: i64,
    /// Of how much.
    pub all: i64,
}

/// What came of changing the key that seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rekeyed {
    /// The last key of the list is the one in use, and nothing is sealed with another.
    Nothing(KeyId),
    /// Everything is sealed with the one, and nothing with the other any more.
    Changed {
        /// The key that is needed no more.
        former: KeyId,
        /// The key in use.
        key: KeyId,
    },
}

/// What came of changing the index key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reindexed {
    /// The last key of the list is the one in use, and no row is there under another; or there was nothing to give up.
    Nothing(KeyId),
    /// Rows are found by the one, and none is there under the other any more.
    Changed {
        /// The key that is needed no more.
        former: KeyId,
        /// The key in use.
        key: KeyId,
    },
    /// The change was given up: rows are found by the key that was in use, and none is there under the one that was to come.
    GivenUp {
        /// The key that was to come into use.
        coming: KeyId,
        /// The key in use.
        key: KeyId,
    },
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Change both kinds of keys to the last that the keys list, the one that seals first.
    ToTheLast,
    /// Give up a change of the index key: keep the one in use.
    GiveUpIndex,
}

/// Changes keys, or goes on where that was cut off before. It tells what came of the key that seals and of the index key.
///
/// # Errors
/// [`ServeError`]; whatever was done until then stays so.
pub async fn rekey_store(
    config: &Config,
    clock: Arc<dyn Clock>,
    change: Change,
    mut shown: impl FnMut(Progress),
) -> Result<(Rekeyed, Reindexed), ServeError> {
    let keys = config.keys.load().await?;
    match &config.store {
        StoreConfig::Sqlite { data } => {
            if !data.join(FILE_NAME).is_file() {
                return Err(ServeError::NoStore(config.store.place()));
            }
            let store = SqliteStore::beside(data).await?;
            Changing::new(&store, keys, config, clock)?
                .run(change, &mut shown)
                .await
        }
        StoreConfig::Postgres(_) => {
            let store = postgres(config, &keys).await?;
            Changing::new(&store, keys, config, clock)?
                .run(change, &mut shown)
                .await
        }
    }
}

async fn postgres(config: &Config, keys: &KeyRing) -> Result<PgStore, ServeError> {
    let StoreConfig::Postgres(postgres) = &config.store else {
        return Err(ServeError::NoStore(config.store.place()));
    };
    let options = open::pg_options(postgres)?;
    if !crate::store::postgres::probe(&options).await?.holds_a_store() {
        return Err(ServeError::NoStore(config.store.place()));
    }
    Ok(PgStore::open(options, keys.ids).await?)
}

/// A store whose keys are being changed.
struct Changing<'a, S> {
    store: &'a S,
    keys: KeyRing,
    guard: Guard,
    clock: Arc<dyn Clock>,
}

impl<'a, S: Store> Changing<'a, S> {
    fn new(store: &'a S, keys: KeyRing, config: &Config, clock: Arc<dyn Clock>) -> Result<Self, ServeError> {
        let lease = open::lease(&config.lease, &keys)?;
        Ok(Self {
            store,
            guard: Guard::new(Some(&config.anchor), lease)?,
            keys,
            clock,
        })
    }

    async fn run(&self, change: Change, shown: &mut impl FnMut(Progress)) -> Result<(Rekeyed, Reindexed), ServeError> {
        let seal = match change {
            Change::ToTheLast => self.change_seal_to_the_last(shown).await?,
            Change::GiveUpIndex => Rekeyed::Nothing(self.keys.seal.current().id()),
        };
        Ok((seal, self.change_index(change, shown).await?))
    }

    /// Does something that takes a turn, and tries again for a while where that cannot be taken.
    async fn persistently<T>(&self, attempt: impl AsyncFn() -> Result<T, ServeError>) -> Result<T, ServeError> {
        let mut tries = 0;
        loop {
            match attempt().await {
                Err(error) => self.wait(error, &mut tries).await?,
                Ok(done) => return Ok(done),
            }
        }
    }

    /// The same, and then leaves the store to births for a while.
    async fn and_pause<T>(&self, attempt: impl AsyncFn() -> Result<T, ServeError>) -> Result<T, ServeError> {
        let began = self.clock.monotonic();
        let done = self.persistently(attempt).await?;
        let took = self.clock.monotonic().saturating_sub(began);
        tokio::time::sleep(PAUSE.max(took * PAUSE_TURNS)).await;
        Ok(done)
    }

    /// A turn, as a server takes one: on a store that goes on from what was answered, with keys that may write to it.
    async fn turn(&self) -> Result<S::Turn, ServeError> {
        self.guard.establish(self.store.reader()).await?;
        let mut turn = self.store.begin().await?;
        self.keys.follow(turn.head()).map_err(StartError::Fence)?;
        self.guard.check(&mut turn).await?;
        Ok(turn)
    }

    /// Commits a turn.
    async fn commit(&self, turn: S::Turn, changes: &Changes) -> Result<(), ServeError> {
        turn.commit(changes).await?;
        Ok(self.guard.committed(&changes.head).await?)
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
fn still<T: PartialEq>(now: T, begun: T) -> Result<(), ServeError> {
    match now == begun {
        true => Ok(()),
        false => Err(ServeError::RekeyedMeanwhile),
    }
}

impl From<FenceError> for ServeError {
    fn from(error: FenceError) -> Self {
        StartError::Fence(error).into()
    }
}

impl From<SealError> for ServeError {
    fn from(error: SealError) -> Self {
        StartError::Seal(error).into()
    }
}

impl From<RekeyError> for ServeError {
    fn from(error: RekeyError) -> Self {
        match error {
            RekeyError::Fence(error) => error.into(),
            RekeyError::Seal(error) => error.into(),
        }
    }
}

impl From<ReindexError> for ServeError {
    fn from(error: ReindexError) -> Self {
        match error {
            ReindexError::Fence(error) => error.into(),
            ReindexError::Seal(error) => error.into(),
            ReindexError::NotReady => Self::RekeyedMeanwhile,
        }
    }
}

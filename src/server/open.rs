//! Opening a store with its keys: what makes a new store is asked for, never taken for granted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ServeError;
use crate::config::{Config, LeaseConfig, PostgresConfig, RedisConfig, RedisServers, Secret, ServerUrl, StoreConfig};
use crate::engine::{Engine, Guard, Limits};
use crate::lease::{Alone, Lease};
use crate::lease::{RedisLease, RedisOptions, Servers};
use crate::ledger::KeyRing;
use crate::protocol::Rules;
use crate::shell::{Clock, KeySource, KeyStoreError, keyfile};
use crate::store::Store;
use crate::store::postgres::{self, PgOptions, PgStore, PgUrl};
use crate::store::sqlite::{FILE_NAME, FolderLock, SqliteStore};

/// Whether keys that are there may start a new store: see [`ServeError::StoreMissing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewStore {
    /// They may: somebody has said that they have never given a number.
    Allowed,
    /// They may not.
    Refused,
}

/// Opens the store of a data folder. Without a store and without a key file, both are made.
pub(super) async fn sqlite(
    data: &Path,
    keys: &KeySource,
    new_store: NewStore,
) -> Result<(SqliteStore, KeyRing), ServeError> {
    // The lock comes first: nobody makes keys in a folder that another process is starting in.
    let lock = FolderLock::take(data)?;
    let store_exists = data.join(FILE_NAME).exists();
    let ring = match (keys.load().await, keys.file()) {
        (Ok(_), _) if !store_exists && new_store == NewStore::Refused => {
            return Err(ServeError::StoreMissing {
                keys: keys.to_string(),
                store: data.display().to_string(),
            });
        }
        (Err(error), Some(file)) if error.is_missing() => make_keys(file, store_exists)?,
        (loaded, _) => loaded?,
    };
    let store = SqliteStore::open(data, lock, ring.ids).await?;
    Ok((store, ring))
}

/// Makes a key file for a store that is not there yet.
fn make_keys(file: &Path, store_exists: bool) -> Result<KeyRing, KeyStoreError> {
    if store_exists {
        return Err(KeyStoreError::Missing(file.to_owned()));
    }
    let ring = keyfile::create(file)?;
    tracing::info!(path = %file.display(), "made a new key file; keep a copy of it apart from the data");
    Ok(ring)
}

/// Opens the store of a database that servers share. Neither a store nor keys are made unless somebody said so.
pub(super) async fn postgres(
    config: &PostgresConfig,
    keys: &KeySource,
    new_store: NewStore,
) -> Result<(PgStore, KeyRing), ServeError> {
    let options = pg_options(config)?;
    let ring = match (keys.load().await, keys.file()) {
        (Err(error), Some(file)) if error.is_missing() && new_store == NewStore::Refused => {
            return Err(ServeError::KeysMissing(file.to_owned()));
        }
        (Err(error), Some(file)) if error.is_missing() => {
            let exists = postgres::probe(&options).await?.holds_a_store();
            make_keys(file, exists)?
        }
        (loaded, _) => loaded?,
    };
    if new_store == NewStore::Refused && !postgres::probe(&options).await?.holds_a_store() {
        return Err(ServeError::StoreMissing {
            keys: keys.to_string(),
            store: config.url.to_string(),
        });
    }
    let store = PgStore::open(options, ring.ids).await?;
    Ok((store, ring))
}

/// What came of beginning a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// Its keys were made with it.
    KeysMade,
    /// It has the keys that were there.
    KeysFound,
}

/// Begins a new store: tables, keys, first entry. A store that is there is left alone.
///
/// # Errors
/// [`ServeError::StoreExists`]; [`ServeError::StoreMissing`] if there are keys that nobody said to be unused.
pub async fn begin(config: &Config, new_store: NewStore, clock: Arc<dyn Clock>) -> Result<Begun, ServeError> {
    let place = config.store.place();
    let exists = match &config.store {
        StoreConfig::Sqlite { data } => data.join(FILE_NAME).exists(),
        StoreConfig::Postgres(config) => postgres::probe(&pg_options(config)?).await?.holds_a_store(),
    };
    if exists {
        return Err(ServeError::StoreExists(place));
    }
    let begun = match (config.keys.load().await, new_store) {
        (Err(error), _) if error.is_missing() => Begun::KeysMade,
        (Err(error), _) => return Err(error.into()),
        (Ok(_), NewStore::Allowed) => Begun::KeysFound,
        (Ok(_), NewStore::Refused) => {
            return Err(ServeError::StoreMissing {
                keys: config.keys.to_string(),
                store: place,
            });
        }
    };
    match &config.store {
        StoreConfig::Sqlite { data } => {
            let (store, keys) = sqlite(data, &config.keys, new_store).await?;
            first_entry(store, &config.anchor, keys, clock).await?;
        }
        StoreConfig::Postgres(config_of_store) => {
            let (store, keys) = postgres(config_of_store, &config.keys, NewStore::Allowed).await?;
            first_entry(store, &config.anchor, keys, clock).await?;
        }
    }
    Ok(begun)
}

/// An engine writes the first entry when it starts.
async fn first_entry<S: Store>(
    store: S,
    anchor: &Path,
    keys: KeyRing,
    clock: Arc<dyn Clock>,
) -> Result<(), ServeError> {
    let alone: Arc<dyn Lease> = Arc::new(Alone::default());
    let guard = Guard::new(Some(anchor), Arc::clone(&alone))?;
    let engine = Engine::start(store, guard, alone, keys, Rules::default(), Limits::default(), clock).await?;
    engine.drain().await;
    Ok(())
}

/// The options of the store in PostgreSQL.
///
/// # Errors
/// [`ServeError::DatabaseUrl`].
pub fn pg_options(config: &PostgresConfig) -> Result<PgOptions, ServeError> {
    let whole = match &config.password {
        Some(password) => config.url.with_password(password),
        None => Secret::new(config.url.expose()),
    };
    let url: PgUrl = whole.expose().parse().map_err(|_| ServeError::DatabaseUrl)?;
    Ok(PgOptions {
        standby_required: config.standby_required,
        readers: config.readers,
        timeouts: config.timeouts,
        ..PgOptions::new(url)
    })
}

/// The lease, as configured. It connects by itself; that it is away is no error.
pub(super) fn lease(config: &LeaseConfig, keys: &KeyRing) -> Result<Arc<dyn Lease>, ServeError> {
    match config {
        LeaseConfig::None => Ok(Arc::new(Alone::default())),
        LeaseConfig::Redis(redis) => {
            let lease = RedisLease::start(&redis_options(redis)?, &keys.names);
            Ok(Arc::new(lease.map_err(|error| ServeError::Lease(error.to_string()))?))
        }
    }
}

/// The options of the lease in Redis; reads the certificates.
fn redis_options(config: &RedisConfig) -> Result<RedisOptions, ServeError> {
    let exposed = |urls: &[ServerUrl]| urls.iter().map(|url| url.expose().to_owned()).collect();
    let servers = match &config.servers {
        RedisServers::Single(url) => Servers::Single(url.expose().to_owned()),
        RedisServers::Sentinel { urls, master } => Servers::Sentinel {
            sentinels: exposed(urls),
            master: master.clone(),
        },
        RedisServers::Cluster(urls) => Servers::Cluster(exposed(urls)),
    };
    let read =
        |file: &PathBuf| std::fs::read(file).map_err(|error| ServeError::Lease(format!("{}: {error}", file.display())));
    Ok(RedisOptions {
        username: config.username.clone(),
        password: config.password.as_ref().map(|password| password.expose().to_owned()),
        authority: config.ca_file.as_ref().map(read).transpose()?,
        prefix: config.prefix.clone(),
        hold: config.hold,
        remember: config.remember,
        patience: config.patience,
        rest: config.rest,
        ..RedisOptions::new(servers)
    })
}

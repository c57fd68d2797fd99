//! A server: a configuration is built into its parts here, and run until it is told to stop.

mod callers;
mod error;
mod health;
mod open;
mod recover;
mod reenter;
mod rekey;
mod reload;
mod serving;
mod trial;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};

use self::callers::Callers;
pub use self::error::ServeError;
pub use self::health::{LEASE as LEASE_HEALTH, STORE as STORE_HEALTH};
pub use self::open::{Begun, NewStore, begin, pg_options};
pub use self::recover::{Recovery, RecoveryReport, recover_store};
pub use self::reenter::{NotReentered, Reentered};
pub use self::rekey::{Change, Progress, Reindexed, Rekeyed, Stage, rekey_store};
use self::serving::Serving;
pub use self::trial::{Trial, try_out};
use crate::config::{Config, StoreConfig};
use crate::engine::{Engine, Guard};
use crate::ledger::KeyRing;
use crate::protocol::Rules;
use crate::shell::Clock;
use crate::store::postgres::PgStore;
use crate::store::sqlite::SqliteStore;
use crate::store::{Mark, Reader, Store};

/// Connections that the system holds until they are accepted; it may hold fewer by its own bound.
const BACKLOG: u32 = 16_384;

/// A server that has its store, its keys and its port, and is ready to run.
pub struct Server(Kind);

enum Kind {
    Sqlite(Serving<SqliteStore>),
    Postgres(Serving<PgStore>),
}

/// Refuses what must not be served, whatever the store.
///
/// # Errors
/// [`ServeError::NoIdentity`], [`ServeError::DevAndTls`], [`ServeError::NoPolicy`], [`ServeError::NotLoopback`].
pub fn allowed(config: &Config) -> Result<(), ServeError> {
    match (config.dev, &config.tls) {
        (false, None) => Err(ServeError::NoIdentity),
        (true, Some(_)) => Err(ServeError::DevAndTls),
        (false, Some(_)) if config.policy.is_none() => Err(ServeError::NoPolicy),
        (true, None) if !config.listen.ip().is_loopback() => Err(ServeError::NotLoopback(config.listen)),
        _ => Ok(()),
    }
}

/// Refuses to believe callers without proof on a store that was ever served to callers with proof; notes that it is, before
/// any of them can connect.
async fn note_proof(store: &impl Store, config: &Config, clock: &dyn Clock) -> Result<(), ServeError> {
    if config.tls.is_some() {
        let at = clock.now().as_microsecond();
        return Ok(store.mark(Mark::ServedByTls, at).await?);
    }
    match store.reader().marked(Mark::ServedByTls).await? {
        None => Ok(()),
        Some(_) => Err(ServeError::DevAfterTls(config.store.place())),
    }
}

impl Server {
    /// Builds a server: refuses what must not be, takes the store, the keys and the port. A database that does not
    /// answer is an error, not waited for: whoever supervises the process starts it again, and until then nobody takes
    /// a server for one that will serve soon.
    ///
    /// # Errors
    /// [`ServeError`], saying in plain words what to change.
    pub async fn build(config: &Config, new_store: NewStore, clock: Arc<dyn Clock>) -> Result<Self, ServeError> {
        allowed(config)?;
        // Before anything is made in the store's place.
        let callers = Callers::load(config)?;
        let kind = match &config.store {
            StoreConfig::Sqlite { data } => {
                let (store, keys) = open::sqlite(data, &config.keys, new_store).await?;
                Kind::Sqlite(serving(config, callers, store, keys, clock).await?)
            }
            StoreConfig::Postgres(postgres) => {
                let (store, keys) = open::postgres(postgres, &config.keys, new_store).await?;
                Kind::Postgres(serving(config, callers, store, keys, clock).await?)
            }
        };
        Ok(Self(kind))
    }

    /// Whether callers reach it by TLS.
    pub fn has_tls(&self) -> bool {
        match &self.0 {
            Kind::Sqlite(serving) => serving.callers.tls.is_some(),
            Kind::Postgres(serving) => serving.callers.tls.is_some(),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        match &self.0 {
            Kind::Sqlite(serving) => serving.address,
            Kind::Postgres(serving) => serving.address,
        }
    }

    /// Serves until `shutdown`; then refuses new work, finishes what was queued, answers it, and returns.
    ///
    /// # Errors
    /// [`ServeError::OutcomeUnknown`]: the process must end at once.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        match self.0 {
            Kind::Sqlite(serving) => serving.run(shutdown).await,
            Kind::Postgres(serving) => serving.run(shutdown).await,
        }
    }
}

async fn serving<S: Store>(
    config: &Config,
    callers: Callers,
    store: S,
    keys: KeyRing,
    clock: Arc<dyn Clock>,
) -> Result<Serving<S>, ServeError> {
    note_proof(&store, config, clock.as_ref()).await?;
    let lease = open::lease(&config.lease, &keys)?;
    let (rules, limits) = (Rules::default(), config.limits);
    let guard = Guard::new(Some(&config.anchor), Arc::clone(&lease))?;
    let engine = Engine::start(
        store,
        guard,
        Arc::clone(&lease),
        keys,
        rules,
        limits,
        Arc::clone(&clock),
    )
    .await?;
    let failed = |error| ServeError::Listen {
        address: config.listen,
        error,
    };
    let listener = listen(config.listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Serving {
        engine: Arc::new(engine),
        lease,
        listener,
        address,
        connections: config.connections,
        callers: Arc::new(callers),
        keys: config.keys.clone(),
        clock,
    })
}

/// Takes the port, with room for connections that all come at once.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

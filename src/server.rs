//! A server: configuration parsed elsewhere is built into its parts here, and run until it is told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Router;
use tonic_health::server::HealthReporter;
use tower::layer::util::Stack;

use crate::api::{DevIdentity, Identity, Issuance, MAX_MESSAGE_BYTES, MeteredLayer, Numbers, ReadableLayer};
use crate::engine::{Engine, Limits, StartError};
use crate::lease::Alone;
use crate::proto;
use crate::proto::v1::issuance_service_server::{self, IssuanceServiceServer};
use crate::proto::v1::number_service_server::{self, NumberServiceServer};
use crate::protocol::Rules;
use crate::shell::keyfile::{self, KeyFile};
use crate::shell::{Clock, KeyStoreError};
use crate::store::StoreError;
use crate::store::sqlite::{FILE_NAME, FolderLock, SqliteStore};

/// Calls one connection may have under way.
const STREAMS_PER_CONNECTION: u32 = 1024;
/// An idle connection is asked for a sign of life this often, and closed if it gives none.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Bytes of request headers a caller may send.
const MAX_HEADER_BYTES: u32 = 16 * 1024;
/// How long open connections may go on after the last answer was given.
const FAREWELL: Duration = Duration::from_secs(5);

/// The services whose health is told, besides the server as a whole.
const SERVICE_NAMES: [&str; 2] = [
    issuance_service_server::SERVICE_NAME,
    number_service_server::SERVICE_NAME,
];

/// What every call passes through before its service.
type Layers = Stack<ReadableLayer, Stack<MeteredLayer, tower::layer::util::Identity>>;

/// What a server is to be.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder, owned by this server alone.
    pub data: PathBuf,
    /// The key file; by default `keys.toml` in the data folder.
    pub keys: Option<PathBuf>,
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Whether callers are believed without proof: for development, on loopback only.
    pub dev: bool,
    /// Whether an existing key file may start a new store: see [`ServeError::StoreMissing`].
    pub new_store: bool,
    /// Bounds on work in hand.
    pub limits: Limits,
}

/// A server could not start, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no way yet to tell callers apart but the development one.
    #[error(
        "this release serves with --dev only: callers are then believed without proof. \
         Serving with client certificates is not part of it"
    )]
    NeedsDev,
    /// Development identity would be open to the network.
    #[error("--dev believes every caller and so listens on loopback only, not on {0}: use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// There are keys, but the store they belong to is not there: a new one would give the same numbers again.
    #[error(
        "the key file {keys} is there, but {data} holds no store. A new store with old keys would give the numbers of \
         the old one to other children. Is the folder the right one, and mounted? If these keys were never used, say \
         so with --new-store"
    )]
    StoreMissing {
        /// The key file.
        keys: PathBuf,
        /// The data folder.
        data: PathBuf,
    },
    /// The address is taken or not this machine's.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Reflection could not be built.
    #[error("reflection could not be built: {0}")]
    Reflection(String),
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// A turn failed in a way that leaves its outcome unknown.
    #[error(
        "the outcome of a turn is unknown (the log says why); the process ends without answering. \
         Start it again: it continues from what was written"
    )]
    OutcomeUnknown,
}

/// A server that has its store, its keys and its port, and is ready to run.
pub struct Server {
    engine: Arc<Engine<SqliteStore>>,
    listener: TcpListener,
    address: SocketAddr,
    clock: Arc<dyn Clock>,
}

impl Server {
    /// Builds a server: refuses what must not be, takes the folder, the keys and the port.
    ///
    /// # Errors
    /// [`ServeError`], saying in plain words what to change.
    pub async fn build(config: Config, clock: Arc<dyn Clock>) -> Result<Self, ServeError> {
        if !config.dev {
            return Err(ServeError::NeedsDev);
        }
        if !config.listen.ip().is_loopback() {
            return Err(ServeError::NotLoopback(config.listen));
        }
        // The lock comes first: nobody makes keys in a folder that another process is starting in.
        let lock = FolderLock::take(&config.data)?;
        let path = config.keys.unwrap_or_else(|| config.data.join(keyfile::FILE_NAME));
        let store_exists = config.data.join(FILE_NAME).exists();
        let keys = match keyfile::load_or_create(&path, store_exists)? {
            KeyFile::Loaded(_) if !store_exists && !config.new_store => {
                return Err(ServeError::StoreMissing {
                    keys: path,
                    data: config.data,
                });
            }
            KeyFile::Loaded(keys) => keys,
            KeyFile::Created(keys) => {
                tracing::info!(path = %path.display(), "made a new key file; keep a copy of it apart from the data");
                keys
            }
        };
        let store = SqliteStore::open(&config.data, lock, keys.ids).await?;
        let engine = Engine::start(
            store,
            Arc::new(Alone::default()),
            keys,
            Rules::default(),
            config.limits,
            Arc::clone(&clock),
        )
        .await?;
        let failed = |error| ServeError::Listen {
            address: config.listen,
            error,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            engine: Arc::new(engine),
            listener,
            address,
            clock,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown`; then refuses new work, finishes what was queued, answers it, and returns.
    ///
    /// # Errors
    /// [`ServeError::OutcomeUnknown`]: the process must end at once.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let draining = CancellationToken::new();
        let closed = CancellationToken::new();
        let (health, router) = self.router(&draining).await?;
        let incoming = TcpListenerStream::new(self.listener);
        let served = router.serve_with_incoming_shutdown(incoming, closed.clone().cancelled_owned());
        let fatal = self.engine.fatal();
        let engine = Arc::clone(&self.engine);
        let ending = async move {
            shutdown.await;
            tracing::info!("stopping: new work is refused, queued work is finished");
            for service in ["", SERVICE_NAMES[0], SERVICE_NAMES[1]] {
                health
                    .set_service_status(service, tonic_health::ServingStatus::NotServing)
                    .await;
            }
            draining.cancel();
            engine.drain().await;
            closed.cancel();
            tokio::time::sleep(FAREWELL).await;
        };
        tokio::select! {
            served = served => Ok(served?),
            () = ending => Ok(()),
            () = fatal.cancelled() => Err(ServeError::OutcomeUnknown),
        }
    }

    async fn router(&self, draining: &CancellationToken) -> Result<(HealthReporter, Router<Layers>), ServeError> {
        let identity: Arc<dyn Identity> = Arc::new(DevIdentity);
        let issuance = Issuance::new(Arc::clone(&self.engine), Arc::clone(&identity), draining.clone());
        let numbers = Numbers::new(Arc::clone(&self.engine), identity);
        let (health, health_service) = tonic_health::server::health_reporter();
        for service in SERVICE_NAMES {
            health
                .set_service_status(service, tonic_health::ServingStatus::Serving)
                .await;
        }
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let failed = |error: tonic_reflection::server::Error| ServeError::Reflection(error.to_string());
        let router = tonic::transport::Server::builder()
            .max_concurrent_streams(STREAMS_PER_CONNECTION)
            .http2_keepalive_interval(Some(KEEPALIVE))
            .http2_max_header_list_size(MAX_HEADER_BYTES)
            .tcp_nodelay(true)
            .layer(MeteredLayer::new(Arc::clone(&self.clock)))
            .layer(ReadableLayer)
            .add_service(IssuanceServiceServer::new(issuance).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(NumberServiceServer::new(numbers).max_decoding_message_size(MAX_MESSAGE_BYTES))
            .add_service(health_service)
            .add_service(reflection().build_v1().map_err(failed)?)
            .add_service(reflection().build_v1alpha().map_err(failed)?);
        Ok((health, router))
    }
}

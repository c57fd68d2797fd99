//! How to reach one server, the master that sentinels name, or a cluster.

use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo,
    RedisResult, TlsCertificates, TlsMode,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::connection::{Connection, Failure};
use super::options::{RedisOptions, RedisOptionsError, Servers};

/// How often a cluster's client follows a key to another node, or tries a node again, within one round trip.
const CLUSTER_RETRIES: u32 = 2;

/// Makes connections.
pub(super) enum Connector {
    /// To one server.
    Single(Box<Client>),
    /// To the master that sentinels name.
    Sentinel(Box<Master>),
    /// To a cluster.
    Cluster(Box<ClusterClient>),
}

/// How to find a master.
pub(super) struct Master {
    sentinels: Vec<ConnectionInfo>,
    name: String,
    login: RedisConnectionInfo,
    authority: Option<TlsCertificates>,
}

impl Connector {
    /// Reads the options.
    pub fn new(options: &RedisOptions) -> Result<Self, RedisOptionsError> {
        let authority = options.authority.clone().map(|root_cert| TlsCertificates {
            client_tls: None,
            root_cert: Some(root_cert),
        });
        let addresses = match &options.servers {
            Servers::Single(address) => parse(std::slice::from_ref(address))?,
            Servers::Sentinel { sentinels, .. } => parse(sentinels)?,
            Servers::Cluster(nodes) => parse(nodes)?,
        };
        if let Some(certificates) = &options.authority
            && !(addresses.iter().all(by_tls) && are_certificates(certificates))
        {
            return Err(RedisOptionsError::Authority);
        }
        match &options.servers {
            Servers::Single(_) => single(addresses, options, authority),
            Servers::Sentinel { master, .. } => {
                let master = Master {
                    sentinels: addresses,
                    name: master.clone(),
                    login: login(options, RedisConnectionInfo::default()),
                    authority,
                };
                master.finder().map_err(|_| RedisOptionsError::Authority)?;
                Ok(Self::Sentinel(Box::new(master)))
            }
            Servers::Cluster(_) => cluster(addresses, options, authority),
        }
    }

    /// Connects anew. Sentinels are asked for the master each time.
    pub async fn connect(&self) -> Result<Connection, Failure> {
        // Whoever asks keeps the time, over all that is sent at once.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connection = match self {
            Self::Single(client) => client
                .get_multiplexed_async_connection_with_config(&config)
                .await
                .map(Connection::One),
            Self::Sentinel(master) => match master.finder() {
                Ok(mut finder) => finder
                    .get_async_connection_with_config(&config)
                    .await
                    .map(Connection::One),
                Err(error) => Err(error),
            },
            Self::Cluster(client) => client.get_async_connection().await.map(Connection::Cluster),
        };
        connection.map_err(|error| Failure::from(&error))
    }
}

impl Master {
    /// Made anew for each connection, so that nothing of an earlier one is relied upon.
    fn finder(&self) -> RedisResult<SentinelClient> {
        let addresses = self.sentinels.iter().map(|sentinel| sentinel.addr().clone());
        let mut builder = SentinelClientBuilder::new(addresses, &self.name, SentinelServerType::Master)?;
        if let Some(user) = self.login.username() {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = self.login.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if self.sentinels.iter().any(by_tls) {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        if let Some(authority) = &self.authority {
            builder = builder
                .set_client_to_redis_certificates(authority.clone())
                .set_client_to_sentinel_certificates(authority.clone());
        }
        let of_sentinels = self.sentinels.iter().map(ConnectionInfo::redis_settings);
        if let Some(settings) = of_sentinels.into_iter().find(|settings| settings.password().is_some()) {
            builder = builder.set_client_to_sentinel_password(settings.password().unwrap_or_default());
            if let Some(user) = settings.username() {
                builder = builder.set_client_to_sentinel_username(user);
            }
        }
        builder.build()
    }
}

fn single(
    addresses: Vec<ConnectionInfo>,
    options: &RedisOptions,
    authority: Option<TlsCertificates>,
) -> Result<Connector, RedisOptionsError> {
    let address = addresses.into_iter().next().ok_or(RedisOptionsError::NoAddress)?;
    let settings = login(options, address.redis_settings().clone());
    let address = address.set_redis_settings(settings);
    let client = match authority {
        Some(authority) => Client::build_with_tls(address, authority).map_err(|_| RedisOptionsError::Authority)?,
        None => Client::open(address).map_err(|_| RedisOptionsError::Address)?,
    };
    Ok(Connector::Single(Box::new(client)))
}

fn cluster(
    addresses: Vec<ConnectionInfo>,
    options: &RedisOptions,
    authority: Option<TlsCertificates>,
) -> Result<Connector, RedisOptionsError> {
    let mut builder = ClusterClient::builder(addresses)
        .response_timeout(options.patience)
        .overall_response_timeout(None)
        .retries(CLUSTER_RETRIES);
    if let Some(user) = &options.username {
        builder = builder.username(user);
    }
    if let Some(password) = &options.password {
        builder = builder.password(password);
    }
    let (bad, builder) = match authority {
        Some(authority) => (RedisOptionsError::Authority, builder.certs(authority)),
        None => (RedisOptionsError::Address, builder),
    };
    let client = builder.build().map_err(|_| bad)?;
    Ok(Connector::Cluster(Box::new(client)))
}

fn parse(addresses: &[String]) -> Result<Vec<ConnectionInfo>, RedisOptionsError> {
    if addresses.is_empty() {
        return Err(RedisOptionsError::NoAddress);
    }
    addresses
        .iter()
        .map(|address| {
            address
                .as_str()
                .into_connection_info()
                .map_err(|_| RedisOptionsError::Address)
        })
        .collect()
}

/// Whether this is PEM, and holds something to trust: the client would take an empty list as it is.
fn are_certificates(pem: &[u8]) -> bool {
    let mut certificates = CertificateDer::pem_slice_iter(pem).peekable();
    certificates.peek().is_some() && certificates.all(|certificate| certificate.is_ok())
}

fn by_tls(address: &ConnectionInfo) -> bool {
    matches!(address.addr(), ConnectionAddr::TcpTls { .. })
}

/// What the options say of user and password goes before what an address says.
fn login(options: &RedisOptions, mut settings: RedisConnectionInfo) -> RedisConnectionInfo {
    if let Some(user) = &options.username {
        settings = settings.set_username(user);
    }
    if let Some(password) = &options.password {
        settings = settings.set_password(password);
    }
    settings
}

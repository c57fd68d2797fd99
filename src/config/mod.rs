//! The configuration: one TOML file, overridden by the environment, overridden by flags.
//!
//! Everything is read here, once, and nothing below reads a file of settings or the environment again. All that is
//! wrong is told at once, by the name of the setting and the line or variable it stands in; no message, and no `Debug`,
//! holds a password.

mod bounds;
mod example;
#[cfg(test)]
mod fuzz;
mod names;
mod read;
mod secret;
mod settings;
mod show;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::example::EXAMPLE;
pub use self::secret::{Secret, ServerUrl};
use self::settings::Settings;
pub use self::settings::{Origin, Problem};
use crate::engine::Limits;
use crate::gate::ConnectionLimits;
use crate::shell::{KeySource, KeyText, TEXT_VARIABLE, keyfile};
use crate::store::postgres::PgTimeouts;

/// The variable of the environment that names the file.
pub const FILE_VARIABLE: &str = "DINHDANH_CONFIG";
/// Where a server listens unless it is told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7400);
/// The data folder, unless another is named.
const DATA: &str = "dinhdanh-data";
/// The folder of anchors for a database, beside the key file, unless another is named.
const ANCHOR: &str = "dinhdanh-anchor";

/// What a server is to be, and where its store is.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Whether callers are believed without proof: for development, on loopback only.
    pub dev: bool,
    /// The certificates by which callers and server prove who they are.
    pub tls: Option<TlsConfig>,
    /// The file that lists the offices, and what each may.
    pub policy: Option<PathBuf>,
    /// Where to serve metrics, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// Where the keys come from.
    pub keys: KeySource,
    /// The folder in which the servers of this machine remember how far the ledger had come.
    pub anchor: PathBuf,
    /// Where the ledger is kept.
    pub store: StoreConfig,
    /// Who knows what other servers have in hand.
    pub lease: LeaseConfig,
    /// Bounds on work in hand.
    pub limits: Limits,
    /// Bounds on what callers may open, send and leave lying.
    pub connections: ConnectionLimits,
}

/// Files in PEM, for mutual TLS.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    /// The server's certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// The key of that certificate.
    pub key: PathBuf,
    /// The authorities that sign certificates of callers.
    pub client_ca: PathBuf,
}

/// Where the ledger is kept.
#[derive(Debug, Clone)]
pub enum StoreConfig {
    /// In a data folder that one server owns.
    Sqlite {
        /// The folder.
        data: PathBuf,
    },
    /// In a PostgreSQL database that servers share.
    Postgres(PostgresConfig),
}

impl StoreConfig {
    /// The folder, or the database without its password: for people.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite { data } => data.display().to_string(),
            Self::Postgres(postgres) => postgres.url.to_string(),
        }
    }
}

/// A PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresConfig {
    /// Where it is, as whom to log in, and how to encrypt.
    pub url: ServerUrl,
    /// The password, if it is not in the URL.
    pub password: Option<Secret>,
    /// Whether a commit must also have reached a standby.
    pub standby_required: bool,
    /// Connections for look-ups.
    pub readers: u32,
    /// How long anything may take.
    pub timeouts: PgTimeouts,
}

impl PostgresConfig {
    /// Whether nobody on the way can read or change what is sent: it stays on this machine, or the server proves itself.
    pub fn is_private(&self) -> bool {
        let local = match self.url.host().as_deref() {
            None => true,
            Some("localhost") => true,
            Some(host) if host.starts_with('/') => true,
            Some(host) => host
                .trim_matches(['[', ']'])
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        };
        local || self.url.parameter("sslmode").as_deref() == Some("verify-full")
    }
}

/// Who knows what other servers have in hand.
#[derive(Debug, Clone)]
pub enum LeaseConfig {
    /// Nobody: for one server, or for several that do without.
    None,
    /// Redis.
    Redis(Box<RedisConfig>),
}

/// A Redis, or several that stand for one.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// Where it is.
    pub servers: RedisServers,
    /// The user to log in as, if it is not in the URLs.
    pub username: Option<String>,
    /// The password, if it is not in the URLs.
    pub password: Option<Secret>,
    /// What all keys begin with.
    pub prefix: String,
    /// The certificates of those who may sign its certificate; by default those the system trusts.
    pub ca_file: Option<PathBuf>,
    /// For how long a key stays in hand of a server that does not say that it has finished.
    pub hold: Duration,
    /// For how long an answered request is remembered.
    pub remember: Duration,
    /// How long an answer is waited for before work goes on without it.
    pub patience: Duration,
    /// For how long it is then left alone.
    pub rest: Duration,
}

/// Where Redis is.
#[derive(Debug, Clone)]
pub enum RedisServers {
    /// One server.
    Single(ServerUrl),
    /// Whichever server the sentinels call the master.
    Sentinel {
        /// The sentinels.
        urls: Vec<ServerUrl>,
        /// The name by which they know the master.
        master: String,
    },
    /// A cluster.
    Cluster(Vec<ServerUrl>),
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", Listed(.0))]
pub struct ConfigError(pub Vec<Problem>);

/// Problems, one a line.
struct Listed<'a>(&'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

/// What the command line says.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    given: Vec<(&'static str, &'static str, String)>,
}

impl Flags {
    /// Notes a flag and the setting it is for, if it was given.
    pub fn text(&mut self, setting: &'static str, flag: &'static str, value: Option<impl fmt::Display>) {
        self.given.extend(value.map(|value| (setting, flag, value.to_string())));
    }

    /// The same for a path.
    pub fn path(&mut self, setting: &'static str, flag: &'static str, value: Option<&Path>) {
        self.text(setting, flag, value.map(Path::display));
    }
}

/// The folder of anchors of a data folder: beside it, so that an old copy put in its place does not bring its own along.
fn beside(data: &Path) -> PathBuf {
    match data.file_name() {
        Some(name) => {
            let mut name = name.to_owned();
            name.push("-anchor");
            data.with_file_name(name)
        }
        None => data.join("..").join(ANCHOR),
    }
}

/// The variables of the environment that are this program's.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    let ours = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    ours.filter(|(name, _)| name.starts_with("DINHDANH_"))
        .map(|(name, value)| {
            (
                name,
                value
                    .into_string()
                    .unwrap_or_else(|value| value.to_string_lossy().into_owned()),
            )
        })
}

impl Config {
    /// The plain embedded configuration: a data folder with the keys in it.
    pub fn embedded(data: &Path) -> Self {
        Self {
            listen: LISTEN,
            dev: false,
            tls: None,
            policy: None,
            metrics: None,
            keys: KeySource::File(data.join(keyfile::FILE_NAME)),
            anchor: beside(data),
            store: StoreConfig::Sqlite { data: data.to_owned() },
            lease: LeaseConfig::None,
            limits: Limits::default(),
            connections: ConnectionLimits::default(),
        }
    }

    /// Reads the file, if one is named, then the environment, then the flags.
    ///
    /// # Errors
    /// [`ConfigError`] with everything that is wrong.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        flags: Flags,
    ) -> Result<Self, ConfigError> {
        let mut settings = Settings::default();
        if let Some(path) = file {
            match std::fs::read_to_string(path) {
                Ok(text) => settings.file(path, &text),
                Err(error) => {
                    settings.problem(Origin::Nowhere, format!("{} cannot be read: {error}", path.display()));
                }
            }
        }
        if settings.is_unreadable() {
            return Err(ConfigError(settings.into_problems()));
        }
        // The text of a key file stays in the one place it came in, and is no setting.
        let mut text = None;
        settings.environment(environment.filter_map(|(name, value)| match name == TEXT_VARIABLE {
            true => {
                text = Some(KeyText::new(value));
                None
            }
            false => Some((name, value)),
        }));
        for (name, flag, text) in flags.given {
            settings.flag(name, flag, text);
        }
        let config = read::config(&mut settings, text);
        match (config, settings.into_problems()) {
            (Some(config), problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(ConfigError(problems)),
        }
    }
}

//! Where Redis is, and how the lease uses it.

use std::fmt;
use std::time::Duration;

use redis::IntoConnectionInfo;

/// The lease in Redis, as configured. `Debug` shows neither passwords nor certificates.
#[derive(Clone)]
pub struct RedisOptions {
    /// Which servers there are.
    pub servers: Servers,
    /// The user to log in as, at the servers that keep the keys; before one in an address.
    pub username: Option<String>,
    /// The password, at the servers that keep the keys; before one in an address.
    pub password: Option<String>,
    /// Certificates (PEM) of the authority to trust for `rediss://`, in place of those the system trusts.
    pub authority: Option<Vec<u8>>,
    /// What all keys begin with, so that access rules can name them.
    pub prefix: String,
    /// How long a key is in hand if the server that took it never lets go of it.
    pub hold: Duration,
    /// How long an answered request is remembered.
    pub remember: Duration,
    /// How long one round trip may take before the lease is given up.
    pub patience: Duration,
    /// How long after that Redis is left alone before it is tried again; also how often an idle connection is tried.
    pub rest: Duration,
}

/// The servers, by `redis://` or `rediss://` (TLS) addresses, which may hold a user and a password.
#[derive(Clone)]
pub enum Servers {
    /// One server, which keeps all keys itself.
    Single(String),
    /// Sentinels that know which server is the master. With `rediss://`, the master is spoken to by TLS too; a user and
    /// a password in an address are the sentinels'.
    Sentinel {
        /// The sentinels.
        sentinels: Vec<String>,
        /// The name under which they watch the master.
        master: String,
    },
    /// A cluster, by some of its nodes.
    Cluster(Vec<String>),
}

/// The options cannot be used. Never repeats an address, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedisOptionsError {
    /// None is given.
    #[error("no address of a Redis server is given")]
    NoAddress,
    /// One is not of the form `redis://host:port` or `rediss://host:port`.
    #[error("the address of a Redis server must have the form redis://host:port or rediss://host:port")]
    Address,
    /// Certificates that are not, or where they are of no use.
    #[error("the certificates to trust must be PEM, and are for rediss:// addresses only")]
    Authority,
    /// A time that must be at least a millisecond.
    #[error("the time '{0}' of the lease must be a millisecond or more")]
    TooShort(&'static str),
}

impl RedisOptions {
    /// These servers, and everything else as usual.
    pub fn new(servers: Servers) -> Self {
        Self {
            servers,
            username: None,
            password: None,
            authority: None,
            prefix: "dd".to_owned(),
            hold: Duration::from_secs(5),
            remember: Duration::from_secs(60),
            patience: Duration::from_millis(250),
            rest: Duration::from_secs(1),
        }
    }

    /// Whether the times can be used.
    ///
    /// # Errors
    /// [`RedisOptionsError::TooShort`].
    pub(super) fn check_times(&self) -> Result<(), RedisOptionsError> {
        let times = [
            ("hold", self.hold),
            ("remember", self.remember),
            ("patience", self.patience),
            ("rest", self.rest),
        ];
        match times.iter().find(|(_, time)| time.as_millis() == 0) {
            Some((name, _)) => Err(RedisOptionsError::TooShort(name)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("servers", &self.servers)
            .field("prefix", &self.prefix)
            .field("hold", &self.hold)
            .field("remember", &self.remember)
            .field("patience", &self.patience)
            .field("rest", &self.rest)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single(address) => f.debug_tuple("Single").field(&bare(address)).finish(),
            Self::Sentinel { sentinels, master } => f
                .debug_struct("Sentinel")
                .field("sentinels", &sentinels.iter().map(|one| bare(one)).collect::<Vec<_>>())
                .field("master", master)
                .finish(),
            Self::Cluster(nodes) => f
                .debug_tuple("Cluster")
                .field(&nodes.iter().map(|one| bare(one)).collect::<Vec<_>>())
                .finish(),
        }
    }
}

/// The host and port of an address, without user and password.
fn bare(address: &str) -> String {
    address
        .into_connection_info()
        .map_or_else(|_| "(not an address)".to_owned(), |info| info.addr().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_holds_no_password() {
        let sentinels = vec!["rediss://us3r:s3cret@one:26379".to_owned()];
        let master = "m".to_owned();
        for servers in [
            Servers::Single("redis://us3r:s3cret@host:6379/1".to_owned()),
            Servers::Single("redis//us3r:s3cret@host".to_owned()),
            Servers::Sentinel { sentinels, master },
            Servers::Cluster(vec!["redis://:s3cret@two:1".to_owned()]),
        ] {
            let mut options = RedisOptions::new(servers);
            options.password = Some("s3cret".to_owned());
            options.username = Some("us3r".to_owned());
            let shown = format!("{options:?}");
            assert!(!shown.contains("s3cret") && !shown.contains("us3r"), "{shown}");
        }
    }

    #[test]
    fn a_time_of_nothing_is_named() {
        let mut options = RedisOptions::new(Servers::Cluster(Vec::new()));
        assert_eq!(options.check_times(), Ok(()));
        options.remember = Duration::from_micros(999);
        assert_eq!(options.check_times(), Err(RedisOptionsError::TooShort("remember")));
    }
}

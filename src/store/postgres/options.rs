//! Where the database is, and how long anything may take.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// How a PostgreSQL store is reached.
#[derive(Debug, Clone)]
pub struct PgOptions {
    /// The database.
    pub url: PgUrl,
    /// Whether the database must wait for a synchronous standby: one that does not is refused.
    pub standby_required: bool,
    /// Connections that read.
    pub readers: u32,
    /// How long anything may take.
    pub timeouts: PgTimeouts,
}

impl PgOptions {
    /// The defaults for this database: no standby required.
    pub fn new(url: PgUrl) -> Self {
        Self {
            url,
            standby_required: false,
            readers: 8,
            timeouts: PgTimeouts::default(),
        }
    }
}

/// The address of a database, with who asks: `postgres://user:password@host:port/database?sslmode=verify-full`. `Debug`
/// and `Display` show neither password nor parameters.
#[derive(Clone)]
pub struct PgUrl(PgConnectOptions);

impl PgUrl {
    /// How sqlx wants it.
    pub(super) fn connect_options(&self) -> PgConnectOptions {
        self.0.clone()
    }
}

impl FromStr for PgUrl {
    type Err = PgUrlError;

    fn from_str(url: &str) -> Result<Self, PgUrlError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(PgUrlError);
        }
        // What sqlx says of a bad address may hold parts of it, a password among them.
        url.parse().map(Self).map_err(|_| PgUrlError)
    }
}

/// Not the address of a database. The address itself is not shown, since it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address like postgres://user:password@host:port/database?sslmode=verify-full")]
pub struct PgUrlError;

impl fmt::Display for PgUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self
            .0
            .get_socket()
            .map_or(self.0.get_host().into(), |socket| socket.to_string_lossy());
        let (user, port) = (self.0.get_username(), self.0.get_port());
        write!(
            f,
            "postgres://{user}@{host}:{port}/{}",
            self.0.get_database().unwrap_or(user)
        )
    }
}

impl fmt::Debug for PgUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PgUrl({self})")
    }
}

/// How long anything may take. A stopped or vanished server lets the others on after `idle_in_transaction` or `tcp_user`,
/// so both should be shorter than `lock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PgTimeouts {
    /// To make a connection, or to get one of those that read.
    pub connect: Duration,
    /// To wait for the head while other servers take turns. Kept by the database.
    pub lock: Duration,
    /// A server may be silent in the middle of its turn. Kept by the database.
    pub idle_in_transaction: Duration,
    /// Sent bytes may stay unacknowledged. Kept by the database's system.
    pub tcp_user: Duration,
    /// To answer a statement, kept on this side. Longer than `lock`.
    pub phase: Duration,
    /// To answer a commit, which waits for the disk and the standby. What becomes of it then is unknown; it may still
    /// happen.
    pub commit: Duration,
}

impl Default for PgTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            lock: Duration::from_secs(10),
            idle_in_transaction: Duration::from_secs(5),
            tcp_user: Duration::from_secs(5),
            phase: Duration::from_secs(15),
            commit: Duration::from_secs(60),
        }
    }
}

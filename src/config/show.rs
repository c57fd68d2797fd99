//! A configuration as its file would say it, without its secrets.

use std::fmt::{self, Display};

use super::values::shown;
use super::{Config, LeaseConfig, PostgresConfig, RedisConfig, RedisServers, StoreConfig};

impl Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "listen = {}", quoted(self.listen))?;
        writeln!(f, "dev = {}", self.dev)?;
        if let Some(metrics) = self.metrics {
            writeln!(f, "metrics = {}", quoted(metrics))?;
        }
        writeln!(f, "keys = {}", quoted(self.keys.display()))?;
        match &self.store {
            StoreConfig::Sqlite { data } => {
                writeln!(f, "data = {}\n\n[store]\nkind = \"sqlite\"", quoted(data.display()))?;
            }
            StoreConfig::Postgres(postgres) => write!(f, "\n[store]\nkind = \"postgres\"\n{postgres}")?,
        }
        match &self.lease {
            LeaseConfig::None => writeln!(f, "\n[lease]\nkind = \"none\"")?,
            LeaseConfig::Redis(redis) => write!(f, "\n[lease]\nkind = \"redis\"\n{redis}")?,
        }
        writeln!(f, "\n[limits]")?;
        writeln!(f, "queue = {}", self.limits.queue)?;
        writeln!(f, "batch = {}", self.limits.batch)?;
        writeln!(f, "replay_bytes = {}", self.limits.replay_bytes)?;
        writeln!(f, "retry_after = {}", quoted(shown(self.limits.retry_after)))
    }
}

impl Display for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "url = {}", quoted(&self.url))?;
        password(f, self.password.is_some())?;
        writeln!(f, "standby_required = {}", self.standby_required)?;
        writeln!(f, "readers = {}", self.readers)?;
        let timeouts = &self.timeouts;
        writeln!(f, "connect_timeout = {}", quoted(shown(timeouts.connect)))?;
        writeln!(f, "lock_timeout = {}", quoted(shown(timeouts.lock)))?;
        writeln!(f, "idle_timeout = {}", quoted(shown(timeouts.idle_in_transaction)))?;
        writeln!(f, "tcp_timeout = {}", quoted(shown(timeouts.tcp_user)))?;
        writeln!(f, "answer_timeout = {}", quoted(shown(timeouts.phase)))?;
        writeln!(f, "commit_timeout = {}", quoted(shown(timeouts.commit)))
    }
}

impl Display for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |urls: &[super::ServerUrl]| urls.iter().map(quoted).collect::<Vec<_>>().join(", ");
        match &self.servers {
            RedisServers::Single(url) => writeln!(f, "url = {}", quoted(url))?,
            RedisServers::Sentinel { urls, master } => {
                writeln!(
                    f,
                    "sentinel.urls = [{}]\nsentinel.master = {}",
                    list(urls),
                    quoted(master)
                )?;
            }
            RedisServers::Cluster(urls) => writeln!(f, "cluster.urls = [{}]", list(urls))?,
        }
        if let Some(username) = &self.username {
            writeln!(f, "username = {}", quoted(username))?;
        }
        password(f, self.password.is_some())?;
        writeln!(f, "prefix = {}", quoted(&self.prefix))?;
        if let Some(file) = &self.ca_file {
            writeln!(f, "ca_file = {}", quoted(file.display()))?;
        }
        writeln!(f, "hold = {}", quoted(shown(self.hold)))?;
        writeln!(f, "remember = {}", quoted(shown(self.remember)))?;
        writeln!(f, "patience = {}", quoted(shown(self.patience)))?;
        writeln!(f, "rest = {}", quoted(shown(self.rest)))
    }
}

impl Display for RedisServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |urls: &[super::ServerUrl]| urls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Single(url) => write!(f, "{url}"),
            Self::Sentinel { urls, master } => write!(f, "the master {master} by the sentinels {}", list(urls)),
            Self::Cluster(urls) => write!(f, "the cluster {}", list(urls)),
        }
    }
}

fn password(f: &mut fmt::Formatter<'_>, read: bool) -> fmt::Result {
    match read {
        true => writeln!(f, "# the password was read from its file"),
        false => Ok(()),
    }
}

/// Text in quotes, as TOML reads it.
fn quoted(text: impl Display) -> String {
    toml::Value::String(text.to_string()).to_string()
}

//! A configuration as its file would say it, without its secrets.

use std::fmt::{self, Display};

use super::values::shown;
use super::{
    Config, ConnectionLimits, LeaseConfig, Limits, PostgresConfig, RedisConfig, RedisServers, StoreConfig, TlsConfig,
};
use crate::shell::{KeySource, TEXT_VARIABLE};

impl Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "listen = {}", quoted(self.listen))?;
        writeln!(f, "dev = {}", self.dev)?;
        if let Some(policy) = &self.policy {
            writeln!(f, "policy = {}", quoted(policy.display()))?;
        }
        if let Some(metrics) = self.metrics {
            writeln!(f, "metrics = {}", quoted(metrics))?;
        }
        match &self.keys {
            KeySource::File(path) => writeln!(f, "keys = {}", quoted(path.display()))?,
            KeySource::Environment(_) => writeln!(f, "# the keys were read from {TEXT_VARIABLE}")?,
            KeySource::Command { words, within } => {
                let words: Vec<_> = words.iter().map(quoted).collect();
                writeln!(f, "keys_command = [{}]", words.join(", "))?;
                writeln!(f, "keys_command_timeout = {}", quoted(shown(*within)))?;
            }
        }
        writeln!(f, "anchor = {}", quoted(self.anchor.display()))?;
        if let StoreConfig::Sqlite { data } = &self.store {
            writeln!(f, "data = {}", quoted(data.display()))?;
        }
        if let Some(tls) = &self.tls {
            write!(f, "\n[tls]\n{tls}")?;
        }
        match &self.store {
            StoreConfig::Sqlite { .. } => writeln!(f, "\n[store]\nkind = \"sqlite\"")?,
            StoreConfig::Postgres(postgres) => write!(f, "\n[store]\nkind = \"postgres\"\n{postgres}")?,
        }
        if !self.limits.turn_delay.is_zero() {
            writeln!(f, "turn_delay = {}", quoted(shown(self.limits.turn_delay)))?;
        }
        match &self.lease {
            LeaseConfig::None => writeln!(f, "\n[lease]\nkind = \"none\"")?,
            LeaseConfig::Redis(redis) => write!(f, "\n[lease]\nkind = \"redis\"\n{redis}")?,
        }
        write!(f, "\n[limits]\n{}", Bounds(&self.limits))?;
        write!(f, "\n[connections]\n{}", self.connections)
    }
}

/// The bounds of the engine that are settings.
struct Bounds<'a>(&'a Limits);

impl Display for Bounds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = self.0;
        writeln!(f, "queue = {}", limits.queue)?;
        writeln!(f, "batch = {}", limits.batch)?;
        writeln!(f, "bulk = {}", limits.bulk)?;
        writeln!(f, "lookups = {}", limits.lookups)?;
        writeln!(f, "births_wait = {}", quoted(shown(limits.births_wait)))?;
        writeln!(f, "lookups_wait = {}", quoted(shown(limits.lookups_wait)))?;
        writeln!(f, "cases_wait = {}", quoted(shown(limits.cases_wait)))?;
        writeln!(f, "office_rate = {}", limits.office_rate)?;
        writeln!(f, "office_burst = {}", limits.office_burst)?;
        writeln!(f, "replay_bytes = {}", limits.replay_bytes)?;
        writeln!(f, "filter_bytes = {}", limits.filter_bytes)?;
        writeln!(f, "retry_after = {}", quoted(shown(limits.retry_after)))
    }
}

impl Display for ConnectionLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "most = {}", self.connections)?;
        writeln!(f, "accepts = {}", self.accepts)?;
        writeln!(f, "streams = {}", self.streams)?;
        writeln!(f, "open_calls = {}", self.open_calls)?;
        writeln!(f, "calls = {}", self.calls)?;
        writeln!(f, "office_calls = {}", self.office_calls)?;
        writeln!(f, "item_streams = {}", self.item_streams)?;
        writeln!(f, "message_bytes = {}", self.message_bytes)?;
        writeln!(f, "header_bytes = {}", self.header_bytes)?;
        for (name, time) in [
            ("message_within", self.message_within),
            ("opening", self.opening),
            ("idle", self.idle),
            ("keepalive", self.keepalive),
            ("slow_reader", self.slow_reader),
        ] {
            writeln!(f, "{name} = {}", quoted(shown(time)))?;
        }
        writeln!(f, "refusals = {}", self.refusals)?;
        writeln!(f, "shed_after = {}", quoted(shown(self.shed_after)))
    }
}

impl Display for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "certificate = {}", quoted(self.certificate.display()))?;
        writeln!(f, "key = {}", quoted(self.key.display()))?;
        writeln!(f, "client_ca = {}", quoted(self.client_ca.display()))
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

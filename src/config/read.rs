//! From settings to a configuration: what each means, what goes with what, and what contradicts what.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::bounds;
use super::secret::{Secret, ServerUrl};
use super::settings::{Origin, Settings};
use super::values::{address, boolean, command, duration, number, one_of, path, shown, text, url, urls};
use super::{
    ANCHOR, Config, DATA, LISTEN, LeaseConfig, PostgresConfig, RedisConfig, RedisServers, StoreConfig, TlsConfig,
    beside,
};
use crate::shell::{COMMAND_WITHIN, KeySource, KeyText, TEXT_VARIABLE, keyfile};
use crate::store::postgres::PgTimeouts;

const POSTGRES: &[&str] = &["postgres", "postgresql"];
const REDIS: &[&str] = &["redis", "rediss"];
/// What the URL of a PostgreSQL may say in its query. What it does not know, the driver would log with its value.
const POSTGRES_PARAMETERS: [&str; 13] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "statement-cache-capacity",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum StoreKind {
    Sqlite,
    Postgres,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LeaseKind {
    None,
    Redis,
}

/// Reads a whole configuration. `None` if that cannot be done; the settings then hold why, as they do for whatever else
/// is wrong.
pub(super) fn config(settings: &mut Settings, text: Option<KeyText>) -> Option<Config> {
    let store_kind = one_of(&[("sqlite", StoreKind::Sqlite), ("postgres", StoreKind::Postgres)]);
    let lease_kind = one_of(&[("none", LeaseKind::None), ("redis", LeaseKind::Redis)]);
    let kind = (settings.read("store.kind", store_kind)).unwrap_or_else(|| guessed(settings));
    let lease = settings.read("lease.kind", lease_kind).unwrap_or(LeaseKind::None);
    let listen = settings.read("listen", address);
    let dev = settings.read("dev", boolean);
    let tls = tls(settings);
    let policy = settings.read("policy", path);
    let metrics = settings.read("metrics", address);
    let keys = keys(settings, text);
    let anchor = settings.read("anchor", path);
    let limits = bounds::limits(settings);
    let connections = bounds::connections(settings);
    if kind == StoreKind::Sqlite && lease == LeaseKind::Redis {
        settings.wrong(
            "lease.kind",
            "is \"redis\", but the store is embedded and has one server: there is nobody to agree with. \
             Use \"none\", or a store of kind \"postgres\"",
        );
    }
    let store = match kind {
        StoreKind::Sqlite => sqlite(settings),
        StoreKind::Postgres => postgres(settings),
    };
    let lease = match lease {
        LeaseKind::None => no_lease(settings),
        LeaseKind::Redis => redis(settings),
    };
    let keys = match (keys, &store) {
        (Some(keys), _) => keys,
        (None, Some(StoreConfig::Sqlite { data })) => KeySource::File(data.join(keyfile::FILE_NAME)),
        (None, _) => {
            if kind == StoreKind::Postgres && !settings.is_given("keys") && !settings.is_given("keys_command") {
                settings.wrong(
                    "keys",
                    "is missing: name the key file. All servers of one store need a copy of the same file",
                );
            }
            KeySource::File(PathBuf::new())
        }
    };
    let anchor = match (anchor, &store) {
        (Some(anchor), Some(StoreConfig::Sqlite { data })) if anchor.starts_with(data) => {
            settings.wrong(
                "anchor",
                "is inside the data folder: an old copy of it would bring its old anchor along. Name a folder elsewhere",
            );
            anchor
        }
        (Some(anchor), _) => anchor,
        (None, Some(StoreConfig::Sqlite { data })) => beside(data),
        (None, _) => match keys.file() {
            Some(file) => file.with_file_name(ANCHOR),
            None => {
                settings.wrong(
                    "anchor",
                    "is missing: name the folder, since there is no key file beside which it could be",
                );
                PathBuf::new()
            }
        },
    };
    Some(Config {
        listen: listen.unwrap_or(LISTEN),
        dev: dev.unwrap_or(false),
        tls,
        policy,
        metrics,
        keys,
        anchor,
        store: store?,
        lease: lease?,
        limits,
        connections,
    })
}

/// Where the keys come from. A flag wins over the environment, and that over the file; of one rank there may be one.
fn keys(settings: &mut Settings, text: Option<KeyText>) -> Option<KeySource> {
    let file = settings.read("keys", path).map(KeySource::File);
    let bounds = duration(Duration::from_millis(100), Duration::from_secs(3_600));
    let within = (settings.read("keys_command_timeout", bounds)).unwrap_or(COMMAND_WITHIN);
    if settings.is_given("keys_command_timeout") && !settings.is_given("keys_command") {
        settings.wrong(
            "keys_command_timeout",
            "is for keys_command, which is not given: leave it out",
        );
    }
    let command = settings.read("keys_command", command);
    let command = command.map(|words| KeySource::Command { words, within });
    let text = text.map(KeySource::Environment);
    let origin = Origin::Environment(TEXT_VARIABLE.to_owned());
    let given = [
        ("keys", settings.origin("keys"), file),
        ("keys_command", settings.origin("keys_command"), command),
        (TEXT_VARIABLE, origin, text),
    ];
    let mut given: Vec<_> = given
        .into_iter()
        .filter_map(|(name, origin, source)| Some((origin.rank(), name, origin, source?)))
        .collect();
    given.sort_by_key(|(rank, ..)| std::cmp::Reverse(*rank));
    if let [(first, one, ..), (second, other, origin, _), ..] = given.as_slice()
        && first == second
    {
        let what = format!("{one} and {other} both say where the keys come from: keep one of them");
        settings.problem(origin.clone(), what);
    }
    given.into_iter().next().map(|(.., source)| source)
}

/// Without a kind that can be read: the one that makes the rest of the file read as it was meant.
fn guessed(settings: &Settings) -> StoreKind {
    match settings.is_given("store.kind") && settings.is_given("store.url") {
        true => StoreKind::Postgres,
        false => StoreKind::Sqlite,
    }
}

/// The files for TLS: all of them, or none.
fn tls(settings: &mut Settings) -> Option<TlsConfig> {
    if settings.given_under("tls.").is_empty() {
        return None;
    }
    let certificate = required(settings, "tls.certificate", path, "the server's certificate");
    let key = required(settings, "tls.key", path, "the key of the server's certificate");
    let client_ca = required(
        settings,
        "tls.client_ca",
        path,
        "the authorities that sign certificates of callers",
    );
    Some(TlsConfig {
        certificate: certificate?,
        key: key?,
        client_ca: client_ca?,
    })
}

fn sqlite(settings: &mut Settings) -> Option<StoreConfig> {
    let data = settings.read("data", path).unwrap_or_else(|| PathBuf::from(DATA));
    for name in settings.given_under("store.") {
        if !["store.kind", "store.turn_delay"].contains(&name) {
            settings.wrong(name, "is for a store of kind \"postgres\", and this one is \"sqlite\"");
        }
    }
    Some(StoreConfig::Sqlite { data })
}

fn postgres(settings: &mut Settings) -> Option<StoreConfig> {
    if settings.is_given("data") {
        settings.wrong(
            "data",
            "is for a store of kind \"sqlite\", and this one is \"postgres\": leave it out",
        );
    }
    let url = required(
        settings,
        "store.url",
        url(POSTGRES),
        "the database, as in postgres://USER@HOST/DATABASE",
    );
    if let Some(url) = &url {
        parameters(settings, url);
    }
    let password = password(settings, "store.password_file", url.iter());
    let standby_required = settings.read("store.standby_required", boolean).unwrap_or(false);
    let readers = settings.read("store.readers", number(1, 1_000)).unwrap_or(8);
    let timeouts = timeouts(settings);
    Some(StoreConfig::Postgres(PostgresConfig {
        url: url?,
        password,
        standby_required,
        readers: u32::try_from(readers).unwrap_or(u32::MAX),
        timeouts,
    }))
}

fn timeouts(settings: &mut Settings) -> PgTimeouts {
    let defaults = PgTimeouts::default();
    let mut time = |name, default| {
        let bounds = duration(Duration::from_millis(100), Duration::from_secs(3_600));
        settings.read(name, bounds).unwrap_or(default)
    };
    let timeouts = PgTimeouts {
        connect: time("store.connect_timeout", defaults.connect),
        lock: time("store.lock_timeout", defaults.lock),
        idle_in_transaction: time("store.idle_timeout", defaults.idle_in_transaction),
        tcp_user: time("store.tcp_timeout", defaults.tcp_user),
        phase: time("store.answer_timeout", defaults.phase),
        commit: time("store.commit_timeout", defaults.commit),
    };
    let lock = shown(timeouts.lock);
    for (name, time) in [
        ("store.idle_timeout", timeouts.idle_in_transaction),
        ("store.tcp_timeout", timeouts.tcp_user),
    ] {
        if time >= timeouts.lock {
            settings.wrong(
                name,
                format!(
                    "is {}, and must be shorter than store.lock_timeout ({lock}): the others would give up waiting before \
                     the database lets them on",
                    shown(time)
                ),
            );
        }
    }
    if timeouts.phase <= timeouts.lock {
        settings.wrong(
            "store.answer_timeout",
            format!(
                "is {}, and must be longer than store.lock_timeout ({lock})",
                shown(timeouts.phase)
            ),
        );
    }
    timeouts
}

fn parameters(settings: &mut Settings, url: &ServerUrl) {
    for name in url.parameter_names() {
        if !POSTGRES_PARAMETERS.contains(&name.as_str()) {
            let known = POSTGRES_PARAMETERS.join(", ");
            settings.wrong(
                "store.url",
                format!("has a parameter that is not known; known are {known}"),
            );
        }
    }
    let mode = url.parameter("sslmode");
    if let Some(mode) = &mode
        && !["disable", "allow", "prefer", "require", "verify-ca", "verify-full"].contains(&mode.as_str())
    {
        settings.wrong(
            "store.url",
            "has a wrong sslmode: it is verify-full, or else verify-ca, require, prefer, allow or disable",
        );
    }
    if let Some(file) = url.parameter("sslrootcert") {
        readable(settings, "store.url", "sslrootcert", Path::new(&file));
        if mode.as_deref().is_none_or(|mode| !mode.starts_with("verify-")) {
            settings.wrong(
                "store.url",
                "has sslrootcert, which is only looked at with sslmode=verify-full",
            );
        }
    }
}

fn no_lease(settings: &mut Settings) -> Option<LeaseConfig> {
    for name in settings.given_under("lease.") {
        if name != "lease.kind" {
            settings.wrong(
                name,
                "is for a lease of kind \"redis\", and there is none: set lease.kind, or leave it out",
            );
        }
    }
    Some(LeaseConfig::None)
}

fn redis(settings: &mut Settings) -> Option<LeaseConfig> {
    let servers = redis_servers(settings);
    let (named, own): (&[ServerUrl], &[ServerUrl]) = match &servers {
        Some(RedisServers::Single(url)) => (std::slice::from_ref(url), std::slice::from_ref(url)),
        Some(RedisServers::Cluster(urls)) => (urls, urls),
        // What stands in the URL of a sentinel is for the sentinel.
        Some(RedisServers::Sentinel { urls, .. }) => (urls, &[]),
        None => (&[], &[]),
    };
    let username = settings.read("lease.username", text);
    let password = password(settings, "lease.password_file", own.iter());
    let prefix = settings.read("lease.prefix", text).unwrap_or_else(|| "dd".to_owned());
    let ca_file = settings.read("lease.ca_file", path);
    if let Some(file) = &ca_file {
        readable(settings, "lease.ca_file", "it", file);
        if !named.is_empty() && !named.iter().all(ServerUrl::is_tls) {
            settings.wrong(
                "lease.ca_file",
                "is for TLS, but a URL begins with redis://: write rediss://",
            );
        }
    }
    let tls = named.iter().filter(|url| url.is_tls()).count();
    if tls != 0 && tls != named.len() {
        settings.wrong(
            "lease.kind",
            "has URLs with and without TLS: all or none must begin with rediss://",
        );
    }
    let time = |settings: &mut Settings, name, least, most, default| {
        settings.read(name, duration(least, most)).unwrap_or(default)
    };
    let (millisecond, second) = (Duration::from_millis(1), Duration::from_secs(1));
    let hold = time(settings, "lease.hold", 100 * millisecond, 600 * second, 5 * second);
    let remember = time(settings, "lease.remember", second, 86_400 * second, 60 * second);
    let patience = time(settings, "lease.patience", millisecond, 10 * second, 250 * millisecond);
    let rest = time(settings, "lease.rest", millisecond, 600 * second, second);
    Some(LeaseConfig::Redis(Box::new(RedisConfig {
        servers: servers?,
        username,
        password,
        prefix,
        ca_file,
        hold,
        remember,
        patience,
        rest,
    })))
}

fn redis_servers(settings: &mut Settings) -> Option<RedisServers> {
    let ways = ["lease.url", "lease.sentinel.", "lease.cluster."];
    let given: Vec<_> = ways
        .iter()
        .filter(|way| !settings.given_under(way).is_empty())
        .collect();
    match given.as_slice() {
        [] => {
            settings.wrong(
                "lease.url",
                "is missing: name the Redis, or give [lease.sentinel] or [lease.cluster]",
            );
            return None;
        }
        [_] => {}
        [_, second, ..] => {
            let name = settings.given_under(second).first().copied().unwrap_or("lease.url");
            settings.wrong(
                name,
                "is one way too many: give one of lease.url, [lease.sentinel] and [lease.cluster]",
            );
            return None;
        }
    }
    if settings.is_given("lease.url") {
        return settings.read("lease.url", url(REDIS)).map(RedisServers::Single);
    }
    if settings.is_given("lease.cluster.urls") {
        return settings
            .read("lease.cluster.urls", urls(REDIS))
            .map(RedisServers::Cluster);
    }
    let urls = required(settings, "lease.sentinel.urls", urls(REDIS), "the sentinels");
    let master = required(
        settings,
        "lease.sentinel.master",
        text,
        "the name by which the sentinels know the master",
    );
    Some(RedisServers::Sentinel {
        urls: urls?,
        master: master?,
    })
}

/// The password of a file, if one is named.
fn password<'a>(
    settings: &mut Settings,
    name: &'static str,
    mut urls: impl Iterator<Item = &'a ServerUrl>,
) -> Option<Secret> {
    let file = settings.read(name, path)?;
    if urls.any(ServerUrl::has_password) {
        settings.wrong(name, "is given, and the URL holds a password as well: keep one of them");
    }
    let read = Secret::read(&file);
    if let Err(error) = &read {
        settings.wrong(name, format!("names {}, which cannot be used: {error}", file.display()));
    }
    read.ok()
}

fn required<T>(
    settings: &mut Settings,
    name: &'static str,
    parse: impl Fn(&super::values::Value) -> Result<T, String>,
    what: &str,
) -> Option<T> {
    if !settings.is_given(name) {
        settings.wrong(name, format!("is missing: name {what}"));
    }
    settings.read(name, parse)
}

fn readable(settings: &mut Settings, name: &str, what: &str, file: &Path) {
    if let Err(error) = std::fs::File::open(file) {
        settings.wrong(
            name,
            format!("names a file ({what}) that cannot be read: {}: {error}", file.display()),
        );
    }
}

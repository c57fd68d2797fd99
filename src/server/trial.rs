//! Trying out a configuration without changing anything: is the store there, is it the right one, can the lease be asked.

use std::fmt;
use std::time::Duration;

use super::{allowed, callers, open};
use crate::config::{Config, LeaseConfig, PostgresConfig, StoreConfig};
use crate::lease::is_up_within;
use crate::ledger::{Head, KeyRing};
use crate::shell::{Clock, KeySource};
use crate::store::Reader;
use crate::store::postgres::{self, Standby};
use crate::store::sqlite::{FILE_NAME, SqliteReader};

/// A clock that is further off than this from the database's takes part in nothing good.
const CLOCK_OFF: Duration = Duration::from_secs(5);
/// How long the lease may take to connect.
const LEASE_WITHIN: Duration = Duration::from_secs(5);

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    /// It is as it should be.
    Right {
        /// What was looked at.
        what: &'static str,
        /// What was found.
        found: String,
    },
    /// A server would do with it, but somebody should know.
    Doubtful {
        /// What was looked at.
        what: &'static str,
        /// What was found, and what to do.
        found: String,
    },
    /// A server would not start, or not do what it should.
    Wrong {
        /// What was looked at.
        what: &'static str,
        /// What was found, and what to do.
        found: String,
    },
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right { what, found } => write!(f, "ok       {what}: {found}"),
            Self::Doubtful { what, found } => write!(f, "note     {what}: {found}"),
            Self::Wrong { what, found } => write!(f, "WRONG    {what}: {found}"),
        }
    }
}

/// What was tried so far.
#[derive(Default)]
struct Trials(Vec<Trial>);

impl Trials {
    fn right(&mut self, what: &'static str, found: impl fmt::Display) {
        let found = found.to_string();
        self.0.push(Trial::Right { what, found });
    }

    fn doubtful(&mut self, what: &'static str, found: impl fmt::Display) {
        let found = found.to_string();
        self.0.push(Trial::Doubtful { what, found });
    }

    fn wrong(&mut self, what: &'static str, found: impl fmt::Display) {
        let found = found.to_string();
        self.0.push(Trial::Wrong { what, found });
    }
}

/// Tries out everything a server would need, and goes on when something is wrong.
pub async fn try_out(config: &Config, clock: &dyn Clock) -> Vec<Trial> {
    let mut trials = Trials::default();
    match (allowed(config), config.dev) {
        (Ok(()), true) => trials.right(
            "listen",
            format_args!("{}, callers believed without proof", config.listen),
        ),
        (Ok(()), false) => trials.right("listen", format_args!("{}, by TLS", config.listen)),
        (Err(error), _) => trials.wrong("listen", error),
    }
    callers(config, &mut trials);
    let keys = match config.keys.load().await {
        Ok(keys) => {
            trials.right("keys", &config.keys);
            Some(keys)
        }
        Err(error) => {
            no_keys(config, &error, &mut trials);
            None
        }
    };
    match &config.store {
        StoreConfig::Sqlite { data } => {
            if data.join(FILE_NAME).is_file() {
                let head = match SqliteReader::open(data).await {
                    Ok(reader) => reader.head().await,
                    Err(error) => Err(error),
                };
                match head {
                    Ok(head) => fence(&head, keys.as_ref(), &mut trials),
                    Err(error) => trials.wrong("store", error),
                }
            } else {
                no_store(&config.store.place(), keys.is_some(), "serve --new-store", &mut trials);
            }
        }
        StoreConfig::Postgres(postgres) => database(config, postgres, keys.as_ref(), clock, &mut trials).await,
    }
    lease(&config.lease, keys.as_ref(), &mut trials).await;
    trials.0
}

fn callers(config: &Config, trials: &mut Trials) {
    if let Some(files) = &config.tls {
        match callers::credentials(files) {
            Ok(_) => trials.right("tls", files.certificate.display()),
            Err(error) => trials.wrong("tls", error),
        }
    }
    if let Some(file) = &config.policy {
        match callers::policy(file) {
            Ok(policy) => trials.right(
                "policy",
                format_args!("{}, {} offices", file.display(), policy.office_count()),
            ),
            Err(error) => trials.wrong("policy", error),
        }
    }
}

/// An embedded store makes its keys at its first start; a shared one never does.
fn no_keys(config: &Config, error: &crate::shell::KeyStoreError, trials: &mut Trials) {
    match (&config.store, &config.keys) {
        (StoreConfig::Sqlite { data }, KeySource::File(file)) if !file.exists() && !data.join(FILE_NAME).exists() => {
            trials.right("keys", format_args!("{} is made at the first start", file.display()));
        }
        _ => trials.wrong("keys", error),
    }
}

fn no_store(place: &str, has_keys: bool, how: &str, trials: &mut Trials) {
    match has_keys {
        true => trials.wrong(
            "store",
            format_args!(
                "{place} holds no store, but there are keys: is it the right one? If these keys have never given a \
                 number, begin with `dinhdanh {how}`"
            ),
        ),
        false => trials.doubtful("store", format_args!("{place} holds no store yet")),
    }
}

fn fence(head: &Head, keys: Option<&KeyRing>, trials: &mut Trials) {
    let Some(keys) = keys else {
        return trials.doubtful("store", "it is there; without its keys no more can be said");
    };
    match head.admits(keys) {
        Ok(()) => trials.right(
            "store",
            format_args!("{} entries, epoch {}, written with these keys", head.size(), head.epoch),
        ),
        Err(error) => trials.wrong("store", error),
    }
}

async fn database(
    config: &Config,
    postgres: &PostgresConfig,
    keys: Option<&KeyRing>,
    clock: &dyn Clock,
    trials: &mut Trials,
) {
    if !postgres.is_private() {
        trials.doubtful(
            "database",
            "what is sent to it can be read or changed on the way: add sslmode=verify-full and sslrootcert to the URL",
        );
    }
    let before = clock.now();
    let options = match open::pg_options(postgres) {
        Ok(options) => options,
        Err(error) => return trials.wrong("database", error),
    };
    let probe = match postgres::probe(&options).await {
        Ok(probe) => probe,
        Err(error) => return trials.wrong("database", error),
    };
    let after = clock.now();
    trials.right(
        "database",
        format_args!("{} answers, version {}", config.store.place(), probe.version),
    );
    match (probe.standby, postgres.standby_required) {
        (Standby::InStep(count), true) => {
            trials.right("standby", format_args!("{count} in step; commits wait for one"))
        }
        (Standby::InStep(_), false) => trials.doubtful(
            "standby",
            "there is one and commits wait for it; set store.standby_required, so that no server ever writes without",
        ),
        (Standby::Away, _) => trials.wrong(
            "standby",
            "commits wait for one, and none is in step: nothing can be issued",
        ),
        (Standby::Hidden, _) => trials.doubtful(
            "standby",
            "commits wait for one; this role may not see whether it is there (GRANT pg_monitor lets it)",
        ),
        (Standby::None, true) => trials.wrong(
            "standby",
            "store.standby_required is set, but the database waits for none: set synchronous_standby_names",
        ),
        (Standby::None, false) => {
            trials.doubtful(
                "standby",
                "there is none: what is answered is lost if this one database is",
            );
        }
    }
    let off = off(probe.now, before.as_microsecond(), after.as_microsecond());
    match off <= CLOCK_OFF {
        true => trials.right("clock", format_args!("{:.3} s from the database's", off.as_secs_f64())),
        false => trials.wrong(
            "clock",
            format_args!("{:.0} s from the database's: set both by NTP", off.as_secs_f64()),
        ),
    }
    match &probe.head {
        Some(head) if head.size() > 0 => fence(head, keys, trials),
        _ => no_store(&config.store.place(), keys.is_some(), "init --new-store", trials),
    }
}

/// How far a time is at least from the interval in which it was asked for.
fn off(theirs: i64, before: i64, after: i64) -> Duration {
    Duration::from_micros((before - theirs).max(theirs - after).max(0).unsigned_abs())
}

async fn lease(config: &LeaseConfig, keys: Option<&KeyRing>, trials: &mut Trials) {
    let LeaseConfig::Redis(redis) = config else {
        return;
    };
    let Some(keys) = keys else {
        return trials.doubtful("lease", "not tried: it needs the keys");
    };
    let lease = match open::lease(config, keys) {
        Ok(lease) => lease,
        Err(error) => return trials.wrong("lease", error),
    };
    match is_up_within(&*lease, LEASE_WITHIN).await {
        true => trials.right("lease", format_args!("{} answers", redis.servers)),
        false => trials.wrong(
            "lease",
            format_args!(
                "{} did not answer within {} s; a server would work without it, and the log would say why",
                redis.servers,
                LEASE_WITHIN.as_secs()
            ),
        ),
    }
}

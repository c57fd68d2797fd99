//! Connections: how each is set up, and what the database must be like.

use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::failure::outside;
use super::{PgOptions, sql};
use crate::store::StoreError;
use crate::store::decode::Columns;

/// The oldest release that will do, as it numbers itself.
const OLDEST: i64 = 150_000;

/// Opens a connection and looks the database over.
pub(super) async fn connect(options: &PgOptions) -> Result<PgConnection, StoreError> {
    let mut connection = within(options.timeouts.connect, set_up(options).connect()).await?;
    within(
        options.timeouts.connect,
        look_over(&mut connection, options.standby_required),
    )
    .await?;
    Ok(connection)
}

/// Gives up on what takes too long before a turn has begun, or while reading.
pub(super) async fn within<T, E: Into<Failed>>(
    bound: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(bound, work).await {
        Ok(done) => done.map_err(|error| error.into().0),
        Err(_) => Err(StoreError::Unavailable(
            "the database did not answer in time".to_owned(),
        )),
    }
}

/// Either error, as the store tells it.
pub(super) struct Failed(StoreError);

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self(outside(&error))
    }
}

/// The settings of every session.
pub(super) fn set_up(options: &PgOptions) -> PgConnectOptions {
    let timeouts = &options.timeouts;
    let keepalive = timeouts.tcp_user.as_secs().max(4);
    let settings = [
        // A commit returns when the disk has it, and the standby where there is one.
        ("synchronous_commit", "on".to_owned()),
        // A server that is stopped in its turn, or gone, must not keep the others from theirs.
        (
            "idle_in_transaction_session_timeout",
            milliseconds(timeouts.idle_in_transaction),
        ),
        ("lock_timeout", milliseconds(timeouts.lock)),
        ("tcp_user_timeout", milliseconds(timeouts.tcp_user)),
        ("tcp_keepalives_idle", (keepalive / 2).to_string()),
        ("tcp_keepalives_interval", (keepalive / 4).to_string()),
        ("tcp_keepalives_count", "2".to_owned()),
        // Never: these cancel a statement, and a commit that waits for its standby, once cancelled, is acknowledged
        // although the standby does not have it. For the same reason nobody may cancel or terminate a session of this
        // service by hand.
        ("statement_timeout", "0".to_owned()),
        ("client_connection_check_interval", "0".to_owned()),
        // One plan for each statement, always by index: a plan made while a table was small would be kept when it no
        // longer is, and read the whole of it. In the order of the index too, so that a page ends where it is full.
        ("plan_cache_mode", "force_generic_plan".to_owned()),
        ("enable_seqscan", "off".to_owned()),
        ("enable_bitmapscan", "off".to_owned()),
        ("enable_hashjoin", "off".to_owned()),
        ("enable_mergejoin", "off".to_owned()),
        ("max_parallel_workers_per_gather", "0".to_owned()),
        ("jit", "off".to_owned()),
        // As `decode` reads it.
        ("bytea_output", "hex".to_owned()),
    ];
    options
        .url
        .connect_options()
        .application_name("dinhdanh")
        .options(settings)
        .disable_statement_logging()
}

fn milliseconds(duration: Duration) -> String {
    // Zero would mean "for ever".
    duration.as_millis().max(1).to_string()
}

/// Refuses a database that would lose or change what it was given, naming the setting.
pub(super) async fn look_over(connection: &mut PgConnection, standby_required: bool) -> Result<(), StoreError> {
    let row = sqlx::query(sql::LOOK_OVER)
        .fetch_one(connection)
        .await
        .map_err(|error| outside(&error))?;
    let good = |index| Ok::<_, StoreError>(row.int(index)? != 0);
    let refuse = |why: &str| Err(StoreError::Unavailable(why.to_owned()));
    if row.int(0)? < OLDEST {
        return refuse("the database is older than PostgreSQL 15");
    }
    if !good(1)? {
        return refuse("the database is a standby (in recovery); the primary is needed");
    }
    if !good(2)? {
        return refuse("the database runs with fsync=off and would lose what it acknowledged");
    }
    if !good(3)? {
        return refuse("the database runs with full_page_writes=off and would lose what it acknowledged");
    }
    if !good(4)? {
        return refuse("the session does not have synchronous_commit=on; is there a pooler in between?");
    }
    if standby_required && !good(5)? {
        return refuse(NO_STANDBY);
    }
    Ok(())
}

/// What is said of a database that lacks its standby.
pub(super) const NO_STANDBY: &str =
    "a synchronous standby is required, but the database has none: synchronous_standby_names is empty";

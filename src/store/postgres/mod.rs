//! The store that several servers share: PostgreSQL 15 or later, with a synchronous standby where no machine may be lost.
//!
//! One connection writes, in turns that lock the head row; a few others read. Any number of servers may do so on one
//! database. How a turn goes, and what "durable" means here, is told in decision record 5.

mod durable;
mod failure;
mod look_up;
mod options;
mod places;
mod probe;
mod rare;
mod reader;
mod session;
pub mod sql;
mod turn;
mod write;

use std::sync::Arc;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{Connection, Postgres, SqlStr};
use tokio::sync::Mutex;

use self::durable::Durable;
use self::failure::outside;
pub use self::options::{PgOptions, PgTimeouts, PgUrl, PgUrlError};
pub use self::places::PgPlaces;
pub use self::probe::{Probe, Standby, probe};
pub use self::reader::PgReader;
pub use self::turn::PgTurn;
use self::turn::Writer;
use crate::ledger::{KeySet, SCHEMA_VERSION};
use crate::store::decode::Columns;
use crate::store::{Access, Mark, Store, StoreError, TreeNode};

/// The epoch of a new store.
const FIRST_EPOCH: i64 = 1;

/// The store on PostgreSQL.
pub struct PgStore {
    writer: Arc<Mutex<Writer>>,
    /// Writes what is no turn. Nothing waits for it, and it takes no lock that a turn needs.
    recorder: Mutex<Option<PgConnection>>,
    reader: PgReader,
    durable: Arc<Durable>,
    options: PgOptions,
}

impl PgStore {
    /// Opens the store in a database, making its tables if there are none. `keys` are noted in the head of a new store.
    /// Any number of servers may open one at the same time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database cannot be reached or is not as it must be, [`StoreError::Migration`]
    /// if the tables are not of this release.
    pub async fn open(options: PgOptions, keys: KeySet) -> Result<Self, StoreError> {
        let mut connection = session::connect(&options).await?;
        if !up_to_date(&mut connection).await {
            migrate(&options).await?;
        }
        make_head(&mut connection, keys, &options).await?;
        let durable = Arc::new(Durable::default());
        Ok(Self {
            writer: Arc::new(Mutex::new(Some(connection))),
            recorder: Mutex::default(),
            reader: PgReader::over(&options, Arc::clone(&durable)),
            durable,
            options,
        })
    }

    /// Writes what is no turn.
    async fn write_aside(&self, query: Query<'_, Postgres, PgArguments>) -> Result<(), StoreError> {
        let mut recorder = self.recorder.lock().await;
        // Taken out, and put back only in a state that is known.
        let mut connection = match recorder.take() {
            Some(connection) => connection,
            None => session::connect(&self.options).await?,
        };
        session::within(self.options.timeouts.commit, query.execute(&mut connection)).await?;
        *recorder = Some(connection);
        Ok(())
    }
}

impl Store for PgStore {
    type Turn = PgTurn;
    type Reader = PgReader;

    fn reader(&self) -> &PgReader {
        &self.reader
    }

    async fn begin(&self) -> Result<PgTurn, StoreError> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        PgTurn::begin(writer, &self.options, Arc::clone(&self.durable)).await
    }

    async fn mark(&self, mark: Mark, at: i64) -> Result<(), StoreError> {
        let mut connection = session::connect(&self.options).await?;
        let set = sqlx::query(sql::MARK)
            .bind(mark.name())
            .bind(at)
            .execute(&mut connection);
        session::within(self.options.timeouts.commit, set).await?;
        // What fails here was done all the same.
        let _ = connection.close().await;
        Ok(())
    }

    async fn keep_nodes(&self, nodes: &[TreeNode]) -> Result<(), StoreError> {
        self.write_aside(write::keep_nodes(nodes)).await
    }

    async fn record(&self, accesses: &[Access]) -> Result<(), StoreError> {
        self.write_aside(write::record(accesses)).await
    }
}

/// Whether exactly the migrations of this release were applied: then nothing need be done, and the service's role need
/// not be one that may make tables.
async fn up_to_date(connection: &mut PgConnection) -> bool {
    let Ok(rows) = sqlx::query(sql::MIGRATIONS).fetch_all(connection).await else {
        return false;
    };
    let applied = rows.iter().map(|row| (row.int(0).ok(), row.bytes(1).ok()));
    let migrator = migrator();
    let ours = migrator
        .iter()
        .map(|migration| (Some(migration.version), Some(migration.checksum.to_vec())));
    applied.eq(ours)
}

/// Brings the tables to this release, one server at a time: the migrator holds a lock of the database, which others wait
/// for.
async fn migrate(options: &PgOptions) -> Result<(), StoreError> {
    let mut connection = session::connect(options).await?;
    sqlx::raw_sql(sql::WAIT_FOR_MIGRATION)
        .execute(&mut connection)
        .await
        .map_err(|error| outside(&error))?;
    // Not `run`, whose future cannot be sent to another thread.
    let done = migrator().run_direct(None, &mut connection, false).await;
    done.map_err(|error| StoreError::Migration(error.to_string()))?;
    // What fails here was done all the same.
    let _ = connection.close().await;
    Ok(())
}

async fn make_head(connection: &mut PgConnection, keys: KeySet, options: &PgOptions) -> Result<(), StoreError> {
    let heads = session::within(
        options.timeouts.phase,
        sqlx::query(sql::HEADS).fetch_one(&mut *connection),
    )
    .await?;
    if heads.int(0)? > 0 {
        return Ok(());
    }
    let made = sqlx::query(sql::FIRST_HEAD)
        .bind(FIRST_EPOCH)
        .bind(SCHEMA_VERSION)
        .bind(keys.index.0)
        .bind(keys.picker.0)
        .bind(keys.seal.0)
        .execute(connection);
    session::within(options.timeouts.commit, made).await.map(drop)
}

fn migrator() -> Migrator {
    let migration = |version, name: &'static str, text| {
        let text = SqlStr::from_static(text);
        Migration::new(version, name.into(), MigrationType::Simple, text, false)
    };
    Migrator::with_migrations(vec![
        migration(
            1,
            "ledger",
            include_str!("../../../migrations/postgres/0001_ledger.sql"),
        ),
        migration(
            2,
            "two sides",
            include_str!("../../../migrations/postgres/0002_two_sides.sql"),
        ),
        migration(3, "marks", include_str!("../../../migrations/postgres/0003_marks.sql")),
        migration(
            4,
            "accesses",
            include_str!("../../../migrations/postgres/0004_accesses.sql"),
        ),
        migration(
            5,
            "blocks",
            include_str!("../../../migrations/postgres/0005_blocks.sql"),
        ),
        migration(
            6,
            "places",
            include_str!("../../../migrations/postgres/0006_places.sql"),
        ),
        migration(
            7,
            "mismatches",
            include_str!("../../../migrations/postgres/0007_mismatches.sql"),
        ),
        migration(8, "tree", include_str!("../../../migrations/postgres/0008_tree.sql")),
        migration(9, "guard", include_str!("../../../migrations/postgres/0009_guard.sql")),
        migration(
            10,
            "sealing anew",
            include_str!("../../../migrations/postgres/0010_sealing_anew.sql"),
        ),
        migration(
            11,
            "index keys",
            include_str!("../../../migrations/postgres/0011_index_keys.sql"),
        ),
    ])
}

//! The embedded default: SQLite in a data folder that one process owns.
//!
//! One connection writes, in turns; a few others read. The log is written ahead and flushed before a commit returns
//! (`synchronous=FULL`), and SQLite shows a commit to other connections only after that flush; what an earlier process
//! left unflushed is flushed when the store is opened. So what is visible here is durable.

pub mod backup;
mod checkpoint;
mod folder;
mod look_up;
mod pack;
mod places;
mod rare;
mod reader;
pub mod sql;
mod turn;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlStr};
use tokio::sync::Mutex;

use self::checkpoint::Checkpoints;
pub use self::folder::FolderLock;
pub use self::places::SqlitePlaces;
pub use self::reader::SqliteReader;
pub use self::turn::SqliteTurn;
use crate::ledger::{KeySet, SCHEMA_VERSION};
use crate::store::{Access, Mark, Store, StoreError, TreeNode};

/// The name of the database file in a data folder.
pub const FILE_NAME: &str = "dinhdanh.sqlite";
/// The epoch of a new store.
const FIRST_EPOCH: i64 = 1;
/// Page cache of the writing connection, in KiB (negative, as SQLite wants it).
const WRITER_CACHE: &str = "-131072";

/// The embedded store.
pub struct SqliteStore {
    writer: Arc<Mutex<Writer>>,
    reader: SqliteReader,
    _lock: Option<FolderLock>,
}

/// The one connection that writes.
pub(crate) struct Writer {
    connection: SqliteConnection,
    /// Whether a transaction may be open on it.
    in_turn: bool,
    checkpoints: Checkpoints,
}

impl Writer {
    fn committed(&mut self, entries: usize) {
        self.checkpoints.written(entries);
    }
}

impl SqliteStore {
    /// Opens the store in `folder`, making it if there is none, and owns the folder until dropped. `keys` are noted in
    /// the head of a new store.
    ///
    /// # Errors
    /// [`StoreError::Migration`] if the tables are not of this release.
    pub async fn open(folder: &Path, lock: FolderLock, keys: KeySet) -> Result<Self, StoreError> {
        let file = folder.join(FILE_NAME);
        folder::make_private(&file)?;
        let mut connection = options(&file)
            .create_if_missing(true)
            .pragma("cache_size", WRITER_CACHE)
            .connect()
            .await
            .map_err(unavailable)?;
        migrator()
            .run(&mut connection)
            .await
            .map_err(|error| StoreError::Migration(error.to_string()))?;
        sqlx::query(sql::FIRST_HEAD)
            .bind(FIRST_EPOCH)
            .bind(SCHEMA_VERSION)
            .bind(keys.index.0)
            .bind(keys.picker.0)
            .bind(keys.seal.0)
            .execute(&mut connection)
            .await
            .map_err(|error| write_error(&error))?;
        checkpoint::settle(&mut connection).await?;
        let checkpoints = Checkpoints::start(options(&file)).await?;
        let writer = Writer {
            connection,
            in_turn: false,
            checkpoints,
        };
        Ok(Self {
            writer: Arc::new(Mutex::new(writer)),
            reader: SqliteReader::open(folder).await?,
            _lock: Some(lock),
        })
    }

    /// Takes turns on an existing store beside the process that owns its folder, if there is one: each waits for the other's.
    /// Nothing is made, and no table is changed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is no store in `folder`.
    pub async fn beside(folder: &Path) -> Result<Self, StoreError> {
        let file = folder.join(FILE_NAME);
        let writer = Writer {
            connection: options(&file).connect().await.map_err(unavailable)?,
            in_turn: false,
            checkpoints: Checkpoints::start(options(&file)).await?,
        };
        Ok(Self {
            writer: Arc::new(Mutex::new(writer)),
            reader: SqliteReader::open(folder).await?,
            _lock: None,
        })
    }
}

impl Store for SqliteStore {
    type Turn = SqliteTurn;
    type Reader = SqliteReader;

    fn reader(&self) -> &SqliteReader {
        &self.reader
    }

    async fn begin(&self) -> Result<SqliteTurn, StoreError> {
        SqliteTurn::begin(Arc::clone(&self.writer).lock_owned().await).await
    }

    async fn mark(&self, mark: Mark, at: i64) -> Result<(), StoreError> {
        self.begin().await?.mark(mark, at).await
    }

    async fn keep_nodes(&self, nodes: &[TreeNode]) -> Result<(), StoreError> {
        self.begin().await?.keep_nodes(nodes).await
    }

    async fn record(&self, accesses: &[Access]) -> Result<(), StoreError> {
        self.begin().await?.record(accesses).await
    }
}

/// How a connection that only reads opens the file: it changes nothing of it, not even its journal mode.
fn reading(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging()
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        // The log is moved into the tables by `checkpoint`, never in the middle of a turn.
        .pragma("wal_autocheckpoint", "0")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

fn migrator() -> Migrator {
    let migration = |version, name: &'static str, text| {
        let text = SqlStr::from_static(text);
        Migration::new(version, name.into(), MigrationType::Simple, text, false)
    };
    Migrator::with_migrations(vec![
        migration(1, "ledger", include_str!("../../../migrations/sqlite/0001_ledger.sql")),
        migration(
            2,
            "two sides",
            include_str!("../../../migrations/sqlite/0002_two_sides.sql"),
        ),
        migration(3, "marks", include_str!("../../../migrations/sqlite/0003_marks.sql")),
        migration(
            4,
            "accesses",
            include_str!("../../../migrations/sqlite/0004_accesses.sql"),
        ),
        migration(5, "blocks", include_str!("../../../migrations/sqlite/0005_blocks.sql")),
        migration(6, "places", include_str!("../../../migrations/sqlite/0006_places.sql")),
        migration(
            7,
            "mismatches",
            include_str!("../../../migrations/sqlite/0007_mismatches.sql"),
        ),
        migration(8, "tree", include_str!("../../../migrations/sqlite/0008_tree.sql")),
        migration(9, "guard", include_str!("../../../migrations/sqlite/0009_guard.sql")),
        migration(
            10,
            "sealing anew",
            include_str!("../../../migrations/sqlite/0010_sealing_anew.sql"),
        ),
        migration(
            11,
            "index keys",
            include_str!("../../../migrations/sqlite/0011_index_keys.sql"),
        ),
    ])
}

/// The meaning of an error while reading.
fn unavailable(error: sqlx::Error) -> StoreError {
    const CORRUPT: i32 = 11;
    const NOT_A_DATABASE: i32 = 26;
    match primary_code(&error) {
        Some(CORRUPT | NOT_A_DATABASE) => StoreError::Corrupt(error.to_string()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// The meaning of an error while writing.
fn write_error(error: &sqlx::Error) -> StoreError {
    const FULL: i32 = 13;
    const IO: i32 = 10;
    const CONSTRAINT: i32 = 19;
    match primary_code(error) {
        Some(FULL) => StoreError::Full,
        Some(CONSTRAINT) => StoreError::Conflict(error.to_string()),
        Some(IO) => StoreError::MustReopen(error.to_string()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// SQLite's primary result code: the low byte of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

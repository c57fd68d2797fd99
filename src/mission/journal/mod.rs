//! The file: SQLite, for its owner alone, with everything that tells of a person sealed.

mod blocks;
mod items;

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use prost::Message;
use sqlx::migrate::{Migrate, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqlStr, SqliteTransaction};

pub use self::blocks::{BlockState, HeldBlock, Wanted};
pub(super) use self::items::{Birth, Known};
use super::MissionError;
use super::vault::{Hardness, SALT_BYTES, Vault};
use crate::ledger::NoteVerifier;
use crate::shell::random;

/// What the row of the setup is sealed for.
const SETUP: &[u8] = b"setup";
/// How long another command may hold the journal.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a mission is, as its journal was told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The code of its office.
    pub office: String,
    /// The key by which the notes of its blocks are checked.
    pub key: NoteVerifier,
    /// For how many days what is settled stays readable here.
    pub keep_days: u32,
}

/// The same as it is sealed.
#[derive(Clone, PartialEq, Message)]
struct SetupText {
    #[prost(string, tag = "1")]
    office: String,
    #[prost(string, tag = "2")]
    key: String,
    #[prost(uint32, tag = "3")]
    keep_days: u32,
}

/// The journal of a mission, open.
pub struct Journal {
    connection: SqliteConnection,
    vault: Vault,
    setup: Setup,
}

impl Journal {
    /// Makes a journal at `path`, of mode 0600. `now` is in microseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// [`MissionError`]; nothing is left of a journal that could not be made.
    pub async fn create(path: &Path, passphrase: &str, setup: Setup, now: i64) -> Result<Self, MissionError> {
        Self::make(path, passphrase, Hardness::default(), setup, now).await
    }

    /// The same, with a passphrase that is as hard to try as one says.
    pub(super) async fn make(
        path: &Path,
        passphrase: &str,
        hardness: Hardness,
        setup: Setup,
        now: i64,
    ) -> Result<Self, MissionError> {
        let salt = random::bytes();
        let vault = Vault::open(passphrase, &salt, hardness)?;
        make_private(path)?;
        let made = Self::fill(path, vault, setup, (salt, hardness), now).await;
        if made.is_err() {
            std::fs::remove_file(path).map_err(MissionError::File)?;
        }
        made
    }

    async fn fill(
        path: &Path,
        vault: Vault,
        setup: Setup,
        (salt, hardness): ([u8; SALT_BYTES], Hardness),
        now: i64,
    ) -> Result<Self, MissionError> {
        let mut connection = connect(path).await?;
        migrator().run(&mut connection).await.map_err(not_a_journal)?;
        let text = SetupText {
            office: setup.office.clone(),
            key: setup.key.to_string(),
            keep_days: setup.keep_days,
        };
        sqlx::query(
            "INSERT INTO setup (one, salt, memory_kib, passes, content, latest) VALUES (1, ?1, ?2, ?3, ?4, ?5)",
        )
        .bind(salt.as_slice())
        .bind(hardness.memory_kib)
        .bind(hardness.passes)
        .bind(vault.seal(SETUP, text.encode_to_vec())?)
        .bind(now)
        .execute(&mut connection)
        .await?;
        Ok(Self {
            connection,
            vault,
            setup,
        })
    }

    /// Opens the journal at `path`.
    ///
    /// # Errors
    /// [`MissionError`]: it is not there, not private, not a journal, or of another passphrase.
    pub async fn open(path: &Path, passphrase: &str) -> Result<Self, MissionError> {
        is_private(path)?;
        let mut connection = connect(path).await?;
        let known = connection.list_applied_migrations(MIGRATIONS).await;
        if known.is_ok_and(|known| known.is_empty()) {
            return Err(MissionError::NotAJournal);
        }
        migrator().run(&mut connection).await.map_err(not_a_journal)?;
        let row = sqlx::query("SELECT salt, memory_kib, passes, content FROM setup")
            .fetch_optional(&mut connection)
            .await?
            .ok_or(MissionError::NotAJournal)?;
        let salt: Vec<u8> = row.try_get("salt")?;
        let salt = salt.try_into().map_err(|_| MissionError::NotAJournal)?;
        let hardness = Hardness {
            memory_kib: row.try_get("memory_kib")?,
            passes: row.try_get("passes")?,
        };
        let vault = Vault::open(passphrase, &salt, hardness)?;
        let text = vault.unseal(SETUP, row.try_get("content")?);
        let text = text.map_err(|_| MissionError::Passphrase)?;
        let text = SetupText::decode(text.as_slice()).map_err(|_| MissionError::Tampered)?;
        let setup = Setup {
            office: text.office,
            key: NoteVerifier::parse(&text.key)?,
            keep_days: text.keep_days,
        };
        Ok(Self {
            connection,
            vault,
            setup,
        })
    }

    /// What the mission is.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The time: `clock`, or the latest time this journal has seen, whichever is later. In microseconds.
    ///
    /// # Errors
    /// [`MissionError::Database`].
    pub async fn time(&mut self, clock: i64) -> Result<i64, MissionError> {
        let row = sqlx::query("UPDATE setup SET latest = max(latest, ?1) RETURNING latest");
        let row = row.bind(clock).fetch_one(&mut self.connection).await?;
        Ok(row.try_get("latest")?)
    }

    /// Sets the latest time seen anew, after the service has shown that the clock is right.
    pub(super) async fn trust(&mut self, clock: i64) -> Result<(), MissionError> {
        let set = sqlx::query("UPDATE setup SET latest = ?1").bind(clock);
        set.execute(&mut self.connection).await?;
        Ok(())
    }

    /// A transaction that sees nothing of another command's, and the keys.
    async fn begin(&mut self) -> Result<(SqliteTransaction<'_>, &Vault), MissionError> {
        let transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
        Ok((transaction, &self.vault))
    }
}

/// The table that says which migrations were made.
const MIGRATIONS: &str = "_sqlx_migrations";

fn migrator() -> Migrator {
    let text = SqlStr::from_static(include_str!("../../../migrations/mission/0001_journal.sql"));
    Migrator::with_migrations(vec![Migration::new(
        1,
        "journal".into(),
        MigrationType::Simple,
        text,
        false,
    )])
}

fn not_a_journal(_: sqlx::migrate::MigrateError) -> MissionError {
    MissionError::NotAJournal
}

async fn connect(path: &Path) -> Result<SqliteConnection, MissionError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // What is purged is overwritten.
        .pragma("secure_delete", "ON")
        .disable_statement_logging();
    options.connect().await.map_err(|error| match &error {
        // SQLITE_NOTADB
        sqlx::Error::Database(other) if other.code().is_some_and(|code| code == "26") => MissionError::NotAJournal,
        _ => error.into(),
    })
}

fn make_private(path: &Path) -> Result<(), MissionError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(MissionError::Exists),
        Err(error) => Err(MissionError::File(error)),
    }
}

fn is_private(path: &Path) -> Result<(), MissionError> {
    let metadata = File::open(path).and_then(|file| file.metadata());
    let metadata = metadata.map_err(|error| match error.kind() {
        ErrorKind::NotFound => MissionError::Missing,
        _ => MissionError::File(error),
    })?;
    match metadata.permissions().mode() & 0o777 {
        mode if mode & 0o077 == 0 => Ok(()),
        mode => Err(MissionError::NotPrivate(mode)),
    }
}

//! The embedded store: the contract, and what only SQLite has.

mod past;

use std::path::Path;

use dinhdanh::ledger::{EntryKind, KeySet, hex};
use dinhdanh::number::Slot;
use dinhdanh::protocol::Wanted;
use dinhdanh::store::sqlite::{FILE_NAME, FolderLock, SqlitePlaces, SqliteReader, SqliteStore, sql};
use dinhdanh::store::{Reader, Store, StoreError, Turn};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqlSafeStr};
use tempfile::TempDir;

use super::draft::{Pen, key, prefix, request, row};
use super::first_schema::{self, Dialect};
use super::{Backend, PORTABLE, fresh, keeps_every_promise, ring, turn};
use crate::support::lock_of;

struct Embedded(TempDir);

impl Backend for Embedded {
    type Store = SqliteStore;
    type Keeper = SqlitePlaces;

    async fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    async fn open(&self, keys: KeySet) -> SqliteStore {
        let folder = self.0.path();
        SqliteStore::open(folder, lock_of(folder).await, keys).await.unwrap()
    }

    fn keeper(&self) -> SqlitePlaces {
        SqlitePlaces::beside(self.0.path())
    }
}

keeps_every_promise!(Embedded);

/// A connection past the store, as somebody with a shell might have.
async fn connection(folder: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(folder.join(FILE_NAME))
        .connect()
        .await
        .unwrap()
}

async fn run(connection: &mut SqliteConnection, statement: &str) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// A store with a number (position 1) and a case (position 2).
async fn furnished() -> (Embedded, SqliteStore) {
    let (backend, store) = fresh::<Embedded>().await;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        pen.issued(1, Slot::of(prefix(2026), 0).unwrap());
        pen.case(2, &[1]);
        changes.strict.extend([(key(1), 1), (key(2), 2)]);
        changes.prefixes.push((prefix(2026), row(1, 0)));
    })
    .await
    .unwrap();
    (backend, store)
}

#[tokio::test]
async fn a_store_without_its_head_is_refused_each_time_alike() {
    let (backend, store) = furnished().await;
    let mut other = connection(backend.0.path()).await;
    run(&mut other, "CREATE TABLE kept AS SELECT * FROM head")
        .await
        .unwrap();
    run(&mut other, "DELETE FROM head").await.unwrap();
    for _ in 0..2 {
        assert!(store.begin().await.is_err());
    }
    run(&mut other, "INSERT INTO head SELECT * FROM kept").await.unwrap();
    assert_eq!(store.begin().await.unwrap().head().size(), 2);
}

/// Every statement of the room, each of its parts on its own.
#[tokio::test]
async fn every_statement_is_one_that_this_database_understands() {
    let statements = [
        sql::BEGIN,
        sql::FIRST_HEAD,
        sql::ROLLBACK,
        sql::FIND,
        sql::KNOWN,
        sql::NUMBERS_AT,
        sql::ATTACHED_TO,
        sql::CASES_AT,
        sql::MATCHES_OF,
        sql::AGAINST,
        sql::PARTIES,
        sql::BLOCKS_AT,
        sql::OPEN_BLOCKS_OF,
        sql::NUMBERS_OF_BLOCKS,
        sql::VERSIONS_OF,
        sql::LAST_CHANGES,
        sql::CASES_OF_OFFICES,
        sql::CHANGE_NUMBERS,
        sql::CHANGE_CASES,
        sql::WRITE_RARE,
        sql::COMMIT,
        sql::CHECKPOINT,
        sql::SETTLE,
        sql::TOUCH,
        sql::MARK,
        sql::RECORD,
        sql::KEEP_NODES,
        sql::KEEP_PLACES,
        sql::RESEAL,
        sql::NOTE_RESEALED,
        sql::DROP_KEYS,
        sql::COPY,
    ];
    let source = include_str!("../../../src/store/sqlite/sql.rs");
    assert_eq!(
        source.matches("\npub const ").count(),
        statements.len(),
        "a statement is missing here"
    );
    let (backend, _store) = fresh::<Embedded>().await;
    let mut connection = connection(backend.0.path()).await;
    for part in statements
        .iter()
        .chain(&PORTABLE)
        .flat_map(|statement| statement.split(';'))
    {
        let prepared = (&mut connection)
            .prepare(AssertSqlSafe(part.to_owned()).into_sql_str())
            .await;
        assert!(prepared.is_ok(), "{part}: {:?}", prepared.err());
    }
}

#[tokio::test]
async fn a_data_folder_has_one_owner_at_a_time() {
    let folder = TempDir::new().unwrap();
    let first = FolderLock::take(folder.path()).unwrap();
    let refused = FolderLock::take(folder.path()).unwrap_err();
    assert!(matches!(refused, StoreError::InUse(_)));
    let said = refused.to_string();
    assert!(
        said.starts_with("the data folder is in use by another process"),
        "{said}"
    );
    assert!(said.contains(folder.path().to_str().unwrap()), "{said}");
    // Who owns it can be read in it.
    let owner = std::fs::read_to_string(folder.path().join("lock")).unwrap();
    assert_eq!(owner.trim(), std::process::id().to_string());
    drop(first);
    lock_of(folder.path()).await;
}

#[tokio::test]
async fn an_open_store_keeps_its_folder_and_lets_it_go_when_closed() {
    let (backend, store) = fresh::<Embedded>().await;
    assert!(matches!(FolderLock::take(backend.0.path()), Err(StoreError::InUse(_))));
    drop(store);
    lock_of(backend.0.path()).await;
}

#[tokio::test]
async fn a_store_of_a_later_release_is_refused() {
    let (backend, store) = fresh::<Embedded>().await;
    drop(store);
    let later = "INSERT INTO _sqlx_migrations VALUES (99, 'later', 0, true, x'00', 0)";
    run(&mut connection(backend.0.path()).await, later).await.unwrap();
    let folder = backend.0.path();
    let refused = SqliteStore::open(folder, lock_of(folder).await, ring().ids).await.err();
    assert!(matches!(refused, Some(StoreError::Migration(_))), "{refused:?}");
}

#[tokio::test]
async fn a_store_of_the_first_schema_is_carried_over() {
    let backend = Embedded::new().await;
    let dialect = Dialect {
        bytes: |bytes| format!("x'{}'", hex(bytes)),
        text: |text| format!("'{text}'"),
    };
    let births = first_schema::births();
    let file = backend.0.path().join(FILE_NAME);
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut old = options.connect().await.unwrap();
    let ledger = include_str!("../../../migrations/sqlite/0001_ledger.sql");
    first_schema::migrator(ledger).run(&mut old).await.unwrap();
    for statement in first_schema::statements(&births, &dialect) {
        run(&mut old, &statement).await.unwrap();
    }
    old.close().await.unwrap();
    let store = backend.open(ring().ids).await;
    first_schema::is_carried_over(&store, &births).await;
}

#[tokio::test]
async fn there_is_nothing_to_read_where_no_store_is() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(
        SqliteReader::open(folder.path()).await.err(),
        Some(StoreError::Unavailable(_))
    ));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "and none is made");
}

#[tokio::test]
async fn a_copy_made_while_turns_go_on_is_a_whole_store() {
    let (_backend, store) = furnished().await;
    let open = store.begin().await.unwrap();
    let copy = TempDir::new().unwrap();
    store.reader().copy_to(&copy.path().join(FILE_NAME)).await.unwrap();
    drop(open);
    turn(&store, |changes| {
        Pen::on(changes).entry(9, EntryKind::Rejected);
    })
    .await
    .unwrap();

    let copy = Embedded(copy);
    let copied = copy.open(ring().ids).await;
    assert_eq!(copied.reader().entries_after(0, 10).await.unwrap().len(), 2);
    turn(&copied, |changes| {
        Pen::on(changes).entry(8, EntryKind::Rejected);
    })
    .await
    .unwrap();
    let wanted = Wanted {
        requests: vec![request(1), request(8), request(9)],
        ..Wanted::default()
    };
    let found = copied.begin().await.unwrap().find(&wanted).await.unwrap();
    assert_eq!((found.requests.len(), found.requests[&request(8)]), (2, 3));
}

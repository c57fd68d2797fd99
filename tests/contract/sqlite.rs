//! The embedded store: the contract, and what only SQLite has.

use std::path::Path;

use dinhdanh::ledger::{EntryKind, KeySet};
use dinhdanh::number::Slot;
use dinhdanh::protocol::Wanted;
use dinhdanh::store::sqlite::{FILE_NAME, FolderLock, SqliteReader, SqliteStore, sql};
use dinhdanh::store::{Reader, Store, StoreError, Turn};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, SqlSafeStr};
use tempfile::TempDir;

use super::draft::{Pen, key, prefix, request, row};
use super::{Backend, PORTABLE, fresh, keeps_every_promise, ring, turn};
use crate::support::lock_of;

struct Embedded(TempDir);

impl Backend for Embedded {
    type Store = SqliteStore;

    async fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    async fn open(&self, keys: KeySet) -> SqliteStore {
        let folder = self.0.path();
        SqliteStore::open(folder, lock_of(folder).await, keys).await.unwrap()
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
async fn entries_are_never_changed_or_deleted_even_past_the_program() {
    let (backend, store) = furnished().await;
    let before = store.reader().entries_after(0, 10).await.unwrap();
    let mut other = connection(backend.0.path()).await;
    let columns = [
        "position",
        "epoch",
        "kind",
        "decision",
        "office",
        "request_id",
        "officer",
        "purpose",
        "digest",
        "slot",
        "number",
        "case_id",
        "at",
        "leaf",
    ];
    for column in columns {
        let refused = run(&mut other, &format!("UPDATE entries SET {column} = {column}"))
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("ledger entries are never changed"),
            "{column}: {refused}"
        );
    }
    for statement in ["DELETE FROM entries", "DELETE FROM entries WHERE position = 2"] {
        let refused = run(&mut other, statement).await.unwrap_err();
        assert!(
            refused.to_string().contains("ledger entries are never deleted"),
            "{refused}"
        );
    }
    // A row put in another's place is a deletion, and refused as such once SQLite is asked to tell.
    run(&mut other, "PRAGMA recursive_triggers = ON").await.unwrap();
    assert!(
        run(
            &mut other,
            "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE position = 1"
        )
        .await
        .is_err()
    );
    assert_eq!(store.reader().entries_after(0, 10).await.unwrap(), before);
    // Sealed content alone may be sealed anew.
    assert_eq!(
        run(&mut other, "UPDATE entries SET sealed = x'00', seal_key = 5")
            .await
            .unwrap(),
        2
    );
}

#[tokio::test]
async fn the_list_of_guarded_columns_leaves_none_out() {
    let (backend, _store) = furnished().await;
    let mut other = connection(backend.0.path()).await;
    let names = sqlx::query_scalar::<_, String>("SELECT name FROM pragma_table_info('entries')");
    for name in names.fetch_all(&mut other).await.unwrap() {
        let changed = run(&mut other, &format!("UPDATE entries SET {name} = {name}")).await;
        assert_eq!(
            changed.is_ok(),
            ["sealed", "seal_key"].contains(&name.as_str()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn numbers_keep_their_digits_and_are_never_deleted() {
    let (backend, store) = furnished().await;
    let mut other = connection(backend.0.path()).await;
    for statement in [
        "UPDATE numbers SET number = number + 1",
        "UPDATE numbers SET slot = slot + 1",
        "DELETE FROM numbers",
    ] {
        assert!(run(&mut other, statement).await.is_err(), "{statement}");
    }
    // What happens to a number's holder is written all the same.
    assert_eq!(
        run(&mut other, "UPDATE numbers SET state = 3, life = 2").await.unwrap(),
        1
    );
    assert_eq!(store.reader().numbers_after(None, 10).await.unwrap().len(), 1);
}

/// One stored value each that this program never writes.
#[tokio::test]
async fn a_damaged_row_is_told_as_such_and_never_panics() {
    let damages = [
        "UPDATE numbers SET state = 99",
        "UPDATE numbers SET life = 0",
        "UPDATE numbers SET replaced_by = -5",
        "UPDATE numbers SET replaces = 9999999999999",
        "UPDATE numbers SET case_id = x'01'",
        "UPDATE entries SET kind = 77",
        "UPDATE entries SET number = 12 WHERE position = 1",
        "UPDATE entries SET slot = -1 WHERE position = 1",
        "UPDATE entries SET office = CAST(x'ff00fe' AS TEXT)",
    ];
    for damage in damages {
        let (backend, store) = furnished().await;
        let mut other = connection(backend.0.path()).await;
        run(&mut other, "DROP TRIGGER entries_are_never_changed").await.unwrap();
        run(&mut other, damage).await.unwrap();
        assert_corrupt(store.reader().entries_after(0, 10).await, damage);
        assert_corrupt(store.reader().by_request(&request(1)).await, damage);
        assert_corrupt(store.reader().entries_at(&[1]).await, damage);
        assert_corrupt(store.begin().await.unwrap().known(&[1]).await, damage);
    }
}

#[tokio::test]
async fn a_damaged_case_prefix_or_head_is_told_as_such_too() {
    for column in ["kind", "state", "cause", "proposed_side"] {
        let (backend, store) = furnished().await;
        run(
            &mut connection(backend.0.path()).await,
            &format!("UPDATE cases SET {column} = 50"),
        )
        .await
        .unwrap();
        assert_corrupt(store.reader().by_request(&request(2)).await, column);
        assert_corrupt(store.reader().cases_after(None, 10).await, column);
    }
    let (backend, store) = furnished().await;
    run(
        &mut connection(backend.0.path()).await,
        "UPDATE prefixes SET prefix = 12345678",
    )
    .await
    .unwrap();
    assert_corrupt(store.reader().prefixes().await, "prefix");
    for damage in ["frontier = x'00'", "frontier = zeroblob(64)", "size = -1", "size = 7"] {
        let (backend, store) = furnished().await;
        run(
            &mut connection(backend.0.path()).await,
            &format!("UPDATE head SET {damage}"),
        )
        .await
        .unwrap();
        assert_corrupt(store.reader().head().await, damage);
        // A turn that does not begin does not stand in the way of the next.
        for _ in 0..2 {
            assert_corrupt(store.begin().await.map(|_| ()), damage);
        }
    }
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

fn assert_corrupt<T: std::fmt::Debug>(read: Result<T, StoreError>, damage: &str) {
    assert!(matches!(read, Err(StoreError::Corrupt(_))), "{damage}: {read:?}");
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
        sql::COMMIT,
        sql::CHECKPOINT,
        sql::SETTLE,
        sql::TOUCH,
        sql::COPY,
        sql::MARK,
    ];
    let source = include_str!("../../src/store/sqlite/sql.rs");
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

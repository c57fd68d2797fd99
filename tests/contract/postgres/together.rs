//! Several servers on one database.

use std::sync::Arc;

use dinhdanh::ledger::{EntryKind, Frontier, hex};
use dinhdanh::number::Slot;
use dinhdanh::protocol::{Attachment, CaseState, Changes, Side, Wanted};
use dinhdanh::store::postgres::{PgReader, PgStore};
use dinhdanh::store::{Reader, Store, StoreError, Turn};
use sqlx::AssertSqlSafe;

use super::super::draft::{Pen, key, prefix, request, row};
use super::super::first_schema::{self, Dialect};
use super::super::{Backend, ring, turn};
use super::{Shared, furnished, open, options, until_one_waits, write_one};
use crate::support::postgres::{Database, Postgres};

/// Fails if the lock and the look-up are ever one statement: such a statement would see what was there when it began to
/// wait for the lock, not what the turn it waited for has written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_turn_loads_is_what_the_turn_before_it_left() {
    let database = Database::shared().await;
    let (first, second) = (open(options(database.url())).await, open(options(database.url())).await);
    // So that nothing remains to be prepared while the second waits.
    write_one(&first, 100).await;
    write_one(&second, 101).await;
    for id in 1..=5_u32 {
        let wanted = Wanted {
            requests: vec![request(id.into())],
            strict: vec![key(id.into())],
            blocking: vec![key(u128::from(id) + 1000)],
            prefixes: vec![(prefix(2026), 1)],
        };
        let mut held = first.begin().await.unwrap();
        // Wherever the lock is taken, it is held now.
        held.find(&wanted).await.unwrap();
        let position = held.head().size() + 1;
        let waiting = async {
            let mut turn = second.begin().await.unwrap();
            let found = turn.find(&wanted).await.unwrap();
            let known = turn.known(&[position]).await.unwrap();
            (turn.head().clone(), found, known)
        };
        let writing = async {
            until_one_waits(&database, "Lock").await;
            let mut changes = Changes::on(held.head().clone());
            Pen::on(&mut changes).issued(id.into(), Slot::of(prefix(2026), id - 1).unwrap());
            changes.strict.push((key(id.into()), position));
            changes.blocking.push((key(u128::from(id) + 1000), position));
            changes.prefixes.push((prefix(2026), row(id, 0)));
            held.commit(&changes).await.unwrap();
            changes.head
        };
        let ((head, found, known), written) = tokio::join!(waiting, writing);
        assert_eq!(head, written);
        assert_eq!(found.requests[&request(id.into())], position);
        assert_eq!(found.strict[&key(id.into())], position);
        assert_eq!(found.blocking[&key(u128::from(id) + 1000)], [position]);
        assert_eq!(found.prefixes[&prefix(2026)].free, [id]);
        assert_eq!(known.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_contend_lose_nothing() {
    let database = Database::shared().await;
    let mut turns = Vec::new();
    for server in 0..3_u128 {
        let store = Arc::new(open(options(database.url())).await);
        turns.push(tokio::spawn(async move {
            for id in 1..=40 {
                write_one(&store, server << 32 | id).await;
            }
        }));
    }
    for turns in turns {
        turns.await.unwrap();
    }
    let reader = PgReader::open(&options(database.url())).await.unwrap();
    let entries = reader.entries_after(0, 1000).await.unwrap();
    assert!(entries.iter().map(|known| known.entry.position).eq(1..=120));
    let mut frontier = Frontier::default();
    entries.iter().for_each(|known| frontier.push(known.entry.leaf));
    assert_eq!(reader.head().await.unwrap().frontier, frontier);
    let mut ids: Vec<_> = entries.iter().map(|known| known.entry.request.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 120);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_servers_may_start_on_an_empty_database_at_once() {
    for _ in 0..3 {
        let database = Database::shared().await;
        let opening: Vec<_> = (0..6)
            .map(|_| {
                let options = options(database.url());
                tokio::spawn(async move { PgStore::open(options, ring().ids).await })
            })
            .collect();
        let mut stores = Vec::new();
        for opened in opening {
            stores.push(opened.await.unwrap().unwrap());
        }
        for (id, store) in (1..).zip(&stores) {
            write_one(store, id).await;
        }
        let mut connection = database.connection().await;
        let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres");
        let migrations = std::fs::read_dir(migrations).unwrap().count() as i64;
        for (table, rows) in [("head", 1), ("_sqlx_migrations", migrations), ("entries", 6)] {
            let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(count, rows, "{table}");
        }
    }
}

#[tokio::test]
async fn a_store_of_a_later_release_is_refused() {
    let (backend, store) = furnished().await;
    drop(store);
    let later = "INSERT INTO _sqlx_migrations VALUES (99, 'later', now(), true, '\\x00', 0)";
    let mut connection = backend.0.connection().await;
    sqlx::raw_sql(later).execute(&mut connection).await.unwrap();
    let refused = PgStore::open(options(backend.0.url()), ring().ids).await.err();
    assert!(matches!(refused, Some(StoreError::Migration(_))), "{refused:?}");
}

#[tokio::test]
async fn a_store_of_the_first_schema_is_carried_over() {
    let backend = Shared::new().await;
    let dialect = Dialect {
        bytes: |bytes| format!("'\\x{}'", hex(bytes)),
        text: |text| format!("'\\x{}'", hex(text.as_bytes())),
    };
    let births = first_schema::births();
    let mut old = backend.0.connection().await;
    let ledger = include_str!("../../../migrations/postgres/0001_ledger.sql");
    first_schema::migrator(ledger).run(&mut old).await.unwrap();
    for statement in first_schema::statements(&births, &dialect) {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut old).await.unwrap();
    }
    let store = backend.open(ring().ids).await;
    first_schema::is_carried_over(&store, &births).await;
}

#[tokio::test]
async fn there_is_nothing_to_read_where_no_store_is() {
    let backend = Shared::new().await;
    let refused = PgReader::open(&options(backend.0.url())).await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable(_))), "{refused:?}");
    let mut connection = backend.0.connection().await;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(tables, 0, "and none is made");
}

/// The rights that the documentation gives the service's role are enough, and none too many.
#[tokio::test]
async fn the_role_of_the_service_needs_no_more_than_is_documented() {
    let server = Postgres::start().await;
    drop(open(options(&server.url())).await);
    let documented = include_str!("../../../docs/postgresql.md");
    let (_, rest) = documented.split_once("```sql\n").expect("statements");
    let (rights, _) = rest.split_once("```").unwrap();
    server.first().run(rights).await.unwrap();

    let database = server.first().asked_by("dinhdanh_service");
    let store = open(options(database.url())).await;
    let mut rows = None;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        rows = Some((pen.issued(1, Slot::of(prefix(2026), 0).unwrap()), pen.case(2, &[1])));
        pen.entry(3, EntryKind::Rejected);
        changes.strict.extend([(key(1), 1), (key(2), 2)]);
        changes.moved.push((key(1), 3));
        changes.blocking.push((key(3), 1));
        changes.prefixes.push((prefix(2026), row(1, 0)));
    })
    .await
    .unwrap();
    let (number, case) = rows.unwrap();
    turn(&store, |changes| changes.prefixes.push((prefix(2026), row(2, 0))))
        .await
        .unwrap();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        pen.changed(4, EntryKind::Confirmed, &number);
        pen.closed(5, &case, CaseState::Rejected, Some(Side::Population));
        let rare = &mut pen.changes.rare;
        rare.parties.push(("26734".to_owned(), 2));
        // Written anew the second time.
        for _ in 0..2 {
            rare.attached.push(Attachment {
                registration: 2,
                slot: number.slot,
                former: None,
            });
        }
    })
    .await
    .unwrap();
    assert_eq!(store.reader().totals().await.unwrap().head.size(), 5);
    assert_eq!(store.reader().cases_after(None, 10).await.unwrap().len(), 1);
    store.begin().await.unwrap().finish().await.unwrap();

    for statement in [
        "DELETE FROM entries",
        "UPDATE entries SET at = 0",
        "TRUNCATE numbers",
        "UPDATE requests SET decision = 1",
        "DELETE FROM strict_keys",
        "UPDATE number_history SET facts = 1",
        "DELETE FROM attachments",
        "DROP TRIGGER entries_are_never_changed ON entries",
        "CREATE TABLE mine ()",
    ] {
        let refused = database.run(statement).await.unwrap_err();
        let code = refused.as_database_error().unwrap().code().unwrap().into_owned();
        assert_eq!(code, "42501", "{statement}: {refused}");
    }
}

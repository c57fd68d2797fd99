//! The store on PostgreSQL: the contract, and what only PostgreSQL has.

mod broken;
mod durable;
mod past;
mod stalls;
mod together;

use std::time::Duration;

use dinhdanh::ledger::{EntryKind, KeySet};
use dinhdanh::number::Slot;
use dinhdanh::protocol::Changes;
use dinhdanh::store::postgres::{PgOptions, PgPlaces, PgStore, PgTurn, sql};
use dinhdanh::store::{Store, Turn};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use super::draft::{Pen, key, prefix, row};
use super::{Backend, PORTABLE, fresh, keeps_every_promise, ring, turn};
use crate::support::postgres::Database;
use crate::support::until;

struct Shared(Database);

impl Backend for Shared {
    type Store = PgStore;
    type Keeper = PgPlaces;

    async fn new() -> Self {
        Self(Database::shared().await)
    }

    async fn open(&self, keys: KeySet) -> PgStore {
        PgStore::open(options(self.0.url()), keys).await.unwrap()
    }

    fn keeper(&self) -> PgPlaces {
        PgPlaces::new(options(self.0.url()))
    }
}

keeps_every_promise!(Shared);

/// How a test reaches a database: with more patience than any test has.
fn options(url: &str) -> PgOptions {
    let mut options = PgOptions::new(url.parse().unwrap());
    let long = crate::support::PATIENCE * 2;
    options.timeouts.lock = long;
    options.timeouts.phase = long;
    options.timeouts.connect = Duration::from_secs(30);
    options.timeouts.idle_in_transaction = long;
    options
}

async fn open(options: PgOptions) -> PgStore {
    PgStore::open(options, ring().ids).await.unwrap()
}

/// A store with a number (position 1) and a case (position 2).
async fn furnished() -> (Shared, PgStore) {
    let (backend, store) = fresh::<Shared>().await;
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

/// The changes of a turn that adds one entry.
fn one_entry(turn: &PgTurn, id: u128) -> Changes {
    let mut changes = Changes::on(turn.head().clone());
    Pen::on(&mut changes).entry(id, EntryKind::Rejected);
    changes
}

/// One turn that adds one entry.
async fn write_one(store: &PgStore, id: u128) {
    let turn = store.begin().await.unwrap();
    let changes = one_entry(&turn, id);
    turn.commit(&changes).await.unwrap();
}

/// Waits until a session of the service in this database waits for something: a type of wait, or an event.
async fn until_one_waits(database: &Database, what: &str) {
    let mut connection = database.connection().await;
    let statement = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'dinhdanh' AND $1 IN (wait_event_type, wait_event)";
    until("a session waits", async || {
        let waiting: i64 = sqlx::query_scalar(statement)
            .bind(what)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        (waiting > 0).then_some(())
    })
    .await;
}

/// Every statement of the room, each of its parts on its own.
#[tokio::test]
async fn every_statement_is_one_that_this_database_understands() {
    let statements = [
        sql::LOOK_OVER,
        sql::PROBE,
        sql::MIGRATIONS,
        sql::WAIT_FOR_MIGRATION,
        sql::HEADS,
        sql::FIRST_HEAD,
        sql::BEGIN,
        sql::ROLLBACK,
        sql::COMMIT,
        sql::SETTLE,
        sql::SETTLE_AND_COMMIT,
        sql::FIND,
        sql::BEGIN_MOMENT,
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
        sql::WRITE,
        sql::MOVE,
        sql::CHANGE_NUMBERS,
        sql::CHANGE_CASES,
        sql::WRITE_HISTORY,
        sql::ATTACH,
        sql::WRITE_OFFICES,
        sql::WRITE_BLOCKS,
        sql::MARK,
        sql::RECORD,
        sql::KEEP_NODES,
        sql::KEEP_PLACES,
        sql::RESEAL,
        sql::DROP_KEYS,
    ];
    let source = include_str!("../../../src/store/postgres/sql.rs");
    assert_eq!(
        source.matches("\npub const ").count(),
        statements.len(),
        "a statement is missing here"
    );
    let (backend, _store) = fresh::<Shared>().await;
    let mut connection = backend.0.connection().await;
    for part in statements.iter().chain(&PORTABLE).flat_map(|all| all.split(';')) {
        let prepared = (&mut connection)
            .prepare(AssertSqlSafe(part.to_owned()).into_sql_str())
            .await;
        assert!(prepared.is_ok(), "{part}: {:?}", prepared.err());
    }
}

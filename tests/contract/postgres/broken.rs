//! Lost connections, restarted servers, and databases that are not as they must be.

use std::time::Duration;

use dinhdanh::protocol::Wanted;
use dinhdanh::store::postgres::{PgOptions, PgStore, PgUrl};
use dinhdanh::store::{Reader, Store, StoreError, Turn};
use sqlx::postgres::PgConnectOptions;

use super::super::draft::request;
use super::super::ring;
use super::{one_entry, open, options, until_one_waits, write_one};
use crate::support::postgres::{Database, Postgres};
use crate::support::until;
use crate::support::wire::Wire;

/// A database, a wire to it, and a store at the other end of the wire.
async fn wired() -> (Database, Wire, PgStore) {
    let database = Database::shared().await;
    let there: PgConnectOptions = database.url().parse().unwrap();
    let wire = Wire::to(there.get_port()).await;
    let url = database
        .url()
        .replacen(&format!(":{}/", there.get_port()), &format!(":{}/", wire.port()), 1);
    let store = open(options(&url)).await;
    (database, wire, store)
}

fn assert_unknown<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::OutcomeUnknown(_))), "{outcome:?}");
}

fn why(refused: Result<PgStore, StoreError>) -> String {
    match refused {
        Err(StoreError::Unavailable(why)) => why,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("the database was taken"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_whose_connection_breaks_is_cut_off_and_leaves_no_trace() {
    let (_database, wire, store) = wired().await;
    for statement in 0..3 {
        let mut turn = store.begin().await.unwrap();
        let changes = one_entry(&turn, 1);
        wire.cut();
        match statement {
            0 => {
                assert_unknown(turn.find(&Wanted::default()).await);
                drop(turn);
            }
            1 => {
                assert_unknown(turn.known(&[1]).await);
                drop(turn);
            }
            _ => assert_unknown(turn.commit(&changes).await),
        }
        assert_eq!(store.begin().await.unwrap().head().size(), 0);
    }
    write_one(&store, 1).await;
    // A turn that wrote nothing, and saw nothing that was not durable, has nothing to lose.
    let turn = store.begin().await.unwrap();
    wire.cut();
    turn.finish().await.unwrap();
    assert_eq!(store.reader().head().await.unwrap().size(), 1);
}

/// The commit waits for a standby that is nobody, until its answer is held back; then it happens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_recognised_by_its_request() {
    let server = Postgres::start().await;
    let wire = Wire::to(server.port()).await;
    let store = open(options(&server.url_at(wire.port()))).await;
    write_one(&store, 1).await;
    server.set("synchronous_standby_names", "nobody").await;
    let turn = store.begin().await.unwrap();
    let changes = one_entry(&turn, 2);
    let losing = async {
        until_one_waits(&server.first(), "SyncRep").await;
        wire.hold();
        server.set("synchronous_standby_names", "").await;
        let mut other = server.first().connection().await;
        until("the commit has happened", async || {
            let size: i64 = sqlx::query_scalar("SELECT size FROM head")
                .fetch_one(&mut other)
                .await
                .ok()?;
            (size == 2).then_some(())
        })
        .await;
        wire.cut();
    };
    let (outcome, ()) = tokio::join!(turn.commit(&changes), losing);
    assert_unknown(outcome);
    let mut again = store.begin().await.unwrap();
    let wanted = Wanted {
        requests: vec![request(2)],
        ..Wanted::default()
    };
    assert_eq!(again.find(&wanted).await.unwrap().requests[&request(2)], 2);
    again.finish().await.unwrap();
}

/// A commit that takes too long is given up on, and may happen all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_waits_for_a_standby_is_waited_for_so_long() {
    let server = Postgres::start().await;
    let mut hasty = options(&server.url());
    hasty.timeouts.commit = Duration::from_millis(50);
    hasty.timeouts.lock = Duration::from_millis(50);
    drop(open(options(&server.url())).await);
    let store = open(hasty).await;
    server.set("synchronous_standby_names", "nobody").await;
    let turn = store.begin().await.unwrap();
    let changes = one_entry(&turn, 1);
    assert_unknown(turn.commit(&changes).await);
    // The head is still locked, by the commit that waits.
    let refused = store.begin().await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable(_))), "{refused:?}");
    server.set("synchronous_standby_names", "").await;
    let next = until("the head is free", async || store.begin().await.ok()).await;
    assert_eq!(next.head().size(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_left_half_way_ends_its_turn() {
    let (_database, wire, store) = wired().await;
    let mut turn = store.begin().await.unwrap();
    let changes = one_entry(&turn, 1);
    // Given no time at all, a wait still looks once at what it waits for: the statement is sent, and not answered.
    wire.hold();
    let _ = tokio::time::timeout(Duration::ZERO, turn.known(&[1])).await;
    assert_unknown(turn.find(&Wanted::default()).await);
    assert_unknown(turn.commit(&changes).await);
    wire.cut();
    assert_eq!(store.begin().await.unwrap().head().size(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_comes_back_is_found_again() {
    let mut server = Postgres::start().await;
    let store = open(options(&server.url())).await;
    write_one(&store, 1).await;
    let cut_off = store.begin().await.unwrap();
    let changes = one_entry(&cut_off, 9);
    server.kill().await;
    assert_unknown(cut_off.commit(&changes).await);
    let refused = store.begin().await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable(_))), "{refused:?}");
    server.restart().await;
    write_one(&store, 2).await;
    // The same between two turns, and in the orderly way, which the sessions are told of.
    server.stop().await;
    server.restart().await;
    write_one(&store, 3).await;
    assert_eq!(store.reader().entries_after(0, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_database_that_would_lose_what_it_acknowledged_is_refused() {
    for setting in ["fsync", "full_page_writes"] {
        let server = Postgres::with(&[&format!("{setting}=off")]).await;
        let said = why(PgStore::open(options(&server.url()), ring().ids).await);
        assert!(said.contains(&format!("{setting}=off")), "{said}");
    }
}

#[tokio::test]
async fn a_required_standby_is_looked_for_at_connection_and_in_each_turn() {
    let server = Postgres::start().await;
    let requiring = || PgOptions {
        standby_required: true,
        ..options(&server.url())
    };
    let said = why(PgStore::open(requiring(), ring().ids).await);
    assert!(said.contains("synchronous_standby_names"), "{said}");
    drop(open(options(&server.url())).await);
    server.set("synchronous_standby_names", "nobody").await;
    let store = open(requiring()).await;
    drop(store.begin().await.unwrap());
    server.set("synchronous_standby_names", "").await;
    // A session takes up a changed setting between two statements, once it has been told.
    let said = until("the turn is refused", async || store.begin().await.err()).await;
    assert!(said.to_string().contains("synchronous_standby_names"), "{said}");
}

#[tokio::test]
async fn where_nobody_listens_the_store_is_not_available() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://somebody:gehe1m@127.0.0.1:{port}/x");
    let said = why(PgStore::open(options(&url), ring().ids).await);
    assert!(!said.contains("gehe1m"), "{said}");
}

#[test]
fn a_password_is_never_shown() {
    let url: PgUrl = "postgres://me:gehe1m@db.example:5433/births?sslmode=require&password=gehe1m"
        .parse()
        .unwrap();
    let shown = format!("{url} {url:?} {:?}", PgOptions::new(url.clone()));
    assert!(shown.contains("postgres://me@db.example:5433/births"), "{shown}");
    assert!(!shown.contains("gehe1m"), "{shown}");
    for bad in [
        "postgres://me:gehe1m@db:notaport/x",
        "mysql://me:gehe1m@db/x",
        "gehe1m",
        "postgres://me:gehe1m@db/x?sslmode=gehe1m",
    ] {
        let refused = bad.parse::<PgUrl>().unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("gehe1m"), "{bad}");
    }
}

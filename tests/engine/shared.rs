//! Several engines over one store: what each knows of what the others did, and are doing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dinhdanh::engine::{Engine, Lane, Limits};
use dinhdanh::lease::{Alone, Boxed, Claim, Claimed, Ended, Hint, Lease, LeaseKey, RedisLease, RedisOptions, Servers};
use dinhdanh::ledger::{Anchor, Context, EntryKind, KeyRing, Placement};
use dinhdanh::proto::v1;
use dinhdanh::protocol::{Changes, ReissuePlace, Reply, Rules, Scope, Side, Standing, Standpoint, asked};
use dinhdanh::refusal::Refusal;
use dinhdanh::registration::Key;
use dinhdanh::shell::{Clock, SystemClock};
use dinhdanh::store::postgres::{PgOptions, PgStore};
use dinhdanh::store::{Reader, Store, Turn};
use sqlx::postgres::PgConnection;
use tokio::sync::watch;

use super::{OFFICE, births, number, renamed, request, sender};
use crate::contract::draft::Pen;
use crate::support::postgres::Database;
use crate::support::redis::Redis;
use crate::support::{until, unwritten};

/// Long enough for an answer that needs no turn, and short for one that waits for a turn.
const SHORT: Option<Duration> = Some(Duration::from_millis(500));

fn ring() -> KeyRing {
    KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap()
}

async fn store(database: &Database) -> PgStore {
    let options = PgOptions::new(database.url().parse().unwrap());
    PgStore::open(options, ring().ids).await.unwrap()
}

/// An engine that cannot tell whether others write, and so always asks the lease.
async fn engine(database: &Database, lease: Arc<dyn Lease>) -> Engine<PgStore> {
    let limits = Limits {
        filter_bytes: 0,
        ..Limits::default()
    };
    engine_within(limits, database, lease).await
}

async fn engine_within(limits: Limits, database: &Database, lease: Arc<dyn Lease>) -> Engine<PgStore> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    Engine::start(
        store(database).await,
        unwritten(),
        lease,
        ring(),
        Rules::default(),
        limits,
        clock,
    )
    .await
    .unwrap()
}

async fn lease(redis: &Redis) -> Arc<RedisLease> {
    let options = RedisOptions::new(Servers::Single(redis.url().parse().unwrap()));
    let lease = RedisLease::start(&options, &ring().names).unwrap();
    let mut up = lease.up();
    up.wait_for(|up| *up).await.unwrap();
    Arc::new(lease)
}

/// Calls for child `n` under id `n`, waiting only a little.
async fn call(engine: &Engine<PgStore>, n: u64) -> Result<Reply, Refusal> {
    let (sender, birth) = (sender(), births::birth(OFFICE, n));
    let call = engine.issue(&sender, request(n.into()), &birth, Lane::Births.into());
    engine.within(SHORT, call).await
}

/// Keeps every turn from beginning.
async fn hold_turns(database: &Database) -> PgConnection {
    let mut connection = database.connection().await;
    sqlx::raw_sql("BEGIN; SELECT size FROM head FOR UPDATE")
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

fn in_progress(outcome: &Result<Reply, Refusal>) -> bool {
    matches!(outcome, Err(Refusal::InProgress { .. }))
}

/// The first answer given in a turn, retried while turns are held up by what this test did before.
async fn answered(engine: &Engine<PgStore>, n: u64) -> Reply {
    until("there is an answer", async || call(engine, n).await.ok()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_forgotten_when_another_server_changes_its_number() {
    let database = Database::shared().await;
    let engine = engine(&database, Arc::new(Alone::default())).await;
    let first = answered(&engine, 1).await;
    let holder = hold_turns(&database).await;
    assert!(call(&engine, 1).await.unwrap().replayed, "it is answered from memory");
    drop(holder);

    let other = self::engine(&database, Arc::new(Alone::default())).await;
    let confirmation = v1::ConfirmNumberRequest {
        number: number(&first).to_string(),
        ..v1::ConfirmNumberRequest::default()
    };
    let authority = Standpoint::new(Side::Population, Scope::All);
    let asked = asked::confirm(other.reading(), &confirmation).unwrap();
    let (sender, place) = (sender(), ReissuePlace::default());
    let confirmed = other.act((&sender, authority), request(99), asked, place, Lane::Cases.into());
    confirmed.await.unwrap();

    let _holder = hold_turns(&database).await;
    until("it is no longer answered from memory", async || {
        call(&engine, 1).await.is_err().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_server_has_in_hand_waits_and_what_it_answered_needs_no_turn() {
    let (database, redis) = (Database::shared().await, Redis::start());
    let ours = Arc::new(engine(&database, lease(&redis).await).await);
    let theirs = engine(&database, lease(&redis).await).await;

    let holder = hold_turns(&database).await;
    let working = tokio::spawn({
        let ours = Arc::clone(&ours);
        async move {
            ours.issue(&sender(), request(1), &births::birth(OFFICE, 1), Lane::Births.into())
                .await
        }
    });
    until("the other server sees that it is in hand", async || {
        in_progress(&theirs.find_request(request(1), None).await).then_some(())
    })
    .await;
    assert!(in_progress(&call(&theirs, 1).await));
    drop(holder);
    let number_given = number(&working.await.unwrap().unwrap());

    // The completion of a claim follows the answer, so a turn may come before it; not once it is there.
    until("the other server has heard of the answer", async || {
        let _holder = hold_turns(&database).await;
        let reply = call(&theirs, 1).await.ok()?;
        assert_eq!((number(&reply), reply.replayed), (number_given, true));
        Some(())
    })
    .await;
    let renamed = theirs
        .issue(&sender(), request(1), &renamed(1), Lane::Births.into())
        .await
        .unwrap_err();
    assert!(matches!(renamed, Refusal::RequestIdReused(_)), "{renamed:?}");
}

/// Whatever the lease says was answered, and wherever: the store is asked, and where it says otherwise a turn is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_lies_changes_no_answer() {
    let (database, redis) = (Database::shared().await, Redis::start());
    let engine = engine(&database, lease(&redis).await).await;
    let liar = lease(&redis).await;
    let entry_of_another = answered(&engine, 1).await.position;
    for (n, position, epoch) in [
        (2, entry_of_another, 1),
        (3, 1, 1),
        (4, 1_000_000, 1),
        (5, -1, 1),
        (6, 2, 7),
    ] {
        let claim = Claim {
            request: request(n.into()),
            reference: Key::from_bytes([u8::try_from(n).unwrap(); 16]),
        };
        liar.claim(std::slice::from_ref(&claim)).await;
        let answered = Some(Hint {
            epoch,
            position,
            digest: [0; 16],
        });
        liar.end(&[Ended { claim, answered }]).await;
        let reply = self::answered(&engine, n).await;
        assert!(!reply.replayed, "{n}");
        let kept = engine.find_request(request(n.into()), None).await.unwrap();
        assert_eq!(number(&kept), number(&reply));
    }
    assert_eq!(store(&database).await.reader().head().await.unwrap().size(), 7);
}

/// Each server has its filter of known keys, which does not know what the other has just written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_server_has_just_written_is_looked_up_whatever_this_one_takes_for_fresh() {
    let database = Database::shared().await;
    let alone = || Arc::new(Alone::default());
    let servers = [engine(&database, alone()).await, engine(&database, alone()).await];
    for n in 1..=20_u64 {
        let [one, other] = [&servers[n as usize % 2], &servers[(n as usize + 1) % 2]];
        // Every third time they take turns with each other; in between each has a while to itself.
        if n % 3 == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let given = number(&answered(one, n).await);
        let birth = births::birth(OFFICE, n);
        let issue = async |id: u64, birth| {
            let sender = sender();
            let reply = other.issue(&sender, request(id.into()), &birth, Lane::Births.into());
            reply.await.unwrap()
        };
        let bound = issue(100 + n, birth.clone()).await;
        assert_eq!((number(&bound), bound.replayed), (given, true), "{n}");
        let mut entered_twice = birth;
        entered_twice.r#ref.as_mut().unwrap().entry_number = (5000 + n).to_string();
        let told = issue(200 + n, entered_twice).await;
        assert!(matches!(told.standing, Standing::UnderReview(_)), "{n}: {told:?}");
    }
}

/// A lease that grants everything and counts what it is asked.
#[derive(Default)]
struct Counting {
    alone: Alone,
    asked: AtomicUsize,
}

impl Lease for Counting {
    fn claim<'a>(&'a self, claims: &'a [Claim]) -> Boxed<'a, Vec<Claimed>> {
        self.asked.fetch_add(claims.len(), Ordering::Relaxed);
        self.alone.claim(claims)
    }

    fn end<'a>(&'a self, ended: &'a [Ended]) -> Boxed<'a, ()> {
        self.alone.end(ended)
    }

    fn in_hand<'a>(&'a self, key: &'a LeaseKey) -> Boxed<'a, bool> {
        self.alone.in_hand(key)
    }

    fn raise<'a>(&'a self, anchor: Option<&'a Anchor>) -> Boxed<'a, Option<Anchor>> {
        self.alone.raise(anchor)
    }

    fn up(&self) -> watch::Receiver<bool> {
        self.alone.up()
    }

    fn shared(&self) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lease_is_asked_only_while_others_write() {
    let database = Database::shared().await;
    let lease = Arc::new(Counting::default());
    let engine = engine_within(Limits::default(), &database, Arc::clone(&lease) as Arc<dyn Lease>).await;
    let asked = || lease.asked.load(Ordering::Relaxed);
    let mut n = 0;
    let mut asks = async |wanted: bool, what: &str| {
        until(what, async || {
            let before = asked();
            n += 1;
            answered(&engine, n).await;
            ((asked() > before) == wanted).then_some(())
        })
        .await;
    };
    asks(false, "nobody else is known to write").await;
    let other = store(&database).await;
    let turn = other.begin().await.unwrap();
    let mut changes = Changes::on(turn.head().clone());
    let mut pen = Pen::on(&mut changes);
    let placement = Placement {
        kind: EntryKind::Bound,
        ..pen.placement(2)
    };
    pen.place(request(99_999), Context::default(), b"", placement);
    turn.commit(&changes).await.unwrap();
    asks(true, "another is known to write").await;
}

//! The index key is changed by another server, or by nobody who serves.

use std::sync::Arc;

use dinhdanh::engine::{Engine, Lane, Limits};
use dinhdanh::lease::Alone;
use dinhdanh::ledger::{KeyId, KeyRing, Moment, Purpose, Secret, Secrets};
use dinhdanh::proto::v1;
use dinhdanh::protocol::{Changes, Rules, Standing};
use dinhdanh::registration::{Ref, Register};
use dinhdanh::shell::{Clock, SystemClock};
use dinhdanh::store::postgres::{PgOptions, PgStore};
use dinhdanh::store::{Store, Turn};
use uuid::Uuid;

use super::{OFFICE, births, number, request, sender};
use crate::support::births::child;
use crate::support::postgres::Database;
use crate::support::unwritten;

fn secrets() -> Secrets {
    let secret = |byte: u8| Secret::from(&[byte; 32]);
    let mut secrets = Secrets::new(secret(1), secret(2), secret(3));
    secrets.add(Purpose::Index, secret(4)).unwrap();
    secrets
}

fn ring() -> KeyRing {
    secrets().ring().unwrap()
}

async fn store(database: &Database) -> PgStore {
    let options = PgOptions::new(database.url().parse().unwrap());
    PgStore::open(options, ring().ids).await.unwrap()
}

async fn engine(database: &Database) -> Engine<PgStore> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let (store, lease) = (store(database).await, Arc::new(Alone::default()));
    let started = Engine::start(
        store,
        unwritten(),
        lease,
        ring(),
        Rules::default(),
        Limits::default(),
        clock,
    );
    started.await.unwrap()
}

/// Takes a turn beside the servers.
async fn turn(database: &Database, changed: impl FnOnce(Changes) -> Changes) {
    let turn = store(database).await.begin().await.unwrap();
    let changes = changed(Changes::on(turn.head().clone()));
    turn.commit(&changes).await.unwrap();
}

async fn issue(engine: &Engine<PgStore>, id: u128, birth: &v1::BirthRegistration) -> Standing {
    let reply = engine.issue(&sender(), request(id), birth, Lane::Births.into()).await;
    reply.unwrap().standing
}

/// A row under the former key may still be there and lead to what is no longer so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_at_rest_is_not_led_by_a_row_that_is_not_kept_up_to_date() {
    let database = Database::shared().await;
    let (at_rest, other) = (engine(&database).await, engine(&database).await);
    let new: KeyId = secrets().ids(Purpose::Index)[1];
    turn(&database, |changes| changes.begin_reindexing(new, &ring()).unwrap()).await;
    let mut birth = births::birth(OFFICE, 1);
    child(&mut birth).nationalities = vec!["LA".into()];
    assert_eq!(issue(&other, 1, &birth).await, Standing::NotEligible);
    let known = birth.r#ref.clone().unwrap();
    let reference = Ref {
        office: known.office_code,
        register: Register::Birth,
        book_year: known.book_year,
        book_number: known.book_number,
        entry_number: known.entry_number,
    };
    let found = at_rest.find_registration(&reference, None).await.unwrap();
    assert_eq!(found.standing, Standing::NotEligible);

    // The change, and then the child is entered anew, eligible: its reference moves, under the new key alone.
    let moment = Moment::new(SystemClock::start().now());
    turn(&database, |changes| {
        let ring = ring();
        ring.follow(&changes.head).unwrap();
        changes
            .switch_index((&ring, moment), (Uuid::from_u128(9), [9; 32], [9; 12]))
            .unwrap()
    })
    .await;
    child(&mut birth).nationalities = vec!["VN".into()];
    let given = other
        .issue(&sender(), request(2), &birth, Lane::Births.into())
        .await
        .unwrap();

    let found = at_rest.find_registration(&reference, None).await.unwrap();
    assert_eq!(number(&found), number(&given));
}

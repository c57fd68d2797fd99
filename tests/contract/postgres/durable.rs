//! Nothing leaves the store that a failover could take back: with a real standby, which is stopped.

use std::future::Future;
use std::pin::Pin;

use dinhdanh::ledger::EntryKind;
use dinhdanh::number::Slot;
use dinhdanh::protocol::{Attachment, CaseState, Needs, Side};
use dinhdanh::store::postgres::{PgOptions, PgReader, PgStore};
use dinhdanh::store::{CasesAsked, Reader, Store, StoreError, Turn};

use super::super::draft::{Pen, key, prefix, request};
use super::super::{ring, turn};
use super::{one_entry, open, options, until_one_waits, write_one};
use crate::support::postgres::Postgres;
use crate::support::until;

/// A primary whose last entry (position 2) can be seen and is not on its standby, which is stopped: its commit waited for
/// the standby when the primary crashed.
async fn ahead_of_its_standby() -> (Postgres, Postgres, PgStore) {
    let mut primary = Postgres::start().await;
    let standby = primary.standby().await;
    let store = open(requiring(&primary)).await;
    write_one(&store, 1).await;
    standby.signal("STOP");
    let turn = store.begin().await.unwrap();
    let changes = one_entry(&turn, 2);
    let crashing = async {
        until_one_waits(&primary.first(), "SyncRep").await;
        primary.kill().await;
    };
    let (outcome, ()) = tokio::join!(turn.commit(&changes), crashing);
    assert!(matches!(outcome, Err(StoreError::OutcomeUnknown(_))), "{outcome:?}");
    primary.restart().await;
    let size: i64 = sqlx::query_scalar("SELECT size FROM head")
        .fetch_one(&mut primary.first().connection().await)
        .await
        .unwrap();
    assert_eq!(size, 2, "it can be seen");
    (primary, standby, store)
}

fn requiring(server: &Postgres) -> PgOptions {
    PgOptions {
        standby_required: true,
        ..options(&server.url())
    }
}

/// Waits for `read`, which must come only after the standby goes on.
async fn only_with_the_standby<T>(primary: &Postgres, standby: &Postgres, read: impl Future<Output = T>) -> T {
    let mut read = std::pin::pin!(read);
    let first = primary.first();
    let waits = until_one_waits(&first, "SyncRep");
    tokio::select! {
        _ = &mut read => panic!("it left although the standby does not have it"),
        () = waits => {}
    }
    standby.signal("CONT");
    read.await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_waits_for_what_the_standby_does_not_have() {
    let (primary, standby, store) = ahead_of_its_standby().await;
    // What is durable is read all the same.
    let first = store.reader().by_request(&request(1)).await.unwrap();
    assert_eq!(first.unwrap().entry.position, 1);
    let second = request(2);
    let read = store.reader().by_request(&second);
    let read = only_with_the_standby(&primary, &standby, read).await;
    assert_eq!(read.unwrap().unwrap().entry.position, 2);
    // Now it is known to be durable, and read without a wait.
    standby.signal("STOP");
    assert_eq!(store.reader().head().await.unwrap().size(), 2);
    standby.signal("CONT");
}

fn slot() -> Slot {
    Slot::of(prefix(2026), 0).unwrap()
}

/// A read of one thing.
type Read = for<'a> fn(&'a PgReader) -> Pin<Box<dyn Future<Output = Result<usize, StoreError>> + Send + 'a>>;

const READS: [(&str, Read); 12] = [
    ("by request", |reader| {
        Box::pin(async { Ok(reader.by_request(&request(3)).await?.iter().count()) })
    }),
    ("by strict key", |reader| {
        Box::pin(async { Ok(reader.by_strict_key(key(4)).await?.iter().count()) })
    }),
    ("by slot", |reader| {
        Box::pin(async { Ok(reader.by_slot(slot()).await?.iter().count()) })
    }),
    ("entries", |reader| {
        Box::pin(async { Ok(reader.entries_at(&[2]).await?.len()) })
    }),
    ("numbers", |reader| {
        Box::pin(async { Ok(reader.numbers_after(None, 10).await?.len()) })
    }),
    ("cases", |reader| {
        Box::pin(async { Ok(reader.cases_after(None, 10).await?.len()) })
    }),
    ("cases in order", |reader| {
        Box::pin(async { Ok(reader.cases_opened_after(0, &CasesAsked::default(), 10).await?.len()) })
    }),
    ("parties", |reader| {
        Box::pin(async { Ok(reader.parties(&[3]).await?.len()) })
    }),
    ("a look-up", |reader| {
        let needs = Needs {
            slots: vec![slot()],
            ..Needs::default()
        };
        Box::pin(async move { Ok(reader.look_up(&needs).await?.numbers.len()) })
    }),
    ("the history", |reader| {
        Box::pin(async { Ok(reader.history_after(0, 10).await?.len()) })
    }),
    ("the last changes", |reader| {
        Box::pin(async { Ok(reader.last_changes(&[slot()]).await?.len()) })
    }),
    ("attachments", |reader| {
        Box::pin(async { Ok(reader.attachments_after(0, 10).await?.len()) })
    }),
];

/// What later entries changed of a decision is seen with it, and waited for like them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_of_what_later_entries_changed_waits_for_those() {
    let primary = Postgres::start().await;
    let standby = primary.standby().await;
    let store = open(requiring(&primary)).await;
    write_one(&store, 1).await;
    let (mut number, mut case) = (None, None);
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        number = Some(pen.issued(2, slot()));
        case = Some(pen.case(3, &[2]));
        pen.entry(4, EntryKind::UnderReview);
        pen.entry(5, EntryKind::Rejected);
        pen.changes.strict.push((key(4), 4));
    })
    .await
    .unwrap();
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        pen.changed(6, EntryKind::Confirmed, &number.unwrap());
        pen.closed(7, &case.unwrap(), CaseState::Rejected, Some(Side::Population));
        let rare = &mut pen.changes.rare;
        rare.parties.push(("26734".to_owned(), 3));
        rare.attached.push(Attachment {
            registration: 4,
            slot: slot(),
            former: None,
        });
    })
    .await
    .unwrap();
    for (what, read) in READS {
        // A server that has just begun knows what it reads first to be durable, and nothing that came later.
        let other = open(requiring(&primary)).await;
        other.reader().by_request(&request(5)).await.unwrap();
        standby.signal("STOP");
        let found = only_with_the_standby(&primary, &standby, read(other.reader())).await;
        assert_eq!(found.unwrap(), 1, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_writes_nothing_waits_likewise() {
    let (primary, standby, store) = ahead_of_its_standby().await;
    let turn = store.begin().await.unwrap();
    assert_eq!(turn.head().size(), 2);
    let ended = only_with_the_standby(&primary, &standby, turn.finish()).await;
    ended.unwrap();
    standby.signal("STOP");
    store.begin().await.unwrap().finish().await.unwrap();
    standby.signal("CONT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_gives_up_by_its_bound_and_its_commit_goes_on_apart() {
    let (primary, standby, _store) = ahead_of_its_standby().await;
    let mut hasty = requiring(&primary);
    hasty.timeouts.phase = std::time::Duration::from_millis(200);
    hasty.timeouts.connect = std::time::Duration::from_millis(200);
    hasty.readers = 2;
    let store = PgStore::open(hasty, ring().ids).await.unwrap();
    // More of them than there are connections: no more than those are kept waiting.
    for _ in 0..4 {
        let refused = store.reader().head().await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
    let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        .fetch_one(&mut primary.first().connection().await)
        .await
        .unwrap();
    assert_eq!(waiting, 2);
    standby.signal("CONT");
    let head = until("the read is answered", async || store.reader().head().await.ok()).await;
    assert_eq!(head.size(), 2);
}

/// What was never told is gone after a failover, and nothing else is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_made_primary_has_all_that_was_told() {
    let (mut primary, mut standby, store) = ahead_of_its_standby().await;
    drop(store);
    primary.kill().await;
    // Killed as well: let go on, it might still read what its socket holds.
    standby.kill().await;
    standby.restart().await;
    let refused = PgStore::open(options(&standby.url()), ring().ids).await.err();
    let refused = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("standby (in recovery)"), "{refused}");
    standby.promote().await;
    let reader = PgReader::open(&options(&standby.url())).await.unwrap();
    assert_eq!(reader.head().await.unwrap().size(), 1);
    let store = open(options(&standby.url())).await;
    write_one(&store, 2).await;
    assert!(reader.by_request(&request(2)).await.unwrap().is_some());
}

//! A turn is exclusive, whole and durable.

use std::sync::Arc;
use std::time::Duration;

use dinhdanh::ledger::{EntryKind, Frontier, KeyId, KeyRing, Reindexing, Resealing, SCHEMA_VERSION, Sealed};
use dinhdanh::protocol::{Changes, Wanted};
use dinhdanh::store::{Mark, Reader, Store, StoreError, Turn};

use super::draft::{AT, Pen, key, request};
use super::{Backend, fresh, head, ring, turn};

pub async fn a_new_store_is_empty_and_holds_its_keys<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let head = head(&store).await;
    assert_eq!(head.frontier, Frontier::default());
    assert_eq!(
        (head.size(), head.epoch, head.schema, head.at),
        (0, 1, SCHEMA_VERSION, 0)
    );
    assert_eq!(head.keys, ring().ids);
    let reader = store.reader();
    assert_eq!(reader.head().await.unwrap(), head);
    assert!(reader.entries_after(0, 10).await.unwrap().is_empty());
    assert!(reader.numbers_after(None, 10).await.unwrap().is_empty());
    assert!(reader.prefixes().await.unwrap().is_empty());
}

pub async fn the_keys_of_the_first_opening_stay<B: Backend>() {
    let (backend, store) = fresh::<B>().await;
    drop(store);
    let others = KeyRing::new(&[4; 32], &[5; 32], &[6; 32]).unwrap();
    let store = backend.open(others.ids).await;
    let head = head(&store).await;
    assert_eq!(head.keys, ring().ids);
    assert!(head.admits(&others).is_err());
}

pub async fn what_was_committed_is_there_after_reopening<B: Backend>() {
    let (backend, store) = fresh::<B>().await;
    let mut expected = Vec::new();
    for id in 1..=3 {
        turn(&store, |changes| {
            expected.push(Pen::on(changes).entry(id, EntryKind::Rejected).clone())
        })
        .await
        .unwrap();
    }
    let before = head(&store).await;
    drop(store);
    let store = backend.open(ring().ids).await;
    assert_eq!(head(&store).await, before);
    let known = store.reader().entries_after(0, 10).await.unwrap();
    assert_eq!(known.into_iter().map(|known| known.entry).collect::<Vec<_>>(), expected);
}

pub async fn a_mark_is_set_once_and_for_ever<B: Backend>() {
    let (backend, store) = fresh::<B>().await;
    let marked = async |store: &B::Store| store.reader().marked(Mark::ServedByTls).await.unwrap();
    assert_eq!(marked(&store).await, None);
    // What a turn left undone takes no mark with it.
    drop(store.begin().await.unwrap());
    store.mark(Mark::ServedByTls, 1_700_000_000_000_000).await.unwrap();
    store.mark(Mark::ServedByTls, 1_800_000_000_000_000).await.unwrap();
    turn(&store, |_| ()).await.unwrap();
    drop(store);
    let again = backend.open(ring().ids).await;
    assert_eq!(marked(&again).await, Some(1_700_000_000_000_000));
}

pub async fn a_dropped_turn_leaves_no_trace<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    turn(&store, |changes| {
        Pen::on(changes).entry(1, EntryKind::Rejected);
    })
    .await
    .unwrap();
    for _ in 0..3 {
        let mut dropped = store.begin().await.unwrap();
        dropped
            .find(&Wanted {
                strict: vec![key(1)],
                ..Wanted::default()
            })
            .await
            .unwrap();
        dropped.known(&[1]).await.unwrap();
        drop(dropped);
        drop(store.begin().await.unwrap());
    }
    assert_eq!(head(&store).await.size(), 1);
    turn(&store, |changes| {
        Pen::on(changes).entry(2, EntryKind::Rejected);
    })
    .await
    .unwrap();
    assert_eq!(store.reader().entries_after(0, 10).await.unwrap().len(), 2);
}

/// The caller of a commit may stop waiting at any point of it.
pub async fn a_commit_whose_caller_goes_away_happens_wholly_or_not_at_all<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    for id in 1..=30_u32 {
        let left = store.begin().await.unwrap();
        let mut changes = Changes::on(left.head().clone());
        let mut pen = Pen::on(&mut changes);
        pen.entry(id.into(), EntryKind::Rejected);
        let position = pen.next() - 1;
        changes.strict.push((key(id.into()), position));
        // Given no time at all, a wait still looks once at what it waits for.
        let _ = tokio::time::timeout(Duration::from_micros(u64::from(id % 3) * 40), left.commit(&changes)).await;

        let mut next = store.begin().await.unwrap();
        let size = next.head().size();
        assert!(size == position || size == position - 1);
        let wanted = Wanted {
            requests: vec![request(id.into())],
            strict: vec![key(id.into())],
            ..Wanted::default()
        };
        let found = next.find(&wanted).await.unwrap();
        let expected = if size == position { Some(&position) } else { None };
        assert_eq!(found.requests.values().next(), expected);
        assert_eq!(found.strict.values().next(), expected);
        assert_eq!(
            next.known(&[position]).await.unwrap().len(),
            usize::from(size == position)
        );
    }
}

pub async fn of_two_turns_the_second_begins_after_the_first_and_sees_what_it_wrote<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let store = Arc::new(store);
    let first = store.begin().await.unwrap();
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.begin().await.unwrap().head().clone() }
    });
    for _ in 0..100 {
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "two turns at once");
    }
    let mut changes = Changes::on(first.head().clone());
    Pen::on(&mut changes).entry(1, EntryKind::Rejected);
    first.commit(&changes).await.unwrap();
    assert_eq!(waiting.await.unwrap(), changes.head);
}

pub async fn many_turns_at_once_lose_nothing<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let store = Arc::new(store);
    let turns: Vec<_> = (1..=40)
        .map(|id| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                turn(&*store, |changes| {
                    Pen::on(changes).entry(id, EntryKind::Rejected);
                })
                .await
            })
        })
        .collect();
    for turn in turns {
        turn.await.unwrap().unwrap();
    }
    let entries = store.reader().entries_after(0, 100).await.unwrap();
    assert!(entries.iter().map(|known| known.entry.position).eq(1..=40));
    let mut ids: Vec<_> = entries.iter().map(|known| known.entry.request.id.as_u128()).collect();
    ids.sort_unstable();
    assert!(ids.into_iter().eq(1..=40));
    let mut frontier = Frontier::default();
    entries.iter().for_each(|known| frontier.push(known.entry.leaf));
    assert_eq!(head(&*store).await.frontier, frontier);
}

pub async fn a_turn_may_write_nothing_but_the_head<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    turn(&store, |changes| changes.head.at = AT).await.unwrap();
    let head = head(&store).await;
    assert_eq!((head.size(), head.at), (0, AT));
}

pub async fn content_is_sealed_anew_and_nothing_else_changes<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    for id in 1..=3 {
        let write = |changes: &mut Changes| drop(Pen::on(changes).entry(id, EntryKind::Rejected).clone());
        turn(&store, write).await.unwrap();
    }
    let former = ring().ids.seal;
    turn(&store, |changes| {
        changes.head.keys.seal = KeyId(i64::MIN);
        changes.head.resealing = Some(Resealing { former, changed: 4 });
    })
    .await
    .unwrap();
    let before = store.reader().entries_after(0, 10).await.unwrap();
    let begun = head(&store).await;
    assert_eq!(begun.resealing, Some(Resealing { former, changed: 4 }));
    let anew = |bytes: &[u8]| Sealed {
        key: KeyId(i64::MIN),
        bytes: bytes.to_vec(),
    };

    let mut resealing = store.begin().await.unwrap();
    assert_eq!(resealing.resealed().await.unwrap(), 0);
    let sealed = [(1, anew(b"one")), (2, anew(&[0; 3_000]))];
    resealing.reseal(&sealed, 2).await.unwrap();

    let mut expected = before;
    expected[0].entry.sealed = anew(b"one");
    expected[1].entry.sealed = anew(&[0; 3_000]);
    assert_eq!(store.reader().entries_after(0, 10).await.unwrap(), expected);
    // The head that servers compare is the same; how far it has come is kept through turns, until the change is over.
    assert_eq!(head(&store).await, begun);
    turn(&store, |_| ()).await.unwrap();
    assert_eq!(store.begin().await.unwrap().resealed().await.unwrap(), 2);
    let reader = store.reader();
    assert_eq!(reader.sealed_otherwise(0, 3, KeyId(i64::MIN)).await.unwrap(), 1);
    assert_eq!(reader.sealed_otherwise(0, 2, KeyId(i64::MIN)).await.unwrap(), 0);
    assert_eq!(reader.sealed_otherwise(2, 3, former).await.unwrap(), 0);
    let missing = store.begin().await.unwrap().reseal(&[(9, anew(b"nine"))], 9).await;
    assert!(matches!(missing, Err(StoreError::Corrupt(_))), "{missing:?}");
    assert_eq!(store.begin().await.unwrap().resealed().await.unwrap(), 2);
    for _ in 0..2 {
        turn(&store, |changes| changes.head.resealing = None).await.unwrap();
    }
    assert_eq!(store.begin().await.unwrap().resealed().await.unwrap(), 0);
}

pub async fn keys_are_dropped_and_how_far_that_is_stays_noted<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let (used, other) = (ring().ids.index, KeyId(i64::MAX));
    turn(&store, |changes| {
        for id in 1..=3 {
            drop(Pen::on(changes).entry(id, EntryKind::Rejected).clone());
        }
        changes.strict.extend([(key(1), 1), (key(2), 2), (key(3), 3)]);
        changes.blocking.extend([(key(1), 1), (key(1), 2), (key(2), 3)]);
        changes.head.reindexing = Some(Reindexing::Adding { key: other, since: 1 });
        changes.reindexed = Some(0);
    })
    .await
    .unwrap();
    let adding = head(&store).await;
    assert_eq!(adding.reindexing, Some(Reindexing::Adding { key: other, since: 1 }));
    assert_eq!(adding.keys.index, used);
    turn(&store, |changes| changes.reindexed = Some(i64::MAX))
        .await
        .unwrap();
    assert_eq!(store.begin().await.unwrap().reindexed().await.unwrap(), i64::MAX);
    let dropping = Some(Reindexing::Dropping { former: used, since: 4 });
    turn(&store, |changes| {
        changes.head.keys.index = other;
        changes.head.reindexing = dropping;
        changes.reindexed = Some(0);
    })
    .await
    .unwrap();

    let begun = head(&store).await;
    assert_eq!((begun.keys.index, begun.reindexing), (other, dropping));
    let turn_of = async || store.begin().await.unwrap();
    turn_of()
        .await
        .drop_keys(&[key(1), key(3), key(9)], &[key(1)], 7)
        .await
        .unwrap();

    let wanted = Wanted {
        strict: vec![key(1), key(2), key(3)],
        blocking: vec![key(1), key(2)],
        ..Wanted::default()
    };
    let found = store.reader().holders(&wanted).await.unwrap();
    assert_eq!(found.strict, [(key(2), 2)].into());
    assert_eq!(found.blocking, [(key(2), vec![3])].into());
    // The head that servers compare is the same, and how far it has come is kept through turns.
    assert_eq!(head(&store).await, begun);
    turn(&store, |_| ()).await.unwrap();
    assert_eq!(turn_of().await.reindexed().await.unwrap(), 7);
    turn_of().await.drop_keys(&[], &[], 8).await.unwrap();
    assert_eq!(turn_of().await.reindexed().await.unwrap(), 8);
    turn(&store, |changes| changes.head.reindexing = None).await.unwrap();
    assert_eq!(head(&store).await.reindexing, None);
}

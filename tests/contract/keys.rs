//! Keys: one holder for a strict one, any number for a blocking one.

use std::collections::HashMap;

use dinhdanh::ledger::EntryKind;
use dinhdanh::number::Slot;
use dinhdanh::protocol::{Changes, NumberState, Wanted};
use dinhdanh::store::{Reader, Store, StoreError, Turn};

use super::draft::{Pen, key, prefix, request, row};
use super::{Backend, fresh, head, turn};

/// A store in which request 1 holds number 0, key 1 and, through request 2, a case.
async fn furnished<B: Backend>() -> (B, B::Store) {
    let (backend, store) = fresh::<B>().await;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        pen.issued(1, Slot::of(prefix(2026), 0).unwrap());
        pen.case(2, &[1]);
        changes.strict.push((key(1), 1));
        changes.blocking.push((key(2), 1));
        changes.prefixes.push((prefix(2026), row(1, 0)));
    })
    .await
    .unwrap();
    (backend, store)
}

/// Adds to changes what must not be written.
type Mistake = fn(&mut Changes);

/// What a broken program might write, each good in every other way.
const TAKEN: [(&str, Mistake); 8] = [
    ("a strict key", |changes| changes.strict.push((key(1), 3))),
    ("a strict key, twice at once", |changes| {
        changes.strict.extend([(key(9), 3), (key(9), 3)])
    }),
    ("a request id", |changes| {
        Pen::on(changes).entry(1, EntryKind::Rejected);
    }),
    ("a request id, twice at once", |changes| {
        let mut pen = Pen::on(changes);
        pen.entry(9, EntryKind::Rejected);
        pen.entry(9, EntryKind::Rejected);
    }),
    ("a number", |changes| {
        Pen::on(changes).issued(9, Slot::of(prefix(2026), 0).unwrap());
    }),
    ("a number, twice at once", |changes| {
        let mut pen = Pen::on(changes);
        pen.issued(9, Slot::of(prefix(2026), 5).unwrap());
        let again = pen.elsewhere(Slot::of(prefix(2026), 5).unwrap(), NumberState::Issued, 3);
        changes.numbers.push(again);
    }),
    ("a position", |changes| {
        Pen::on(changes).entry(9, EntryKind::Rejected).position = 1;
        let last = changes.entries.len() - 1;
        changes.entries.swap(0, last);
    }),
    ("a case id", |changes| {
        let mut pen = Pen::on(changes);
        pen.case(2, &[]);
        // Of another request, or that would be in the way first.
        changes.entries.last_mut().unwrap().request = request(9);
    }),
];

pub async fn a_row_that_is_taken_is_a_conflict_and_nothing_is_written<B: Backend>() {
    let (_backend, store) = furnished::<B>().await;
    let before = head(&store).await;
    for (what, spoil) in TAKEN {
        let refused = turn(&store, |changes| {
            let mut pen = Pen::on(changes);
            // Good rows before the bad one, to be taken back with it.
            if what != "a position" {
                pen.issued(100, Slot::of(prefix(2026), 77).unwrap());
                pen.case(101, &[1]);
                changes.strict.push((key(100), 3));
                changes.blocking.push((key(101), 3));
                changes.prefixes.push((prefix(2026), row(78, 0)));
            }
            spoil(changes);
        })
        .await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{what}: {refused:?}");
        let reader = store.reader();
        assert_eq!(head(&store).await, before, "{what}");
        assert_eq!(reader.entries_after(0, 10).await.unwrap().len(), 2, "{what}");
        assert_eq!(reader.numbers_after(None, 10).await.unwrap().len(), 1, "{what}");
        assert_eq!(reader.prefixes().await.unwrap(), [(prefix(2026), row(1, 0))], "{what}");
        for id in [9, 100, 101] {
            assert_eq!(reader.by_request(&request(id)).await.unwrap(), None, "{what}");
            assert_eq!(reader.by_strict_key(key(id)).await.unwrap(), None, "{what}");
        }
    }
    // The store goes on as if nothing had been tried.
    turn(&store, |changes| {
        Pen::on(changes).issued(9, Slot::of(prefix(2026), 1).unwrap());
    })
    .await
    .unwrap();
    assert_eq!(head(&store).await.size(), 3);
}

pub async fn a_key_moves_to_a_later_decision<B: Backend>() {
    let (_backend, store) = furnished::<B>().await;
    for position in [2, 1, 2] {
        turn(&store, |changes| changes.moved.push((key(1), position)))
            .await
            .unwrap();
        let holder = store.reader().by_strict_key(key(1)).await.unwrap().unwrap();
        assert_eq!(holder.entry.position, position);
    }
}

pub async fn a_key_may_be_taken_and_moved_in_one_turn<B: Backend>() {
    let (_backend, store) = furnished::<B>().await;
    turn(&store, |changes| {
        changes.strict.push((key(5), 1));
        changes.moved.extend([(key(5), 1), (key(5), 2)]);
    })
    .await
    .unwrap();
    let holder = store.reader().by_strict_key(key(5)).await.unwrap().unwrap();
    assert_eq!(holder.entry.position, 2, "the last move holds");
}

pub async fn blocking_keys_are_shared_and_named_once<B: Backend>() {
    let (_backend, store) = furnished::<B>().await;
    turn(&store, |changes| {
        changes
            .blocking
            .extend([(key(2), 2), (key(2), 1), (key(3), 2), (key(3), 2)])
    })
    .await
    .unwrap();
    let wanted = Wanted {
        blocking: vec![key(2), key(3), key(4)],
        ..Wanted::default()
    };
    let found = store.begin().await.unwrap().find(&wanted).await.unwrap();
    assert_eq!(found.blocking, HashMap::from([(key(2), vec![1, 2]), (key(3), vec![2])]));
}

pub async fn what_was_never_written_is_not_found<B: Backend>() {
    let (_backend, store) = furnished::<B>().await;
    let wanted = Wanted {
        requests: vec![request(8)],
        strict: vec![key(2), key(8)],
        blocking: vec![key(1), key(8)],
        prefixes: Vec::new(),
    };
    let mut turn = store.begin().await.unwrap();
    let found = turn.find(&wanted).await.unwrap();
    assert!(found.requests.is_empty() && found.strict.is_empty() && found.blocking.is_empty());
    assert!(turn.known(&[0, 3, -1, i64::MAX]).await.unwrap().is_empty());
    assert!(turn.known(&[]).await.unwrap().is_empty());
    let nothing = turn.find(&Wanted::default()).await.unwrap();
    assert!(nothing.prefixes.is_empty());
    drop(turn);
    let reader = store.reader();
    // The same id of another office is another request.
    let other = dinhdanh::ledger::RequestKey {
        office: "00001".to_owned(),
        ..request(1)
    };
    assert_eq!(reader.by_request(&other).await.unwrap(), None);
    assert_eq!(reader.by_strict_key(key(2)).await.unwrap(), None);
    assert_eq!(reader.by_slot(Slot::of(prefix(2026), 1).unwrap()).await.unwrap(), None);
}

pub async fn found_is_exactly_what_was_asked<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    turn(&store, |changes| {
        let mut pen = Pen::on(changes);
        for id in 1..=50 {
            pen.entry(id, EntryKind::Rejected);
        }
        for id in 1..=50_i64 {
            changes.strict.push((key(id as u128), id));
            changes.blocking.push((key(1000 + id as u128 / 5), id));
        }
    })
    .await
    .unwrap();
    // Every third of those that are there, and as many that are not, in an order of no help.
    let asked: Vec<u128> = (1..=100).rev().step_by(3).collect();
    let wanted = Wanted {
        requests: asked.iter().map(|id| request(*id)).collect(),
        strict: asked.iter().map(|id| key(*id)).collect(),
        blocking: asked.iter().map(|id| key(1000 + id)).collect(),
        prefixes: Vec::new(),
    };
    let found = store.begin().await.unwrap().find(&wanted).await.unwrap();
    let there = asked.iter().filter(|id| **id <= 50);
    assert_eq!(
        found.requests,
        there.clone().map(|id| (request(*id), *id as i64)).collect()
    );
    assert_eq!(found.strict, there.map(|id| (key(*id), *id as i64)).collect());
    let shared = |id: u128| {
        (1..=50_i64)
            .filter(|entry| *entry as u128 / 5 == id)
            .collect::<Vec<_>>()
    };
    let expected = asked
        .iter()
        .map(|id| (key(1000 + id), shared(*id)))
        .filter(|(_, holders)| !holders.is_empty());
    assert_eq!(found.blocking, expected.collect());
}

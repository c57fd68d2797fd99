//! Starting: the fence, the first entry, and time that never runs backwards.

use std::sync::Arc;

use dinhdanh::engine::{Engine, Limits, StartError};
use dinhdanh::lease::Alone;
use dinhdanh::ledger::{EntryKind, FenceError, KeyRing, SYSTEM_OFFICE};
use dinhdanh::protocol::Rules;
use dinhdanh::store::sqlite::{SqliteReader, SqliteStore};
use dinhdanh::store::{Reader, StoreError};

use super::{Bench, answer, number};
use crate::support::{lock_of, unwritten};

#[tokio::test]
async fn a_new_ledger_begins_with_one_entry_of_the_service_and_gets_no_second() {
    let mut bench = Bench::new(Limits::default()).await;
    for _ in 0..2 {
        let reader = SqliteReader::open(bench.folder.path()).await.unwrap();
        let entries = reader.entries_after(0, 10).await.unwrap();
        let [genesis] = &entries[..] else {
            panic!("{} entries", entries.len())
        };
        assert_eq!((genesis.entry.kind, genesis.entry.position), (EntryKind::Genesis, 1));
        assert_eq!(genesis.entry.request.office, SYSTEM_OFFICE);
        bench = bench.restart().await;
    }
}

#[tokio::test]
async fn what_was_answered_is_answered_alike_after_a_restart() {
    let bench = Bench::new(Limits::default()).await;
    let mut told = Vec::new();
    for n in 1..6 {
        told.push(number(&answer(bench.child(n).await).await.unwrap()));
    }
    let bench = bench.restart().await;
    for (n, told) in (1..).zip(told) {
        let again = answer(bench.child(n).await).await.unwrap();
        assert_eq!((number(&again), again.replayed), (told, true));
    }
}

#[tokio::test]
async fn a_server_with_another_key_may_not_begin() {
    let bench = Bench::new(Limits::default()).await;
    let (folder, clock) = (bench.folder.clone(), bench.clock.clone());
    bench.engine.drain().await;
    drop(bench);
    let secrets = [
        [[9; 32], [2; 32], [3; 32]],
        [[1; 32], [9; 32], [3; 32]],
        [[1; 32], [2; 32], [9; 32]],
    ];
    for (name, [index, picker, seal]) in ["index", "picker", "seal"].into_iter().zip(secrets) {
        let ring = KeyRing::new(&index, &picker, &seal).unwrap();
        let lock = lock_of(folder.path()).await;
        let store = SqliteStore::open(folder.path(), lock, ring.ids).await.unwrap();
        let refused = Engine::start(
            store,
            unwritten(),
            Arc::new(Alone::default()),
            ring,
            Rules::default(),
            Limits::default(),
            clock.clone(),
        )
        .await
        .err();
        let expected = match name {
            "seal" => FenceError::SealKey(KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap().ids.seal),
            "picker" => FenceError::Picker,
            _ => FenceError::IndexKey(KeyRing::new(&[1; 32], &[2; 32], &[3; 32]).unwrap().ids.index),
        };
        assert!(
            matches!(refused, Some(StartError::Fence(error)) if error == expected),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_second_engine_over_one_folder_is_refused() {
    let bench = Bench::new(Limits::default()).await;
    let refused = Bench::open(bench.folder.clone(), Limits::default()).await.err();
    assert!(
        matches!(refused, Some(StartError::Store(StoreError::InUse(_)))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_time_of_entries_never_runs_backwards() {
    let bench = Bench::new(Limits::default()).await;
    for (n, time) in (1..).zip(["2026-03-18T00:00:00Z", "2026-03-16T00:00:00Z", "2026-03-19T00:00:00Z"]) {
        *bench.clock.0.lock().unwrap() = time.parse().unwrap();
        answer(bench.child(n).await).await.unwrap();
    }
    let reader = SqliteReader::open(bench.folder.path()).await.unwrap();
    let times: Vec<_> = reader
        .entries_after(1, 10)
        .await
        .unwrap()
        .iter()
        .map(|known| known.entry.at)
        .collect();
    let expected = ["2026-03-18T00:00:00Z", "2026-03-18T00:00:00Z", "2026-03-19T00:00:00Z"];
    let expected = expected.map(|time| time.parse::<jiff::Timestamp>().unwrap().as_microsecond());
    assert_eq!(times, expected);
}

//! Tables of districts and communes, kept beside the ledger.

use dinhdanh::store::{PlaceKeeper, PlaceVersion, Reader, Store, StoreError};

use super::draft::Pen;
use super::{Backend, fresh, ring, turn};
use crate::support::units::kept;

pub async fn the_table_of_the_highest_version_is_in_force_and_comes_back_as_it_was<B: Backend>() {
    let (backend, store) = fresh::<B>().await;
    let reader = store.reader();
    assert_eq!(reader.places_other_than(None).await.unwrap(), None);
    let long = format!("code,name\n{}", "09820,Tân Lập \u{0}\u{1f476}\n".repeat(200_000));
    let tables = [kept(1, ""), kept(2, "code,name\n"), kept(9, &long)];
    let mut before = None;
    for table in &tables {
        backend.keeper().keep(table).await.unwrap();
        for known in [None, before, Some(PlaceVersion::of(table.version.number, "another"))] {
            assert_eq!(reader.places_other_than(known).await.unwrap().as_ref(), Some(table));
        }
        assert_eq!(reader.places_other_than(Some(table.version)).await.unwrap(), None);
        before = Some(table.version);
    }
    // One that comes late is in force nowhere.
    backend.keeper().keep(&kept(5, "late")).await.unwrap();
    assert_eq!(reader.places_other_than(before).await.unwrap(), None);
    drop(store);
    let store = backend.open(ring().ids).await;
    let there = store.reader().places_other_than(None).await.unwrap();
    assert_eq!(there.as_ref(), Some(&tables[2]));
}

pub async fn a_version_is_kept_once<B: Backend>() {
    let (backend, store) = fresh::<B>().await;
    let first = kept(1, "first");
    backend.keeper().keep(&first).await.unwrap();
    for again in [kept(1, "second"), first.clone()] {
        let refused = backend.keeper().keep(&again).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }
    let there = store.reader().places_other_than(None).await.unwrap();
    assert_eq!(there, Some(first));
}

pub async fn a_table_is_kept_beside_turns_and_moves_nothing_in_the_ledger<B: Backend>() {
    let (backend, store) = fresh::<B>().await;
    let keeper = backend.keeper();
    let text = "code,name\n".repeat(100_000);
    let table = kept(1, &text);
    let turns = async {
        for id in 1..=20 {
            let written = turn(&store, |changes| {
                Pen::on(changes).entry(id, dinhdanh::ledger::EntryKind::Rejected);
            });
            written.await.unwrap();
        }
    };
    let (_, kept) = tokio::join!(turns, keeper.keep(&table));
    kept.unwrap();
    assert_eq!(store.reader().head().await.unwrap().size(), 20);
    assert_eq!(store.reader().places_other_than(None).await.unwrap(), Some(table));
}

//! Free counters: in order, past what came from elsewhere, to the last.

use dinhdanh::ledger::{EntryKind, KeyId};
use dinhdanh::number::{Prefix, Slot};
use dinhdanh::protocol::{NumberState, PrefixRow, Wanted};
use dinhdanh::store::{Reader, Store, StoreError, Turn};

use super::draft::{Pen, prefix, row};
use super::{Backend, fresh, ring, turn};

/// Notes that these counters of a prefix are taken by numbers from elsewhere, and that the picker stands at `next`.
async fn take(store: &impl Store, prefix: Prefix, next: u32, taken: &[u32]) {
    let states = [
        NumberState::Reserved,
        NumberState::Quarantined,
        NumberState::Confirmed,
        NumberState::Revoked,
    ];
    turn(store, |changes| {
        let mut pen = Pen::on(changes);
        pen.entry(u128::from(prefix.value()), EntryKind::Rejected);
        let position = pen.next() - 1;
        for (counter, state) in taken.iter().zip(states.into_iter().cycle()) {
            let number = pen.elsewhere(Slot::of(prefix, *counter).unwrap(), state, position);
            pen.changes.numbers.push(number);
        }
        let held = taken.iter().filter(|counter| **counter >= next).count();
        changes.prefixes.push((prefix, row(next, held as u32)));
    })
    .await
    .unwrap();
}

async fn find(store: &impl Store, prefixes: Vec<(Prefix, usize)>) -> std::collections::HashMap<Prefix, PrefixRow> {
    let wanted = Wanted {
        prefixes,
        ..Wanted::default()
    };
    store.begin().await.unwrap().find(&wanted).await.unwrap().prefixes
}

pub async fn a_prefix_never_used_is_free_from_its_start<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let found = find(&store, vec![(prefix(2026), 3), (prefix(2025), 0)]).await;
    let unused = row(0, 0);
    assert_eq!(
        found[&prefix(2026)],
        PrefixRow {
            free: vec![0, 1, 2],
            ..unused.clone()
        }
    );
    assert_eq!(found[&prefix(2025)], unused);
    assert!(
        store.reader().prefixes().await.unwrap().is_empty(),
        "looking does not use it"
    );
}

/// Taken counters in several shapes, some longer than a store is likely to look at in one go.
pub async fn numbers_from_elsewhere_are_stepped_over<B: Backend>() {
    let shapes: [(u32, Vec<u32>); 7] = [
        (0, vec![0]),
        (5, vec![3, 4, 6, 7, 8, 100]),
        (0, (0..5000).collect()),
        (10, (0..10_000).step_by(2).collect()),
        (4000, (4000..8192).chain([8193, 8195]).collect()),
        (1, (4000..8200).collect()),
        (0, (0..4096).chain(4097..8193).collect()),
    ];
    for (year, (next, taken)) in (2000..).zip(&shapes) {
        let (_backend, store) = fresh::<B>().await;
        take(&store, prefix(year), *next, taken).await;
        for want in [0, 1, 2, 512, 6000] {
            let found = find(&store, vec![(prefix(year), want)])
                .await
                .remove(&prefix(year))
                .unwrap();
            let free = (*next..).filter(|counter| taken.binary_search(counter).is_err());
            assert!(
                found.free == free.take(want).collect::<Vec<_>>(),
                "{want} from {next} in the shape of {year}"
            );
            let ahead = taken.iter().filter(|counter| *counter >= next).count();
            assert_eq!((found.next, found.held as usize), (*next, ahead));
        }
    }
}

pub async fn counters_are_free_up_to_the_last_and_no_further<B: Backend>() {
    let cases: [(u32, &[u32], &[u32]); 6] = [
        (999_998, &[], &[999_998, 999_999]),
        (999_999, &[], &[999_999]),
        (1_000_000, &[], &[]),
        (
            999_990,
            &[999_991, 999_993, 999_999],
            &[999_990, 999_992, 999_994, 999_995],
        ),
        (999_996, &[999_996, 999_997, 999_999], &[999_998]),
        (999_998, &[999_998, 999_999], &[]),
    ];
    for (next, taken, free) in cases {
        let (_backend, store) = fresh::<B>().await;
        take(&store, prefix(2026), next, taken).await;
        // The neighbours in the order of slots are in use from their first counter.
        take(&store, prefix(2027), 0, &[0, 1, 2]).await;
        let found = find(&store, vec![(prefix(2026), 4)]).await;
        assert_eq!(found[&prefix(2026)].free, free, "from {next} past {taken:?}");
    }
}

pub async fn prefixes_of_one_turn_do_not_mix<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    take(&store, prefix(2024), 7, &[8]).await;
    take(&store, prefix(2026), 0, &[0, 1]).await;
    let found = find(&store, vec![(prefix(2026), 2), (prefix(2025), 1), (prefix(2024), 3)]).await;
    assert_eq!(found[&prefix(2024)].free, [7, 9, 10]);
    assert_eq!(found[&prefix(2025)].free, [0]);
    assert_eq!(found[&prefix(2026)].free, [2, 3]);
}

/// The key a prefix began with is its key for ever.
pub async fn a_prefix_keeps_its_first_picker<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    take(&store, prefix(2026), 1, &[]).await;
    turn(&store, |changes| {
        let other = PrefixRow {
            picker: KeyId(1),
            ..row(9, 2)
        };
        changes.prefixes.push((prefix(2026), other));
    })
    .await
    .unwrap();
    let kept = PrefixRow {
        picker: ring().ids.picker,
        ..row(9, 2)
    };
    assert_eq!(store.reader().prefixes().await.unwrap(), [(prefix(2026), kept)]);
}

/// Under another key the same counters give other numbers, some of which may have been given.
pub async fn a_prefix_begun_with_another_picker_is_not_drawn_from<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    turn(&store, |changes| {
        let picker = KeyId(1);
        changes.prefixes.push((prefix(2026), PrefixRow { picker, ..row(1, 0) }));
    })
    .await
    .unwrap();
    let wanted = Wanted {
        prefixes: vec![(prefix(2026), 1)],
        ..Wanted::default()
    };
    let refused = store.begin().await.unwrap().find(&wanted).await;
    assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{refused:?}");
    assert!(find(&store, vec![(prefix(2025), 1)]).await.contains_key(&prefix(2025)));
}

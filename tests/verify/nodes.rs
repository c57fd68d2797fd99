//! The kept nodes of the tree.

use std::collections::BTreeSet;

use dinhdanh::ledger::{TILE, tile_root};
use dinhdanh::store::{Reader, Store, TreeNode};
use dinhdanh::verify::Check;

use super::births::{birth, entered_as};
use super::failed;
use super::sample::{check, engine, issue, run, unguarded};
use crate::support::lock_of;

#[tokio::test]
async fn a_node_that_is_not_made_of_those_below_it_is_told() {
    let folder = tempfile::TempDir::new().unwrap();
    let engine = engine(folder.path()).await;
    // All are of one mother, and so wait for the other side: it is the tree that matters.
    for entry in 1..=TILE as u32 + 4 {
        issue(&engine, entry.into(), &entered_as(birth("079", 1), entry)).await;
    }
    engine.drain().await;
    drop(engine);
    keep_first_node(folder.path()).await;

    let whole = check(folder.path()).await;
    assert_eq!((whole.findings(), whole.checked(Check::Nodes)), (&[][..], 1));

    let mut connection = unguarded(folder.path()).await;
    run(&mut connection, "UPDATE tree_nodes SET hash = zeroblob(32)").await;
    assert_eq!(failed(&check(folder.path()).await), BTreeSet::from([Check::Nodes]));
}

/// As the task beside the turns does every second, where it has the time.
async fn keep_first_node(folder: &std::path::Path) {
    let keys = super::sample::ring().ids;
    let lock = lock_of(folder).await;
    let store = dinhdanh::store::sqlite::SqliteStore::open(folder, lock, keys)
        .await
        .unwrap();
    let leaves = store.reader().leaves_after(0, TILE as i64).await.unwrap();
    let node = TreeNode {
        level: 1,
        place: 0,
        hash: tile_root(&leaves).unwrap(),
    };
    store.keep_nodes(&[node]).await.unwrap();
}

//! Leaves, and the nodes of the tree above them.

use dinhdanh::ledger::{EntryKind, Hash};
use dinhdanh::store::{Reader, Store, TreeNode, Turn};

use super::draft::Pen;
use super::{Backend, fresh, ring, turn};

fn node(level: u8, place: i64) -> TreeNode {
    let hash: Hash = [level.wrapping_mul(31).wrapping_add(place as u8); 32];
    TreeNode { level, place, hash }
}

pub async fn leaves_are_read_in_order_beside_turns_and_within<B: Backend>() {
    let (_backend, store) = fresh::<B>().await;
    let mut leaves = Vec::new();
    turn(&store, |changes| {
        for id in 1..=5 {
            let mut pen = Pen::on(changes);
            leaves.push(pen.entry(id, EntryKind::Rejected).leaf);
        }
    })
    .await
    .unwrap();
    let reader = store.reader();
    assert_eq!(reader.leaves_after(0, 10).await.unwrap(), leaves);
    assert_eq!(reader.leaves_after(1, 3).await.unwrap(), leaves[1..4]);
    assert_eq!(reader.leaves_after(5, 3).await.unwrap(), Vec::<Hash>::new());
    let mut open = store.begin().await.unwrap();
    assert_eq!(open.leaves_after(3, 10).await.unwrap(), leaves[3..]);
    open.finish().await.unwrap();
}

pub async fn nodes_of_the_tree_are_kept_and_read_as_far_as_there_is_no_gap<B: Backend>() {
    let (backend, store) = fresh::<B>().await;
    assert_eq!(store.reader().kept_nodes(1).await.unwrap(), 0);
    let level: Vec<_> = (0..5).map(|place| node(1, place)).collect();
    store.keep_nodes(&level[..3]).await.unwrap();
    // Once more, with some that are new; and one of another level.
    store.keep_nodes(&level[2..]).await.unwrap();
    store.keep_nodes(&[node(2, 0), node(1, 9)]).await.unwrap();
    drop(store);
    let store = backend.open(ring().ids).await;
    let hashes = |from: i64, to: i64| -> Vec<Hash> { (from..to).map(|place| node(1, place).hash).collect() };
    let read = async |level, from, limit| store.reader().tree_nodes(level, from, limit).await.unwrap();
    assert_eq!(read(1, 0, 10).await, hashes(0, 5));
    assert_eq!(read(1, 2, 2).await, hashes(2, 4));
    assert_eq!(read(1, 5, 10).await, hashes(0, 0));
    assert_eq!(read(1, 9, 10).await, hashes(9, 10));
    assert_eq!(read(2, 0, 10).await, [node(2, 0).hash]);
    assert_eq!(store.reader().kept_nodes(2).await.unwrap(), 1);
    assert_eq!(store.reader().kept_nodes(1).await.unwrap(), 10);
    assert_eq!(store.reader().kept_nodes(3).await.unwrap(), 0);
}

//! Proofs over the tree: every entry of every size, and nothing else.

use proptest::prelude::*;

use crate::ledger::frontier::leaf_hash;
use crate::ledger::{Frontier, Hash, TILE, TileAt, Tiles, Unproved, goes_on_from, is_included, tile_root};

/// A ledger of so many entries, each unlike the others.
struct Log(Vec<Hash>);

impl Log {
    fn of(size: u64) -> Self {
        Self((0..size).map(|entry| leaf_hash(&entry.to_be_bytes())).collect())
    }

    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn root_of(&self, size: u64) -> Hash {
        let mut frontier = Frontier::default();
        self.0[..size as usize].iter().for_each(|leaf| frontier.push(*leaf));
        frontier.root()
    }

    fn tile(&self, at: TileAt) -> Vec<Hash> {
        let nodes = at.index * TILE..at.index * TILE + at.width(self.size());
        nodes
            .map(|node| match at.level {
                0 => self.0[node as usize],
                level => tile_root(&self.tile(TileAt {
                    level: level - 1,
                    index: node,
                }))
                .unwrap(),
            })
            .collect()
    }

    /// What is asked of its tiles, bringing those that are needed; and how many these were.
    fn ask<T>(&self, ask: impl Fn(&Tiles) -> Result<T, Unproved>) -> (Result<T, Unproved>, usize) {
        let mut tiles = Tiles::of(self.size(), self.root_of(self.size()));
        let mut brought = 0;
        loop {
            match ask(&tiles) {
                Err(Unproved::Needs(missing)) => {
                    brought += missing.len();
                    missing.into_iter().for_each(|at| tiles.bring(at, self.tile(at)));
                }
                answer => return (answer, brought),
            }
        }
    }

    fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
        self.ask(|tiles| tiles.inclusion(index, size)).0.unwrap()
    }

    fn consistency(&self, from: u64, to: u64) -> Vec<Hash> {
        self.ask(|tiles| tiles.consistency(from, to)).0.unwrap()
    }
}

#[test]
fn every_entry_of_every_small_size_is_proved() {
    let log = Log::of(70);
    for size in 1..=log.size() {
        let root = log.root_of(size);
        for index in 0..size {
            let proof = log.inclusion(index, size);
            for (other, leaf) in (0..).zip(&log.0[..size as usize]) {
                let proved = is_included(&proof, (size, &root), index, leaf);
                assert_eq!(proved, other == index, "{other} by the proof for {index} of {size}");
            }
        }
    }
}

#[test]
fn every_small_size_is_proved_to_go_on_from_every_smaller_one() {
    let log = Log::of(70);
    for to in 0..=log.size() {
        let second = log.root_of(to);
        for from in 0..=to {
            let first = log.root_of(from);
            let proof = log.consistency(from, to);
            assert!(goes_on_from(&proof, (from, &first), (to, &second)), "{from} to {to}");
            let other = leaf_hash(b"something else");
            assert!(
                !goes_on_from(&proof, (from, &first), (to, &other)) || from == 0,
                "{from} to {to}"
            );
            assert!(
                !goes_on_from(&proof, (from, &other), (to, &second)) || from == 0,
                "{from} to {to}"
            );
        }
    }
}

#[test]
fn what_lies_outside_the_tree_is_not_proved() {
    let log = Log::of(300);
    assert_eq!(log.ask(|tiles| tiles.inclusion(300, 300)).0, Err(Unproved::Outside));
    assert_eq!(log.ask(|tiles| tiles.inclusion(7, 301)).0, Err(Unproved::Outside));
    assert_eq!(log.ask(|tiles| tiles.consistency(7, 301)).0, Err(Unproved::Outside));
    assert_eq!(log.ask(|tiles| tiles.consistency(8, 7)).0, Err(Unproved::Outside));
}

#[test]
fn a_proof_needs_a_few_tiles_however_long_the_ledger() {
    let log = Log::of(TILE * TILE + 3 * TILE + 5);
    let root = log.root_of(log.size());
    for index in [0, TILE, TILE * TILE - 1, TILE * TILE, log.size() - 1] {
        let (proof, brought) = log.ask(|tiles| tiles.inclusion(index, log.size()));
        assert!(is_included(
            &proof.unwrap(),
            (log.size(), &root),
            index,
            &log.0[index as usize]
        ));
        assert!(brought <= 5, "{brought} tiles for {index}");
    }
    // A tree of before is proved to be that from which today's goes on as well.
    let (proof, brought) = log.ask(|tiles| tiles.inclusion(9, TILE * TILE - 7));
    assert_eq!(proof.unwrap(), Log::of(TILE * TILE - 7).inclusion(9, TILE * TILE - 7));
    assert!(brought <= 8, "{brought} tiles");
}

#[test]
fn a_tile_that_is_not_full_has_no_node_above_it() {
    let at = |level, index| TileAt { level, index };
    assert_eq!(at(0, 1).width(300), 44);
    assert_eq!(at(1, 0).width(300), 1);
    assert_eq!(at(2, 0).width(300), 0);
    assert_eq!(at(0, u64::MAX).width(300), 0);
    assert_eq!(at(8, 0).width(u64::MAX), 0);
    assert_eq!(tile_root(&Log::of(255).0), Err(Unproved::Broken));
}

/// A checker is given whatever somebody sends it.
#[test]
fn sizes_that_no_ledger_can_have_prove_nothing() {
    let hash = leaf_hash(b"");
    for size in [1 << 62, (1 << 63) - 1, 1 << 63, u64::MAX] {
        assert!(!is_included(&[hash; 64], (size, &hash), size - 1, &hash));
        assert!(!is_included(&[hash; 64], (size, &hash), u64::MAX, &hash));
        assert!(!goes_on_from(&[hash; 64], (size - 1, &hash), (size, &hash)));
        assert!(!goes_on_from(&[hash; 64], (u64::MAX, &hash), (size, &hash)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Of tiles that were tampered with no proof comes, whichever hash it was.
    #[test]
    fn a_changed_hash_never_leads_to_a_proof_that_checks_against_another_root(
        size in 300_u64..2_000,
        entry in any::<u64>(),
        changed in any::<u64>(),
    ) {
        let log = Log::of(size);
        let (entry, changed) = (entry % size, changed % size);
        let mut other = Log::of(size);
        other.0[changed as usize] = leaf_hash(b"changed");
        let mut tiles = Tiles::of(size, log.root_of(size));
        let answer = loop {
            match tiles.inclusion(entry, size) {
                Err(Unproved::Needs(missing)) => missing.into_iter().for_each(|at| tiles.bring(at, other.tile(at))),
                answer => break answer,
            }
        };
        prop_assert_eq!(answer, Err(Unproved::Broken));
    }

    /// A proof of which anything was changed proves nothing.
    #[test]
    fn a_changed_proof_proves_nothing(size in 2_u64..600, entry in any::<u64>(), place in any::<prop::sample::Index>(), bit in 0_usize..256) {
        let log = Log::of(size);
        let (entry, root) = (entry % size, log.root_of(size));
        let mut proof = log.inclusion(entry, size);
        let leaf = &log.0[entry as usize];
        prop_assert!(is_included(&proof, (size, &root), entry, leaf));
        let changed = place.index(proof.len());
        proof[changed][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!is_included(&proof, (size, &root), entry, leaf));
        proof[changed][bit / 8] ^= 1 << (bit % 8);
        proof.remove(changed);
        prop_assert!(!is_included(&proof, (size, &root), entry, leaf));
    }
}

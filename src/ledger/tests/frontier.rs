use sha2::{Digest, Sha256};

use crate::ledger::frontier::leaf_hash;
use crate::ledger::{Frontier, FrontierError, Hash};

/// MTH as RFC 6962 section 2.1 defines it, by recursion over the leaves' data.
fn root_by_definition(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => Sha256::digest([&[0], leaf.as_slice()].concat()).into(),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            let (left, right) = (root_by_definition(left), root_by_definition(right));
            Sha256::digest([&[1], left.as_slice(), right.as_slice()].concat()).into()
        }
    }
}

fn frontier_of(leaves: &[Vec<u8>]) -> Frontier {
    let mut frontier = Frontier::default();
    leaves.iter().for_each(|leaf| frontier.push(leaf_hash(leaf)));
    frontier
}

fn leaves(count: u16) -> Vec<Vec<u8>> {
    (0..count)
        .map(|leaf| leaf.to_be_bytes().repeat(usize::from(leaf % 7)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_root_is_that_of_the_definition_for_every_size() {
    let leaves = leaves(300);
    for size in 0..=leaves.len() {
        let frontier = frontier_of(&leaves[..size]);
        assert_eq!(frontier.size(), size as u64);
        assert_eq!(frontier.root(), root_by_definition(&leaves[..size]), "of {size} leaves");
    }
}

/// The eight leaves and the roots by which implementations of Certificate Transparency are commonly checked.
#[test]
fn the_roots_of_the_well_known_leaves_are_the_well_known_ones() {
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let leaves = [
        vec![],
        vec![0x00],
        vec![0x10],
        vec![0x20, 0x21],
        vec![0x30, 0x31],
        (0x40..=0x43).collect(),
        (0x50..=0x57).collect(),
        (0x60..=0x6f).collect::<Vec<u8>>(),
    ];
    for (size, root) in roots.iter().enumerate() {
        assert_eq!(hex(&frontier_of(&leaves[..size]).root()), *root, "of {size} leaves");
    }
}

#[test]
fn a_stored_frontier_comes_back_and_goes_on_as_before() {
    let leaves = leaves(130);
    for size in 0..leaves.len() {
        let whole = frontier_of(&leaves[..size]);
        let mut read = Frontier::decode(size as i64, &whole.encode()).unwrap();
        assert_eq!(read, whole);
        read.push(leaf_hash(&leaves[size]));
        assert_eq!(read.root(), root_by_definition(&leaves[..=size]));
    }
}

#[test]
fn a_frontier_that_does_not_fit_its_size_is_refused() {
    for size in 0..130_i64 {
        let stored = frontier_of(&leaves(130)[..size as usize]).encode();
        for other in (-2..130).filter(|other: &i64| other.count_ones() != size.count_ones()) {
            assert_eq!(Frontier::decode(other, &stored), Err(FrontierError { size: other }));
        }
        let longer = [stored.as_slice(), &[0]].concat();
        assert_eq!(Frontier::decode(size, &longer), Err(FrontierError { size }));
        if let Some((_, shorter)) = stored.split_last() {
            assert_eq!(Frontier::decode(size, shorter), Err(FrontierError { size }));
        }
    }
}

#[test]
fn a_negative_size_is_refused_whatever_is_stored() {
    for size in [-1, -64, i64::MIN] {
        let stored = vec![0; 32 * size.count_ones() as usize];
        assert_eq!(Frontier::decode(size, &stored), Err(FrontierError { size }));
    }
}

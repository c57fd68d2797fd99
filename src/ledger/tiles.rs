//! Proofs over the tree of the ledger, from tiles of hashes (C2SP tlog-tiles, <https://c2sp.org/tlog-tiles>; RFC 6962
//! sections 2.1.1 and 2.1.2).
//!
//! A tile of level 0 holds the hashes of 256 entries that follow each other, one of level 1 those of 256 full tiles of
//! level 0, and so on. A proof over a ledger of any size needs a few of them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use tlog_tiles::{HashReader, Tile, check_record, check_tree, prove_record, prove_tree, tree_hash};

use super::Hash;

/// How many hashes a full tile holds.
pub const TILE: u64 = 256;
/// The height of a tile: the power of two that [`TILE`] is.
const HEIGHT: u8 = 8;
/// The most entries that a ledger can have, since a position is an `i64`. Checkers cannot reckon with more.
const LARGEST: u64 = i64::MAX as u64;

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileAt {
    /// 0 for hashes of entries, 1 for hashes of full tiles of level 0, and so on.
    pub level: u8,
    /// Its place in its level, from 0.
    pub index: u64,
}

/// A proof that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// These tiles are needed as well, each as wide as it is.
    #[error("{} more tiles are needed", .0.len())]
    Needs(Vec<TileAt>),
    /// What was asked for is not in the tree.
    #[error("the tree does not reach so far")]
    Outside,
    /// The tiles do not add up to the tree they are said to be of.
    #[error("the tiles are not those of the tree")]
    Broken,
}

impl TileAt {
    /// How many hashes it has in a tree of so many entries; at most [`TILE`].
    pub fn width(self, size: u64) -> u64 {
        let nodes = size.checked_shr(u32::from(HEIGHT) * u32::from(self.level)).unwrap_or(0);
        nodes.saturating_sub(self.index.saturating_mul(TILE)).min(TILE)
    }
}

/// The hash that stands for a full tile in the level above.
///
/// # Errors
/// [`Unproved::Broken`] if it is not full.
pub fn tile_root(hashes: &[Hash]) -> Result<Hash, Unproved> {
    match hashes.len() as u64 {
        TILE => Ok(Tile::subtree_hash(hashes.as_flattened()).0),
        _ => Err(Unproved::Broken),
    }
}

/// Tiles of a tree, as far as they were brought, and the head they must add up to.
#[derive(Debug)]
pub struct Tiles {
    size: u64,
    root: Hash,
    brought: HashMap<TileAt, Vec<Hash>>,
}

impl Tiles {
    /// No tiles yet, of the tree of `size` entries with this root.
    pub fn of(size: u64, root: Hash) -> Self {
        Self {
            size,
            root,
            brought: HashMap::new(),
        }
    }

    /// The number of entries.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Brings a tile: all the hashes it has in this tree (see [`TileAt::width`]).
    pub fn bring(&mut self, at: TileAt, hashes: Vec<Hash>) {
        self.brought.insert(at, hashes);
    }

    /// The proof that the first `size` entries hold the one at `index` (from 0), nearest hash first.
    ///
    /// # Errors
    /// [`Unproved`].
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, Unproved> {
        if index >= size {
            return Err(Unproved::Outside);
        }
        let root = self.root_at(size)?;
        let reading = Reading::of(self);
        let leaf = reading.leaf(index);
        let proof = prove_record(size, index, &reading);
        reading.nothing_missing()?;
        let (leaf, proof) = (leaf.ok_or(Unproved::Broken)?, proof.map_err(|_| Unproved::Broken)?);
        check_record(&proof, size, tlog_tiles::Hash(root), index, leaf).map_err(|_| Unproved::Broken)?;
        Ok(plain(proof))
    }

    /// The proof that the tree of the first `to` entries goes on from that of the first `from`; none are needed where these
    /// are as many, or `from` is none.
    ///
    /// # Errors
    /// [`Unproved`].
    pub fn consistency(&self, from: u64, to: u64) -> Result<Vec<Hash>, Unproved> {
        if from > to {
            return Err(Unproved::Outside);
        }
        let (first, second) = (self.root_at(from)?, self.root_at(to)?);
        if from == 0 || from == to {
            return Ok(Vec::new());
        }
        self.between((from, first), (to, second))
    }

    /// The root of the tree of the first `size` entries, proved to be that from which the whole tree goes on.
    ///
    /// # Errors
    /// [`Unproved`].
    pub fn root_at(&self, size: u64) -> Result<Hash, Unproved> {
        if size > self.size {
            return Err(Unproved::Outside);
        }
        if size == self.size {
            return Ok(self.root);
        }
        let reading = Reading::of(self);
        let root = tree_hash(size, &reading);
        reading.nothing_missing()?;
        let root = root.map_err(|_| Unproved::Broken)?.0;
        if size > 0 {
            self.between((size, root), (self.size, self.root))?;
        }
        Ok(root)
    }

    /// The proof that one tree goes on from another, neither of them empty nor the same, checked.
    fn between(&self, (from, first): (u64, Hash), (to, second): (u64, Hash)) -> Result<Vec<Hash>, Unproved> {
        let reading = Reading::of(self);
        let proof = prove_tree(to, from, &reading);
        reading.nothing_missing()?;
        let proof = plain(proof.map_err(|_| Unproved::Broken)?);
        match goes_on_from(&proof, (from, &first), (to, &second)) {
            true => Ok(proof),
            false => Err(Unproved::Broken),
        }
    }
}

/// Whether this proves that the tree of so many entries with this root holds at `index` (from 0) the entry with this leaf
/// hash (RFC 6962 section 2.1.1).
pub fn is_included(proof: &[Hash], (size, root): (u64, &Hash), index: u64, leaf: &Hash) -> bool {
    let [root, leaf] = [root, leaf].map(|hash| tlog_tiles::Hash(*hash));
    size <= LARGEST && check_record(&wrapped(proof), size, root, index, leaf).is_ok()
}

/// Whether this proves that one tree goes on from another: nothing in it was changed or taken out (RFC 6962 section 2.1.2).
pub fn goes_on_from(proof: &[Hash], (from, first): (u64, &Hash), (to, second): (u64, &Hash)) -> bool {
    let [first_root, second_root] = [first, second].map(|hash| tlog_tiles::Hash(*hash));
    match from {
        // Whatever there is goes on from nothing.
        0 => proof.is_empty(),
        _ => to <= LARGEST && check_tree(&wrapped(proof), to, second_root, from, first_root).is_ok(),
    }
}

fn wrapped(proof: &[Hash]) -> Vec<tlog_tiles::Hash> {
    proof.iter().copied().map(tlog_tiles::Hash).collect()
}

fn plain(proof: Vec<tlog_tiles::Hash>) -> Vec<Hash> {
    proof.into_iter().map(|hash| hash.0).collect()
}

/// Reads hashes out of tiles, and notes the tiles that are not there.
struct Reading<'a> {
    tiles: &'a Tiles,
    missing: RefCell<BTreeSet<TileAt>>,
}

impl<'a> Reading<'a> {
    fn of(tiles: &'a Tiles) -> Self {
        Self {
            tiles,
            missing: RefCell::default(),
        }
    }

    fn nothing_missing(self) -> Result<(), Unproved> {
        let missing = self.missing.into_inner();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(Unproved::Needs(missing.into_iter().collect())),
        }
    }

    /// The hash of an entry.
    fn leaf(&self, index: u64) -> Option<tlog_tiles::Hash> {
        let at = TileAt {
            level: 0,
            index: index / TILE,
        };
        let hashes = self.tile(at)?;
        let within = usize::try_from(index % TILE).ok()?;
        hashes.get(within).copied().map(tlog_tiles::Hash)
    }

    fn tile(&self, at: TileAt) -> Option<&'a [Hash]> {
        let tile = self.tiles.brought.get(&at);
        if tile.is_none() {
            self.missing.borrow_mut().insert(at);
        }
        tile.map(Vec::as_slice)
    }

    fn hash(&self, stored: u64) -> Result<tlog_tiles::Hash, tlog_tiles::Error> {
        let least = Tile::from_index(HEIGHT, stored);
        let at = TileAt {
            level: least.level(),
            index: least.level_index(),
        };
        let hashes = self.tile(at).ok_or(tlog_tiles::Error::InvalidTile)?;
        least.hash_at_index(hashes.as_flattened(), stored)
    }
}

impl HashReader for Reading<'_> {
    fn read_hashes(&self, stored: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        // All of them are looked for before any is missed, so that the missing ones are fetched at once.
        let hashes: Vec<_> = stored.iter().map(|index| self.hash(*index)).collect();
        hashes.into_iter().collect()
    }
}

//! How far the change of the index key has come.

use super::{Progress, Stage};
use crate::registration::Key;
use crate::store::KeyTable;

/// How many bits of a key are its place.
const PLACE_BITS: u32 = 56;
/// The tables, in the order in which they are gone through.
const TABLES: [KeyTable; 2] = [KeyTable::Strict, KeyTable::Blocking];

/// Up to which key of which table everything is done, as it is noted in the store: the number of the table, and the first bits
/// of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(pub i64);

impl Place {
    /// Beyond the last table.
    pub const ALL: Self = Self((TABLES.len() as i64) << PLACE_BITS);

    /// The table; none beyond the last.
    pub fn table(self) -> Option<KeyTable> {
        let number = usize::try_from(self.0 >> PLACE_BITS).ok()?;
        TABLES.get(number).copied()
    }

    /// The key after which it goes on: shorter than a key, so that what begins like it comes after it.
    pub fn after(self) -> Vec<u8> {
        let [_, key @ ..] = self.0.to_be_bytes();
        key.to_vec()
    }

    /// The place of a key in the same table.
    pub fn at(self, key: Key) -> Self {
        let mut bytes = [0; 8];
        bytes[1..].copy_from_slice(&key.as_bytes()[..7]);
        Self((self.0 >> PLACE_BITS << PLACE_BITS) | i64::from_be_bytes(bytes))
    }

    /// The beginning of the next table.
    pub fn next_table(self) -> Self {
        Self(((self.0 >> PLACE_BITS) + 1) << PLACE_BITS)
    }

    /// How far that is, keys being spread evenly over all there can be.
    pub fn progress(self, stage: Stage) -> Progress {
        let parts = |place: Self| place.0 >> (PLACE_BITS - 10);
        Progress {
            stage,
            done: parts(self),
            all: parts(Self::ALL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8, last: u8) -> Key {
        let mut bytes = [first; 16];
        bytes[15] = last;
        Key::from_bytes(bytes)
    }

    #[test]
    fn every_key_is_gone_through_in_the_order_of_the_tables() {
        let strict = Place(0);
        let blocking = strict.next_table();
        assert_eq!(
            (strict.table(), blocking.table()),
            (Some(KeyTable::Strict), Some(KeyTable::Blocking))
        );
        assert_eq!((blocking.next_table(), Place::ALL.table()), (Place::ALL, None));
        let mut before = strict;
        for place in [strict, blocking] {
            for first in [0, 1, 127, 128, 254, 255] {
                let at = place.at(key(first, 0));
                assert!(at.0 >= before.0 && at.table() == place.table(), "{first}");
                // Whatever begins like it comes after it, and whatever comes before it does not.
                assert!(at.after().as_slice() < key(first, 0).as_bytes().as_slice());
                if first > 0 {
                    assert!(at.after().as_slice() > key(first - 1, 255).as_bytes().as_slice());
                }
                before = at;
            }
        }
        assert!(before.progress(Stage::Indexing).done < Place::ALL.progress(Stage::Indexing).done);
    }

    #[test]
    fn the_first_place_leaves_out_no_key() {
        assert!(Place(0).after().as_slice() < [0_u8; 16].as_slice());
        assert!(Place(0).next_table().after().as_slice() < [0_u8; 16].as_slice());
    }
}

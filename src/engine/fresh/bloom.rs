//! A Bloom filter in blocks of one cache line, as in Apache Parquet ("split block Bloom filter"), that grows by layers.
//!
//! It says "surely not" or "perhaps". At its full load about one stranger in 200 is taken for a friend, in each layer.

use crate::registration::Key;

/// Words of a block. A print sets one bit in each.
const WORDS: usize = 8;
/// Bytes of a block.
const BLOCK_BYTES: usize = WORDS * size_of::<u64>();
/// Memory for each print.
const BITS_PER_PRINT: usize = 12;
/// Prints that a block is meant to take.
const PRINTS_PER_BLOCK: usize = BLOCK_BYTES * 8 / BITS_PER_PRINT;
/// The smallest layer: enough for some hundred thousand births.
const LEAST_BYTES: usize = 4 << 20;

/// What the filter sees of a key: evenly spread bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Print {
    /// Chooses the block, by its upper bits.
    block: u64,
    /// Chooses the bits in it, six of these for each word.
    bits: u64,
}

impl Print {
    /// Of a keyed digest: no hash is better than its own bytes. The first three only say when it belongs.
    pub fn of_key(key: &Key) -> Self {
        let [_, _, _, digest @ ..] = key.as_bytes();
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
        let (block, bits) = digest.split_at(7);
        Self {
            block: number(block) << 8,
            bits: number(bits),
        }
    }

    /// Of a hash.
    pub fn of_hash(hash: u64) -> Self {
        Self {
            block: hash,
            // Every bit of a product depends on the lower bits of the hash; the block was chosen by the upper ones.
            bits: hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16,
        }
    }

    fn bit(self, word: usize) -> u64 {
        1 << ((self.bits >> (6 * word)) & 63)
    }
}

/// The filter.
#[derive(Debug)]
pub(super) struct Bloom {
    layers: Vec<Layer>,
    /// Bytes it may have in all.
    most: usize,
}

#[derive(Debug)]
struct Layer {
    blocks: Vec<[u64; WORDS]>,
    /// Prints it may still take.
    room: usize,
}

impl Bloom {
    /// An empty filter for about so many prints, which may grow up to `most` bytes.
    pub fn new(expected: usize, most: usize) -> Self {
        let mut bloom = Self {
            layers: Vec::new(),
            most,
        };
        bloom.grow((expected / PRINTS_PER_BLOCK * BLOCK_BYTES).max(LEAST_BYTES));
        bloom
    }

    /// `false` if the print was surely never inserted.
    pub fn may_hold(&self, print: Print) -> bool {
        self.layers.iter().any(|layer| layer.may_hold(print))
    }

    /// Adds a print. `false` if there is no room left.
    pub fn insert(&mut self, print: Print) -> bool {
        if self.may_hold(print) {
            return true;
        }
        if self.layers.last().is_none_or(|layer| layer.room == 0) {
            // As much again: so there are few layers, however many prints come.
            self.grow(self.bytes().max(LEAST_BYTES));
        }
        let Some(layer) = self.layers.last_mut().filter(|layer| layer.room > 0) else {
            return false;
        };
        layer.insert(print);
        true
    }

    /// The memory it holds.
    pub fn bytes(&self) -> usize {
        self.layers.iter().map(|layer| layer.blocks.len() * BLOCK_BYTES).sum()
    }

    fn grow(&mut self, bytes: usize) {
        let bytes = bytes.min(self.most - self.bytes());
        let blocks = bytes / BLOCK_BYTES;
        if blocks > 0 {
            self.layers.push(Layer {
                blocks: vec![[0; WORDS]; blocks],
                room: blocks * PRINTS_PER_BLOCK,
            });
        }
    }
}

impl Layer {
    fn block(&self, print: Print) -> usize {
        // The upper half of the product of a 64-bit number and a count is below the count, and so is an index.
        ((u128::from(print.block) * self.blocks.len() as u128) >> 64) as usize
    }

    fn may_hold(&self, print: Print) -> bool {
        let block = &self.blocks[self.block(print)];
        (0..WORDS).all(|word| block[word] & print.bit(word) != 0)
    }

    fn insert(&mut self, print: Print) {
        let at = self.block(print);
        let block = &mut self.blocks[at];
        for (word, bits) in block.iter_mut().enumerate() {
            *bits |= print.bit(word);
        }
        self.room -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys as digests give them: evenly spread, whatever their first bytes.
    fn prints(from: u64, count: u64) -> impl Iterator<Item = Print> {
        let mix = |seed: u64| {
            let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        };
        (from..from + count).map(move |n| {
            let mut bytes = [7; 16];
            bytes[..8].copy_from_slice(&mix(n).to_be_bytes());
            bytes[8..].copy_from_slice(&mix(!n).to_be_bytes());
            bytes[..3].copy_from_slice(&[1, 2, 3]);
            if n % 2 == 0 {
                Print::of_key(&Key::from_bytes(bytes))
            } else {
                Print::of_hash(mix(n))
            }
        })
    }

    #[test]
    fn what_was_inserted_is_never_denied_however_often_it_grew() {
        let mut bloom = Bloom::new(1, 20 << 20);
        let room = (20 << 20) / BLOCK_BYTES * PRINTS_PER_BLOCK;
        let mut inserted = 0;
        for print in prints(0, u64::MAX) {
            if !bloom.insert(print) {
                break;
            }
            inserted += 1;
        }
        assert!(bloom.bytes() <= 20 << 20);
        assert!(inserted as usize >= room, "{inserted} of {room}");
        assert!(prints(0, inserted).all(|print| bloom.may_hold(print)));
        // Full, and strangers are still told from friends.
        let strangers = prints(u64::MAX / 2, 100_000);
        let mistaken = strangers.filter(|print| bloom.may_hold(*print)).count();
        assert!(mistaken < 3_000, "{mistaken} of 100000");
    }

    #[test]
    fn a_filter_without_memory_takes_nothing() {
        let mut bloom = Bloom::new(10, 0);
        for print in prints(0, 10) {
            assert!(!bloom.insert(print) && !bloom.may_hold(print));
        }
    }
}

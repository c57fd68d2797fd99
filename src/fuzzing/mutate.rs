//! Making an input of others.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::tree::{Codec, Tree};
use super::{der, protobuf, text};

/// What an input is made of, and so how it can be changed without being nonsense at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Bytes.
    Bytes,
    /// Text: words, and what stands between them.
    Text,
    /// Fields of Protobuf, with their lengths.
    Protobuf,
    /// Values of DER, with their lengths.
    Der,
}

/// Numbers at which code that counts goes wrong.
pub const NUMBERS: [u64; 24] = [
    0,
    1,
    2,
    3,
    7,
    15,
    16,
    31,
    63,
    64,
    100,
    127,
    128,
    255,
    256,
    1_000,
    4_095,
    32_767,
    65_535,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    i64::MAX as u64,
    u64::MAX,
];

/// The most bytes that one change adds.
pub const LARGEST: usize = 64 * 1024;

/// Makes inputs.
pub struct Mutator<'a> {
    pub form: Form,
    pub words: &'a [String],
    pub longest: usize,
}

impl Mutator<'_> {
    /// An input made of one of these, which perhaps takes parts of others.
    pub fn make(&self, from: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
        if random.random_ratio(1, 64) || from.is_empty() {
            return noise(random);
        }
        let mut input = self.pick(from, random).clone();
        // As a rule a small change: many at once are refused for the first of them.
        let changes = 1 << random.random_range(0..4);
        for _ in 0..random.random_range(1..=changes) {
            self.change(&mut input, from, random);
            input.truncate(self.longest);
        }
        input
    }

    fn pick<'p>(&self, from: &'p [Vec<u8>], random: &mut StdRng) -> &'p Vec<u8> {
        const NONE: &Vec<u8> = &Vec::new();
        from.choose(random).unwrap_or(NONE)
    }

    fn change(&self, input: &mut Vec<u8>, from: &[Vec<u8>], random: &mut StdRng) {
        let other = self.pick(from, random);
        let structured = random.random_ratio(3, 4);
        match self.form {
            Form::Text if structured => text::change(input, other, self.words, random),
            Form::Protobuf if structured => in_tree(&protobuf::CODEC, input, other, self.words, random),
            Form::Der if structured => in_tree(&der::CODEC, input, other, self.words, random),
            _ => bytes(input, other, self.words, random),
        }
    }
}

/// Changes an input that has the form of a tree, or else its bytes.
fn in_tree(codec: &Codec, input: &mut Vec<u8>, other: &[u8], words: &[String], random: &mut StdRng) {
    match (codec.read)(input) {
        Some(mut tree) => {
            let other: Tree = (codec.read)(other).unwrap_or_default();
            super::tree::change(&mut tree, &other, words, random);
            input.clear();
            (codec.write)(&tree, input);
        }
        None => bytes(input, other, words, random),
    }
}

/// Changes bytes, whatever they mean.
pub fn bytes(input: &mut Vec<u8>, other: &[u8], words: &[String], random: &mut StdRng) {
    let at = random.random_range(0..=input.len());
    let part = part(input.len(), random);
    match random.random_range(0..10) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.random_range(0..8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.random();
            }
        }
        2 => input.truncate(at),
        3 => drop(input.drain(part)),
        4 => {
            let times = times(12, random);
            let chunk = input[part].to_vec();
            let room = LARGEST.checked_div(chunk.len()).unwrap_or(0);
            let chunk = chunk.repeat(times.min(room));
            insert(input, at, &chunk);
        }
        5 => {
            let taken = self::part(other.len(), random);
            insert(input, at, &other[taken]);
        }
        6 => {
            // The beginning of one, and the end of another.
            let end = random.random_range(0..=other.len());
            input.truncate(at);
            input.extend_from_slice(&other[end..]);
        }
        7 => overwrite(input, at, random),
        8 => match words.choose(random) {
            Some(word) => insert(input, at, word.as_bytes()),
            None => insert(input, at, &noise(random)),
        },
        _ => {
            let chunk = input[part].to_vec();
            for (byte, new) in input.iter_mut().skip(at).zip(chunk) {
                *byte = new;
            }
        }
    }
}

/// Writes a number over what stands there, in one of the widths and orders in which lengths are written.
fn overwrite(input: &mut [u8], at: usize, random: &mut StdRng) {
    let number = NUMBERS.choose(random).copied().unwrap_or_default();
    let width = [1, 2, 4, 8].choose(random).copied().unwrap_or(1);
    let bytes = match random.random() {
        true => number.to_le_bytes(),
        false => number.rotate_right(8 * u32::try_from(width).unwrap_or(1)).to_be_bytes(),
    };
    for (byte, new) in input.iter_mut().skip(at).zip(&bytes[..width]) {
        *byte = *new;
    }
}

pub fn insert(input: &mut Vec<u8>, at: usize, more: &[u8]) {
    input.splice(at..at, more.iter().copied());
}

/// How often something is repeated: a few times, and seldom very often, since what grows with what it is given must be met.
pub fn times(most_doublings: u32, random: &mut StdRng) -> usize {
    let doublings = match random.random_ratio(1, 8) {
        true => most_doublings,
        false => 3,
    };
    1 << random.random_range(0..=doublings)
}

/// A part of so many bytes or things: as a rule a short one.
pub fn part(length: usize, random: &mut StdRng) -> std::ops::Range<usize> {
    let most = match random.random_ratio(1, 8) {
        true => length,
        false => length.min(16),
    };
    let size = random.random_range(0..=most);
    let begin = random.random_range(0..=length - size);
    begin..begin + size
}

/// A few bytes that mean nothing.
fn noise(random: &mut StdRng) -> Vec<u8> {
    let mut bytes = vec![0; random.random_range(0..64)];
    random.fill_bytes(&mut bytes);
    bytes
}

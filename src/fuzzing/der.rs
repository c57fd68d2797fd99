//! DER as a tree.

use super::tree::{Codec, Node, Tree, Value};

/// Values; a key is the tag, of one byte.
pub const CODEC: Codec = Codec { read, write };

/// The bit of a tag that says that there are values within.
const CONSTRUCTED: u64 = 0x20;
/// So deep values are read.
const DEEPEST: usize = 16;

fn read(bytes: &[u8]) -> Option<Tree> {
    values(bytes, DEEPEST)
}

fn values(mut bytes: &[u8], deepest: usize) -> Option<Tree> {
    let mut tree = Tree::new();
    while let Some((&tag, rest)) = bytes.split_first() {
        let (length, rest) = length(rest)?;
        let (inner, rest) = rest.split_at_checked(length)?;
        let key = u64::from(tag);
        let within = match key & CONSTRUCTED {
            0 => None,
            _ => values(inner, deepest.checked_sub(1)?),
        };
        let value = within.map_or_else(|| Value::Bytes(inner.to_vec()), Value::Within);
        tree.push(Node { key, value });
        bytes = rest;
    }
    Some(tree)
}

/// A length, and what follows it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
    let length = digits.iter().try_fold(0_usize, |length, digit| {
        length.checked_mul(256)?.checked_add(usize::from(*digit))
    });
    Some((length?, rest))
}

fn write(tree: &[Node], bytes: &mut Vec<u8>) {
    for Node { key, value } in tree {
        bytes.push(key.to_le_bytes()[0]);
        let mut inner = Vec::new();
        match value {
            Value::Number(number) => inner.extend(number.to_be_bytes()),
            Value::Fixed(own) | Value::Bytes(own) => inner.extend_from_slice(own),
            Value::Within(tree) => write(tree, &mut inner),
        }
        let length = inner.len().to_be_bytes();
        let digits = &length[length.iter().take_while(|digit| **digit == 0).count()..];
        match inner.len() {
            0..0x80 => bytes.push(length[length.len() - 1]),
            _ => {
                bytes.push(0x80 | digits.len().to_le_bytes()[0]);
                bytes.extend_from_slice(digits);
            }
        }
        bytes.extend_from_slice(&inner);
    }
}

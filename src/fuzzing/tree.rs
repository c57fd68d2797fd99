//! Changing what is made of values within values, each with its length in front: the lengths stay right.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::mutate::{NUMBERS, times};
use super::text;

/// Values that follow each other.
pub type Tree = Vec<Node>;

/// A value, and what says which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub key: u64,
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number of any size.
    Number(u64),
    /// Bytes of a size that the key tells.
    Fixed(Vec<u8>),
    /// Bytes with their length in front.
    Bytes(Vec<u8>),
    /// Other values with their length in front.
    Within(Tree),
}

/// How such a tree is read and written.
pub struct Codec {
    pub read: fn(&[u8]) -> Option<Tree>,
    pub write: fn(&[Node], &mut Vec<u8>),
}

/// Into how many of itself a value is put at most.
const DEEPEST: u32 = 10;

/// Changes a tree.
pub fn change(tree: &mut Tree, other: &[Node], words: &[String], random: &mut StdRng) {
    let taken = pick(other, random).cloned();
    let nodes = place(tree, random);
    let at = random.random_range(0..=nodes.len());
    match (random.random_range(0..9), nodes.get_mut(at)) {
        (0, Some(_)) => drop(nodes.remove(at)),
        (1, Some(node)) => {
            let times = times(11, random);
            let again = node.clone();
            nodes.extend(std::iter::repeat_n(again, times));
        }
        (2, Some(node)) => node.key = node.key.wrapping_add_signed(random.random_range(-16..=16)),
        (3, Some(node)) => nest(node, 1 << random.random_range(0..DEEPEST)),
        (4, Some(_)) => {
            let with = random.random_range(0..nodes.len());
            nodes.swap(at, with);
        }
        (5, Some(node)) => {
            if let Some(taken) = taken {
                node.value = taken.value;
            }
        }
        (6, _) => nodes.extend(taken),
        (_, Some(node)) => change_value(&mut node.value, words, random),
        _ => {}
    }
}

/// The values among which a change is made: at whatever depth.
fn place<'t>(mut nodes: &'t mut Tree, random: &mut StdRng) -> &'t mut Tree {
    loop {
        let deeper = |node: &Node| matches!(&node.value, Value::Within(inner) if !inner.is_empty());
        let ways: Vec<usize> = (0..nodes.len()).filter(|at| deeper(&nodes[*at])).collect();
        match ways.choose(random) {
            Some(way) if random.random_ratio(2, 3) => match &mut nodes[*way].value {
                Value::Within(inner) => nodes = inner,
                _ => unreachable!("it was one with others within"),
            },
            _ => return nodes,
        }
    }
}

fn pick<'t>(nodes: &'t [Node], random: &mut StdRng) -> Option<&'t Node> {
    let node = nodes.choose(random)?;
    match &node.value {
        Value::Within(inner) if random.random() => pick(inner, random).or(Some(node)),
        _ => Some(node),
    }
}

fn change_value(value: &mut Value, words: &[String], random: &mut StdRng) {
    match value {
        Value::Number(number) if random.random() => *number = number.wrapping_add_signed(random.random_range(-3..=3)),
        Value::Number(number) => {
            *number = NUMBERS.choose(random).copied().unwrap_or_default();
            if random.random_ratio(1, 4) {
                *number = number.wrapping_neg();
            }
        }
        Value::Fixed(bytes) => bytes.iter_mut().for_each(|byte| *byte = random.random()),
        Value::Bytes(bytes) if random.random() => *bytes = text::word(words, random).into_bytes(),
        Value::Bytes(bytes) => text::change(bytes, &[], words, random),
        Value::Within(_) if random.random_ratio(1, 4) => *value = Value::Within(Tree::new()),
        Value::Within(_) => *value = Value::Bytes(text::word(words, random).into_bytes()),
    }
}

/// Puts a value into one like it, and that into another: what reads it should not go down for ever.
fn nest(node: &mut Node, depth: u32) {
    let key = node.key;
    for _ in 0..depth {
        let within = std::mem::replace(&mut node.value, Value::Number(0));
        let within = match within {
            Value::Within(tree) => tree,
            value => vec![Node { key, value }],
        };
        node.value = Value::Within(vec![Node {
            key,
            value: Value::Within(within),
        }]);
    }
}

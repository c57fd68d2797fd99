//! Protobuf as a tree, by its bytes alone.

use super::tree::{Codec, Node, Tree, Value};

/// Fields; a key is the number of the field and how it is written.
pub const CODEC: Codec = Codec { read, write };

/// So deep bytes are taken for a message.
const DEEPEST: usize = 12;

fn read(bytes: &[u8]) -> Option<Tree> {
    message(bytes, DEEPEST)
}

fn message(mut bytes: &[u8], deepest: usize) -> Option<Tree> {
    let mut fields = Tree::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut bytes)?),
            1 => Value::Fixed(take(&mut bytes, 8)?.to_vec()),
            5 => Value::Fixed(take(&mut bytes, 4)?.to_vec()),
            2 => {
                let length = varint(&mut bytes)?;
                let inner = take(&mut bytes, usize::try_from(length).ok()?)?;
                within(inner, deepest)
            }
            _ => return None,
        };
        fields.push(Node { key, value });
    }
    Some(fields)
}

/// Text is not taken for a message, though some of it would pass for one.
fn within(bytes: &[u8], deepest: usize) -> Value {
    let text = std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(char::is_control));
    let inner = match deepest {
        0 => None,
        _ if text => None,
        _ => message(bytes, deepest - 1),
    };
    inner.map_or_else(|| Value::Bytes(bytes.to_vec()), Value::Within)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = take(bytes, 1)? else { return None };
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn write(fields: &[Node], bytes: &mut Vec<u8>) {
    for Node { key, value } in fields {
        // What a change put in the place of a field is written as what it is.
        let kind = match value {
            Value::Number(_) => 0,
            Value::Fixed(fixed) if fixed.len() == 8 => 1,
            Value::Fixed(_) => 5,
            Value::Bytes(_) | Value::Within(_) => 2,
        };
        put(key & !7 | kind, bytes);
        match value {
            Value::Number(number) => put(*number, bytes),
            Value::Fixed(fixed) => bytes.extend_from_slice(fixed),
            Value::Bytes(inner) => {
                put(inner.len() as u64, bytes);
                bytes.extend_from_slice(inner);
            }
            Value::Within(fields) => {
                let mut inner = Vec::new();
                write(fields, &mut inner);
                put(inner.len() as u64, bytes);
                bytes.extend_from_slice(&inner);
            }
        }
    }
}

fn put(mut value: u64, bytes: &mut Vec<u8>) {
    while value > 0x7F {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}

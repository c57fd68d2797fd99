//! Many rows in one argument.
//!
//! A statement for a whole batch must have one fixed text, whatever the number of rows, or it is prepared anew each
//! time. So rows are packed: all rows of a statement into one blob of records of equal width, which the statement cuts
//! up again with `substr`. Integers are written in decimal digits, because SQLite reads those with a plain `CAST`;
//! texts and blobs of any length go to a heap, and the record holds their place in it.

/// Digits of a packed integer: enough for any `i64` with its sign.
pub const INT: usize = 20;

/// Rows being packed.
#[derive(Debug, Default)]
pub struct Packed {
    /// How many.
    pub rows: i64,
    /// Their records.
    pub records: Vec<u8>,
    /// Their fields of varying length.
    pub heap: Vec<u8>,
}

impl Packed {
    /// Packs every item by `write`.
    pub fn of<T>(items: &[T], mut write: impl FnMut(&mut Self, &T)) -> Self {
        let mut packed = Self::default();
        for item in items {
            write(&mut packed, item);
            packed.rows += 1;
        }
        packed
    }

    /// Adds a field of fixed width.
    pub fn fixed(&mut self, bytes: &[u8]) {
        self.records.extend_from_slice(bytes);
    }

    /// Adds an integer of [`INT`] digits.
    pub fn int(&mut self, value: i64) {
        let mut digits = [b' '; INT];
        let mut rest = value.unsigned_abs();
        let mut at = INT;
        loop {
            at -= 1;
            // A digit is below ten and fits a byte.
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            digits[at - 1] = b'-';
        }
        self.records.extend_from_slice(&digits);
    }

    /// Adds a field of any length: its place in the heap, from 1, and its length.
    pub fn heap(&mut self, parts: &[&[u8]]) {
        let start = self.heap.len();
        for part in parts {
            self.heap.extend_from_slice(part);
        }
        let length = self.heap.len() - start;
        self.int(start as i64 + 1);
        self.int(length as i64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_take_twenty_characters_at_both_ends_of_the_range() {
        for value in [0, 7, -1, i64::MAX, i64::MIN] {
            let mut packed = Packed::default();
            packed.int(value);
            assert_eq!(packed.records.len(), INT);
            assert_eq!(String::from_utf8_lossy(&packed.records).trim(), value.to_string());
        }
    }
}

//! A block as a text that is signed, so that a mission can check it without a line.

use uuid::Uuid;

use super::BlockRow;
use crate::number::{Number, Prefix};

/// The first line of the text.
const HEADING: &str = "dinhdanh block v1";

/// What the text of a block says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockNote {
    /// The block.
    pub block_id: Uuid,
    /// The mission.
    pub office: String,
    /// Until when its numbers may be handed out, in microseconds since 1970-01-01 UTC.
    pub expires_at: i64,
    /// Its numbers, in the order in which they are to be handed out; at least one, all of one prefix.
    pub numbers: Vec<Number>,
}

/// The text of a block cannot be read: the line, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is not that of a block")]
pub struct BlockNoteError(pub usize);

/// The text of a block: heading, id, office, expiry, then a number on each line. It is the same whenever it is asked for.
pub fn block_text(row: &BlockRow, numbers: impl Iterator<Item = Number>) -> String {
    let mut text = format!(
        "{HEADING}\n{}\n{}\n{}\n",
        row.request.id, row.request.office, row.expires_at
    );
    for number in numbers {
        text.push_str(&number.to_string());
        text.push('\n');
    }
    text
}

/// Reads the text of a block.
///
/// # Errors
/// [`BlockNoteError`], naming the first line that is wrong.
pub fn read_block_text(text: &str) -> Result<BlockNote, BlockNoteError> {
    let mut lines = text.lines().zip(1..);
    let mut next = |line| lines.next().ok_or(BlockNoteError(line));
    let (heading, _) = next(1)?;
    if heading != HEADING {
        return Err(BlockNoteError(1));
    }
    let block_id = Uuid::try_parse(next(2)?.0).map_err(|_| BlockNoteError(2))?;
    let office = next(3)?.0.to_owned();
    let expires_at = next(4)?.0.parse().map_err(|_| BlockNoteError(4))?;
    let mut numbers: Vec<Number> = Vec::new();
    for (text, line) in lines {
        let number = Number::parse(text).map_err(|_| BlockNoteError(line))?;
        if numbers.first().is_some_and(|first| first.prefix() != number.prefix()) || numbers.contains(&number) {
            return Err(BlockNoteError(line));
        }
        numbers.push(number);
    }
    match numbers.is_empty() {
        true => Err(BlockNoteError(5)),
        false => Ok(BlockNote {
            block_id,
            office,
            expires_at,
            numbers,
        }),
    }
}

impl BlockNote {
    /// The first six digits of all its numbers.
    pub fn prefix(&self) -> Option<Prefix> {
        self.numbers.first().map(|number| number.prefix())
    }
}

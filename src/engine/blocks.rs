//! Reading blocks with their numbers, as they stand now.

use std::time::Duration;

use super::Engine;
use crate::ledger::RequestKey;
use crate::protocol::{BlockRow, Needs, NumberRow, block_text};
use crate::refusal::Refusal;
use crate::store::{Reader, Store};

/// A block with its numbers.
#[derive(Debug, Clone)]
pub struct BlockFile {
    /// The block.
    pub row: BlockRow,
    /// Its numbers, in the order in which they are to be handed out.
    pub numbers: Vec<NumberRow>,
    /// The block as text, signed.
    pub note: String,
    /// The time at which it is shown, in microseconds.
    pub now: i64,
}

impl<S: Store> Engine<S> {
    /// A block of an office, by the request that reserved it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchBlock`], [`Refusal::StoreUnavailable`].
    pub async fn block(&self, key: RequestKey, patience: Option<Duration>) -> Result<BlockFile, Refusal> {
        let reading = async {
            let reader = self.shared.store.reader();
            let mut needs = Needs {
                blocks: vec![key],
                ..Needs::default()
            };
            let found = reader.look_up(&needs).await?;
            needs.whole.extend(found.blocks.iter().map(|block| block.opened));
            match needs.whole.is_empty() {
                true => Ok(found),
                // Once more, so that block and numbers are shown as of one moment.
                false => reader.look_up(&needs).await,
            }
        };
        let found = self.read_store(patience, reading).await?;
        let row = found.blocks.into_iter().next().ok_or(Refusal::NoSuchBlock)?;
        let numbers = found.whole;
        let text = block_text(&row, numbers.iter().map(|number| number.number));
        Ok(BlockFile {
            note: self.shared.keys.note.sign(&text).map_err(|_| Refusal::Bug)?,
            now: self.shared.clock.now().as_microsecond(),
            row,
            numbers,
        })
    }
}

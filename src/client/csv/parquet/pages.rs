//! Pages that say how many values they hold, which the library believes before it has seen one.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};

use super::headers::number;

/// The most values of a page of which each has its length in front: there is a list of all lengths in memory.
const VALUES: u64 = 1 << 22;

/// The pages of a column, without those that cannot hold what they say.
pub struct Sane {
    pages: Box<dyn PageReader>,
    /// Whether values may be missing, and so say before the others which do.
    optional: bool,
}

impl Sane {
    pub fn of(pages: Box<dyn PageReader>, optional: bool) -> Self {
        Self { pages, optional }
    }

    fn holds(&self, page: &Page) -> bool {
        let (buffer, values, encoding) = (page.buffer(), u64::from(page.num_values()), page.encoding());
        let counted = match page {
            // No value of a kind that is let in takes less than a byte there.
            Page::DictionaryPage { .. } => return values <= buffer.len() as u64,
            Page::DataPage { .. } => buffer.get(self.levels(buffer)..),
            Page::DataPageV2 {
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                usize::try_from(levels).ok().and_then(|levels| buffer.get(levels..))
            }
        };
        let most = values.min(VALUES);
        let lists = match encoding {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => return true,
        };
        let after = (0..lists).try_fold(counted.unwrap_or_default(), |bytes, _| after_lengths(bytes, most));
        after.is_some() && values <= VALUES
    }

    /// So many bytes tell which values are missing, where a page does not say it apart.
    fn levels(&self, buffer: &[u8]) -> usize {
        match buffer.first_chunk() {
            Some(length) if self.optional => 4 + u32::from_le_bytes(*length) as usize,
            _ => 0,
        }
    }
}

/// What follows a list of lengths, each as its difference to the one before, if there are no more than so many.
fn after_lengths(mut bytes: &[u8], most: u64) -> Option<&[u8]> {
    let block = number(&mut bytes)?;
    let parts = number(&mut bytes)?;
    let count = number(&mut bytes).filter(|count| *count <= most)?;
    number(&mut bytes)?;
    let values = block.checked_div(parts)?;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        number(&mut bytes)?;
        let (widths, mut rest) = bytes.split_at_checked(usize::try_from(parts).ok()?)?;
        for width in widths {
            // Behind the last value there is nothing more, whatever widths stand there.
            if left == 0 {
                break;
            }
            let length = u64::from(*width).checked_mul(values)? / 8;
            rest = rest.get(usize::try_from(length).ok()?..)?;
            left = left.saturating_sub(values);
        }
        bytes = rest;
    }
    Some(bytes)
}

impl Iterator for Sane {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Sane {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        match self.pages.get_next_page()? {
            Some(page) if !self.holds(&page) => Err(ParquetError::General(String::new())),
            page => Ok(page),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

//! The list of every row that was not plainly imported, as a CSV file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::batch::Line;
use crate::client::files::{OWNER, clear};

const COLUMNS: [&str; 11] = [
    "line",
    "office_code",
    "place_code",
    "kind",
    "entry_number",
    "number",
    "result",
    "reason",
    "fields",
    "case_id",
    "warnings",
];

/// The list being written, for its owner alone.
pub struct Report {
    file: csv::Writer<BufWriter<File>>,
}

impl Report {
    /// Goes on with the first `good` bytes of the list, or begins it if there are none.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be written, or is shorter than that.
    pub fn open(path: &Path, good: u64) -> io::Result<Self> {
        if good == 0 {
            clear(path)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(good == 0).mode(OWNER);
        let mut file = options.open(path)?;
        if file.metadata()?.len() < good {
            return Err(io::Error::other("the report is not as the last run left it"));
        }
        // What came after may be only in part there.
        file.set_len(good)?;
        file.seek(SeekFrom::End(0))?;
        let mut file = csv::Writer::from_writer(BufWriter::new(file));
        if good == 0 {
            file.write_record(COLUMNS).map_err(io::Error::other)?;
        }
        Ok(Self { file })
    }

    /// Adds a row, unless it was imported and nothing is to be said of it.
    pub fn add(&mut self, line: &Line) -> io::Result<()> {
        if line.result == "IMPORTED" && line.warnings.is_empty() {
            return Ok(());
        }
        let cells = [
            &line.line.to_string(),
            &line.office,
            &line.place,
            &line.kind,
            &line.entry,
            &line.number,
            &line.result,
            &line.reason,
            &line.fields.join(";"),
            &line.case_id,
            &line.warnings.join(";"),
        ];
        self.file.write_record(cells).map_err(io::Error::other)
    }

    /// Brings it to the disk, and tells how long it is.
    pub fn sync(&mut self) -> io::Result<u64> {
        self.file.flush()?;
        let file = self.file.get_ref().get_ref();
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

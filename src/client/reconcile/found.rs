//! What was found so far, in a file beside the extract: a line of CSV for each, in the order in which it was told.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::client::files::OWNER;

/// The columns of a finding, here and in the list of mismatches.
pub const COLUMNS: [&str; 7] = ["office_code", "number", "line", "kind", "fields", "name", "case_id"];

/// The kind of a record that the service could not compare; the others are those of the contract.
pub const NOT_COMPARED: &str = "NOT_COMPARED";

/// One finding: a cell for each of the columns.
pub type Row = [String; 7];

/// The file. While this lives, no other run can open it.
pub struct Found {
    file: BufWriter<File>,
    bytes: u64,
}

impl Found {
    /// Opens the file, and keeps so many bytes of it.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] if another run uses it; else if it cannot be written, or is shorter.
    pub fn open(path: &Path, keep: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(OWNER)
            .open(path)?;
        file.try_lock().map_err(io::Error::from)?;
        if file.metadata()?.len() < keep {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "is shorter than it was"));
        }
        let mut found = Self {
            file: BufWriter::new(file),
            bytes: keep,
        };
        found.back_to(keep)?;
        Ok(found)
    }

    /// Forgets everything after so many bytes.
    pub fn back_to(&mut self, bytes: u64) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_mut().set_len(bytes)?;
        self.file.seek(SeekFrom::Start(bytes))?;
        self.bytes = bytes;
        Ok(())
    }

    /// Adds a finding.
    pub fn add(&mut self, row: &Row) -> io::Result<()> {
        let mut line = csv::Writer::from_writer(Vec::new());
        line.write_record(row).map_err(io::Error::other)?;
        let line = line.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        self.file.write_all(&line)?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    /// How many bytes have been added.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Brings everything to the disk.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_data()
    }
}

/// Reads findings back: from a file that begins with the names of the columns, or from one that does not.
///
/// # Errors
/// [`io::Error`] if the file cannot be read.
pub fn read(path: &Path, named: bool) -> io::Result<impl Iterator<Item = io::Result<Row>>> {
    let reader = csv::ReaderBuilder::new()
        .has_headers(named)
        .from_path(path)
        .map_err(io::Error::other)?;
    Ok(reader.into_records().map(|record| {
        let record = record.map_err(io::Error::other)?;
        Ok(std::array::from_fn(|index| {
            record.get(index).unwrap_or_default().to_owned()
        }))
    }))
}

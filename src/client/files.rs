//! Files that are replaced as a whole, so that a crash leaves the old one or the new one.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::ledger::hex;

/// The mode of a file that nobody but its owner may read or change.
pub const OWNER: u32 = 0o600;

/// Puts a new file, for its owner alone, in the place of the old one, if there is one. When this returns, it is on the disk.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create_aside(path)?;
    file.write_all(content)?;
    put(&file, path)
}

/// Begins the file that is to replace another.
pub fn create_aside(path: &Path) -> io::Result<File> {
    let aside = aside(path);
    clear(&aside)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(OWNER).open(&aside)
}

/// Puts a file that was begun in its place.
pub fn put(file: &File, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    std::fs::rename(aside(path), path)?;
    sync_folder(path)
}

/// Where the next file is made ready.
pub fn aside(path: &Path) -> OsString {
    beside(path, ".new")
}

/// The path with more at its end.
pub fn beside(path: &Path, ending: &str) -> OsString {
    let mut longer = OsString::from(path);
    longer.push(ending);
    longer
}

/// Takes away a file, if it is there: one that a crash left behind may have any mode.
pub fn clear(path: impl AsRef<OsStr>) -> io::Result<()> {
    match std::fs::remove_file(path.as_ref()) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Brings the name of a file to the disk.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

/// Whether a file to be written is one of these that are read, by whatever name.
pub fn is_among(written: &Path, read: &[&Path]) -> bool {
    let place = |path: &Path| path.canonicalize().ok();
    let written_at = place(written);
    read.iter()
        .any(|path| *path == written || (written_at.is_some() && place(path) == written_at))
}

/// A file of which no other run of the same command may make use meanwhile.
///
/// # Errors
/// [`io::Error`] if it cannot be opened, or another run uses it.
pub fn lock(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another run is at work on it")),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// A file that is read, and digested meanwhile.
pub struct Hashing<R> {
    file: R,
    hash: Sha256,
}

impl<R> Hashing<R> {
    /// Nothing of it is read yet.
    pub fn of(file: R) -> Self {
        Self {
            file,
            hash: Sha256::new(),
        }
    }

    /// SHA-256 of what was read, in hexadecimal digits.
    pub fn digest(self) -> String {
        hex(&self.hash.finalize())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

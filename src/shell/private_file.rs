//! A file for its owner alone that takes the place of another in one step.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that is being written beside its place. Until [`PrivateFile::place`] what stood there stays.
#[derive(Debug)]
pub struct PrivateFile {
    file: File,
    part: PathBuf,
    path: PathBuf,
}

impl PrivateFile {
    /// A new file (mode 0600) that is to stand at `path`. One that an earlier run left half written goes.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        match fs::remove_file(&part) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        Ok(Self {
            file,
            part,
            path: path.to_owned(),
        })
    }

    /// Puts it in its place, whole and on the disk.
    ///
    /// # Errors
    /// If that cannot be done; what stood there stays.
    pub fn place(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.part, &self.path)
    }
}

impl Write for &PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&self.file).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&self.file).flush()
    }
}

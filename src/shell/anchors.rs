//! The folder in which the servers of a machine keep their anchors: each in a file of its own, and each reads all of them.
//!
//! A file has two places of equal length, written in turn, so that a power cut in the middle of one leaves the other. A write
//! is not flushed before it counts, save for a server's first: what a killed process wrote is there all the same, and after a
//! power cut an anchor that lags by a moment still says what it says. It is flushed every now and then by [`Flusher::flush`].

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::ledger::Anchor;

/// The length of a place: a written anchor, filled up with spaces, and a line feed.
const PLACE: usize = 256;
/// How many servers of one machine may keep their anchors in one folder.
const MOST: usize = 64;

/// Anchors cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// A file or the folder cannot be read or written.
    #[error("the anchor in {path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
    /// Every file of the folder is in use.
    #[error("the folder of anchors {0} is in use by {MOST} servers")]
    Full(PathBuf),
}

/// The file of one server, which no other writes to until it is dropped.
#[derive(Debug)]
pub struct AnchorFile {
    file: File,
    path: PathBuf,
    /// Which of its two places is written next.
    next: u64,
    /// Whether the disk has something of what this server wrote.
    begun: bool,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Found {
    /// The anchors, by whichever server.
    pub anchors: Vec<Anchor>,
    /// Files in which something stands that cannot be read.
    pub damaged: Vec<PathBuf>,
}

/// All that the folder holds.
///
/// # Errors
/// [`AnchorError::Io`]; a folder that is not there holds none.
pub fn read_all(folder: &Path) -> Result<Found, AnchorError> {
    let mut found = Found::default();
    for number in 1..=MOST {
        let path = folder.join(number.to_string());
        match std::fs::read(&path) {
            Ok(bytes) => {
                let before = found.anchors.len();
                found.anchors.extend(places(&bytes));
                let whole = (found.anchors.len() - before) * PLACE;
                if bytes.len() != whole {
                    found.damaged.push(path);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path)(error)),
        }
    }
    Ok(found)
}

impl AnchorFile {
    /// Takes a file of the folder, making both if need be.
    ///
    /// # Errors
    /// [`AnchorError`].
    pub fn take(folder: &Path) -> Result<Self, AnchorError> {
        let mut maker = DirBuilder::new();
        maker
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed(folder))?;
        for number in 1..=MOST {
            let path = folder.join(number.to_string());
            let mut options = OpenOptions::new();
            let file = options
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .mode(0o600)
                .open(&path);
            let file = file.map_err(failed(&path))?;
            match file.try_lock() {
                Ok(()) => {
                    remember(folder)?;
                    return Self::taken(file, path);
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(failed(&path)(error)),
            }
        }
        Err(AnchorError::Full(folder.to_owned()))
    }

    fn taken(file: File, path: PathBuf) -> Result<Self, AnchorError> {
        let bytes = std::fs::read(&path).map_err(failed(&path))?;
        let first = place(&bytes, 0);
        let second = place(&bytes, 1);
        // The older one is written over.
        let next = match (first, second) {
            (Some(first), Some(second)) => u64::from(!second.is_beyond(&first)),
            (Some(_), None) => 1,
            (None, _) => 0,
        };
        Ok(Self {
            file,
            path,
            next,
            begun: false,
        })
    }

    /// Writes an anchor in the place of the one before the last.
    ///
    /// # Errors
    /// [`AnchorError::Io`].
    pub fn write(&mut self, anchor: &Anchor) -> Result<(), AnchorError> {
        let text = format!("{:<width$}\n", anchor.line(), width = PLACE - 1);
        let at = self.next * PLACE as u64;
        let written = self.file.write_all_at(text.as_bytes(), at);
        // The first is flushed at once: a power cut in the first second must not leave a store without any anchor.
        let written = match self.begun {
            true => written,
            false => written.and_then(|()| self.file.sync_data()),
        };
        written.map_err(failed(&self.path))?;
        self.begun = true;
        self.next = 1 - self.next;
        Ok(())
    }

    /// A second hold on the file, by which it can be flushed beside being written.
    ///
    /// # Errors
    /// [`AnchorError::Io`].
    pub fn flusher(&self) -> Result<Flusher, AnchorError> {
        let file = self.file.try_clone().map_err(failed(&self.path))?;
        Ok(Flusher(file))
    }
}

/// Flushes the file of an anchor.
#[derive(Debug)]
pub struct Flusher(File);

impl Flusher {
    /// Returns when the disk has what was written before.
    ///
    /// # Errors
    /// That of the system; [`std::io::ErrorKind::NotFound`] if the file was removed meanwhile, so that nobody can read it.
    pub fn flush(&self) -> std::io::Result<()> {
        self.0.sync_data()?;
        match self.0.metadata()?.nlink() {
            0 => Err(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "the file was removed",
            )),
            _ => Ok(()),
        }
    }
}

/// Flushes the names of the folder's files, and that of the folder: otherwise a power cut may leave a store that was answered
/// from, and no anchor at all.
fn remember(folder: &Path) -> Result<(), AnchorError> {
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
    for names in std::iter::once(folder).chain(above) {
        File::open(names)
            .and_then(|names| names.sync_all())
            .map_err(failed(names))?;
    }
    Ok(())
}

fn places(bytes: &[u8]) -> impl Iterator<Item = Anchor> {
    (0..2).filter_map(|which| place(bytes, which))
}

fn place(bytes: &[u8], which: usize) -> Option<Anchor> {
    let text = bytes.get(which * PLACE..(which + 1) * PLACE)?;
    Anchor::parse(std::str::from_utf8(text).ok()?)
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> AnchorError {
    let path = path.to_owned();
    move |error| AnchorError::Io { path, error }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn anchor(size: i64) -> Anchor {
        Anchor {
            epoch: 1,
            size,
            root: [7; 32],
            drawn: size / 2,
        }
    }

    fn last(folder: &Path) -> Option<i64> {
        let found = read_all(folder).unwrap();
        found.anchors.iter().map(|anchor| anchor.size).max()
    }

    #[test]
    fn what_was_written_last_is_read_whoever_takes_the_file_next() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("anchors");
        assert!(read_all(&folder).unwrap().anchors.is_empty());
        for size in 1..=5 {
            let mut file = AnchorFile::take(&folder).unwrap();
            for step in 0..3 {
                file.write(&anchor(10 * size + step)).unwrap();
                assert_eq!(last(&folder), Some(10 * size + step));
            }
            // Nothing but the two last is kept.
            assert_eq!(std::fs::read(folder.join("1")).unwrap().len(), 2 * PLACE);
        }
    }

    #[test]
    fn a_write_that_was_cut_off_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = AnchorFile::take(folder.path()).unwrap();
        (1..=4).for_each(|size| file.write(&anchor(size)).unwrap());
        let path = folder.path().join("1");
        let whole = std::fs::read(&path).unwrap();
        for written in 0..PLACE {
            // The fifth goes where the third stands.
            let mut bytes = whole.clone();
            let fifth = format!("{:<width$}\n", anchor(5).line(), width = PLACE - 1);
            bytes[..written].copy_from_slice(&fifth.as_bytes()[..written]);
            std::fs::write(&path, bytes).unwrap();
            let expected = if written < anchor(5).line().len() { 4 } else { 5 };
            assert_eq!(last(folder.path()), Some(expected), "{written} bytes");
            let found = read_all(folder.path()).unwrap();
            assert_eq!(found.anchors.len() + found.damaged.len(), 2, "{written} bytes");
        }
    }

    #[test]
    fn servers_of_one_machine_write_beside_each_other_and_read_all() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = AnchorFile::take(folder.path()).unwrap();
        let mut second = AnchorFile::take(folder.path()).unwrap();
        first.write(&anchor(8)).unwrap();
        second.write(&anchor(5)).unwrap();
        assert_eq!(last(folder.path()), Some(8));
        drop(first);
        let mut third = AnchorFile::take(folder.path()).unwrap();
        third.write(&anchor(9)).unwrap();
        assert_eq!(last(folder.path()), Some(9));
        assert!(!folder.path().join("3").exists());
    }
}

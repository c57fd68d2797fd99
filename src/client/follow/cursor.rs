//! How far a reading of the feed has come, in a file of its own: one number, replaced as a whole.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::client::files::{OWNER, aside, clear, sync_folder};

/// Longer than any position; what is longer is no cursor and need not be read.
const MAX_BYTES: u64 = 32;

/// Digits of the largest position.
const MOST_DIGITS: usize = 19;

/// The cursor file of one reading. While this lives, nobody else can open it.
#[derive(Debug)]
pub struct CursorFile {
    path: PathBuf,
    position: i64,
    /// The file that lies at `path`, for the lock on it.
    locked: File,
}

/// A cursor file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// It cannot be read or written.
    #[error("the cursor file {path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// It holds something else.
    #[error(
        "the cursor file {0} does not hold a position: one whole number, not negative, and nothing else. It was left as it \
         is; to read from the beginning name a file that is not there yet"
    )]
    Content(PathBuf),
    /// Another reading uses it.
    #[error("the cursor file {0} is in use by another reading")]
    InUse(PathBuf),
}

impl CursorFile {
    /// Opens a cursor; one that is not there begins at 0.
    ///
    /// # Errors
    /// [`CursorError`]. A file that is there is left as it is.
    pub fn open(path: &Path) -> Result<Self, CursorError> {
        let failed = |error| CursorError::Io {
            path: path.to_owned(),
            error,
        };
        loop {
            let file = match OpenOptions::new().read(true).open(path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // Made at once: that it cannot be written must be known before anything is read.
                    begin(path).map_err(failed)?;
                    continue;
                }
                opened => opened.map_err(failed)?,
            };
            let here = file.metadata().map_err(failed)?;
            if !here.is_file() {
                return Err(CursorError::Content(path.to_owned()));
            }
            file.try_lock().map_err(|error| match error {
                TryLockError::WouldBlock => CursorError::InUse(path.to_owned()),
                TryLockError::Error(error) => failed(error),
            })?;
            // Another reading may have replaced it in between: then this is not the file that is locked by it.
            let now = std::fs::metadata(path).map_err(failed)?;
            if (now.dev(), now.ino()) != (here.dev(), here.ino()) {
                continue;
            }
            let mut text = Vec::new();
            (&file).take(MAX_BYTES).read_to_end(&mut text).map_err(failed)?;
            let position = read(&text).ok_or_else(|| CursorError::Content(path.to_owned()))?;
            return Ok(Self {
                path: path.to_owned(),
                position,
                locked: file,
            });
        }
    }

    /// The last position that was dealt with.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Notes that everything up to a position has been dealt with. When this returns, it is on the disk; if it fails, or
    /// the machine does, the file holds this position or the one before.
    ///
    /// # Errors
    /// [`CursorError::Io`].
    pub fn advance(&mut self, position: i64) -> Result<(), CursorError> {
        if position == self.position {
            return Ok(());
        }
        self.locked = replace(&self.path, position).map_err(|error| CursorError::Io {
            path: self.path.clone(),
            error,
        })?;
        self.position = position;
        Ok(())
    }
}

/// Digits alone, and the end of the line.
pub(super) fn read(text: &[u8]) -> Option<i64> {
    let digits = text.strip_suffix(b"\n").unwrap_or(text);
    let plain = (1..=MOST_DIGITS).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|_| plain)
}

/// Makes a cursor at 0, unless somebody else is faster: linked when whole, so that a crash leaves no half of one.
fn begin(path: &Path) -> io::Result<()> {
    let aside = aside(path);
    write_aside(&aside, 0)?;
    if let Err(error) = std::fs::hard_link(&aside, path)
        && ![ErrorKind::AlreadyExists, ErrorKind::NotFound].contains(&error.kind())
    {
        return Err(error);
    }
    clear(&aside)?;
    sync_folder(path)
}

/// Puts a new file in the place of the old one, and answers it, locked from before it lay there.
fn replace(path: &Path, position: i64) -> io::Result<File> {
    let aside = aside(path);
    let file = write_aside(&aside, position)?;
    std::fs::rename(&aside, path)?;
    sync_folder(path)?;
    Ok(file)
}

fn write_aside(aside: &OsStr, position: i64) -> io::Result<File> {
    // One that a crash left behind may have any mode.
    clear(aside)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER)
        .open(aside)?;
    file.try_lock().map_err(io::Error::from)?;
    file.write_all(format!("{position}\n").as_bytes())?;
    file.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_cursor_begins_at_0_and_is_found_where_it_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        let mut cursor = CursorFile::open(&path).unwrap();
        assert_eq!(cursor.position(), 0);
        for position in [1, 7, i64::MAX] {
            cursor.advance(position).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{position}\n"));
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        drop(cursor);
        assert_eq!(CursorFile::open(&path).unwrap().position(), i64::MAX);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "nothing lies beside it"
        );
    }

    #[test]
    fn what_is_no_position_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        for text in [
            "",
            "\n",
            "-1\n",
            "+1\n",
            "seven\n",
            "7 \n",
            "7\n\n",
            "7.0",
            "9223372036854775808\n",
            &"0".repeat(99),
        ] {
            std::fs::write(&path, text).unwrap();
            let refused = CursorFile::open(&path).unwrap_err();
            assert!(matches!(refused, CursorError::Content(_)), "{text:?}: {refused}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        let refused = CursorFile::open(folder.path()).unwrap_err();
        assert!(matches!(refused, CursorError::Content(_)), "{refused}");
        let refused = CursorFile::open(&folder.path().join("nowhere/cursor")).unwrap_err();
        assert!(matches!(refused, CursorError::Io { .. }), "{refused}");
    }

    #[test]
    fn two_readings_cannot_use_one_cursor() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        let mut first = CursorFile::open(&path).unwrap();
        for position in 1..3 {
            assert!(matches!(CursorFile::open(&path), Err(CursorError::InUse(_))));
            first.advance(position).unwrap();
        }
        assert!(matches!(CursorFile::open(&path), Err(CursorError::InUse(_))));
    }

    #[test]
    fn what_a_crash_left_beside_it_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        std::fs::write(folder.path().join("cursor.new"), "torn").unwrap();
        let mut cursor = CursorFile::open(&path).unwrap();
        cursor.advance(3).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "3\n");
    }
}

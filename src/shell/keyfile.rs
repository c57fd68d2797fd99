//! The key file on disk.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::random;
use crate::ledger::{KeyFileError, KeyRing};

/// The name of the key file in a data folder.
pub const FILE_NAME: &str = "keys.toml";

/// Where the keys came from.
#[derive(Debug)]
pub enum KeyFile {
    /// The file was there.
    Loaded(KeyRing),
    /// It was made, with fresh keys.
    Created(KeyRing),
}

/// The keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// The file cannot be read or written.
    #[error("the key file {path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
    /// Others can read it.
    #[error("the key file {path} can be read by others (mode {mode:o}); make it private: chmod 600")]
    NotPrivate {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The data is there, but not its keys.
    #[error(
        "there is a store but no key file {0}: without its keys nothing in it can be read. \
         Put the key file back, or name it with --keys"
    )]
    Missing(PathBuf),
    /// Its text is not a key file's.
    #[error(transparent)]
    Content(#[from] KeyFileError),
}

impl KeyStoreError {
    /// Whether there simply is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { error, .. } if error.kind() == ErrorKind::NotFound)
    }
}

/// Reads the key file; makes one with fresh keys (mode 0600) if there is none, unless `store_exists`.
///
/// # Errors
/// [`KeyStoreError`]; no variant holds a secret.
pub fn load_or_create(path: &Path, store_exists: bool) -> Result<KeyFile, KeyStoreError> {
    match load(path) {
        Err(error) if error.is_missing() => {
            if store_exists {
                return Err(KeyStoreError::Missing(path.to_owned()));
            }
            create(path).map(KeyFile::Created)
        }
        loaded => loaded.map(KeyFile::Loaded),
    }
}

/// Reads an existing key file.
///
/// # Errors
/// [`KeyStoreError`].
pub fn load(path: &Path) -> Result<KeyRing, KeyStoreError> {
    let failed = |error| KeyStoreError::Io {
        path: path.to_owned(),
        error,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyStoreError::NotPrivate {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(failed)?;
    Ok(KeyRing::from_file_text(&text)?)
}

fn create(path: &Path) -> Result<KeyRing, KeyStoreError> {
    let failed = |error| KeyStoreError::Io {
        path: path.to_owned(),
        error,
    };
    let [index, picker, seal] = [(); 3].map(|()| Zeroizing::new(random::bytes::<32>()));
    let text = KeyRing::file_text(&index, &picker, &seal);
    // Written aside and linked when whole: a crash in between leaves no half of a key file.
    let aside = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::hard_link(&aside, path)
        .and_then(|()| std::fs::remove_file(&aside))
        .map_err(failed)?;
    // The name must outlive a power cut too, or the first numbers would stand without their keys.
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    Ok(KeyRing::from_file_text(&text)?)
}

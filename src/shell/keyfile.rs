//! The key file on disk.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::{keysource, random};
use crate::ledger::{KeyFileError, KeyRing, Secret, Secrets};

/// The name of the key file in a data folder.
pub const FILE_NAME: &str = "keys.toml";

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
    /// The program that prints them does not do so.
    #[error("keys_command: {program} {why}")]
    Command {
        /// Which program.
        program: PathBuf,
        /// Why not, without anything that it printed.
        why: String,
    },
    /// It is longer than any key file.
    #[error("the text of the key file is too long to be one")]
    TooLong,
    /// Only a file can be written.
    #[error("{0} cannot be changed from here: only a key file can")]
    NotAFile(String),
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

/// Makes a key file with fresh keys (mode 0600).
///
/// # Errors
/// [`KeyStoreError`]; no variant holds a secret.
pub fn create(path: &Path) -> Result<KeyRing, KeyStoreError> {
    let [index, picker, seal] = [(); 3].map(|()| fresh());
    let secrets = Secrets::new(index, picker, seal);
    let aside = write_aside(path, &secrets)?;
    // Linked when whole, and only where there is none: a crash in between leaves no half of a key file.
    std::fs::hard_link(&aside, path)
        .and_then(|()| std::fs::remove_file(&aside))
        .map_err(|error| failed(path, error))?;
    settle(path)?;
    Ok(secrets.ring().map_err(KeyFileError::from)?)
}

/// Puts a key file in the place of the one that is there, whole or not at all.
///
/// # Errors
/// [`KeyStoreError`].
pub fn replace(path: &Path, secrets: &Secrets) -> Result<(), KeyStoreError> {
    // The file itself, should a link lead to it; and whoever owned it goes on owning it.
    let path = &std::fs::canonicalize(path).map_err(|error| failed(path, error))?;
    let aside = write_aside(path, secrets)?;
    let handed_over = || {
        let (old, new) = (std::fs::metadata(path)?, std::fs::metadata(&aside)?);
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            chown(&aside, Some(old.uid()), Some(old.gid()))?;
        }
        std::fs::rename(&aside, path)
    };
    handed_over().map_err(|error| failed(path, error))?;
    settle(path)
}

/// A fresh secret.
pub fn fresh() -> Secret {
    let mut secret = Secret::blank();
    random::fill(secret.bytes_mut());
    secret
}

/// Reads an existing key file.
pub(super) fn secrets(path: &Path) -> Result<Secrets, KeyStoreError> {
    let file = File::open(path).map_err(|error| failed(path, error))?;
    let mode = file
        .metadata()
        .map_err(|error| failed(path, error))?
        .permissions()
        .mode()
        & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyStoreError::NotPrivate {
            path: path.to_owned(),
            mode,
        });
    }
    keysource::read_from(file, path)
}

pub(super) fn failed(path: &Path, error: std::io::Error) -> KeyStoreError {
    KeyStoreError::Io {
        path: path.to_owned(),
        error,
    }
}

fn write_aside(path: &Path, secrets: &Secrets) -> Result<PathBuf, KeyStoreError> {
    let aside = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)
        .map_err(|error| failed(&aside, error))?;
    file.write_all(secrets.text().as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| failed(&aside, error))?;
    Ok(aside)
}

/// The name must outlive a power cut too, or the first numbers would stand without their keys.
fn settle(path: &Path) -> Result<(), KeyStoreError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| failed(path, error))
}

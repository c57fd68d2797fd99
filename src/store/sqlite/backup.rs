//! Copies of an embedded store, made while it is in use, each with a manifest that says what it holds.
//!
//! The keys are no part of a copy: whoever finds it can read nothing of anybody.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{FILE_NAME, SqliteReader};
use crate::ledger::{Head, KeyId, KeyRing, hex};
use crate::store::{Reader, StoreError};

/// The name of the manifest in the folder of a backup.
pub const MANIFEST_NAME: &str = "manifest.json";
/// Its name while it is being written: a backup without a manifest was not finished.
const UNFINISHED_NAME: &str = "manifest.json.part";
/// The version of the manifest's form.
const FORMAT: i64 = 1;
/// What SQLite may keep beside a file; it would change what the file holds.
const COMPANIONS: [&str; 2] = ["-wal", "-journal"];

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this form.
    pub format: i64,
    /// When the copy was begun, as in RFC 3339.
    pub made_at: String,
    /// The position of the last entry.
    pub size: i64,
    /// The root of the tree over all entries, in hexadecimal digits.
    pub root: String,
    /// The epoch.
    pub epoch: i64,
    /// The version of the stored forms.
    pub schema: i64,
    /// The ids of the keys the store was written with. The keys themselves are kept elsewhere.
    pub keys: KeyIds,
    /// The name of the copy.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256 digest, in hexadecimal digits.
    pub sha256: String,
}

/// The check values by which keys are named, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyIds {
    /// Of the key of look-up digests.
    pub index: String,
    /// Of the key of the number picker.
    pub picker: String,
    /// Of the key content is sealed with.
    pub seal: String,
    /// Of the one before it, while that is being changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_seal: Option<String>,
    /// Of the index key that is to come into use, while that is being changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coming_index: Option<String>,
    /// Of the key of names, since the index key was changed for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A backup could not be made, or is not good.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The store does not answer, or the copy could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
    /// There is something in the folder already.
    #[error("the folder {0} is not empty; a backup goes into a folder of its own")]
    NotEmpty(PathBuf),
    /// There is no manifest.
    #[error("there is no manifest.json in {0}: it is no backup, or one that was not finished")]
    NoManifest(PathBuf),
    /// The manifest cannot be read.
    #[error("the manifest is not one of format {FORMAT}: {0}")]
    Manifest(String),
    /// File and manifest do not agree.
    #[error("file and manifest do not agree: {0}")]
    Differs(&'static str),
}

/// Copies the whole store, as of one moment, into a folder that is empty or not there. Everything is on the disk when it
/// returns; if it fails, nothing of the copy is left.
///
/// # Errors
/// [`BackupError`].
pub async fn make(reader: &SqliteReader, folder: &Path, now: Timestamp) -> Result<Manifest, BackupError> {
    own_folder(folder)?;
    let made = fill(reader, folder, now).await;
    if made.is_err() {
        // As far as possible: the error that led here is the one to tell.
        for name in [FILE_NAME, UNFINISHED_NAME, MANIFEST_NAME] {
            let _ = std::fs::remove_file(folder.join(name));
        }
        let _ = std::fs::remove_dir(folder);
    }
    made
}

/// Whether file and manifest of a backup agree; answers the manifest.
///
/// # Errors
/// [`BackupError`] says what is wrong.
pub async fn check(folder: &Path) -> Result<Manifest, BackupError> {
    let manifest = read_manifest(folder)?;
    let copy = folder.join(FILE_NAME);
    if manifest.file != FILE_NAME {
        return Err(BackupError::Differs("the file has another name"));
    }
    if COMPANIONS
        .iter()
        .any(|end| folder.join(format!("{FILE_NAME}{end}")).exists())
    {
        return Err(BackupError::Differs("the file has been in use since it was made"));
    }
    let (bytes, sha256) = digest(copy).await?;
    if (bytes, &sha256) != (manifest.bytes, &manifest.sha256) {
        return Err(BackupError::Differs("the file is not the one that was made"));
    }
    let head = SqliteReader::open(folder).await?.head().await?;
    if Manifest::of(&head, manifest.made_at.clone(), bytes, sha256) != manifest {
        return Err(BackupError::Differs(
            "the ledger in the file ends elsewhere, or has other keys",
        ));
    }
    Ok(manifest)
}

impl Manifest {
    fn of(head: &Head, made_at: String, bytes: u64, sha256: String) -> Self {
        Self {
            format: FORMAT,
            made_at,
            size: head.size(),
            root: hex(&head.frontier.root()),
            epoch: head.epoch,
            schema: head.schema,
            keys: KeyIds::of(head),
            file: FILE_NAME.to_owned(),
            bytes,
            sha256,
        }
    }
}

impl KeyIds {
    /// The ids that a head names.
    fn of(head: &Head) -> Self {
        Self {
            index: head.keys.index.to_string(),
            picker: head.keys.picker.to_string(),
            seal: head.keys.seal.to_string(),
            former_seal: head.resealing.map(|resealing| resealing.former.to_string()),
            coming_index: head.index_to_write().map(|(key, _)| key.to_string()),
            notes: head.notes.map(|key| key.to_string()),
        }
    }

    /// Whether these keys open what they name.
    pub fn are_among(&self, ring: &KeyRing) -> bool {
        let [indexes, seals] =
            [ring.index.ids(), ring.seal.ids()].map(|ids| ids.iter().map(KeyId::to_string).collect::<Vec<_>>());
        let held = |ids: &[String], key: &String, other: &Option<String>| {
            [key].into_iter().chain(other).all(|id| ids.contains(id))
        };
        let notes = self.notes.as_ref();
        ring.ids.picker.to_string() == self.picker
            && notes.is_none_or(|notes| ring.names.id().to_string() == *notes)
            && held(&indexes, &self.index, &self.coming_index)
            && held(&seals, &self.seal, &self.former_seal)
    }
}

async fn fill(reader: &SqliteReader, folder: &Path, now: Timestamp) -> Result<Manifest, BackupError> {
    let copy = folder.join(FILE_NAME);
    // Made beforehand, so that it is private from its first byte on.
    drop(private_file(&copy)?);
    reader.copy_to(&copy).await?;
    File::open(&copy)
        .and_then(|file| file.sync_all())
        .map_err(failed(&copy))?;
    let head = SqliteReader::open(folder).await?.head().await?;
    let (bytes, sha256) = digest(copy).await?;
    let manifest = Manifest::of(&head, now.to_string(), bytes, sha256);
    write_manifest(folder, &manifest)?;
    Ok(manifest)
}

/// Makes the folder, for its owner alone, or takes it over if it is empty.
fn own_folder(folder: &Path) -> Result<(), BackupError> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(BackupError::NotEmpty(folder.to_owned()));
            }
            std::fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(failed(folder))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed(folder)),
        Err(error) => Err(failed(folder)(error)),
    }
}

fn private_file(path: &Path) -> Result<File, BackupError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed(path))
}

fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let text = serde_json::to_string_pretty(manifest).map_err(|error| BackupError::Manifest(error.to_string()))?;
    let unfinished = folder.join(UNFINISHED_NAME);
    let mut file = private_file(&unfinished)?;
    writeln!(file, "{text}")
        .and_then(|()| file.sync_all())
        .map_err(failed(&unfinished))?;
    std::fs::rename(&unfinished, folder.join(MANIFEST_NAME)).map_err(failed(&unfinished))?;
    // The names must outlive a power cut as well as what they name.
    let above = folder
        .parent()
        .filter(|above| !above.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    for folder in [folder, above] {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed(folder))?;
    }
    Ok(())
}

fn read_manifest(folder: &Path) -> Result<Manifest, BackupError> {
    let path = folder.join(MANIFEST_NAME);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(BackupError::NoManifest(folder.to_owned())),
        text => text.map_err(failed(&path))?,
    };
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| BackupError::Manifest(error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(BackupError::Manifest(format!("it has format {}", manifest.format)));
    }
    Ok(manifest)
}

/// The length and the digest of a file.
async fn digest(path: PathBuf) -> Result<(u64, String), BackupError> {
    let digest = tokio::task::spawn_blocking(move || digest_now(&path).map_err(failed(&path)));
    digest
        .await
        .map_err(|error| BackupError::Store(StoreError::Unavailable(error.to_string())))?
}

fn digest_now(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 20];
    let mut length = 0;
    loop {
        let read = file.read(&mut part)?;
        if read == 0 {
            return Ok((length, hex(&hash.finalize())));
        }
        hash.update(&part[..read]);
        length += read as u64;
    }
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::Io { path, error }
}

//! Files that are whole whenever anybody looks: a server may be watching them.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::DevCaError;

pub(super) fn make_folder(folder: &Path) -> Result<(), DevCaError> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))
}

pub(super) fn read(path: &Path) -> Result<String, DevCaError> {
    fs::read_to_string(path).map_err(|error| failed(path, error))
}

/// Writes what everybody may read.
pub(super) fn write_text(path: &Path, text: &str) -> Result<(), DevCaError> {
    write(path, text, 0o644)
}

/// Writes what only its owner may read.
pub(super) fn write_key(path: &Path, text: &str) -> Result<(), DevCaError> {
    write(path, text, 0o600)
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), DevCaError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    // One that was left behind may be readable by others.
    let _ = fs::remove_file(&aside);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&aside)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&aside, path));
    written.map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: std::io::Error) -> DevCaError {
    DevCaError::File {
        path: path.to_owned(),
        error,
    }
}

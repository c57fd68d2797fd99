//! Calls the auditor, who is apart from all code under test: auditor.py.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use dinhdanh::store::sqlite::FILE_NAME;

use super::ground::Store;

/// What the auditor counted, by its names.
pub type Counted = BTreeMap<String, u64>;

/// What the auditor counted in a record and the journals beside it, or every fault it found.
pub fn audit(record: &Path, journals: &[PathBuf], store: &Store) -> Result<Counted, String> {
    let mut auditor = Command::new("python3");
    auditor
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rounds/auditor.py"))
        .arg("--record")
        .arg(record);
    for journal in journals {
        auditor.arg("--journal").arg(journal);
    }
    match store {
        Store::Folder(data) => auditor.arg("--sqlite").arg(data.join(FILE_NAME)),
        Store::Database(url) => auditor.args(["--postgres", url]),
    };
    let output = auditor.output().expect("python3 is installed");
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).expect("counts")),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

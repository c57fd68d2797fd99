//! The table of districts and communes that the documentation uses, and the command that brings it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dinhdanh::number::Codes;
use dinhdanh::places::Units;
use dinhdanh::store::{PlaceTable, PlaceVersion};

use super::backend;
use super::server::BINARY;

/// The file of the example.
pub fn example_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/units-example.csv")
}

/// The example as a table.
pub fn example() -> Units {
    let text = include_str!("../../data/units-example.csv");
    let text = text
        .replace("01/04/2014", "2014-04-01")
        .replace("01/07/2025", "2025-07-01");
    Units::from_text(&text, Codes::embedded()).unwrap()
}

/// A table as a store keeps it.
pub fn kept(number: i64, text: &str) -> PlaceTable {
    PlaceTable {
        version: PlaceVersion::of(number, text),
        at: 1_000_000 * number,
        by: "Nguyễn Văn Bảng".to_owned(),
        units: text.lines().count() as i64 - 1,
        text: text.to_owned(),
    }
}

/// Runs `dinhdanh places` on the store of a data folder.
pub fn places(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.arg("places").args(arguments).env("USER", "thuky");
    match backend::shared(folder) {
        Some(settings) => command.envs(settings),
        None => command.arg("--data").arg(folder),
    };
    command.output().unwrap()
}

/// Brings a file of units, which must be taken.
pub fn bring(folder: &Path, file: &Path) {
    let output = places(folder, &["import", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

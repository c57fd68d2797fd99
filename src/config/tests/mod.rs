//! Reading a configuration.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

mod example;
mod files;
mod overrides;
mod secrets;

use std::path::{Path, PathBuf};

use super::{Config, ConfigError, Flags};

/// A folder with a file of settings, and whatever files those name.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// Reads this text as a file named so, that no other message can hold by chance.
fn load(text: &str) -> Result<Config, ConfigError> {
    load_with(text, &[], Flags::default())
}

fn load_with(text: &str, variables: &[(&str, &str)], flags: Flags) -> Result<Config, ConfigError> {
    let desk = Desk::new();
    let path = desk.with("settings.toml", text);
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(Path::new(&path)), variables, flags)
}

/// Everything wrong with a text, one a line, without the name of the file.
fn wrong(text: &str) -> Vec<String> {
    let Err(error) = load(text) else {
        panic!("nothing was found wrong with:\n{text}");
    };
    let words = error.to_string();
    let lines = words.lines().skip(1).map(str::trim);
    lines
        .map(|line| {
            line.split_once("settings.toml, ")
                .map_or(line, |(_, rest)| rest)
                .to_owned()
        })
        .collect()
}

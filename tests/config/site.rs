//! A folder with a configuration in it.

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::server::{BINARY, Launch};

/// The password in the URL of every database here. (The databases let everybody in, and it is nowhere to be seen.)
pub const SECRET: &str = "s3cret-and-s0-on";

/// A configuration, with its keys beside it.
pub struct Site(TempDir);

impl Site {
    /// With this file of settings; `HERE` in it stands for the folder.
    pub fn with(settings: &str) -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        site.set(settings);
        site
    }

    /// On a database, with further lines.
    pub fn on(database: &str, further: &str) -> Self {
        let url = database.replacen('@', &format!(":{SECRET}@"), 1);
        Self::with(&format!(
            "dev = true\nlisten = \"127.0.0.1:0\"\nkeys = \"HERE/keys.toml\"\n[store]\nkind = \"postgres\"\nurl = \"{url}\"\n{further}"
        ))
    }

    /// Other settings.
    pub fn set(&self, settings: &str) {
        let here = self.0.path().display().to_string();
        std::fs::write(self.file(), settings.replace("HERE", &here)).unwrap();
    }

    /// The file of settings.
    pub fn file(&self) -> PathBuf {
        self.0.path().join("dinhdanh.toml")
    }

    /// The key file.
    pub fn keys(&self) -> PathBuf {
        self.0.path().join("keys.toml")
    }

    /// The file of settings as an argument.
    fn named(&self) -> [String; 2] {
        ["--config".to_owned(), self.file().display().to_string()]
    }

    /// Runs a command on it: its exit code, and all that it said.
    pub fn run(&self, words: &[&str]) -> (i32, String) {
        let mut command = Command::new(BINARY);
        let output = command.args(words).args(self.named()).output().unwrap();
        (output.status.code().unwrap(), said(&output))
    }

    /// A server on it.
    pub fn launch(&self) -> Launch {
        let [flag, file] = self.named();
        Launch::sharing(&[]).saying(&["serve", &flag, &file])
    }
}

/// All that a command said. It never holds the password.
pub fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains(SECRET), "a password was shown: {text}");
    text
}

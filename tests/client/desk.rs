//! An office with a file of births to send.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use dinhdanh::client::journal::answers;
use tempfile::TempDir;

use crate::support::server::{BINARY, Server};
use crate::support::until;

/// A folder with a file of births.
pub struct Desk {
    folder: TempDir,
    /// The file.
    pub file: PathBuf,
    /// Its journal.
    pub journal: PathBuf,
    /// What became of its rows.
    pub result: PathBuf,
}

/// Desks with so many births each, no two of which are of one child or stand in one place of a book.
pub fn desks<const N: usize>(births: [usize; N]) -> [Desk; N] {
    let whole = Desk::with_births(births.iter().sum::<usize>() as u64, 1, "plain");
    let text = std::fs::read_to_string(&whole.file).unwrap();
    let mut lines = text.split_inclusive('\n');
    let header = lines.next().unwrap();
    births.map(|births| {
        Desk::with(
            &lines
                .by_ref()
                .take(births)
                .fold(header.to_owned(), |file, row| file + row),
        )
    })
}

impl Desk {
    /// With so many synthetic births; `mix` as the generator names it.
    pub fn with_births(count: u64, seed: u64, mix: &str) -> Self {
        let desk = Self::with("");
        std::fs::remove_file(&desk.file).unwrap();
        let made = Command::new(BINARY)
            .args(["generate", "births", "--mix", mix, "--out"])
            .arg(&desk.file)
            .args(["--count", &count.to_string(), "--seed", &seed.to_string()])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        desk
    }

    /// With this file.
    pub fn with(content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("births.csv");
        std::fs::write(&file, content).unwrap();
        Self {
            journal: folder.path().join("births.csv.journal"),
            result: folder.path().join("births.result.csv"),
            file,
            folder,
        }
    }

    /// The folder a server on this machine may keep its data in.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The command that sends the file.
    pub fn issue(&self, server: &str) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("issue").arg(&self.file).args(["--server", server]);
        command
    }

    /// Sends the file, to the end.
    pub fn send(&self, server: &Server) -> Output {
        self.issue(&url(server)).output().unwrap()
    }

    /// Starts sending; what is said goes to a file.
    pub fn start(&self, server: &str) -> Sending {
        let said = self.folder.path().join("said");
        let child = self
            .issue(server)
            .stdout(Stdio::null())
            .stderr(File::create(&said).unwrap())
            .spawn()
            .unwrap();
        Sending { child, said }
    }

    /// The cells of the result, without its header.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(&self.result).unwrap();
        let rows = reader.records();
        rows.map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    /// The numbers it was told.
    pub fn numbers(&self) -> BTreeSet<String> {
        let told = answers(&self.journal).unwrap();
        told.filter_map(|answer| Some(answer.unwrap().number?.to_string()))
            .collect()
    }

    /// The request ids in the journal, by line of the file.
    pub fn ids(&self) -> BTreeMap<u64, BTreeSet<String>> {
        let mut ids: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
        for line in std::fs::read_to_string(&self.journal).unwrap().lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            if let Some(row) = line["line"].as_u64() {
                ids.entry(row)
                    .or_default()
                    .insert(line["request_id"].as_str().unwrap().to_owned());
            }
        }
        ids
    }

    /// Sees that each of so many rows has one id and one final answer, and that no number was told twice.
    pub fn check(&self, rows: usize) {
        let ids = self.ids();
        assert_eq!(ids.len(), rows);
        assert!(ids.values().all(|ids| ids.len() == 1), "a row has two ids");
        let told: Vec<_> = answers(&self.journal).unwrap().map(Result::unwrap).collect();
        assert!(told.iter().all(|answer| answer.outcome.is_final()));
        let lines: BTreeSet<u64> = told.iter().map(|answer| answer.line).collect();
        assert_eq!((told.len(), lines.len()), (rows, rows), "each row has one answer");
        let numbers: Vec<_> = told.iter().filter_map(|answer| answer.number).collect();
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
        let result = self.rows();
        assert_eq!(result.len(), rows);
        assert!(result.iter().all(|row| row[3] == "issued" || row[3] == "under_review"));
    }
}

/// A run under way.
pub struct Sending {
    pub child: Child,
    said: PathBuf,
}

impl Sending {
    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits until it says this.
    pub async fn says(&self, words: &str) {
        until(words, async || self.said().contains(words).then_some(())).await;
    }

    /// All it has said on standard error.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap()
    }

    /// Waits for its end; answers its exit code.
    pub async fn ended(&mut self) -> Option<i32> {
        until("the run has ended", async || self.child.try_wait().unwrap())
            .await
            .code()
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of a server as the commands take it.
pub fn url(server: &Server) -> String {
    format!("http://{}", server.address())
}

/// Who may do what with a file.
pub fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What a process said, on standard output and standard error.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

//! An office with files of births, which it sends by the command, one file after another; the command is killed and stopped
//! like everything else.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::process::send;
use crate::support::server::BINARY;
use crate::support::until;

/// Births of a file, and of all files.
const ROWS: usize = 500;
const ALL: usize = 20_000;

/// The office.
pub struct Files {
    folder: TempDir,
    server: String,
    /// The lines of all births, with a header.
    births: Vec<String>,
    files: Vec<PathBuf>,
    sending: Option<Child>,
}

impl Files {
    /// An office that begins with its first file.
    pub fn start(server: String, seed: u64) -> Self {
        let folder = crate::support::redis::folder();
        let all = folder.path().join("births.csv");
        let made = Command::new(BINARY)
            .args(["generate", "births", "--mix", "plain", "--out"])
            .arg(&all)
            .args(["--count", &ALL.to_string(), "--seed", &seed.to_string()])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let births = std::fs::read_to_string(all).unwrap();
        let mut office = Self {
            folder,
            server,
            births: births.lines().map(str::to_owned).collect(),
            files: Vec::new(),
            sending: None,
        };
        office.next_file();
        office
    }

    fn next_file(&mut self) {
        let file = self.folder.path().join(format!("births-{}.csv", self.files.len()));
        let first = 1 + self.files.len() * ROWS;
        let rows = self.births.get(first..first + ROWS).expect("more births");
        std::fs::write(&file, format!("{}\n{}\n", self.births[0], rows.join("\n"))).unwrap();
        self.files.push(file);
        self.send();
    }

    fn send(&mut self) {
        let file = self.files.last().expect("a file");
        let said = std::fs::File::create(file.with_extension("said")).unwrap();
        let mut command = Command::new(BINARY);
        command.arg("issue").arg(file).args(["--server", &self.server]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        self.sending = Some(command.spawn().unwrap());
    }

    /// Sends the next file, if all of this one was answered.
    fn busy(&mut self) -> u32 {
        let sending = self.sending.as_mut().expect("a run");
        if let Some(ended) = sending.try_wait().unwrap() {
            assert!(ended.success(), "{}", self.said());
            self.next_file();
        }
        self.sending.as_ref().expect("a run").id()
    }

    /// Kills the command in the midst of its work, and starts it again.
    pub async fn is_killed(&mut self) {
        send("KILL", self.busy());
        let sending = self.sending.as_mut().expect("a run");
        until("it is gone", async || sending.try_wait().unwrap()).await;
        self.send();
    }

    /// Lets the command stand still, or go on.
    pub fn signal(&mut self, signal: &str) {
        send(signal, self.busy());
    }

    /// Waits until every file that was begun is sent; answers the journals.
    pub async fn end(&mut self) -> Vec<PathBuf> {
        let mut sending = self.sending.take().expect("a run");
        let ended = until("the file is sent", async || sending.try_wait().unwrap()).await;
        assert!(ended.success(), "{}", self.said());
        let journal = |file: &PathBuf| PathBuf::from(format!("{}.journal", file.display()));
        self.files.iter().map(journal).collect()
    }

    fn said(&self) -> String {
        let file = self.files.last().expect("a file");
        std::fs::read_to_string(file.with_extension("said")).unwrap_or_default()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if let Some(sending) = &mut self.sending {
            let _ = sending.kill();
            let _ = sending.wait();
        }
    }
}

/// The ids of the requests in a journal.
pub fn ids(journal: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(journal).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines
        .filter_map(|line| Some(line["request_id"].as_str()?.to_owned()))
        .collect()
}

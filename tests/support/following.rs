//! The command `follow`, as a process, and what it prints.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::process::send;
use super::server::BINARY;
use super::until;

/// A reading of the whole feed, with a cursor, and all that its runs have printed.
pub struct Following {
    servers: Vec<String>,
    role: &'static str,
    pub cursor: PathBuf,
    printed: PathBuf,
    said: PathBuf,
}

/// A run of it. Killed when dropped.
pub struct Run {
    child: Child,
}

impl Following {
    /// A reading of these servers, which keeps its files in a folder.
    pub fn of(servers: Vec<String>, folder: &Path) -> Self {
        Self {
            servers,
            role: "POPULATION_AUTHORITY",
            cursor: folder.join("feed.cursor"),
            printed: folder.join("feed.printed"),
            said: folder.join("feed.said"),
        }
    }

    /// The same reading in another role than the population authority's, which sees everything.
    pub fn in_role(self, role: &'static str) -> Self {
        Self { role, ..self }
    }

    /// The servers that it reads from.
    pub fn servers(&self) -> &[String] {
        &self.servers
    }

    /// The command.
    pub fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.args(["follow", "--office", "c06", "--role", self.role, "--cursor"]);
        command.arg(&self.cursor).stdin(Stdio::null());
        for server in &self.servers {
            command.args(["--server", server]);
        }
        command
    }

    /// Starts a run, which adds to what was printed.
    pub fn start(&self) -> Run {
        let append = |path: &Path| -> File { OpenOptions::new().create(true).append(true).open(path).unwrap() };
        let mut command = self.command();
        command.stdout(append(&self.printed)).stderr(append(&self.said));
        Run {
            child: command.spawn().unwrap(),
        }
    }

    /// A run to the end of the ledger, with further arguments.
    pub fn until_end(&self, arguments: &[&str]) -> Output {
        self.command().arg("--until-end").args(arguments).output().unwrap()
    }

    /// What the cursor file holds.
    pub fn cursor(&self) -> String {
        std::fs::read_to_string(&self.cursor).unwrap_or_default()
    }

    /// The lines printed so far; one that is still being written is left out.
    pub fn printed(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.printed).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        whole.lines().map(str::to_owned).collect()
    }

    /// All that the runs have said on standard error.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Waits until the cursor stands at a position.
    pub async fn has_come_to(&self, position: i64) {
        let expected = format!("{position}\n");
        until("the cursor has come there", async || {
            (self.cursor() == expected).then_some(())
        })
        .await;
    }
}

impl Run {
    /// A run that was started otherwise.
    pub fn of(child: Child) -> Self {
        Self { child }
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        send(name, self.child.id());
    }

    /// Waits for its end; answers its exit code.
    pub async fn ended(&mut self) -> Option<i32> {
        until("the run has ended", async || self.child.try_wait().unwrap())
            .await
            .code()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The positions of printed lines, in order.
pub fn positions(lines: &[String]) -> Vec<i64> {
    let of = |line: &String| serde_json::from_str::<serde_json::Value>(line).unwrap()["position"].as_i64();
    lines.iter().map(|line| of(line).expect("a position")).collect()
}

/// What a run printed, line by line.
pub fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

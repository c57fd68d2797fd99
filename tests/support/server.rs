//! A server as a process of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tonic::transport::{Channel, Endpoint};

use super::process::send;
use super::{PATIENCE, backend, until};

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_dinhdanh");

/// How much of what a server said is shown when a test fails.
const LAST_LINES: usize = 40;

/// How a server is to be started.
pub struct Launch {
    folder: Option<PathBuf>,
    environment: Vec<(String, String)>,
    before: Vec<String>,
    arguments: Vec<String>,
    /// Settings of this server alone, by their variables.
    settings: Vec<(String, String)>,
    logs: tempfile::TempDir,
}

/// A server that listens. Killed when dropped.
pub struct Server {
    process: Child,
    address: SocketAddr,
    folder: Option<PathBuf>,
    metrics: Option<u16>,
    logs: tempfile::TempDir,
}

impl Launch {
    /// A server on a data folder, or on the store made for it, on a free port of loopback, believing its callers.
    pub fn on(folder: &Path) -> Self {
        backend::make(folder);
        let arguments = ["serve", "--dev", "--listen", "127.0.0.1:0"].map(str::to_owned).into();
        Self {
            folder: Some(folder.to_owned()),
            environment: backend::shared(folder).unwrap_or_default(),
            before: Vec::new(),
            arguments,
            settings: one_office_for_all(),
            logs: tempfile::tempdir().unwrap(),
        }
    }

    /// A server on a store that several share, configured by the environment. Its arguments are still to be said.
    pub fn sharing(environment: &[(String, String)]) -> Self {
        Self {
            folder: None,
            environment: environment.to_vec(),
            before: Vec::new(),
            arguments: Vec::new(),
            settings: one_office_for_all(),
            logs: tempfile::tempdir().unwrap(),
        }
    }

    /// With these arguments, and no others but the folder.
    pub fn saying(mut self, arguments: &[&str]) -> Self {
        self.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        self
    }

    /// With further arguments.
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    /// With a setting, by its variable less the part that all have in common.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((format!("DINHDANH_{name}"), value.to_owned()));
        self
    }

    /// Started by another program, such as `strace`, to which the whole command is given.
    pub fn under(mut self, command: &[&str]) -> Self {
        self.before = command.iter().map(|&word| word.to_owned()).collect();
        self
    }

    fn command(&self) -> Command {
        let binary = BINARY.to_owned();
        let words: Vec<&String> = self.before.iter().chain([&binary]).chain(&self.arguments).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).envs(self.environment.iter().cloned());
        command.envs(self.settings.iter().cloned());
        if let (Some(folder), true) = (&self.folder, self.environment.is_empty()) {
            command.arg("--data").arg(folder);
        }
        command
    }

    /// Starts it and waits until it listens.
    pub fn start(self) -> Server {
        let errors = File::create(self.logs.path().join("stderr")).unwrap();
        let mut process = self
            .command()
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("the server starts");
        let output = BufReader::new(process.stdout.take().unwrap());
        let (found, listening) = mpsc::channel();
        let copy = self.logs.path().join("stdout");
        std::thread::spawn(move || {
            let mut seen = String::new();
            for line in output.lines().map_while(Result::ok) {
                let address = (line.strip_prefix("listening on ")).and_then(|url| url.split_once("://"));
                if let Some((_, address)) = address {
                    let _ = found.send(address.parse().expect("an address"));
                }
                seen.push_str(&line);
                seen.push('\n');
                let _ = std::fs::write(&copy, &seen);
            }
        });
        let Ok(address) = listening.recv_timeout(PATIENCE) else {
            let _ = process.kill();
            panic!("the server does not listen: {}", read(&self.logs.path().join("stderr")));
        };
        let metrics = self
            .arguments
            .iter()
            .skip_while(|argument| *argument != "--metrics")
            .nth(1);
        let metrics = metrics.map(|address| address.parse::<SocketAddr>().unwrap().port());
        Server {
            process,
            address,
            metrics,
            folder: self.folder,
            logs: self.logs,
        }
    }

    /// Starts it, expecting it to end by itself; answers how, and all that it said.
    pub fn refused(self) -> (ExitStatus, String) {
        // Into files: a pipe ends only when whatever else it has started has ended too.
        let [stdout, stderr] = ["stdout", "stderr"].map(|name| self.logs.path().join(name));
        let mut command = self.command();
        command.stdout(File::create(&stdout).unwrap());
        command.stderr(File::create(&stderr).unwrap());
        let mut process = command.stdin(Stdio::null()).spawn().expect("the server starts");
        let said = || read(&stdout) + &read(&stderr);
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = process.try_wait().unwrap() {
                return (status, said());
            }
            if Instant::now() >= deadline {
                let _ = process.kill();
                let _ = process.wait();
                panic!("the server does not end by itself: {}", said());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Server {
    /// A server on a folder with nothing special about it.
    pub fn start(folder: &Path) -> Self {
        Launch::on(folder).start()
    }

    /// The port of loopback on which it serves metrics, if it does.
    pub fn metrics_port(&self) -> Option<u16> {
        self.metrics
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new connection to it.
    pub async fn connect(&self) -> Channel {
        self.endpoint().connect().await.expect("the server accepts connections")
    }

    /// Its address, to connect to.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap()
    }

    /// All it has written to standard output and standard error.
    pub fn said(&self) -> String {
        read(&self.logs.path().join("stdout")) + &read(&self.logs.path().join("stderr"))
    }

    /// The process id of the server itself, also where another program runs it.
    pub fn pid(&self) -> u32 {
        let lock = self
            .folder
            .as_ref()
            .map(|folder| read(&folder.join("lock")))
            .unwrap_or_default();
        lock.trim().parse().unwrap_or_else(|_| self.process.id())
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        send(name, self.pid());
    }

    /// Ends it at once, whatever it is doing, and waits until it is gone.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.process.wait().unwrap();
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Waits for it to end by itself. Asynchronous, so that connections of this process can be closed meanwhile.
    pub async fn ended(&mut self) -> ExitStatus {
        until("the server has ended", async || self.process.try_wait().unwrap()).await
    }

    /// Asks it to stop, waits, and sees that it ended well and never panicked.
    pub async fn stop(mut self) {
        self.signal("TERM");
        let status = self.ended().await;
        assert!(status.success(), "the server ended with {status}: {}", self.said());
        assert!(
            !self.said().contains("panicked"),
            "the server panicked: {}",
            self.said()
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = self.said();
            let lines: Vec<_> = said.lines().collect();
            let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
            eprintln!("the server at {} said last:\n{}", self.address, last.join("\n"));
        }
        if self.process.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        // The server first: a tracer that is killed would leave it running.
        send("KILL", self.pid());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Tests send whole loads from one office, which in earnest would be asking too fast.
fn one_office_for_all() -> Vec<(String, String)> {
    ["DINHDANH_LIMITS_OFFICE_RATE", "DINHDANH_LIMITS_OFFICE_BURST"]
        .map(|name| (name.to_owned(), "1000000".to_owned()))
        .into()
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

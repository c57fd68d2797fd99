//! Private Redis servers: each on a free port of loopback, in a folder of its own, gone when dropped.

mod cluster;
mod sentinel;

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub use self::cluster::Cluster;
pub use self::sentinel::Sentinels;
use super::PATIENCE;
use super::process::send;

/// The name of the snapshot in a server's folder.
const SNAPSHOT: &str = "dump.rdb";

/// A server.
pub struct Redis {
    process: Child,
    port: u16,
    folder: TempDir,
    arguments: Vec<String>,
}

/// A new folder, beneath `DINHDANH_TEST_DIR` if that is set.
pub fn folder() -> TempDir {
    match std::env::var_os("DINHDANH_TEST_DIR") {
        Some(above) => TempDir::new_in(above).unwrap(),
        None => TempDir::new().unwrap(),
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Redis {
    /// A server that keeps nothing on disk by itself.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// With further arguments, as `redis-server` takes them.
    pub fn with(arguments: &[&str]) -> Self {
        // The port may be taken by somebody else before the server has it.
        for _ in 0..20 {
            let folder = folder();
            let port = free_port();
            let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
            let process = spawn("redis-server", folder.path(), port, &arguments);
            let mut server = Self {
                process,
                port,
                folder,
                arguments,
            };
            if server.listens() {
                return server;
            }
        }
        panic!("redis-server does not start: is it installed?")
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection for tests that look at what is kept.
    pub fn connection(&self) -> redis::Connection {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_connection().unwrap()
    }

    /// What `redis-cli` answers to a command.
    pub fn cli(&self, words: &[&str]) -> String {
        cli(self.port, words)
    }

    /// Writes what it holds to disk, from where [`Redis::restart`] reads it.
    pub fn snapshot(&self) {
        assert_eq!(self.cli(&["SAVE"]).trim(), "OK");
    }

    /// Ends it at once and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        self.process.wait().unwrap();
    }

    /// Starts it again on the same port, with what the last [`Redis::snapshot`] held, or with nothing.
    pub fn restart(&mut self) {
        self.kill();
        let started = Instant::now();
        loop {
            self.process = spawn("redis-server", self.folder.path(), self.port, &self.arguments);
            if self.listens() {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "redis-server does not start again");
        }
    }

    /// Forgets the snapshot: [`Redis::restart`] then starts with nothing.
    pub fn forget(&self) {
        let _ = std::fs::remove_file(self.folder.path().join(SNAPSHOT));
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        send(name, self.process.id());
    }

    /// Waits until it answers; false if it has ended.
    fn listens(&mut self) -> bool {
        listens(&mut self.process, self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What `redis-cli` answers to a command on a port.
fn cli(port: u16, words: &[&str]) -> String {
    let mut command = Command::new("redis-cli");
    let output = command
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(words)
        .output();
    String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
}

fn spawn(program: &str, folder: &Path, port: u16, arguments: &[String]) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    let mut command = Command::new(program);
    command
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .arg("--dir")
        .arg(folder)
        // So that whoever cleans up after a test that was killed finds it.
        .arg("--pidfile")
        .arg(folder.join("redis.pid"))
        .args(["--save", "", "--appendonly", "no", "--dbfilename", SNAPSHOT])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log);
    command.spawn().expect("redis-server is installed")
}

/// Waits until a server answers that it takes commands; false if it has ended.
fn listens(process: &mut Child, port: u16) -> bool {
    let started = Instant::now();
    while process.try_wait().unwrap().is_none() {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() && cli(port, &["PING"]).trim() == "PONG" {
            return true;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "the server on port {port} does not answer"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

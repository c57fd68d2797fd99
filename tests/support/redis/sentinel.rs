//! A master, its replica and three sentinels.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::super::until;
use super::{Redis, cli, folder, free_port, listens};

/// The name under which the master is watched.
const MASTER: &str = "lease";

/// All of them.
pub struct Sentinels {
    /// The master, until it is killed.
    pub master: Redis,
    /// The replica, which then takes its place.
    pub replica: Redis,
    sentinels: Vec<Sentinel>,
}

struct Sentinel {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Sentinels {
    /// Starts them, and waits until each knows of the others.
    pub async fn start() -> Self {
        let master = Redis::with(&["--repl-diskless-sync-delay", "0"]);
        let port = master.port().to_string();
        let replica = Redis::with(&["--replicaof", "127.0.0.1", &port]);
        until("the replica follows", async || {
            replica
                .cli(&["INFO", "replication"])
                .contains("master_link_status:up")
                .then_some(())
        })
        .await;
        let sentinels: Vec<_> = (0..3).map(|_| Sentinel::watching(master.port())).collect();
        for sentinel in &sentinels {
            until("the sentinels know of each other", async || {
                let told = cli(sentinel.port, &["SENTINEL", "MASTER", MASTER]);
                let mut words = told.lines().map(str::trim);
                let mut told = |name| words.by_ref().find(|word| *word == name).and(words.next());
                (told("num-slaves") == Some("1") && told("num-other-sentinels") == Some("2")).then_some(())
            })
            .await;
        }
        Self {
            master,
            replica,
            sentinels,
        }
    }

    /// The addresses of the sentinels.
    pub fn urls(&self) -> Vec<String> {
        let urls = self
            .sentinels
            .iter()
            .map(|one| format!("redis://127.0.0.1:{}", one.port));
        urls.collect()
    }

    /// The name of the master.
    pub fn name(&self) -> String {
        MASTER.to_owned()
    }
}

impl Sentinel {
    fn watching(master: u16) -> Self {
        for _ in 0..20 {
            let folder = folder();
            let port = free_port();
            let config = folder.path().join("sentinel.conf");
            // Below two seconds, sentinels take each new master for dead before they have asked it.
            let text = format!(
                "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor {MASTER} 127.0.0.1 {master} 2\n\
                 sentinel down-after-milliseconds {MASTER} 2000\nsentinel failover-timeout {MASTER} 6000\n",
                folder.path().display()
            );
            std::fs::write(&config, text).unwrap();
            let process = Command::new("redis-sentinel")
                .arg(&config)
                .arg("--pidfile")
                .arg(folder.path().join("redis.pid"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .spawn();
            let mut process = process.expect("redis-sentinel is installed");
            if listens(&mut process, port) {
                return Self {
                    process,
                    port,
                    _folder: folder,
                };
            }
        }
        panic!("redis-sentinel does not start")
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

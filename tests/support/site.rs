//! A whole installation: PostgreSQL, Redis, and several servers of the service over them.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use dinhdanh::ledger::Entry;
use dinhdanh::store::postgres::{PgOptions, PgReader};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use super::load::Load;
use super::postgres::Postgres;
use super::redis::{Redis, free_port};
use super::server::{BINARY, Launch, Server};
use super::{ledger, until};

/// How long a caller of a site waits for an answer before it sends again, perhaps to another server.
pub const CALL: Duration = Duration::from_secs(4);

/// A connection to each of these addresses, made when it is needed and made again when it broke.
pub fn channels(urls: Vec<String>) -> Vec<Channel> {
    let channel = |url: String| {
        let endpoint = Endpoint::from_shared(url).unwrap();
        endpoint
            .timeout(CALL)
            .connect_timeout(CALL)
            .http2_keep_alive_interval(CALL)
            .keep_alive_timeout(CALL)
            .connect_lazy()
    };
    urls.into_iter().map(channel).collect()
}

/// An installation of the test's own. Dropping it stops and removes everything.
pub struct Site {
    pub servers: Vec<Server>,
    pub redis: Option<Redis>,
    pub postgres: Postgres,
    ports: Vec<u16>,
    environment: Vec<(String, String)>,
    under: Vec<Vec<String>>,
    /// Where the servers and `verify` find the database.
    database: String,
    /// Holds the key file and the anchors.
    folder: TempDir,
}

/// How a site is to be.
pub struct Plan {
    servers: usize,
    redis: Option<Redis>,
    redis_url: Option<String>,
    postgres: Postgres,
    postgres_port: Option<u16>,
    settings: Vec<(String, String)>,
    under: Vec<Vec<String>>,
    folder: TempDir,
}

impl Plan {
    /// So many servers over a PostgreSQL and a Redis of their own.
    pub async fn of(servers: usize) -> Self {
        let redis = Redis::start();
        Self {
            servers,
            redis_url: Some(redis.url()),
            redis: Some(redis),
            postgres: Postgres::start().await,
            postgres_port: None,
            settings: Vec::new(),
            under: Vec::new(),
            folder: super::redis::folder(),
        }
    }

    /// Without Redis.
    pub fn without_lease(mut self) -> Self {
        (self.redis, self.redis_url) = (None, None);
        self
    }

    /// With Redis reached by another address, such as that of a wire to it.
    pub fn redis_at(mut self, url: String) -> Self {
        self.redis_url = Some(url);
        self
    }

    /// With PostgreSQL reached by another port of loopback.
    pub fn postgres_at(mut self, port: u16) -> Self {
        self.postgres_port = Some(port);
        self
    }

    /// With a setting of the service, by the name of its variable.
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.settings.push((variable.to_owned(), value.to_owned()));
        self
    }

    /// With each server started by a program of its own, to which the whole command is given.
    pub fn under(mut self, commands: Vec<Vec<String>>) -> Self {
        assert_eq!(commands.len(), self.servers);
        self.under = commands;
        self
    }

    /// Where the anchors of the site to be will lie.
    pub fn anchors(&self) -> PathBuf {
        self.folder.path().join("anchor")
    }

    /// The Redis of the site to be.
    pub fn redis(&self) -> &Redis {
        self.redis.as_ref().expect("a site with Redis")
    }

    /// The PostgreSQL of the site to be.
    pub fn postgres(&self) -> &Postgres {
        &self.postgres
    }

    /// Begins the store and starts the servers.
    pub async fn start(self) -> Site {
        let anchor = self.anchors();
        let folder = self.folder;
        let keys = folder.path().join("keys.toml");
        let port = self.postgres_port.unwrap_or(self.postgres.port());
        let database = self
            .postgres
            .url()
            .replace(&format!(":{}/", self.postgres.port()), &format!(":{port}/"));
        let mut environment = vec![
            ("DINHDANH_KEYS".to_owned(), keys.to_str().unwrap().to_owned()),
            ("DINHDANH_ANCHOR".to_owned(), anchor.to_str().unwrap().to_owned()),
            ("DINHDANH_STORE_KIND".to_owned(), "postgres".to_owned()),
            ("DINHDANH_STORE_URL".to_owned(), database.clone()),
            ("DINHDANH_STORE_IDLE_TIMEOUT".to_owned(), "1s".to_owned()),
            ("DINHDANH_STORE_TCP_TIMEOUT".to_owned(), "1s".to_owned()),
            ("DINHDANH_STORE_LOCK_TIMEOUT".to_owned(), "3s".to_owned()),
            ("DINHDANH_LEASE_HOLD".to_owned(), "1s".to_owned()),
        ];
        match &self.redis_url {
            Some(url) => environment.extend([
                ("DINHDANH_LEASE_KIND".to_owned(), "redis".to_owned()),
                ("DINHDANH_LEASE_URL".to_owned(), url.clone()),
            ]),
            None => {
                environment.retain(|(name, _)| !name.starts_with("DINHDANH_LEASE_"));
                environment.push(("DINHDANH_LEASE_KIND".to_owned(), "none".to_owned()));
            }
        }
        for setting in self.settings {
            environment.retain(|(name, _)| *name != setting.0);
            environment.push(setting);
        }
        let mut site = Site {
            servers: Vec::new(),
            redis: self.redis,
            postgres: self.postgres,
            ports: Vec::new(),
            environment,
            database,
            folder,
            under: self.under,
        };
        let begun = site.command("init").output().unwrap();
        assert!(begun.status.success(), "{}", String::from_utf8_lossy(&begun.stderr));
        for server in 0..self.servers {
            site.ports.push(free_port());
            site.servers.push(site.launch(server).start());
        }
        site
    }
}

impl Site {
    /// Starts a server again, on the same port, after it ended.
    pub fn restart(&mut self, server: usize) {
        self.servers[server] = self.launch(server).start();
    }

    /// Stops all servers.
    pub async fn stop_servers(&mut self) {
        for server in std::mem::take(&mut self.servers) {
            server.stop().await;
        }
    }

    /// Starts all of them again, on the same ports.
    pub fn start_servers(&mut self) {
        self.servers = (0..self.ports.len())
            .map(|server| self.launch(server).start())
            .collect();
    }

    /// A connection to each server, made when it is needed and made again when it broke.
    pub fn channels(&self) -> Vec<Channel> {
        channels(self.urls())
    }

    /// The addresses of the servers.
    pub fn urls(&self) -> Vec<String> {
        self.ports
            .iter()
            .map(|port| format!("http://127.0.0.1:{port}"))
            .collect()
    }

    /// Where the servers find the database.
    pub fn url(&self) -> &str {
        &self.database
    }

    /// Reads past the servers.
    pub async fn reader(&self) -> PgReader {
        let options = PgOptions::new(self.database.parse().unwrap());
        PgReader::open(&options).await.unwrap()
    }

    /// Has everything that is open answered, stops the servers, and compares what callers were told with what was
    /// written: the same request, the same number, and no child with two. Answers what was written.
    pub async fn settle(mut self, load: &Load) -> Vec<Entry> {
        let channels = self.channels();
        load.finish(&channels).await;
        drop(channels);
        self.stop_servers().await;
        let entries = self.entries().await;
        let verify = |arguments: &[&str]| {
            let output = self.command("verify").args(arguments).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "verify found: {said}");
        };
        load.compare_with(&entries, verify);
        entries
    }

    /// Every entry of the ledger, in order, read past the servers.
    pub async fn entries(&self) -> Vec<Entry> {
        ledger::entries_of(&self.reader().await).await
    }

    /// A value of a metric of a server, summed over its labels.
    pub async fn metric(&self, server: usize, name: &str) -> f64 {
        let text = super::metrics::scrape(self.metrics_port(server)).await;
        super::metrics::sum(&text, name)
    }

    fn metrics_port(&self, server: usize) -> u16 {
        self.servers[server].metrics_port().expect("a server with metrics")
    }

    /// The key file of all servers.
    pub fn keys(&self) -> PathBuf {
        self.folder.path().join("keys.toml")
    }

    /// One more server on the store, on any free port, whose keys come from elsewhere: it is still to be said from where.
    pub fn with_other_keys(&self) -> Launch {
        let shared = self.environment.iter().filter(|(name, _)| name != "DINHDANH_KEYS");
        let environment: Vec<_> = shared.cloned().collect();
        Launch::sharing(&environment).saying(&["serve", "--dev", "--listen", "127.0.0.1:0"])
    }

    fn launch(&self, server: usize) -> Launch {
        let listen = format!("127.0.0.1:{}", self.ports[server]);
        let metrics = format!("127.0.0.1:{}", free_port());
        let launch = Launch::sharing(&self.environment);
        let launch = launch.saying(&["serve", "--dev", "--listen", &listen, "--metrics", &metrics]);
        match self.under.get(server) {
            Some(command) => launch.under(&command.iter().map(String::as_str).collect::<Vec<_>>()),
            None => launch,
        }
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(BINARY);
        command.arg(verb).envs(self.environment.iter().cloned());
        command
    }

    /// What a command of the project says that is run on the store, and must succeed.
    pub fn says(&self, verb: &str, words: &[&str]) -> String {
        let (well, said) = self.run(verb, words);
        assert!(well, "{verb}: {said}");
        said
    }

    /// Whether such a command went well, and all that it said.
    pub fn run(&self, verb: &str, words: &[&str]) -> (bool, String) {
        let output = self.command(verb).args(words).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    }

    /// Waits until `load` has so many more answers.
    pub async fn until_answered(&self, load: &Load, more: usize) {
        let enough = load.answered().len() + more;
        until("there are more answers", async || {
            (load.answered().len() >= enough).then_some(())
        })
        .await;
    }
}

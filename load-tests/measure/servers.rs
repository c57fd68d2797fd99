//! Starting what is measured, on what it needs.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use tonic::transport::Channel;

use dinhdanh::store::postgres::{PgOptions, PgReader};
use dinhdanh::store::sqlite::SqliteReader;

use crate::Outcome;
use crate::args::Ground;
use crate::drive;
use crate::entries::Entries;
use crate::metrics::Metrics;
use crate::process::Server;
use crate::target::Target;

/// A setting of the service: the variable of the environment, and its value.
pub type Setting = (&'static str, &'static str);

/// A target that runs, with connections to it.
pub struct Running {
    /// Which it is.
    pub target: Target,
    /// Connections, evenly over its servers.
    pub channels: Vec<Channel>,
    servers: Vec<Server>,
    store: Store,
    metrics: Vec<Metrics>,
}

/// Where a target keeps what it writes.
enum Store {
    Nothing,
    Folder(PathBuf),
    Database { url: String, redis: String, keys: PathBuf },
}

impl Running {
    /// Starts a target. What it keeps lies in `folder`, or in a new database of the PostgreSQL server named. The service
    /// is given these settings, as variables of the environment.
    pub async fn start(target: Target, ground: &Ground, folder: &Path, settings: &[Setting]) -> Outcome<Self> {
        let store = Store::new(target, ground, folder).await?;
        store.begin(target)?;
        if let (Some(rows), Store::Database { url, .. }) = (target.rows(), &store) {
            fill(url, rows).await?;
        }
        let mut running = Running {
            target,
            channels: Vec::new(),
            servers: Vec::new(),
            store,
            metrics: Vec::new(),
        };
        for _ in 0..target.servers() {
            running.start_server(settings)?;
        }
        Ok(running)
    }

    /// Opens so many connections, evenly over its servers.
    pub async fn connect(&mut self, connections: usize) -> Outcome<()> {
        for server in self.servers.iter().cycle().take(connections) {
            self.channels.push(drive::connect(&server.address).await?);
        }
        Ok(())
    }

    /// Where its servers listen, as `http://ADDRESS`.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.servers.iter().map(|server| server.address.as_str())
    }

    /// Sends all its servers a signal, by name.
    pub fn signal(&self, name: &str) -> Outcome<()> {
        self.servers.iter().try_for_each(|server| server.signal(name))
    }

    /// How many children its ledger decided for, by kind; nothing where it keeps none.
    pub async fn entries(&self) -> Outcome<Option<Entries>> {
        Ok(match &self.store {
            _ if self.target == Target::Baseline => None,
            Store::Nothing => None,
            Store::Folder(folder) => Some(Entries::of(&SqliteReader::open(folder).await?).await?),
            Store::Database { url, .. } => {
                Some(Entries::of(&PgReader::open(&PgOptions::new(url.parse()?)).await?).await?)
            }
        })
    }

    fn start_server(&mut self, settings: &[Setting]) -> Outcome<()> {
        let mut command = Command::new(std::env::current_exe()?);
        match &self.store {
            Store::Nothing => {
                command.arg("echo");
            }
            Store::Database { url, redis, .. } if self.target == Target::Baseline => {
                command.args(["baseline", url, redis]);
            }
            store => {
                let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
                let metrics = format!("127.0.0.1:{port}");
                command.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--log", "warn"]);
                command.args(["--metrics", &metrics]);
                store.name_in(&mut command);
                command.envs(settings.iter().copied());
                self.metrics.push(Metrics::at(metrics));
            }
        }
        self.servers.push(Server::start(&mut command)?);
        Ok(())
    }

    /// Seconds of processor time its own processes have used until now; PostgreSQL and Redis aside.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        self.servers.iter().map(Server::cpu_seconds).sum()
    }

    /// The most memory its processes have held so far, in MiB.
    pub fn peak_mib(&self) -> Outcome<f64> {
        self.servers.iter().map(Server::peak_mib).sum()
    }

    /// Transactions and statements that its servers have given to their store until now, where they count them.
    pub async fn store_work(&self) -> Outcome<Option<(f64, f64)>> {
        let (mut transactions, mut statements) = (0.0, 0.0);
        for metrics in &self.metrics {
            let text = metrics.scrape().await?;
            transactions += text.sum_of("dinhdanh_store_transactions_total");
            statements += text.sum_of("dinhdanh_store_statements_total");
        }
        Ok((!self.metrics.is_empty()).then_some((transactions, statements)))
    }

    /// Stops it and has the service's own checker read what was written, and hold these journals of clients against it.
    /// `true` where there is nothing to check.
    pub async fn finish(self, journals: &[PathBuf]) -> Outcome<bool> {
        drop(self.channels);
        for server in self.servers {
            if matches!(self.target, Target::Echo | Target::Baseline) {
                drop(server);
            } else {
                server.stop()?;
            }
        }
        let verified = match (&self.store, self.target) {
            (Store::Nothing, _) | (_, Target::Baseline) => true,
            // What was filled in past the service is no ledger of its making.
            (_, target) if target.rows().is_some() => true,
            (store, _) => {
                let mut verify = Command::new(std::env::current_exe()?);
                verify.arg("verify");
                store.name_in(&mut verify);
                for journal in journals {
                    verify.arg("--answers").arg(journal);
                }
                let output = verify.output()?;
                let said = String::from_utf8_lossy(&output.stdout);
                match output.status.success() {
                    true => println!("verify, {}: {}", self.target, said.lines().last().unwrap_or_default()),
                    false => println!(
                        "verify, {}: {said}{}",
                        self.target,
                        String::from_utf8_lossy(&output.stderr)
                    ),
                }
                output.status.success()
            }
        };
        if let Store::Database { url, .. } = &self.store {
            drop_database(url).await?;
        }
        Ok(verified)
    }
}

impl Store {
    async fn new(target: Target, ground: &Ground, folder: &Path) -> Outcome<Self> {
        if target == Target::Echo {
            return Ok(Store::Nothing);
        }
        if !target.is_shared() {
            return Ok(Store::Folder(folder.join(target.name())));
        }
        let (Some(postgres), Some(redis)) = (&ground.postgres, &ground.redis) else {
            return Err(format!("{target} needs --postgres and --redis").into());
        };
        let name = format!("measure_{}_{}", target.name().replace('-', "_"), std::process::id());
        let url = create_database(postgres, &name).await?;
        Ok(Store::Database {
            url,
            redis: redis.clone(),
            keys: folder.join(format!("{target}-keys.toml")),
        })
    }

    /// Begins a store that servers share.
    fn begin(&self, target: Target) -> Outcome<()> {
        if matches!(self, Store::Database { .. }) && target != Target::Baseline {
            let mut init = Command::new(std::env::current_exe()?);
            init.arg("init");
            self.name_in(&mut init);
            let output = init.output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
        }
        Ok(())
    }

    /// Tells a command of the service where the store is.
    fn name_in(&self, command: &mut Command) {
        match self {
            Store::Nothing => {}
            Store::Folder(folder) => {
                command.arg("--data").arg(folder);
            }
            Store::Database { url, redis, keys } => {
                command
                    .env("DINHDANH_STORE_KIND", "postgres")
                    .env("DINHDANH_STORE_URL", url)
                    .env("DINHDANH_LEASE_KIND", "redis")
                    .env("DINHDANH_LEASE_URL", redis)
                    .env("DINHDANH_KEYS", keys);
            }
        }
    }
}

/// Makes an empty database and answers its URL.
async fn create_database(server: &str, name: &str) -> Outcome<String> {
    let options: PgConnectOptions = server.parse()?;
    let mut connection = options.connect().await?;
    // The name is made of this program's own words and its process id.
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await?;
    let mut url: url::Url = server.parse()?;
    url.set_path(name);
    Ok(url.into())
}

/// Fills the tables with so many rows of past births.
async fn fill(url: &str, rows: u64) -> Outcome<()> {
    let options: PgConnectOptions = url.parse()?;
    let mut connection = options.options([("synchronous_commit", "off")]).connect().await?;
    let script = include_str!("../rows/fill.sql").replace(":rows", &rows.to_string());
    // Each statement by itself: some may not stand in a transaction with others.
    for statement in script.split(";\n") {
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(&mut connection)
            .await?;
    }
    Ok(())
}

async fn drop_database(url: &str) -> Outcome<()> {
    let mut server: url::Url = url.parse()?;
    let name = server.path().trim_start_matches('/').to_owned();
    server.set_path("postgres");
    let options: PgConnectOptions = server.as_str().parse()?;
    let mut connection = options.connect().await?;
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
        .execute(&mut connection)
        .await?;
    Ok(())
}

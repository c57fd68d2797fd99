//! PostgreSQL servers of a test's own: made, stopped, killed and removed by it, on free ports, in fresh folders.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use tempfile::TempDir;

use super::process::{children, is_stopped, runs, send};
use super::until;

/// The name of the role and of the first database.
const NAME: &str = "dinhdanh";

/// Where a server's programs lie in Debian's packages.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// A server of the test's own. Dropping it stops it and removes all it wrote.
pub struct Postgres {
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    guard: Option<Guard>,
}

/// The process that starts a server, and kills it when this process ends, however it ends: it reads from a pipe that
/// closes then.
struct Guard {
    process: Child,
    server: u32,
}

/// A database. If it is on a server that is not the test's own, dropping it removes it.
pub struct Database {
    url: String,
    borrowed_from: Option<String>,
}

impl Postgres {
    /// A new server.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A new server with further settings, as `fsync=off`.
    pub async fn with(settings: &[&str]) -> Self {
        let server = Self::in_folder(settings);
        run(server.program("initdb").args([
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--username",
            NAME,
            "--pgdata",
            server.data(),
        ]));
        let mut server = server;
        server.restart().await;
        server.run(&format!("CREATE DATABASE {NAME}")).await;
        server
    }

    fn in_folder(settings: &[&str]) -> Self {
        let folder = match std::env::var_os("DINHDANH_TEST_DIR") {
            Some(above) => TempDir::with_prefix_in("postgres-", above),
            None => TempDir::with_prefix("dinhdanh-postgres-"),
        }
        .unwrap();
        if let Some((user, group)) = server_user() {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o700)).unwrap();
        // Free now; that somebody else takes it first is told by the server's failing to start.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self {
            folder,
            port,
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
            guard: None,
        }
    }

    fn data(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    /// The port it listens on, on the loopback address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of the first database.
    pub fn url(&self) -> String {
        self.url_of(NAME)
    }

    /// The address of the first database by way of another port.
    pub fn url_at(&self, port: u16) -> String {
        address(port, NAME)
    }

    /// The first database.
    pub fn first(&self) -> Database {
        Database {
            url: self.url(),
            borrowed_from: None,
        }
    }

    fn url_of(&self, database: &str) -> String {
        address(self.port, database)
    }

    /// A new, empty database.
    pub async fn database(&self) -> Database {
        Database {
            url: new_database(&self.url()).await,
            borrowed_from: None,
        }
    }

    /// Runs statements as the server's owner, in the database `postgres`.
    pub async fn run(&self, statements: &str) {
        run_at(&self.url_of("postgres"), statements).await.unwrap();
    }

    /// Changes a setting of the running server.
    pub async fn set(&self, name: &str, value: &str) {
        self.run(&format!("ALTER SYSTEM SET {name} = '{value}'")).await;
        self.run("SELECT pg_reload_conf()").await;
        let url = self.url_of("postgres");
        until("the setting is in force", async || {
            let mut connection = connect(&url).await?;
            let now: String = sqlx::query_scalar("SELECT current_setting($1)")
                .bind(name)
                .fetch_one(&mut connection)
                .await
                .ok()?;
            (now == value).then_some(())
        })
        .await;
    }

    /// Starts it, on the same port and with the same data, and waits until it answers. It must not be running.
    pub async fn restart(&mut self) {
        assert!(self.guard.is_none(), "it is running");
        self.guard = Some(self.launch());
        let url = self.url_of("postgres");
        until("PostgreSQL answers", async || {
            let guard = self.guard.as_mut().unwrap();
            assert!(
                guard.process.try_wait().unwrap().is_none(),
                "PostgreSQL ended: {}",
                std::fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
            );
            connect(&url).await
        })
        .await;
    }

    fn launch(&self) -> Guard {
        let said = self.folder.path().join("said");
        // A background process of a shell does not get its standard input, so that is kept as another first.
        let script = "exec 3<&0; \"$@\" >>\"$0\" 2>&1 </dev/null 3<&- & server=$!; echo $server; exec >/dev/null; \
                      (read -r _ <&3; kill -QUIT $server; kill -CONT $server) & exec 3<&-; wait $server";
        let mut command = as_server_user("sh");
        command
            .arg("-c")
            .arg(script)
            .arg(&said)
            .arg(programs().join("postgres"));
        command.args(["-D", self.data(), "-p", &self.port.to_string()]);
        let fixed = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "shared_buffers=32MB",
            "max_connections=200",
            "fsync=on",
            // A standby that lost its primary looks for it again soon.
            "wal_retrieve_retry_interval=100ms",
        ];
        for setting in fixed.into_iter().chain(self.settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Guard {
            process,
            server: line.trim().parse().expect("the server's process"),
        }
    }

    /// The process of the server itself, the parent of all others.
    pub fn pid(&self) -> u32 {
        self.guard.as_ref().expect("a running server").server
    }

    /// All its processes, itself first.
    pub fn processes(&self) -> Vec<u32> {
        let server = self.pid();
        std::iter::once(server).chain(children(server)).collect()
    }

    /// Sends a signal, as `STOP`, to all its processes.
    pub fn signal(&self, name: &str) {
        for process in self.processes() {
            send(name, process);
        }
    }

    /// Kills it, as a crash would (-9), and waits until none of its processes is left.
    pub async fn kill(&mut self) {
        self.end("KILL").await;
    }

    /// Stops it in the orderly way, ending all sessions.
    pub async fn stop(&mut self) {
        self.end("INT").await;
    }

    async fn end(&mut self, signal: &str) {
        let processes = self.processes();
        send(signal, processes[0]);
        // Stopped ones would not notice.
        for process in &processes[1..] {
            if is_stopped(*process) {
                send("KILL", *process);
            }
        }
        until("PostgreSQL is gone", async || {
            processes.iter().all(|process| !runs(*process)).then_some(())
        })
        .await;
        let mut guard = self.guard.take().unwrap();
        guard.process.wait().unwrap();
    }

    /// A standby of it, streaming. This server then waits for the standby with every commit.
    pub async fn standby(&self) -> Self {
        let mut standby = self.copy(&["--write-recovery-conf"]);
        standby.restart().await;
        self.set("synchronous_standby_names", "*").await;
        let url = self.url_of("postgres");
        until("the standby is synchronous", async || {
            let mut connection = connect(&url).await?;
            let state = sqlx::query("SELECT sync_state FROM pg_stat_replication")
                .fetch_optional(&mut connection)
                .await
                .ok()??;
            (state.get::<String, _>(0) == "sync").then_some(())
        })
        .await;
        standby
    }

    /// A backup of the whole cluster as it stands, to be started by [`Postgres::restart`] where it is put into service.
    pub fn backup(&self) -> Self {
        self.copy(&[])
    }

    fn copy(&self, further: &[&str]) -> Self {
        let copy = Self::in_folder(&[]);
        let from = format!("host=127.0.0.1 port={} user={NAME} application_name=standby", self.port);
        let words = [
            "--pgdata",
            copy.data(),
            "--no-sync",
            "--checkpoint=fast",
            "--dbname",
            &from,
        ];
        run(copy.program("pg_basebackup").args(words).args(further));
        copy
    }

    /// Waits until a standby has so many entries of the ledger.
    pub async fn has_entries(&self, entries: i64) {
        let has = format!("SELECT 1 / (size >= {entries})::int FROM head");
        until("the standby has the entries", async || {
            let mut connection = connect(&self.url()).await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(has.as_str()))
                .execute(&mut connection)
                .await
                .ok()
                .map(drop)
        })
        .await;
    }

    /// Lets a standby follow its primary no more, and forget what it has not received.
    pub async fn leave(&self) {
        self.set("primary_conninfo", "").await;
        let url = self.url();
        until("the standby has left", async || {
            let mut connection = connect(&url).await?;
            let receivers: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_wal_receiver")
                .fetch_one(&mut connection)
                .await
                .ok()?;
            (receivers == 0).then_some(())
        })
        .await;
    }

    /// Makes a standby the primary. It waits for no standby of its own.
    pub async fn promote(&self) {
        self.run("SELECT pg_promote()").await;
        self.set("synchronous_standby_names", "").await;
    }

    fn program(&self, name: &str) -> Command {
        as_server_user(programs().join(name))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Some(mut guard) = self.guard.take() else { return };
        // Stopped ones would not end.
        for process in std::iter::once(guard.server).chain(children(guard.server)) {
            send("CONT", process);
        }
        send("QUIT", guard.server);
        let _ = guard.process.wait();
    }
}

impl Database {
    /// A new, empty database on the server that all tests share: that of `DINHDANH_TEST_POSTGRES_URL`, or else one that
    /// is started now and ends with this process.
    pub async fn shared() -> Self {
        if let Ok(url) = std::env::var("DINHDANH_TEST_POSTGRES_URL") {
            return Self {
                url: new_database(&url).await,
                borrowed_from: Some(url),
            };
        }
        shared_server().await.database().await
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements in it.
    pub async fn run(&self, statements: &str) -> Result<(), sqlx::Error> {
        run_at(&self.url, statements).await
    }

    /// The same database, asked for by another role.
    pub fn asked_by(&self, role: &str) -> Self {
        let (scheme, rest) = self.url.split_once("://").expect("an address");
        let (_, place) = rest.rsplit_once('@').expect("an address with a role");
        Self {
            url: format!("{scheme}://{role}@{place}"),
            borrowed_from: None,
        }
    }

    /// A connection past the store, as somebody with a shell might have.
    pub async fn connection(&self) -> PgConnection {
        let options: PgConnectOptions = self.url.parse().unwrap();
        options.disable_statement_logging().connect().await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(server) = self.borrowed_from.take() else {
            return;
        };
        let name = self.url.parse::<PgConnectOptions>().unwrap();
        let statement = format!("DROP DATABASE {} WITH (FORCE)", name.get_database().unwrap());
        // Apart from the test's own runtime, which may be the one that drops this.
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let _ = runtime.unwrap().block_on(run_at(&server, &statement));
        });
        let _ = removed.join();
    }
}

/// The server that the tests of this process share.
async fn shared_server() -> Arc<Postgres> {
    static SHARED: tokio::sync::OnceCell<Arc<Postgres>> = tokio::sync::OnceCell::const_new();
    let server = SHARED.get_or_init(async || Arc::new(Postgres::start().await)).await;
    Arc::clone(server)
}

fn address(port: u16, database: &str) -> String {
    format!("postgres://{NAME}@127.0.0.1:{port}/{database}?sslmode=disable")
}

/// Makes a database and answers its address.
async fn new_database(server: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let name = format!(
        "dinhdanh_test_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    run_at(server, &format!("CREATE DATABASE {name} TEMPLATE template0"))
        .await
        .unwrap();
    let (before, parameters) = server.split_once('?').unwrap_or((server, ""));
    let (before, _) = before.rsplit_once('/').expect("an address with a database");
    format!("{before}/{name}?{parameters}")
}

async fn connect(url: &str) -> Option<PgConnection> {
    let options: PgConnectOptions = url.parse().unwrap();
    options.disable_statement_logging().connect().await.ok()
}

async fn run_at(url: &str, statements: &str) -> Result<(), sqlx::Error> {
    let mut connection = connect(url).await.expect("a server that answers");
    let run = sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection);
    run.await.map(drop)
}

/// Where the programs of the newest PostgreSQL lie.
fn programs() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let releases = std::fs::read_dir(PROGRAMS).unwrap_or_else(|_| panic!("no PostgreSQL below {PROGRAMS}"));
        let newest = releases
            .filter_map(|release| release.ok()?.file_name().to_str()?.parse::<u32>().ok())
            .max();
        let newest = newest.unwrap_or_else(|| panic!("no PostgreSQL below {PROGRAMS}"));
        Path::new(PROGRAMS).join(newest.to_string()).join("bin")
    })
}

/// The user and group to run a server as: PostgreSQL refuses to run as root, who therefore lends it those of `postgres`.
fn server_user() -> Option<(u32, u32)> {
    static FOUND: OnceLock<Option<(u32, u32)>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let id = |arguments: &[&str]| {
            let output = Command::new("id").args(arguments).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().unwrap()
        };
        (id(&["-u"]) == 0).then(|| (id(&["-u", "postgres"]), id(&["-g", "postgres"])))
    })
}

fn as_server_user(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = server_user() {
        command.uid(user).gid(group);
    }
    // A folder that everybody may enter.
    command.current_dir("/");
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    if !output.status.success() {
        let _ = std::io::stderr().write_all(&output.stderr);
        panic!("{command:?}: {}", output.status);
    }
}

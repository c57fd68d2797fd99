//! A server, and whoever calls it from the two sides.

use tempfile::TempDir;

use crate::support::desk::Desk;
use crate::support::ledger;
use crate::support::server::{Launch, Server};
use crate::support::units::{bring, example_file};

/// The office that registers.
pub const COMMUNE: &str = "26734";
/// Another one.
pub const NEIGHBOUR: &str = "26800";
/// The population authority.
pub const AUTHORITY: &str = "C06";

/// A server on an empty store, and its callers.
pub struct Stage {
    folder: TempDir,
    server: Server,
    pub commune: Desk,
    pub neighbour: Desk,
    pub authority: Desk,
    pub department: Desk,
    pub auditor: Desk,
}

impl Stage {
    pub async fn set() -> Self {
        Self::on(tempfile::tempdir().unwrap()).await
    }

    async fn on(folder: TempDir) -> Self {
        let server = Server::start(folder.path());
        Self::with(folder, server).await
    }

    async fn with(folder: TempDir, server: Server) -> Self {
        let channel = server.connect().await;
        let desk = |code, role| Desk::new(channel.clone(), code, role);
        Self {
            commune: desk(COMMUNE, "REGISTRAR"),
            neighbour: desk(NEIGHBOUR, "REGISTRAR"),
            authority: desk(AUTHORITY, "POPULATION_AUTHORITY"),
            department: desk("STP-079", "JUSTICE_DEPARTMENT"),
            auditor: desk("TTCP", "AUDITOR"),
            folder,
            server,
        }
    }

    /// One more office.
    pub fn desk(&self, code: &str, role: &str) -> Desk {
        Desk::new(self.commune.channel.clone(), code, role)
    }

    /// An office that subscribes.
    pub fn subscriber(&self) -> Desk {
        self.desk("BHXH", "SUBSCRIBER")
    }

    /// The public key of signed notes, as the command line tells it.
    pub fn public_key(&self) -> String {
        let keys = self.folder.path().join("keys.toml");
        let mut command = std::process::Command::new(crate::support::server::BINARY);
        let told = command.arg("public-key").arg("--keys").arg(keys).output().unwrap();
        assert!(told.status.success(), "{told:?}");
        String::from_utf8(told.stdout).unwrap()
    }

    /// Ends the server in the usual way, and starts another on what it left.
    pub async fn restart(self) -> Self {
        let Self { folder, server, .. } = self;
        server.stop().await;
        Self::on(folder).await
    }

    /// The same, with the clock of the new server ahead by so many days.
    pub async fn restart_ahead(self, days: u32) -> Self {
        let Self { folder, server, .. } = self;
        server.stop().await;
        let ahead = format!("+{days}d");
        let server = Launch::on(folder.path()).under(&["faketime", "-f", &ahead]).start();
        Self::with(folder, server).await
    }

    /// Where the server answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The port at which it does.
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// Brings the table of districts and communes that the documentation uses.
    pub fn bring_units(&self) {
        bring(self.folder.path(), &example_file());
    }

    /// How many entries its ledger has.
    pub async fn entries(&self) -> usize {
        ledger::entries(self.folder.path()).await.len()
    }

    /// Ends the server, and has the project's own checker look over all that it wrote.
    pub async fn end(self) {
        self.server.stop().await;
        ledger::verify(self.folder.path(), &[]);
    }
}

//! `dinhdanh serve`.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::configured::Configured;
use super::{CliError, telemetry};
use crate::config::{Config, Flags};
use crate::server::{NewStore, Server};
use crate::shell::{Clock, descriptors};

/// Serve the gRPC API: from a data folder on this machine, or as one of several servers over a database.
///
/// Stops cleanly on Ctrl-C or SIGTERM: queued work is finished, new work is refused.
///
/// Examples: dinhdanh serve --dev --data ./dinhdanh-data
///           dinhdanh serve --config /etc/dinhdanh/dinhdanh.toml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Serve {
    #[command(flatten)]
    configured: Configured,
    /// Let an existing key file start a new store. Never with keys that have given numbers: they would be given again.
    #[arg(long)]
    new_store: bool,
    /// Where to listen; port 0 takes any free port. [env: DINHDANH_LISTEN] [default: 127.0.0.1:7400]
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Believe callers without proof (metadata x-dinhdanh-office, x-dinhdanh-role). Loopback only.
    #[arg(long)]
    dev: bool,
    /// Serve metrics for Prometheus at this address, under /metrics. [env: DINHDANH_METRICS]
    #[arg(long)]
    metrics: Option<SocketAddr>,
}

impl Serve {
    /// Serves until told to stop.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        let mut flags = Flags::default();
        flags.text("listen", "--listen", self.listen);
        flags.text("dev", "--dev", self.dev.then_some(true));
        flags.text("metrics", "--metrics", self.metrics);
        let mut config = self.configured.load(flags)?;
        if let Some(address) = config.metrics {
            telemetry::start_metrics(address)?;
        }
        fit_connections(&mut config);
        let new_store = match self.new_store {
            true => NewStore::Allowed,
            false => NewStore::Refused,
        };
        let mut terminate = signal(SignalKind::terminate()).map_err(CliError::of)?;
        // From now on it ends nothing, though nobody listens to it until the server is up.
        let _hangup = signal(SignalKind::hangup()).map_err(CliError::of)?;
        let server = Server::build(&config, new_store, clock).await.map_err(CliError::of)?;
        let scheme = if server.has_tls() { "https" } else { "http" };
        println!("listening on {scheme}://{}", server.address());
        let stop = async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        };
        server.run(stop).await.map_err(CliError::of)
    }
}

/// Files that a server opens beside its connections, and some to spare.
const OTHER_FILES: u64 = 128;

/// Raises the bound on open files as far as it goes; no more connections are taken in than that leaves room for.
fn fit_connections(config: &mut Config) {
    let most = &mut config.connections.connections;
    let Some(files) = descriptors::raise() else { return };
    let room = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
    if room < *most {
        tracing::info!(
            files,
            connections = room,
            "open files bound the connections: ulimit -n raises that"
        );
        *most = room.max(1);
    }
}

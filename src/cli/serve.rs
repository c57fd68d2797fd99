//! `dinhdanh serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::{CliError, telemetry};
use crate::engine::Limits;
use crate::server::{Config, Server};
use crate::shell::Clock;

/// Serve the gRPC API from a data folder on this machine.
///
/// Stops cleanly on Ctrl-C or SIGTERM: queued work is finished, new work is refused.
///
/// Example: dinhdanh serve --dev --data ./data
#[derive(Debug, Args)]
pub struct Serve {
    /// The data folder; made if there is none. One server owns it.
    #[arg(long, default_value = "dinhdanh-data", env = "DINHDANH_DATA")]
    data: PathBuf,
    /// The key file; made at the first start (mode 0600). [default: keys.toml in the data folder]
    #[arg(long, env = "DINHDANH_KEYS")]
    keys: Option<PathBuf>,
    /// Let an existing key file start a new store. Never with keys that have given numbers: they would be given again.
    #[arg(long)]
    new_store: bool,
    /// Where to listen; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:7400", env = "DINHDANH_LISTEN")]
    listen: SocketAddr,
    /// Believe callers without proof (metadata x-dinhdanh-office, x-dinhdanh-role). Loopback only.
    #[arg(long)]
    dev: bool,
    /// Serve metrics for Prometheus at this address, under /metrics.
    #[arg(long, env = "DINHDANH_METRICS")]
    metrics: Option<SocketAddr>,
}

impl Serve {
    /// Serves until told to stop.
    pub async fn run(self, clock: Arc<dyn Clock>) -> Result<(), CliError> {
        if let Some(address) = self.metrics {
            telemetry::start_metrics(address)?;
        }
        let config = Config {
            data: self.data,
            keys: self.keys,
            listen: self.listen,
            dev: self.dev,
            new_store: self.new_store,
            limits: Limits::default(),
        };
        let mut terminate = signal(SignalKind::terminate()).map_err(CliError::of)?;
        let server = Server::build(config, clock).await.map_err(CliError::of)?;
        println!("listening on http://{}", server.address());
        let stop = async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        };
        server.run(stop).await.map_err(CliError::of)
    }
}

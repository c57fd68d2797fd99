//! Whether Redis can be asked at this moment.
//!
//! The first round trip that fails or takes too long turns the lease off, and the connection is given up. A task in the
//! background tries again after a rest, on a new connection, with a command that writes; no caller ever does. So what
//! waits in a stalled connection is bounded by what was asked within one round trip's patience.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use redis::Pipeline;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::connection::{Connection, Failure, Reply};
use super::connector::Connector;

/// How long it may take to find and reach a server. Nobody waits for it.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Holds the connection while there is one that works.
pub(super) struct Breaker {
    connector: Connector,
    probe: Pipeline,
    patience: Duration,
    rest: Duration,
    current: Mutex<Current>,
    up: watch::Sender<bool>,
    failed: Notify,
}

#[derive(Default)]
struct Current {
    connection: Option<Connection>,
    /// Counts the connections, so that a failure of an earlier one is not held against this one.
    generation: u64,
}

/// A connection that worked a moment ago.
pub(super) struct Link<'a> {
    breaker: &'a Breaker,
    connection: Connection,
    generation: u64,
}

impl Breaker {
    /// Without a connection yet: [`Breaker::keep`] makes it.
    pub fn new(connector: Connector, probe: Pipeline, patience: Duration, rest: Duration) -> Self {
        metrics::gauge!("dinhdanh_lease_up").set(0.0);
        Self {
            connector,
            probe,
            patience,
            rest,
            current: Mutex::default(),
            up: watch::Sender::new(false),
            failed: Notify::new(),
        }
    }

    /// Whether Redis can be asked.
    pub fn up(&self) -> watch::Receiver<bool> {
        self.up.subscribe()
    }

    /// The connection, if Redis can be asked.
    pub fn link(&self) -> Option<Link<'_>> {
        let current = self.current.lock();
        Some(Link {
            breaker: self,
            connection: current.connection.clone()?,
            generation: current.generation,
        })
    }

    /// Connects whenever there is no connection, for ever.
    pub async fn keep(self: Arc<Self>) {
        let mut told = false;
        loop {
            match self.connect().await {
                Ok(connection) => {
                    self.turn_on(connection);
                    told = true;
                    self.watch().await;
                }
                Err(reason) if !told => {
                    told = true;
                    tracing::warn!(%reason, "the lease in Redis cannot be asked; work goes on without it");
                }
                Err(_) => {}
            }
            sleep(self.rest).await;
        }
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let connecting = timeout(CONNECT_WITHIN, self.connector.connect()).await;
        let connection = connecting.unwrap_or(Err(Failure::TooSlow))?;
        self.ask(&connection, &self.probe).await?;
        Ok(connection)
    }

    /// Returns when the connection has failed. Where nobody asks, this task does, so that it is noticed all the same.
    async fn watch(&self) {
        while timeout(self.rest, self.failed.notified()).await.is_err() {
            if let Some(link) = self.link() {
                link.ask(&self.probe).await;
            }
        }
    }

    async fn ask(&self, connection: &Connection, pipeline: &Pipeline) -> Result<Vec<Reply>, Failure> {
        let asked = timeout(self.patience, connection.run(pipeline)).await;
        asked.unwrap_or(Err(Failure::TooSlow))
    }

    fn turn_on(&self, connection: Connection) {
        let mut current = self.current.lock();
        current.connection = Some(connection);
        current.generation += 1;
        metrics::gauge!("dinhdanh_lease_up").set(1.0);
        self.up.send_replace(true);
        tracing::info!("the lease in Redis can be asked");
    }

    fn turn_off(&self, generation: u64, reason: &Failure) {
        let mut current = self.current.lock();
        if current.generation != generation || current.connection.take().is_none() {
            return;
        }
        metrics::gauge!("dinhdanh_lease_up").set(0.0);
        metrics::counter!("dinhdanh_lease_failures_total", "reason" => reason.name()).increment(1);
        self.up.send_replace(false);
        self.failed.notify_one();
        tracing::warn!(%reason, "the lease in Redis cannot be asked; work goes on without it");
    }
}

impl Link<'_> {
    /// Carries out commands in one round trip; `None` if that failed, which turns the lease off.
    pub async fn ask(&self, pipeline: &Pipeline) -> Option<Vec<Reply>> {
        match self.breaker.ask(&self.connection, pipeline).await {
            Ok(replies) => Some(replies),
            Err(failure) => {
                self.breaker.turn_off(self.generation, &failure);
                None
            }
        }
    }
}

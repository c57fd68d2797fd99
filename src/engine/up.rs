//! Whether the store takes turns.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::Shared;
use crate::shell::Clock;
use crate::store::StoreError;

/// A turn that takes longer than this is stuck: a standby is away, or the disk.
const STUCK: Duration = Duration::from_secs(2);
/// How often it is looked whether a turn is stuck, and whether a store that was away has come back.
const EVERY: Duration = Duration::from_millis(500);

/// Whether the store takes turns: as the last one ended, and as the one under way looks.
pub(crate) struct Up {
    clock: Arc<dyn Clock>,
    /// When the turn under way began.
    began: Mutex<Option<Duration>>,
    up: watch::Sender<bool>,
    /// Somebody saw a reason to try.
    doubted: Notify,
}

impl Up {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            began: Mutex::new(None),
            up: watch::Sender::new(true),
            doubted: Notify::new(),
        }
    }

    pub fn subscribe(&self) -> watch::Receiver<bool> {
        self.up.subscribe()
    }

    pub fn is_up(&self) -> bool {
        *self.up.borrow()
    }

    /// Runs a turn to its end, and notes how it went.
    pub async fn during<T>(&self, turn: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let outcome = self.part(turn).await;
        // A constraint that refuses shows a store at work.
        if matches!(outcome, Ok(_) | Err(StoreError::Conflict(_))) {
            self.set(true);
        }
        outcome
    }

    /// Runs part of a turn. That it goes well does not show yet that turns can be ended.
    pub async fn part<T>(&self, turn: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        *self.began.lock() = Some(self.clock.monotonic());
        let outcome = turn.await;
        *self.began.lock() = None;
        if !matches!(outcome, Ok(_) | Err(StoreError::Conflict(_))) {
            self.set(false);
        }
        outcome
    }

    /// Asks for a turn that tells whether the store is up: what was seen is no turn, but makes doubt of it.
    pub fn doubt(&self) {
        self.doubted.notify_one();
    }

    /// Ends when the store is down, or in doubt, and should be tried.
    pub async fn time_to_probe(&self) {
        let mut up = self.subscribe();
        tokio::select! {
            // The sender lives as long as this borrow of it.
            _ = up.wait_for(|up| !up) => {}
            () = self.doubted.notified() => {}
        }
        tokio::time::sleep(EVERY).await;
    }

    fn set(&self, now: bool) {
        let changed = self.up.send_if_modified(|up| std::mem::replace(up, now) != now);
        if changed {
            metrics::gauge!("dinhdanh_store_up").set(f64::from(u8::from(now)));
            if now {
                tracing::info!("the store takes turns again");
            } else {
                tracing::error!("the store takes no turns; callers are told to come back");
            }
        }
    }

    fn look(&self) {
        let began = *self.began.lock();
        if began.is_some_and(|began| self.clock.monotonic().saturating_sub(began) > STUCK) {
            self.set(false);
        }
    }
}

/// Looks again and again whether a turn is stuck. Ends with the engine.
pub(super) async fn watch<S>(shared: Arc<Shared<S>>) {
    metrics::gauge!("dinhdanh_store_up").set(1.0);
    loop {
        tokio::time::sleep(EVERY).await;
        shared.up.look();
    }
}

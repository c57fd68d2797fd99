//! Look-ups that read the store beside the turns: few at a time, and none that would wait too long.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::{Lane, Shed};
use crate::engine::Limits;
use crate::shell::Clock;

/// Look-ups that read at a time. More would only wait for each other's connections.
const AT_A_TIME: usize = 8;
/// How many of them may be the readings of those who compare whole registries.
const ASIDE: usize = 2;
/// How much a look-up counts beside all before it.
const NEWEST: f64 = 0.05;

/// Lets look-ups read the store.
pub(crate) struct Readings {
    reading: Semaphore,
    aside: Semaphore,
    waiting: AtomicUsize,
    /// How long one takes, in seconds.
    mean: Mutex<f64>,
    limits: Limits,
    clock: Arc<dyn Clock>,
}

/// Counts one that waits, until it is dropped.
struct Waits<'a>(&'a AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Readings {
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self {
            reading: Semaphore::new(AT_A_TIME),
            aside: Semaphore::new(ASIDE),
            waiting: AtomicUsize::new(0),
            mean: Mutex::new(0.0),
            limits,
            clock,
        }
    }

    /// Reads when its turn comes, unless it would come too late.
    pub async fn read<T>(&self, left: Option<Duration>, reading: impl Future<Output = T>) -> Result<T, Shed> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waits = Waits(&self.waiting);
        let wait = Duration::from_secs_f64(*self.mean.lock() * before as f64 / AT_A_TIME as f64);
        let bound = Lane::LookUps.bound(&self.limits);
        if before >= self.limits.lookups || bound.is_some_and(|bound| wait > bound) {
            return Err(Shed::Overloaded);
        }
        if left.is_some_and(|left| wait > left) {
            return Err(Shed::NoTimeLeft);
        }
        // It is never closed.
        let _permit = self.reading.acquire().await.map_err(|_| Shed::Overloaded)?;
        drop(waits);
        let began = self.clock.monotonic();
        let read = reading.await;
        let took = (self.clock.monotonic() - began).as_secs_f64();
        let mut mean = self.mean.lock();
        *mean += (took - *mean) * NEWEST;
        Ok(read)
    }

    /// Reads for somebody who is in no hurry, and leaves most of the room to others; nobody who waits so long is refused.
    pub async fn read_aside<T>(&self, reading: impl Future<Output = T>) -> Result<T, Shed> {
        // Neither is ever closed.
        let _aside = self.aside.acquire().await.map_err(|_| Shed::Overloaded)?;
        let _permit = self.reading.acquire().await.map_err(|_| Shed::Overloaded)?;
        Ok(reading.await)
    }
}

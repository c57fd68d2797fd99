//! Moving the write-ahead log into the tables without stalling births.
//!
//! A connection of its own copies the log in the background (`PASSIVE`: it never blocks the writer). While the writer
//! keeps appending, such a pass never reaches the log's end and the file would grow for ever; so once it is long, the
//! writer itself makes a pass between two turns, which has only the last few turns left to copy and lets the log start
//! again from its beginning.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{sql, unavailable};
use crate::store::StoreError;

/// Entries between two background passes.
const ENTRIES_BETWEEN_PASSES: usize = 4_000;
/// Length of the log, in pages of 4 KiB, from which the writer helps to end it: 64 MiB.
const LONG_LOG_PAGES: i64 = 16_384;

/// The background pass, and what the writer must know of it.
pub(super) struct Checkpoints {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    wake: Notify,
    written: AtomicUsize,
    long: AtomicBool,
}

impl Checkpoints {
    /// Starts the background pass with a connection of its own.
    pub async fn start(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let connection = options.connect().await.map_err(unavailable)?;
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(run(connection, Arc::clone(&shared)));
        Ok(Self { shared, task })
    }

    /// Notes that a turn was committed.
    pub fn written(&self, entries: usize) {
        let before = self.shared.written.fetch_add(entries, Ordering::Relaxed);
        if before + entries >= ENTRIES_BETWEEN_PASSES {
            self.shared.written.store(0, Ordering::Relaxed);
            self.shared.wake.notify_one();
        }
    }

    /// Whether the writer should make a pass before its next turn; asked once for each long log.
    pub fn writer_must_help(&self) -> bool {
        self.shared.long.swap(false, Ordering::Relaxed)
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(mut connection: SqliteConnection, shared: Arc<Shared>) {
    loop {
        shared.wake.notified().await;
        match pass(&mut connection).await {
            Ok(pages) => shared.long.store(pages >= LONG_LOG_PAGES, Ordering::Relaxed),
            // The log only grows longer; the next pass tries again.
            Err(error) => tracing::warn!(%error, "a checkpoint of the write-ahead log failed"),
        }
    }
}

/// One pass; answers the length of the log in pages.
pub(super) async fn pass(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let row = sqlx::query(sql::CHECKPOINT)
        .fetch_one(connection)
        .await
        .map_err(unavailable)?;
    row.try_get(1).map_err(unavailable)
}

/// Makes everything durable that can be seen. A process that was killed, or a flush that failed, may have left commits in
/// the log that the disk does not have; opening the store shows them all the same. Nothing may be answered from them
/// before they have been flushed.
pub(super) async fn settle(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let row = sqlx::query(sql::SETTLE)
        .fetch_one(&mut *connection)
        .await
        .map_err(unavailable)?;
    let busy: i64 = row.try_get(0).map_err(unavailable)?;
    if busy != 0 {
        // Somebody reads beside us: a commit flushes the log as well.
        sqlx::query(sql::TOUCH).execute(connection).await.map_err(unavailable)?;
    }
    Ok(())
}

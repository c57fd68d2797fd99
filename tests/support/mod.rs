//! What the tests share: a server as a process, offices that call it, registrations to send, and a look at what it wrote.

pub mod backend;
pub mod births;
pub mod blocker;
pub mod calls;
pub mod dealings;
pub mod desk;
pub mod extract;
pub mod following;
pub mod ledger;
pub mod load;
pub mod metrics;
pub mod office;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod raw;
pub mod record;
pub mod redis;
pub mod server;
pub mod site;
pub mod small_disk;
pub mod told;
pub mod trace;
pub mod units;
pub mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dinhdanh::engine::Guard;
use dinhdanh::lease::Alone;
use dinhdanh::store::sqlite::FolderLock;

/// How long anything may take before a test gives up on it: generous, since the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until `done` answers something, asking again and again; gives up after [`PATIENCE`].
pub async fn until<T>(what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = done().await {
            return value;
        }
        assert!(Instant::now() < deadline, "gave up waiting until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A guard that remembers nothing when it is gone: for engines that are looked at from within.
pub fn unwritten() -> Guard {
    Guard::new(None, Arc::new(Alone::default())).unwrap()
}

/// The lock of a data folder whose store has just been closed. A process that another test starts at that moment holds a
/// copy of every open file, and so of the lock, until it becomes the program it is to be.
pub async fn lock_of(folder: &Path) -> FolderLock {
    until("the folder is free", async || FolderLock::take(folder).ok()).await
}

/// A setting of the environment, or its default.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is not a number"))
    })
}

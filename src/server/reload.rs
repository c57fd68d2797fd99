//! Noticing that files have changed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;

use super::callers::Callers;
use crate::engine::Engine;
use crate::shell::KeySource;
use crate::store::Store;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What tells one state of some files from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamps(Vec<Option<Stamp>>);

/// A file's device and number, length and time of change, in seconds and nanoseconds.
type Stamp = (u64, u64, u64, i64, i64);

impl Stamps {
    /// As the files are now.
    pub fn of<'a>(files: impl Iterator<Item = &'a Path>) -> Self {
        Self(files.map(stamp).collect())
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let data = fs::metadata(file).ok()?;
    Some((data.dev(), data.ino(), data.size(), data.mtime(), data.mtime_nsec()))
}

/// Reads the files of `callers` again on SIGHUP, and by itself when they have changed and stay as they are for a moment:
/// certificate and key are rarely written in one go.
pub(super) async fn follow(callers: Arc<Callers>) {
    let mut asked = signal(SignalKind::hangup())
        .inspect_err(|error| tracing::warn!(%error, "SIGHUP cannot be waited for"))
        .ok();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut loaded = callers.first.clone();
    let mut seen = loaded.clone();
    loop {
        let at_once = tokio::select! {
            _ = tick.tick() => false,
            () = hangup(&mut asked) => true,
        };
        let (callers, before, known) = (Arc::clone(&callers), seen, loaded);
        // Files may lie on a disk that is slow to answer.
        let looked = tokio::task::spawn_blocking(move || {
            let now = callers.stamps();
            let settled = now == before && now != known;
            if at_once || settled {
                callers.reload();
                return (now.clone(), now);
            }
            (now, known)
        });
        let Ok(stamps) = looked.await else {
            return;
        };
        (seen, loaded) = stamps;
    }
}

/// Takes in new keys on SIGHUP, and by itself when the key file has changed and stays as it is for a moment.
pub(super) async fn follow_keys<S: Store>(source: KeySource, engine: Arc<Engine<S>>) {
    let mut asked = signal(SignalKind::hangup()).ok();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stamps = || Stamps::of(source.file().into_iter());
    let (mut loaded, mut seen) = (stamps(), stamps());
    loop {
        let at_once = tokio::select! {
            _ = tick.tick() => false,
            () = hangup(&mut asked) => true,
        };
        let now = stamps();
        let settled = now == seen && now != loaded;
        seen = now;
        if !at_once && !settled {
            continue;
        }
        loaded = seen.clone();
        match source.load().await {
            Ok(ring) => match engine.take_in(ring) {
                Ok(new) => new.iter().for_each(|key| tracing::info!(%key, "took in a key")),
                Err(error) => tracing::error!(%error, "the old keys stay in force"),
            },
            Err(error) => tracing::error!(%error, "the old keys stay in force"),
        }
    }
}

async fn hangup(asked: &mut Option<Signal>) {
    let received = match asked {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if received.is_none() {
        std::future::pending().await
    }
}

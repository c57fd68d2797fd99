//! Being asked to end.

use std::pin::pin;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::CliError;

/// Ctrl-C and SIGTERM.
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// From now on they are heard here, and end nothing by themselves.
    ///
    /// # Errors
    /// [`CliError`] if the system does not let them be heard.
    pub fn listen() -> Result<Self, CliError> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(CliError::of)?,
            terminate: signal(SignalKind::terminate()).map_err(CliError::of)?,
        })
    }

    /// Waits for some work. The first of them cancels `stop`, by which the work ends early, and `told` says so; the second
    /// abandons it, and then there is no result.
    pub async fn end<F: Future>(mut self, stop: &CancellationToken, told: impl FnOnce(), work: F) -> Option<F::Output> {
        let mut work = pin!(work);
        tokio::select! {
            ended = &mut work => return Some(ended),
            () = self.next() => {}
        }
        stop.cancel();
        told();
        tokio::select! {
            ended = work => Some(ended),
            () = self.next() => None,
        }
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

//! Being asked to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

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

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

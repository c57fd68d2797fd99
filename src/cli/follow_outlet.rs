//! Where the lines of `dinhdanh follow` go: to standard output first, and a moment later the cursor moves.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::block_in_place;
use tokio::time::{Instant, sleep_until};

use super::CliError;
use crate::client::follow::CursorFile;

/// How long lines may have been written before the cursor moves past them: moving it waits for the disk, which would let
/// nobody catch up with a long ledger if it were done for each line.
const WINDOW: Duration = Duration::from_millis(100);

/// Standard output and the cursor, which is never ahead of it.
pub struct Outlet {
    /// Unbuffered: what is written is written.
    output: Arc<File>,
    /// Whether it is a file, which a power cut could set back behind the cursor.
    keeps: bool,
    cursor: CursorFile,
    /// The last position dealt with.
    position: i64,
    /// When the cursor must have come there, if it has not.
    due: Option<Instant>,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was written.
    Whole,
    /// Nobody reads standard output any more.
    Closed,
}

impl Outlet {
    /// Standard output, and a cursor.
    ///
    /// # Errors
    /// [`CliError`] if there is no standard output.
    pub fn new(cursor: CursorFile) -> Result<Self, CliError> {
        let output = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        let output = output.map_err(|error| cannot_print(&error))?;
        let keeps = output.metadata().is_ok_and(|metadata| metadata.is_file());
        Ok(Self {
            output: Arc::new(output),
            keeps,
            position: cursor.position(),
            cursor,
            due: None,
        })
    }

    /// Writes the line of a position, all of it; lines before it are settled meanwhile, if nobody reads. Dropped early, it
    /// may still write the line, and does not count it.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be written, or the cursor cannot.
    pub async fn write(&mut self, line: String, position: i64) -> Result<Taken, CliError> {
        let output = Arc::clone(&self.output);
        let mut writing = tokio::task::spawn_blocking(move || (&*output).write_all(line.as_bytes()));
        let written = loop {
            tokio::select! {
                written = &mut writing => break written.map_err(CliError::of)?,
                settled = self.settled_when_due() => settled?,
            }
        };
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Taken::Closed),
            written => written.map_err(|error| cannot_print(&error))?,
        }
        self.pass(position);
        Ok(Taken::Whole)
    }

    /// Notes a position for which there is nothing to write.
    pub fn pass(&mut self, position: i64) {
        self.position = position;
        self.due.get_or_insert_with(|| Instant::now() + WINDOW);
    }

    /// Waits until the cursor is to be moved, and moves it. For ever if there is nothing to move it past.
    ///
    /// # Errors
    /// [`CliError`] if the cursor cannot be written.
    pub async fn settled_when_due(&mut self) -> Result<(), CliError> {
        match self.due {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
        self.settle()
    }

    /// Moves the cursor past all that was written.
    ///
    /// # Errors
    /// [`CliError`] if it cannot be written, or what was written does not come to the disk.
    pub fn settle(&mut self) -> Result<(), CliError> {
        self.due = None;
        block_in_place(|| {
            if self.keeps && self.position != self.cursor.position() {
                self.output.sync_data().map_err(|error| cannot_print(&error))?;
            }
            self.cursor.advance(self.position).map_err(CliError::of)
        })
    }
}

fn cannot_print(error: &io::Error) -> CliError {
    CliError::new(format!("the event cannot be printed: {error}"))
}

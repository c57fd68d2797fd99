//! Where the lines of `dinhdanh follow` go: to standard output first, and then the cursor moves.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;

use super::CliError;
use crate::client::follow::CursorFile;

/// Standard output and the cursor, in step.
pub struct Outlet {
    /// Unbuffered: what is written is written.
    output: File,
    /// Whether it is a file, which a power cut could set back behind the cursor.
    keeps: bool,
    cursor: CursorFile,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was written, and the cursor moved.
    Whole,
    /// Nobody reads standard output any more. The cursor did not move.
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
        Ok(Self { output, keeps, cursor })
    }

    /// Writes a line, all of it, and only then moves the cursor.
    ///
    /// # Errors
    /// [`CliError`] if either cannot be written.
    pub fn take(&mut self, line: &str, position: i64) -> Result<Taken, CliError> {
        match self.write(line) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Taken::Closed),
            written => written.map_err(|error| cannot_print(&error))?,
        }
        self.cursor.advance(position).map_err(CliError::of)?;
        Ok(Taken::Whole)
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if line.is_empty() {
            return Ok(());
        }
        self.output.write_all(line.as_bytes())?;
        if self.keeps { self.output.sync_data() } else { Ok(()) }
    }
}

fn cannot_print(error: &io::Error) -> CliError {
    CliError::new(format!("the event cannot be printed: {error}"))
}

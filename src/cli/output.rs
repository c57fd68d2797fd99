//! Writing results to standard output.

use std::io::{ErrorKind, Write};

use super::CliError;

/// Prints a text. A reader who has seen enough, such as `head`, is no failure.
///
/// # Errors
/// [`CliError`] if it cannot be written, for example to a full disk.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(CliError::new(format!("the result cannot be printed: {error}")))
        }
        _ => Ok(()),
    }
}

//! What can be wrong with a journal.

use std::io;

use super::index::MAX_LINES;

/// Why a journal cannot be used, in words for the person who runs the command. Carries no personal data.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be opened or made.
    #[error("the journal cannot be opened: {0}")]
    Open(#[source] io::Error),
    /// It cannot be read.
    #[error("the journal cannot be read: {0}")]
    Read(#[source] io::Error),
    /// It cannot be written, so nothing more may be sent.
    #[error("the journal cannot be written: {0}. Nothing more was sent; make room and run the same command again")]
    Write(#[source] io::Error),
    /// Another process has it open.
    #[error("another run is sending this file at this moment; wait until it has ended")]
    InUse,
    /// It is not a regular file, or does not begin as a journal does.
    #[error("there is a file of that name which is not a journal of this program; move it away")]
    NotAJournal,
    /// It was written in another version of the format.
    #[error("the journal has format version {0}, which this program does not know; use the program that wrote it")]
    Version(u32),
    /// It was begun with another server.
    #[error(
        "these rows were sent to {begun}, not to {asked}: sending them to a second service could give a child two \
         numbers. If it is the same service under another address, add --same-service"
    )]
    OtherServer {
        /// The server it was begun with.
        begun: String,
        /// The server it is opened for.
        asked: String,
    },
    /// A line cannot be understood, or contradicts an earlier one.
    #[error("line {line} of the journal is broken ({problem}); without it no row can be sent safely")]
    Broken {
        /// Its line, from 1.
        line: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// What was read when the journal was opened is no longer there.
    #[error("the journal was changed by somebody else while it was in use")]
    Tampered,
    /// A row that was sent, or may have been, is not as it was.
    #[error("line {line} of the file has changed since it was sent")]
    RowChanged {
        /// Its line in the CSV file.
        line: u64,
    },
    /// An answer came for a row that was not to be sent under that id.
    #[error("an answer for line {line} came under a request id that is not its own")]
    NotIntended {
        /// The line in the CSV file.
        line: u64,
    },
    /// The file is longer than can be followed.
    #[error("a file may have {MAX_LINES} lines at most; split it")]
    TooManyLines,
}

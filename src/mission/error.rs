//! What can be wrong with a mission's journal.

use std::io;

use uuid::Uuid;

use crate::ledger::NoteError;

/// Why a mission's journal cannot be used, in words for the person who runs the command. Carries no personal data.
#[derive(Debug, thiserror::Error)]
pub enum MissionError {
    /// There is no such file.
    #[error("there is no journal here; `dinhdanh mission init` makes one")]
    Missing,
    /// There is a file of that name already.
    #[error("there is a file of that name; a journal is made once, and never overwritten")]
    Exists,
    /// Others can read it.
    #[error("the journal can be read by others (mode {0:o}); make it private: chmod 600")]
    NotPrivate(u32),
    /// The file cannot be made or read.
    #[error("the journal cannot be opened: {0}")]
    File(#[source] io::Error),
    /// It is not a journal, or that of a later release.
    #[error("this is not a mission's journal that this program can read")]
    NotAJournal,
    /// It cannot be read or written. Nothing was handed out that is not in it.
    #[error("the journal failed ({0}); nothing was handed out that is not in it")]
    Database(String),
    /// It does not open with this passphrase.
    #[error("this is not the passphrase of the journal")]
    Passphrase,
    /// The passphrase is too short to protect anything.
    #[error("a passphrase has at least {0} characters")]
    ShortPassphrase(usize),
    /// Something in it was changed by somebody else.
    #[error("the journal was changed by something other than this program")]
    Tampered,
    /// The service's answer to a reservation is not what was asked for, or is not signed by the key given.
    #[error("the block that was answered does not count: {0}")]
    Note(#[from] NoteError),
    /// The same, where the signature is right.
    #[error("the block that was answered is not the one that was asked for")]
    OtherBlock,
    /// There is no such block.
    #[error("the journal has no block {0}")]
    NoBlock(Uuid),
    /// There is no such entry.
    #[error("nothing was handed out here for this entry of the book")]
    NoEntry,
    /// The service knows the entry with this very number, as it was sent before.
    #[error(
        "the service has this entry, with this number, by other facts (REQUEST_ID_REUSED): the number is its child's; enter it as \
         it was first, with `dinhdanh mission register --correct`"
    )]
    SettledOtherwise,
    /// What was sent cannot be taken back.
    #[error("this entry is {0}: it may be given up only before it is sent, or after the service has refused it")]
    NotToGiveUp(&'static str),
}

impl From<sqlx::Error> for MissionError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}

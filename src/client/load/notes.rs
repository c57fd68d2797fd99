//! The journal of a load.

use std::path::PathBuf;
use std::sync::OnceLock;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::{Child, LoadError, Stock};
use crate::client::Answer;
use crate::client::journal::{Journal, JournalError, Plan};

/// Notes intents and answers, if that is asked for.
///
/// Nothing is flushed to the disk before a request is sent: what is sent twice here has the same id, since the seed gives
/// the same births and ids again.
pub struct Notes {
    journal: Option<Mutex<Journal>>,
    path: PathBuf,
    failed: OnceLock<JournalError>,
    /// Cancelled when the journal fails: nothing more is sent then.
    stop: CancellationToken,
}

impl Notes {
    /// Opens the journal, or makes it, and marks what an earlier run of the same births sent.
    ///
    /// # Errors
    /// [`LoadError::Journal`], also if it was written of other births.
    pub fn open(
        path: Option<PathBuf>,
        server: &str,
        stock: &Stock,
        stop: &CancellationToken,
    ) -> Result<Self, LoadError> {
        let stop = stop.clone();
        let Some(path) = path else {
            return Ok(Self {
                journal: None,
                path: PathBuf::new(),
                failed: OnceLock::new(),
                stop,
            });
        };
        let failed = |error| LoadError::Journal {
            path: path.clone(),
            error,
        };
        let mut journal = Journal::open(&path, server, true).map_err(failed)?;
        for child in &stock.children {
            let Some(digest) = child.digest else { continue };
            match journal.plan(child.line, digest).map_err(failed)? {
                Plan::First => {}
                Plan::Open(_) | Plan::Refused(_) => drop(child.sending()),
                Plan::Answered => {
                    child.sending();
                    if let Some(answer) = journal.answer(child.line).map_err(failed)? {
                        child.answered(&answer);
                    }
                }
            }
        }
        Ok(Self {
            journal: Some(Mutex::new(journal)),
            path,
            failed: OnceLock::new(),
            stop,
        })
    }

    /// Notes that a child will be sent, for the first time.
    pub fn intend(&self, child: &Child) {
        if let (Some(journal), Some(digest)) = (&self.journal, child.digest) {
            let noted = journal.lock().intend(child.line, digest, child.request_id);
            self.see_to(noted);
        }
    }

    /// Notes a child's first final answer.
    pub fn answered(&self, child: &Child, answer: &Answer) {
        if let Some(journal) = &self.journal {
            let office = child.office.to_str().unwrap_or_default();
            let noted = journal.lock().answered(child.line, office, child.request_id, answer);
            self.see_to(noted);
        }
    }

    /// Hands everything to the operating system.
    pub fn write(&self) {
        if let Some(journal) = &self.journal {
            let written = journal.lock().write();
            self.see_to(written);
        }
    }

    /// Brings everything to the disk, and says whether anything went wrong meanwhile.
    ///
    /// # Errors
    /// [`LoadError::Journal`].
    pub fn close(self) -> Result<(), LoadError> {
        if let Some(journal) = &self.journal {
            let synced = journal.lock().sync();
            self.see_to(synced);
        }
        match self.failed.into_inner() {
            Some(error) => Err(LoadError::Journal { path: self.path, error }),
            None => Ok(()),
        }
    }

    fn see_to(&self, noted: Result<(), JournalError>) {
        if let Err(error) = noted {
            // The first error is the one to tell.
            let _ = self.failed.set(error);
            self.stop.cancel();
        }
    }
}

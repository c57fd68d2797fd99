//! Somebody who follows the feed through everything, by the command.

use std::collections::BTreeMap;
use std::sync::Mutex;

use dinhdanh::ledger::{Entry, EntryKind};
use tempfile::TempDir;

use crate::support::following::{Following, Run, lines, positions};

/// A reading of the whole feed, from whichever server answers.
pub struct Watch {
    following: Following,
    run: Mutex<Option<Run>>,
    folder: TempDir,
}

impl Watch {
    /// A reading from servers at these addresses.
    pub fn start(servers: Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let following = Following::of(servers, folder.path());
        Self {
            run: Mutex::new(Some(following.start())),
            following,
            folder,
        }
    }

    /// Kills it wherever it is; what it does next is for its cursor to say.
    pub async fn is_killed_and_started_again(&self) {
        let run = self.run.lock().unwrap().take();
        self.ends(run.unwrap(), "KILL").await;
        *self.run.lock().unwrap() = Some(self.following.start());
    }

    async fn ends(&self, mut run: Run, signal: &str) {
        run.signal(signal);
        let code = run.ended().await;
        assert_eq!(code, (signal == "TERM").then_some(0), "{}", self.following.said());
    }

    /// Waits until it has come to the end of the ledger, and compares: it has told of every entry that the feed tells of,
    /// in order, each once but for those that a kill let it tell again, and all as they are told to one who asks now.
    pub async fn end(self, entries: &[Entry]) {
        self.following.has_come_to(entries.last().unwrap().position).await;
        let run = self.run.lock().unwrap().take();
        self.ends(run.unwrap(), "TERM").await;
        let afresh = tempfile::tempdir_in(self.folder.path()).unwrap();
        let asked_now = Following::of(self.following.servers().to_vec(), afresh.path()).until_end(&[]);
        assert!(
            asked_now.status.success(),
            "{}",
            String::from_utf8_lossy(&asked_now.stderr)
        );
        let asked_now = lines(&asked_now);
        let told = self.following.printed();
        let of_told = positions(&told);
        let mut once = BTreeMap::new();
        for (position, line) in of_told.iter().zip(told) {
            let last = once.last_key_value().map(|(last, _)| *last);
            // After a kill it begins again at most as many lines back as it printed since it last moved its cursor.
            assert!(
                once.contains_key(position) || last.is_none_or(|last| last < *position),
                "{position} was told after {last:?}"
            );
            once.insert(*position, line);
        }
        assert!(
            once.into_values().eq(asked_now.iter().cloned()),
            "an event was missed, or told otherwise"
        );
        let silent = [EntryKind::Genesis, EntryKind::Bound];
        let of_entries = entries.iter().filter(|entry| !silent.contains(&entry.kind));
        assert!(of_entries.map(|entry| entry.position).eq(positions(&asked_now)));
    }
}

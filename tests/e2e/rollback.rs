//! A store that was put back to an earlier state gives nothing out before it is recovered, and never a number twice.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dinhdanh::store::sqlite::FILE_NAME;
use tempfile::TempDir;
use tonic::Code;

use crate::support::births::request;
use crate::support::office::Office;
use crate::support::server::{BINARY, Server};
use crate::support::told::told;
use crate::support::until;

const OFFICE: &str = "26734";

/// A data folder with room beside it for its anchor and for copies.
pub(super) struct Place {
    pub folder: TempDir,
    pub data: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            data: folder.path().join("data"),
            folder,
        }
    }

    pub fn anchor(&self) -> PathBuf {
        self.folder.path().join("data-anchor")
    }

    /// The numbers of so many births, from one on.
    async fn numbers(&self, server: &Server, births: std::ops::Range<u64>) -> BTreeSet<String> {
        let office = Office::new(server.connect().await, OFFICE);
        let mut numbers = BTreeSet::new();
        for birth in births {
            numbers.insert(office.number(request(OFFICE, birth)).await);
        }
        numbers
    }

    pub fn backup(&self) -> PathBuf {
        let copy = self.folder.path().join("copy");
        let made = Command::new(BINARY)
            .args(["backup", "--data"])
            .arg(&self.data)
            .arg("--out")
            .arg(&copy)
            .output();
        assert!(made.unwrap().status.success());
        copy
    }

    /// Puts a copy in the place of the store.
    pub fn put_back(&self, copy: &Path) {
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(self.data.join(format!("{FILE_NAME}{end}")));
        }
        std::fs::copy(copy.join(FILE_NAME), self.data.join(FILE_NAME)).unwrap();
    }

    pub fn recover(&self, words: &[&str]) -> (bool, String) {
        let mut command = Command::new(BINARY);
        said(
            command
                .arg("recover")
                .arg("--data")
                .arg(&self.data)
                .args(words)
                .output()
                .unwrap(),
        )
    }

    /// That nothing is done: neither given, nor looked up.
    async fn takes_no_work(&self) {
        let server = Server::start(&self.data);
        let office = Office::new(server.connect().await, OFFICE);
        let refused = told(&office.issue(request(OFFICE, 999)).await.unwrap_err());
        assert_eq!(refused.what(), (Code::Unavailable, "STORE_ROLLED_BACK"));
        let refused = told(&office.issuance(&request(OFFICE, 1).request_id).await.unwrap_err());
        assert_eq!(refused.what(), (Code::Unavailable, "STORE_ROLLED_BACK"));
        let hint = "dinhdanh recover";
        assert!(server.said().contains(hint), "{}", server.said());
        server.stop().await;
    }

    /// That the store holds, and that all numbers given since are others than those.
    pub async fn gives_none_of(&self, given: &BTreeSet<String>) {
        let server = Server::start(&self.data);
        let since = self.numbers(&server, 100..140).await;
        server.stop().await;
        assert_eq!(since.len(), 40);
        assert!(since.is_disjoint(given), "a number was given twice");
        let verified = Command::new(BINARY)
            .arg("verify")
            .arg("--data")
            .arg(&self.data)
            .output()
            .unwrap();
        let (held, said) = said(verified);
        assert!(held, "{said}");
    }
}

pub(super) fn said(output: Output) -> (bool, String) {
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said)
}

/// A store that is an old copy of itself, and the numbers that it does not know of: twenty.
async fn put_back() -> (Place, PathBuf, BTreeSet<String>) {
    let place = Place::new();
    let server = Server::start(&place.data);
    place.numbers(&server, 1..11).await;
    let copy = place.backup();
    let lost = place.numbers(&server, 11..31).await;
    server.stop().await;
    place.put_back(&copy);
    (place, copy, lost)
}

#[tokio::test]
async fn an_old_copy_under_the_same_machine_is_known_for_one_and_gives_no_number_twice() {
    let (place, copy, lost) = put_back().await;
    place.takes_no_work().await;
    let (done, said) = place.recover(&["--nothing-lost"]);
    assert!(!done && said.contains("something was lost: up to entry 31"), "{said}");
    let (done, said) = place.recover(&[]);
    assert!(done && said.contains("skipped               20 numbers"), "{said}");
    place.gives_none_of(&lost).await;
    // Once more: the same copy is from before the recovery as well.
    let since = {
        let server = Server::start(&place.data);
        let since = place.numbers(&server, 200..230).await;
        server.stop().await;
        since
    };
    place.put_back(&copy);
    place.takes_no_work().await;
    assert!(place.recover(&[]).0);
    place.gives_none_of(&lost.union(&since).cloned().collect()).await;
}

#[tokio::test]
async fn an_old_copy_on_a_new_machine_is_taken_by_nobody_before_it_is_said_how_much_was_lost() {
    let (place, _, lost) = put_back().await;
    std::fs::remove_dir_all(place.anchor()).unwrap();
    place.takes_no_work().await;
    std::fs::remove_dir_all(place.anchor()).unwrap();
    let (done, said) = place.recover(&[]);
    assert!(!done && said.contains("there is no anchor"), "{said}");
    let elsewhere = place.folder.path().join("elsewhere");
    let (done, said) = place.recover(&["--also", elsewhere.to_str().unwrap(), "--lost-at-most", "25"]);
    assert!(!done && said.contains("elsewhere: there are no anchors"), "{said}");
    assert!(place.recover(&["--lost-at-most", "25"]).0);
    // Once is enough: nothing is passed over a second time.
    let (done, said) = place.recover(&[]);
    assert!(done && said.contains("nothing more was lost"), "{said}");
    place.gives_none_of(&lost).await;
}

/// A whole store whose anchor was lost goes on, once somebody has vouched for it.
#[tokio::test]
async fn a_lost_anchor_is_made_anew_by_who_vouches_for_the_store() {
    let place = Place::new();
    let server = Server::start(&place.data);
    let given = place.numbers(&server, 1..11).await;
    server.stop().await;
    std::fs::remove_dir_all(place.anchor()).unwrap();
    place.takes_no_work().await;
    assert!(place.recover(&["--nothing-lost"]).0);
    let server = Server::start(&place.data);
    assert_eq!(place.numbers(&server, 1..11).await, given);
    server.stop().await;
    place.gives_none_of(&given).await;
}

/// What cannot be read may have known of more than what can.
#[tokio::test]
async fn a_damaged_anchor_is_told_and_does_not_pass_for_the_one_before_it() {
    let (place, _, lost) = put_back().await;
    let path = place.anchor().join("1");
    let whole = std::fs::read(&path).unwrap();
    for which in 0..2 {
        let mut damaged = whole.clone();
        damaged[which * 256..][..256].fill(0);
        std::fs::write(&path, damaged).unwrap();
        let (done, said) = place.recover(&[]);
        assert!(!done && said.contains("is damaged"), "{said}");
    }
    assert!(place.recover(&["--lost-at-most", "20"]).0);
    place.gives_none_of(&lost).await;
}

#[tokio::test]
async fn an_anchor_that_is_removed_from_under_a_server_is_told_in_its_log() {
    let place = Place::new();
    let server = Server::start(&place.data);
    std::fs::remove_dir_all(place.anchor()).unwrap();
    until("the log says so", async || {
        server.said().contains("the anchor is not kept").then_some(())
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn a_store_that_was_deleted_is_not_begun_anew_where_it_had_been_answered_from() {
    let place = Place::new();
    let server = Server::start(&place.data);
    place.numbers(&server, 1..3).await;
    server.stop().await;
    std::fs::remove_dir_all(&place.data).unwrap();
    place.takes_no_work().await;
}

/// A server that was killed comes back without anybody's help, and so does one whose anchor lags: a power cut may take back
/// what was not flushed.
#[tokio::test]
async fn a_killed_server_and_a_lagging_anchor_are_no_rollback() {
    let place = Place::new();
    let server = Server::start(&place.data);
    let first = place.numbers(&server, 1..6).await;
    let lagging = std::fs::read(place.anchor().join("1")).unwrap();
    let given = place.numbers(&server, 6..11).await;
    server.signal("KILL");
    until("it is gone", async || {
        (!crate::support::process::runs(server.pid())).then_some(())
    })
    .await;
    drop(server);
    std::fs::write(place.anchor().join("1"), lagging).unwrap();
    let server = Server::start(&place.data);
    assert_eq!(
        place.numbers(&server, 1..11).await,
        first.union(&given).cloned().collect()
    );
    server.stop().await;
    place.gives_none_of(&given).await;
}

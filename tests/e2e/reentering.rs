//! What offices were told and a store lost is entered again from their files and journals, with the same numbers.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use super::rollback::{Place, said};
use crate::client::desk::{Desk, desks};
use crate::support::following::Following;
use crate::support::server::{BINARY, Server};

/// What `verify` says of a store that is not in it.
const MISSING: &str = "it was answered, and the store does not know it";

fn send(desk: &Desk, server: &Server) {
    let (sent, told) = said(desk.send(server));
    assert!(sent, "{told}");
}

fn numbers(desks: &[&Desk]) -> BTreeSet<String> {
    desks.iter().flat_map(|desk| desk.numbers()).collect()
}

fn verify(data: &Path, desks: &[&Desk]) -> (bool, String) {
    let mut verify = Command::new(BINARY);
    verify.arg("verify").arg("--data").arg(data);
    for desk in desks {
        verify.arg("--answers").arg(&desk.journal);
    }
    said(verify.output().unwrap())
}

fn follow(place: &Place, server: &Server) -> Output {
    let following = Following::of(vec![format!("http://{}", server.address())], place.folder.path());
    following.command().arg("--until-end").output().unwrap()
}

impl Place {
    /// Enters again what these offices were told, and sees that it comes to that: entered, stood, not entered.
    fn reenters(&self, desks: &[(&Desk, [u64; 3])], words: &[&str]) -> String {
        let files = desks
            .iter()
            .flat_map(|(desk, _)| ["--births", desk.file.to_str().unwrap()]);
        let words: Vec<&str> = files.chain(words.iter().copied()).collect();
        let (done, told) = self.recover(&words);
        assert_eq!(done, desks.iter().all(|(_, [.., left])| *left == 0), "{told}");
        for (desk, [entered, stood, left]) in desks {
            let file = desk.file.display();
            let counts = format!("{file}: {entered} entered again, {stood} stood already, {left} not entered");
            assert!(told.contains(&counts), "{told}");
        }
        told
    }
}

/// Changes the child's name in a line of the file, counted from 1.
fn rename(desk: &Desk, line: usize) {
    let text = std::fs::read_to_string(&desk.file).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let column = lines[0].split(',').position(|name| name == "child_name").unwrap();
    let mut cells: Vec<String> = lines[line - 1].split(',').map(str::to_owned).collect();
    cells[column].push_str(" An");
    lines[line - 1] = cells.join(",");
    std::fs::write(&desk.file, lines.join("\n") + "\n").unwrap();
}

#[tokio::test]
async fn every_answer_that_was_lost_stands_again_or_is_named() {
    let place = Place::new();
    let [kept, lost, late] = &desks([8, 40, 6]);
    let server = Server::start(&place.data);
    send(kept, &server);
    let copy = place.backup();
    send(lost, &server);
    send(late, &server);
    server.stop().await;
    place.put_back(&copy);
    let all = [kept, lost, late];
    let told_before = numbers(&all);
    assert_eq!(told_before.len(), 54);
    assert!(!verify(&place.data, &all).0);

    // A row that is no longer what was sent is named, and keeps no other back.
    rename(lost, 5);
    let told = place.reenters(&[(kept, [0, 8, 0]), (lost, [39, 0, 1])], &[]);
    assert!(told.contains("line 5: the row is not as it was"), "{told}");
    // One office sends a birth anew, under another id, before its file comes: what it was told before is named.
    let text = std::fs::read_to_string(&late.file).unwrap();
    let first: Vec<&str> = text.lines().take(2).collect();
    let anew = Desk::with(&(first.join("\n") + "\n"));
    let server = Server::start(&place.data);
    send(&anew, &server);
    server.stop().await;
    let told = place.reenters(&[(late, [5, 0, 1])], &[]);
    assert!(told.contains("nothing more was lost"), "another epoch is begun: {told}");
    assert!(
        told.contains("line 2: the registration has been entered anew since"),
        "{told}"
    );
    // Entered once more, all stands as it did.
    place.reenters(&[(lost, [0, 39, 1])], &[]);

    let (held, told) = verify(&place.data, &[kept]);
    assert!(held, "{told}");
    let (held, told) = verify(&place.data, &all);
    assert!(!held && told.matches(MISSING).count() == 2, "{told}");
    place.gives_none_of(&told_before).await;
}

/// Where store and anchors were put back together no server can tell; those who were answered can, and once one of them has
/// said so, everything goes as ever.
#[tokio::test]
async fn what_no_server_can_tell_is_told_by_a_journal_and_by_a_cursor() {
    let place = Place::new();
    let [kept, lost] = &desks([5, 12]);
    let server = Server::start(&place.data);
    send(kept, &server);
    let copy = place.backup();
    let anchors = std::fs::read(place.anchor().join("1")).unwrap();
    send(lost, &server);
    let (read, told) = said(follow(&place, &server));
    assert!(read, "{told}");
    server.stop().await;
    place.put_back(&copy);
    std::fs::write(place.anchor().join("1"), anchors).unwrap();

    let server = Server::start(&place.data);
    let (read, told) = said(follow(&place, &server));
    assert!(!read && told.contains("CURSOR_AHEAD"), "{told}");
    server.stop().await;
    let (held, told) = verify(&place.data, &[kept, lost]);
    assert!(!held && told.matches(MISSING).count() == 12, "{told}");

    // Too little is reckoned with: numbers of the files would still be given, so nothing is begun.
    for too_few in [&["--lost-at-most", "0"][..], &[]] {
        let (done, told) = place.recover(&[&["--births", lost.file.to_str().unwrap()], too_few].concat());
        assert!(
            !done && told.contains("would still be given, to other children"),
            "{told}"
        );
        assert!(verify(&place.data, &[kept]).1.contains("epoch 1"));
    }
    place.reenters(&[(lost, [12, 0, 0])], &["--lost-at-most", "12"]);
    let (held, told) = verify(&place.data, &[kept, lost]);
    assert!(held, "{told}");
    place.gives_none_of(&numbers(&[kept, lost])).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_used_begins_nothing() {
    let place = Place::new();
    let [desk] = &desks([3]);
    let server = Server::start(&place.data);
    send(desk, &server);
    server.stop().await;
    let mut broken = std::fs::read_to_string(&desk.journal).unwrap();
    broken.insert_str(broken.find('\n').unwrap() + 1, "{\"kind\":\"answer\"}\n");
    std::fs::write(&desk.journal, broken).unwrap();
    let none = place.folder.path().join("none.csv");
    for file in [&desk.file, &none] {
        let file = file.to_str().unwrap();
        let (done, told) = place.recover(&["--births", file, "--lost-at-most", "5"]);
        assert!(!done && told.contains(file), "{told}");
    }
    let (held, told) = verify(&place.data, &[]);
    assert!(held && told.contains("epoch 1"), "{told}");
}

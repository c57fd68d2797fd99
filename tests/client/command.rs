//! What the command `issue` says and leaves behind.

use std::net::TcpListener;
use std::process::Output;

use super::desk::{Desk, mode, said, url};
use crate::support::server::Server;
use crate::support::until;

const HEADER: &str = "office_code,book_year,entry_number,kind,registered_on,place_code,child_name,date_of_birth,sex,\
    nationalities,mother_name,mother_born\n";

/// A row that is issued; by its nationality or place it can be made one that is not.
fn row(entry: u64, name: &str, place: &str, nationality: &str) -> String {
    format!(
        "26734,2026,{entry},ON_TIME,2026-03-17,{place},{name},2026-03-09,MALE,{nationality},Trần Thị {name},1999-08-{:02}\n",
        entry + 9
    )
}

fn summary(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(output)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_becomes_numbers_and_a_second_run_changes_nothing() {
    let desk = Desk::with(&(HEADER.to_owned() + &row(1, "An", "079", "VN") + &row(2, "Lan", "079", "FR")));
    let server = Server::start(&desk.data());
    let first = desk.issue(&url(&server)).arg("--json").output().unwrap();
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    let told = summary(&first);
    assert_eq!((&told["rows"], &told["end"]), (&2.into(), &"finished".into()));
    assert_eq!(
        (&told["outcomes"]["issued"], &told["outcomes"]["rejected"]),
        (&1.into(), &1.into())
    );
    assert_eq!((mode(&desk.journal), mode(&desk.result)), (0o600, 0o600));
    let rows = desk.rows();
    assert!(rows[0][4].starts_with("079226") && rows[1][6] == "NOT_ELIGIBLE");

    let journal = std::fs::read(&desk.journal).unwrap();
    let second = desk.send(&server);
    assert_eq!(second.status.code(), Some(0));
    assert_eq!((desk.rows(), std::fs::read(&desk.journal).unwrap()), (rows, journal));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_rows_are_named_and_sent_again_when_corrected() {
    let content = HEADER.to_owned() + &row(1, "An", "079", "VN") + &row(2, "Lan", "999", "VN");
    let desk = Desk::with(&content);
    let server = Server::start(&desk.data());
    let refused = desk.send(&server);
    let words = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{words}");
    assert!(
        words.contains("line 3: INVALID_FIELD registration.place_code"),
        "{words}"
    );
    assert!(words.contains("Correct them"), "{words}");
    assert!(
        !words.contains("Lan") && !words.contains("079226"),
        "nothing of the persons is shown: {words}"
    );

    std::fs::write(&desk.file, content.replace(",999,", ",079,")).unwrap();
    let corrected = desk.send(&server);
    assert_eq!(corrected.status.code(), Some(0), "{}", said(&corrected));
    assert!(desk.ids().values().all(|ids| ids.len() == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_changed_after_it_was_sent_stops_everything() {
    let content = HEADER.to_owned() + &row(1, "An", "079", "VN");
    let desk = Desk::with(&content);
    let server = Server::start(&desk.data());
    desk.send(&server);
    let changed = content.replace(",An,", ",Bình,") + &row(2, "Lan", "079", "VN");
    std::fs::write(&desk.file, changed).unwrap();
    let refused = desk.send(&server);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("line 2 has changed"), "{}", said(&refused));
    assert_eq!(desk.ids().len(), 1, "the new row was not sent either");
}

/// A server that takes connections and never says a word.
fn mute() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_run_at_a_time_and_ctrl_c_stops_it() {
    let desk = Desk::with(&(HEADER.to_owned() + &row(1, "An", "079", "VN")));
    let (_listener, server) = mute();
    let mut sending = desk.start(&server);
    let noted = async || {
        std::fs::read_to_string(&desk.journal)
            .ok()
            .filter(|text| text.contains("intent"))
    };
    until("the row is noted", noted).await;

    let second = desk.issue(&server).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(
        said(&second).contains("another run is sending this file"),
        "{}",
        said(&second)
    );

    sending.signal("INT");
    sending.says("Once more Ctrl-C").await;
    sending.signal("INT");
    assert_eq!(sending.ended().await, Some(1));
    assert!(
        sending.said().contains("run the same command again"),
        "{}",
        sending.said()
    );
    assert_eq!(desk.rows()[0][6], "NO_ANSWER");

    let elsewhere = Server::start(&desk.data());
    let moved = desk.send(&elsewhere);
    assert_eq!(moved.status.code(), Some(1));
    assert!(said(&moved).contains("--same-service"), "{}", said(&moved));
    let moved = desk.issue(&url(&elsewhere)).arg("--same-service").output().unwrap();
    assert_eq!(moved.status.code(), Some(0), "{}", said(&moved));
    assert!(desk.ids().values().all(|ids| ids.len() == 1));
}

#[test]
fn what_cannot_be_done_is_said_in_plain_words() {
    let desk = Desk::with(&(HEADER.to_owned() + &row(1, "An", "079", "VN")));
    let (listener, nobody) = mute();
    drop(listener);
    let unreachable = desk.issue(&nobody).args(["--connect-within", "0"]).output().unwrap();
    assert_eq!(unreachable.status.code(), Some(1));
    assert!(
        said(&unreachable).contains(&format!("no service at {nobody}")),
        "{}",
        said(&unreachable)
    );

    let own = desk.issue(&nobody).arg("--out").arg(&desk.file).output().unwrap();
    assert!(said(&own).contains("--out"), "{}", said(&own));
    assert!(std::fs::read_to_string(&desk.file).unwrap().starts_with(HEADER));

    std::fs::write(&desk.journal, "my own notes").unwrap();
    let foreign = desk.issue(&nobody).output().unwrap();
    assert!(said(&foreign).contains("not a journal"), "{}", said(&foreign));
    assert_eq!(std::fs::read_to_string(&desk.journal).unwrap(), "my own notes");

    std::fs::remove_file(&desk.journal).unwrap();
    std::fs::remove_file(&desk.file).unwrap();
    let missing = desk.issue(&nobody).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(!desk.journal.exists(), "no journal for a file that is not there");
}

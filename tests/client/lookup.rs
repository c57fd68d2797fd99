//! What the command `lookup` says.

use std::process::{Command, Output};

use super::desk::{Desk, said, url};
use crate::support::server::{BINARY, Server};

const FILE: &str = "office_code,book_year,book_number,entry_number,kind,registered_on,place_code,child_name,\
    date_of_birth,sex,nationalities,mother_name\n\
    26734,2026,,1,ON_TIME,2026-03-17,079,Nguyễn Văn An,2026-03-09,MALE,VN,Trần Thị Mai\n\
    26734,2026,03,12A,RE_REGISTRATION,2026-03-17,079,Lê Thị Hoa,2001-03-09,FEMALE,VN,Phạm Thị Lan\n\
    26734,2026,,3,ON_TIME,2026-03-17,079,Jean Dupont,2026-03-09,MALE,FR,Marie Dupont\n";

fn lookup(server: &Server, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(["lookup", "--server", &url(server)]).args(arguments);
    command.output().unwrap()
}

fn found(server: &Server, arguments: &[&str]) -> String {
    let output = lookup(server, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_of_a_request_a_registration_or_a_number_is_told() {
    let desk = Desk::with(FILE);
    let server = Server::start(&desk.data());
    desk.send(&server);
    let number = &desk.rows()[0][4];
    let request_id = desk.ids()[&2].iter().next().unwrap().clone();

    let by_ref = found(&server, &["--ref", "26734/BIRTH/2026/1"]);
    assert!(
        by_ref.contains("issued") && by_ref.contains(number.as_str()) && by_ref.contains(&request_id),
        "{by_ref}"
    );
    let by_id = found(&server, &["--office", "26734", "--request-id", &request_id]);
    assert_eq!(by_id, by_ref);
    let by_number = found(&server, &["--office", "26734", "--number", number]);
    assert!(
        by_number.contains("Nguyễn Văn An") && by_number.contains("26734/BIRTH/2026/1"),
        "{by_number}"
    );

    let review = found(&server, &["--ref", "26734/BIRTH/2026/03/12A", "--json"]);
    let review: serde_json::Value = serde_json::from_str(&review).unwrap();
    assert_eq!(review["outcome"], "under_review");
    assert_eq!(review["case_id"].as_str(), Some(desk.rows()[1][5].as_str()));
    let rejected = found(&server, &["--ref", "26734/BIRTH/2026/3"]);
    assert!(
        rejected.contains("NOT_ELIGIBLE") && rejected.contains("Vietnamese nationality"),
        "{rejected}"
    );

    let population = [
        "--office",
        "C06",
        "--role",
        "POPULATION_AUTHORITY",
        "--number",
        number,
        "--json",
    ];
    let all: serde_json::Value = serde_json::from_str(&found(&server, &population)).unwrap();
    assert_eq!(all["number"].as_str(), Some(number.as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_or_not_for_the_office_is_told_in_plain_words() {
    let desk = Desk::with(FILE);
    let server = Server::start(&desk.data());
    desk.send(&server);
    let number = &desk.rows()[0][4];
    let cases: [(&[&str], &str); 4] = [
        (&["--ref", "26734/BIRTH/2026/99"], "NO_SUCH_REGISTRATION"),
        (
            &[
                "--office",
                "26734",
                "--request-id",
                "0197a1b2-0000-7000-8000-000000000001",
            ],
            "NO_SUCH_REQUEST",
        ),
        (&["--office", "11111", "--number", number], "There is no such number"),
        (&["--office", "26734", "--role", "AUDITOR", "--number", number], "ROLE"),
    ];
    for (arguments, words) in cases {
        let output = lookup(&server, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
    }
    let unclear = lookup(&server, &["--office", "26734"]);
    assert_eq!(unclear.status.code(), Some(2), "nothing is asked for");
}

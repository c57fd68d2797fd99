//! Nothing personal is ever logged, counted under, told in an error, or written to the disk in the clear.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use dinhdanh::proto::v1;
use tonic::Status;

use crate::support::births::{asking, birth, changed, child, id, item, request};
use crate::support::desk::Desk;
use crate::support::extract::{header, reconcile, record, sent};
use crate::support::load::OFFICE;
use crate::support::office::Office;
use crate::support::raw;
use crate::support::server::{Launch, Server};

/// In every name, in whatever part of a message: in letters that stay as they are by whatever rule names are compared.
const NAME: &str = "Zxqvwj";
/// In every number of a paper.
const DIGITS: &str = "7788991";
/// In what says who calls.
const OFFICER: &str = "qjxofficer";

fn marked(n: u64) -> v1::IssueNumberRequest {
    changed(request(OFFICE, n), |registration| {
        let number = format!("07919{DIGITS}");
        let ours = child(registration);
        ours.full_name = format!("{NAME} {}", ours.full_name);
        ours.home_town.as_mut().unwrap().text = format!("Xã {NAME}");
        ours.place_of_birth.as_mut().unwrap().text = format!("Bệnh viện {NAME}");
        let mother = registration.mother.as_mut().unwrap();
        mother.full_name = format!("{NAME} {}", mother.full_name);
        mother.personal_number = number.clone();
        mother.identifiers = vec![v1::Identifier {
            r#type: v1::IdentifierType::Passport.into(),
            value: format!("C{DIGITS}"),
            country: "VN".into(),
        }];
        let father = registration.father.as_mut().unwrap();
        father.full_name = format!("{NAME} {}", father.full_name);
        father.personal_number = number;
    })
}

/// The same with everything wrong that can be.
fn broken(n: u64) -> v1::IssueNumberRequest {
    changed(marked(n), |registration| {
        registration.place_code = DIGITS.into();
        registration.r#ref.as_mut().unwrap().entry_number = format!("{NAME}{DIGITS}{NAME}{DIGITS}");
        let ours = child(registration);
        ours.full_name = format!("{NAME} {DIGITS}");
        ours.ethnicity = NAME.repeat(20);
        ours.nationalities = vec![NAME.into(), DIGITS.into()];
        let mother = registration.mother.as_mut().unwrap();
        mother.personal_number = format!("{DIGITS}{NAME}");
        mother.identifiers[0].value = format!("{NAME}{DIGITS}");
        mother.nationality = NAME.into();
    })
}

fn get(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// All that a client can see of a refusal.
fn all_of(status: &Status) -> String {
    let details = String::from_utf8_lossy(status.details()).into_owned();
    format!("{} {details} {:?}", status.message(), status.metadata())
}

/// Everything a caller can do with marked data. Answers the numbers given, and all that errors said.
async fn call_with_marks(server: &Server) -> (Vec<String>, String) {
    let office = Office::new(server.connect().await, OFFICE);
    let officer = office.with("x-dinhdanh-officer", OFFICER);
    let mut errors = Vec::new();
    let numbers = vec![officer.number(marked(1)).await];
    let number = numbers[0].as_str();

    // The same child again, other facts, another office, a renewal: reviewed, or refused.
    let reviewed = asking(
        id(2),
        v1::BirthRegistration {
            r#ref: birth(OFFICE, 2).r#ref,
            ..marked(1).registration.unwrap()
        },
    );
    officer.issue(reviewed).await.unwrap();
    let other = changed(marked(1), |r| child(r).full_name = format!("{NAME} Khác"));
    let exists = asking(id(3), other.registration.clone().unwrap());
    let foreign = changed(marked(4), |r| child(r).nationalities = vec!["LA".into()]);
    let closed = changed(marked(5), |r| r.place_code = "074".into());
    let elsewhere = changed(marked(6), |r| r.r#ref.as_mut().unwrap().office_code = NAME.into());
    let unnamed = asking(format!("{NAME}{DIGITS}"), marked(7).registration.unwrap());
    for request in [broken(8), other, exists, foreign, closed, elsewhere, unnamed] {
        errors.push(officer.issue(request).await.unwrap_err());
    }
    let mut answers = officer
        .stream(tokio_stream::iter([item(broken(9)), item(marked(1))]))
        .await
        .unwrap();
    while let Ok(Some(_)) = answers.message().await {}

    let facts = v1::Facts {
        full_name: Some(format!("{NAME} {DIGITS}")),
        ..v1::Facts::default()
    };
    officer.verify(number, facts.clone()).await.unwrap();
    errors.push(officer.verify(&format!("{NAME}{DIGITS}"), facts).await.unwrap_err());
    officer.get(number).await.unwrap();
    errors.push(officer.get(&format!("07919{DIGITS}")).await.unwrap_err());
    errors.push(office.with("x-dinhdanh-office", "26800").get(number).await.unwrap_err());
    officer.issuance(&id(1)).await.unwrap();
    errors.push(officer.issuance(&format!("{NAME}{DIGITS}")).await.unwrap_err());
    errors.push(
        officer
            .issuance_of(broken(8).registration.unwrap().r#ref.unwrap())
            .await
            .unwrap_err(),
    );

    // Marks in what says who calls, where it is not allowed to stand.
    for (key, value) in [
        ("x-dinhdanh-role", NAME.to_owned()),
        ("x-dinhdanh-office", NAME.repeat(20)),
        ("x-dinhdanh-officer", OFFICER.repeat(20)),
        ("x-dinhdanh-purpose", NAME.repeat(20)),
    ] {
        errors.push(office.with(key, &value).issue(marked(10)).await.unwrap_err());
    }

    // Marks in what is no message at all, and in the name of a call.
    let channel = server.connect().await;
    for bytes in [
        [NAME.as_bytes(), b"\xff\xfe", DIGITS.as_bytes()].concat(),
        raw::cut_short(&marked(11)),
    ] {
        errors.push(raw::call(&channel, raw::ISSUE, bytes).await.unwrap_err());
    }
    errors.push(
        raw::call(&channel, &format!("/dinhdanh.v1.IssuanceService/{NAME}"), Vec::new())
            .await
            .unwrap_err(),
    );
    let refused = refused_records(server, number, &mut errors).await;
    (
        numbers,
        errors.iter().map(all_of).collect::<Vec<_>>().join("\n") + &refused,
    )
}

/// Marks in records that are compared, and in scopes. Answers all that is said of the records that cannot be.
async fn refused_records(server: &Server, number: &str, errors: &mut Vec<Status>) -> String {
    let authority = Desk::new(server.connect().await, "C06", "POPULATION_AUTHORITY");
    let held = record(number, &marked(1).registration.unwrap());
    let mut other = record(number, &marked(2).registration.unwrap());
    other.number.clear();
    let mut unreadable = record(number, &broken(8).registration.unwrap());
    unreadable.number = format!("{NAME}{DIGITS}");
    let answers = reconcile(&authority, vec![held.clone(), held, other, unreadable]).await;
    assert_eq!((answers.errors.len(), answers.mismatches.len()), (2, 1));
    let scope = v1::ReconciliationScope {
        place_codes: vec![NAME.into()],
        ..v1::ReconciliationScope::default()
    };
    for header in [header(scope, ""), header(Default::default(), NAME)] {
        errors.push(sent(&authority, header, Vec::new()).await.refused.unwrap());
    }
    let told = answers.errors.into_iter().map(|(_, told)| told);
    format!("{:?}", told.collect::<Vec<_>>())
}

fn holds(bytes: &[u8], mark: &str) -> bool {
    bytes
        .windows(mark.len())
        .any(|window| window.eq_ignore_ascii_case(mark.as_bytes()))
}

fn search(what: &str, text: &str, marks: &[&str]) {
    for mark in marks {
        let line = text.lines().find(|line| holds(line.as_bytes(), mark));
        assert!(line.is_none(), "{mark} stands in {what}: {}", line.unwrap_or_default());
    }
}

fn search_files(folder: &Path) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!holds(&bytes, NAME), "the mark stands in {}", path.display());
        assert!(
            !holds(&bytes, DIGITS),
            "the digits of a paper stand in {}",
            path.display()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marked_data_is_found_nowhere_it_should_not_be() {
    for format in ["human", "json"] {
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let arguments = ["--log", "trace", "--log-format", format, "--metrics", &free.to_string()];
        let server = Launch::on(folder.path()).with(&arguments).start();
        let (numbers, errors) = call_with_marks(&server).await;
        let metrics = get(free);
        assert!(
            metrics.contains("dinhdanh_calls_total{call=\"IssueNumber\""),
            "no metrics: {metrics}"
        );
        assert!(server.said().lines().count() > 100, "no log at the level asked for");

        let numbers: Vec<_> = numbers.iter().map(String::as_str).collect();
        let marks = [&[NAME, DIGITS, OFFICER], &numbers[..]].concat();
        search("the log", &server.said(), &marks);
        search("the metrics", &metrics, &marks);
        search("an error", &errors, &marks);
        // While the server is at work: the log written ahead is not yet gone.
        assert!(folder.path().join("dinhdanh.sqlite-wal").metadata().unwrap().len() > 0);
        search_files(folder.path());
        server.stop().await;
        search_files(folder.path());
    }
}

//! From a reservation to a settlement, and what is refused on the way.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

use dinhdanh::ledger::KeyRing;

use super::{Mission, OFFICE, row, row_of, said};
use crate::sides::stage::Stage;
use crate::support::proxy::Proxy;
use crate::support::until;

const RESERVE: [&str; 9] = [
    "reserve",
    "--country",
    "232",
    "--year",
    "2025",
    "--count",
    "3",
    "--until",
    "2098-12-31",
];

/// The same request for a block, less far ahead than a service allows at most.
fn reserve<'a>(until: &'a str, server: &'a str) -> Vec<&'a str> {
    let mut words = RESERVE.to_vec();
    words[8] = until;
    [&words[..], &["--server", server]].concat()
}

/// A day that lies some months ahead.
pub fn next_year() -> String {
    let now = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    now.checked_add(jiff::Span::new().days(200)).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_handed_out_without_a_line_and_settled_with_one() {
    let stage = Stage::set().await;
    let (mission, until) = (Mission::of(&stage.public_key()), next_year());
    let server = stage.url();
    let told = mission.does(&reserve(&until, &server));
    assert!(told.contains("blocks reserved 2"), "{told}");
    let mode = |name| fs::metadata(mission.file(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("journal"), 0o600);

    // No line: nothing listens where the command looks by default, and it does not look.
    let rows: Vec<String> = (1..=4).map(row).collect();
    let handed = mission.registers(&rows, &[]);
    assert!(handed.iter().all(|[outcome, ..]| outcome == "handed_out"), "{handed:?}");
    assert!(handed[0][1].starts_with("232325") && handed[1][1].starts_with("232225"));
    assert_eq!(mode("births.result.csv"), 0o600);
    let again = mission.registers(&rows, &[]);
    assert!(
        again
            .iter()
            .zip(&handed)
            .all(|(again, first)| again[0] == "again" && again[1] == first[1])
    );
    assert!(mission.list().iter().all(|item| item[2] == "kept"));

    // Six numbers, four of them used; one girl is left over, and then there is none.
    let more = mission.registers(&[row(5), row(7), row(9)], &[]);
    assert_eq!(
        [&more[0][0], &more[1][0], &more[2][0]],
        ["handed_out", "refused", "refused"]
    );

    let told = mission.does(&["sync", "--server", &server]);
    assert!(told.contains("answers 5"), "{told}");
    let listed = mission.list();
    assert_eq!(listed.len(), 5);
    for [_, number, state, number_state, instead, _] in &listed {
        assert_eq!([state.as_str(), number_state, instead], ["settled", "ISSUED", ""]);
        assert_eq!(
            stage.authority.number_of(number).await.state().as_str_name(),
            "NUMBER_STATE_ISSUED"
        );
    }
    let told = mission.does(&["sync", "--server", &server]);
    assert!(told.contains("answers 0"), "{told}");

    // What is left of a block is closed once it is settled.
    let status = mission.does(&["status"]);
    let block = status.lines().find(|line| line.contains("232225")).unwrap();
    let block = block.split_whitespace().next().unwrap().to_owned();
    let told = mission.does(&["close", &block, "--server", &server]);
    assert!(told.contains("blocks closed 1"), "{told}");
    assert!(mission.does(&["status"]).contains("closed"));
    assert_eq!(mission.registers(&[row(6)], &[])[0][0], "refused");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reservation_or_a_settlement_whose_answer_is_lost_is_asked_for_again_under_its_id() {
    let stage = Stage::set().await;
    let (mission, until_day) = (Mission::of(&stage.public_key()), next_year());
    let wire = Proxy::to(stage.port()).await;
    let through = format!("http://127.0.0.1:{}", wire.port());
    let begun = stage.entries().await;
    // The service has decided, and the mission is killed before it hears of it: first of a block, then of three births.
    for (words, decided) in [
        (reserve(&until_day, &through), 1),
        (vec!["sync", "--server", &through], 5),
    ] {
        wire.hold();
        let mut command = mission.command(&words);
        let mut killed = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("the service has decided", async || {
            (stage.entries().await == begun + decided).then_some(())
        })
        .await;
        killed.kill().unwrap();
        killed.wait().unwrap();
        wire.slow(Duration::ZERO);
        mission.does(&["sync", "--server", &through]);
        mission.registers(&[row(1), row(2), row(3)], &[]);
    }
    let listed = mission.list();
    assert!(
        listed.iter().all(|item| item[2] == "settled" && item[3] == "ISSUED"),
        "{listed:?}"
    );
    // Two blocks and three births: nothing was decided twice.
    assert_eq!(stage.entries().await, begun + 5);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_wrong_are_named_and_the_others_get_their_numbers() {
    let stage = Stage::set().await;
    let (mission, until) = (Mission::of(&stage.public_key()), next_year());
    mission.does(&reserve(&until, &stage.url()));
    let rows = [
        row(1),
        row(3).replace(",232,", ",999,"),
        row(5).replace("2025-07-", "2025-17-"),
        row(7).replace(OFFICE, "DSQ-PARIS"),
        row(9).replace(",VN,", ",FR,"),
        "half a row\n".to_owned(),
        row(2),
        row(1).replace("Nguyễn", "Ngô"),
    ];
    let results = mission.registers(&rows, &[]);
    let outcomes: Vec<_> = results
        .iter()
        .map(|[outcome, _, fields]| [outcome.as_str(), fields])
        .collect();
    let expected = [
        ["handed_out", ""],
        ["refused", "registration.place_code"],
        ["refused", "registration.child.date_of_birth"],
        ["refused", ""],
        ["refused", ""],
        ["refused", ""],
        ["handed_out", ""],
        ["refused", "registration.child.full_name"],
    ];
    assert_eq!(outcomes, expected);
    let corrected = mission.registers(&rows[7..], &["--correct"]);
    assert_eq!([&corrected[0][0], &corrected[0][1]], ["again", &results[0][1]]);
    // A sex that was mistyped is another number: the first is given up, and never used.
    assert_eq!(
        mission.registers(&[row_of(2, "FEMALE", "")], &["--correct"])[0][0],
        "refused"
    );
    mission.does(&["give-up", "DSQ-TOKYO/BIRTH/2025/2"]);
    assert_eq!(mission.registers(&[row_of(2, "FEMALE", "")], &[])[0][0], "handed_out");
    mission.does(&["sync", "--server", &stage.url()]);
    let states: Vec<_> = mission.list().into_iter().map(|item| item[2].clone()).collect();
    assert_eq!(states, ["settled", "void", "settled"]);
    let told = mission.fails(&["give-up", "DSQ-TOKYO/BIRTH/2025/1"]);
    assert!(told.contains("this entry is settled"), "{told}");
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_command_is_told_wrongly_it_says_in_words_and_writes_nothing() {
    let stage = Stage::set().await;
    let key = stage.public_key();
    let mission = Mission::bare();
    let init = |office, key| mission.fails(&["init", "--office", office, "--key", key]);
    assert!(init(OFFICE, "not-a-key").contains("public key"));
    assert!(init("xã Bình Minh", key.trim()).contains("office code"));
    assert!(mission.fails(&["status"]).contains("mission init"));
    mission.does(&["init", "--office", OFFICE, "--key", key.trim()]);
    assert!(init(OFFICE, key.trim()).contains("never overwritten"));
    // A reservation that the service refuses is told and forgotten.
    let told = mission.fails(&reserve("2020-01-01", &stage.url()));
    assert!(told.contains("INVALID_FIELD expires_at"), "{told}");
    mission.does(&["sync", "--server", &stage.url()]);
    assert!(
        mission
            .fails(&["close", "019ab0c4-5b00-7000-8000-000000000001"])
            .contains("no block")
    );
    let nobody = mission.run(&["sync", "--server", "http://127.0.0.1:1", "--connect-within", "1"]);
    assert!(said(&nobody).contains("there is no service"), "{}", said(&nobody));
    // A block that is not signed by the key that the mission was given does not count.
    let other = KeyRing::new(&[9; 32], &[2; 32], &[3; 32])
        .unwrap()
        .note
        .verifier()
        .unwrap();
    let stranger = Mission::of(&other.to_string());
    let told = stranger.fails(&reserve(&next_year(), &stage.url()));
    assert!(told.contains("not signed"), "{told}");
    assert_eq!(stranger.registers(&[row(1)], &[])[0][0], "refused");
    stage.end().await;
}

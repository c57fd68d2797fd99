//! A laptop whose journal is put back from an old copy.

use std::fs;
use std::path::Path;

use super::{Mission, row};
use crate::sides::stage::Stage;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_copies_in_use_at_once_neither_goes_on_with_a_block_once_it_is_known() {
    let stage = Stage::set().await;
    let (one, server) = (Mission::of(&stage.public_key()), stage.url());
    let until = super::tool::next_year();
    let reserve = [
        "reserve",
        "--country",
        "232",
        "--sex",
        "female",
        "--year",
        "2025",
        "--count",
        "5",
    ];
    one.does(&[&reserve[..], &["--until", &until, "--server", &server]].concat());
    let other = Mission::bare();
    copy(&one.office(), &other.office());
    let (first, second) = (one.registers(&[row(1)], &[]), other.registers(&[row(3)], &[]));
    assert_eq!(first[0][1], second[0][1]);
    one.does(&["sync", "--server", &server]);
    // As many are used as this copy has handed out; but the one is another child's.
    let told = other.fails(&["sync", "--server", &server]);
    assert!(told.contains("refused, entry 3: WRONG_STATE number"), "{told}");
    assert!(other.does(&["status"]).contains("doubted"));
    for more in [&[row(5)][..], &[row(3)][..]] {
        let refused = other.registers(more, &["--correct"]);
        assert_eq!([&refused[0][0], &refused[0][1]], ["refused", ""]);
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_an_old_copy_hands_out_twice_is_found_when_it_is_settled() {
    let stage = Stage::set().await;
    let mission = Mission::of(&stage.public_key());
    let server = stage.url();
    let until = super::tool::next_year();
    let reserve = [
        "reserve",
        "--country",
        "232",
        "--sex",
        "female",
        "--year",
        "2025",
        "--count",
        "5",
    ];
    let reserve = [&reserve[..], &["--until", &until, "--server", &server]].concat();
    mission.does(&reserve);
    let (office, old) = (mission.office(), mission.office().with_file_name("old"));
    copy(&office, &old);
    let first = mission.registers(&[row(1), row(3)], &[]);
    mission.does(&["sync", "--server", &server]);

    fs::remove_dir_all(&office).unwrap();
    copy(&old, &office);
    let second = mission.registers(&[row(5)], &[]);
    assert_eq!(second[0][1], first[0][1], "the old copy knows no better");
    let told = mission.fails(&["sync", "--server", &server]);
    assert!(told.contains("refused, entry 5: WRONG_STATE number"), "{told}");
    assert!(told.contains("an old copy of the journal was put back"), "{told}");
    // Nothing more is handed out of that block, which would go wrong again.
    assert_eq!(mission.registers(&[row(7)], &[])[0][0], "refused");
    // The second child gets a number of its own from another block.
    mission.does(&["give-up", "DSQ-TOKYO/BIRTH/2025/5"]);
    let told = mission.fails(&reserve);
    assert!(told.contains("blocks reserved 1"), "{told}");
    let anew = mission.registers(&[row(5)], &[]);
    assert_eq!(anew[0][0], "handed_out");
    mission.fails(&["sync", "--server", &server]);
    let settled = mission.list();
    let settled: Vec<_> = settled.iter().filter(|item| item[2] == "settled").collect();
    assert_eq!(settled.len(), 1);
    assert_eq!(settled[0][1], anew[0][1]);
    for number in [&first[0][1], &first[1][1], &anew[0][1]] {
        assert_eq!(
            stage.authority.number_of(number).await.state().as_str_name(),
            "NUMBER_STATE_ISSUED"
        );
    }
    stage.end().await;
}

//! Fifty births in two months without a line, one of them registered at home too, and a line that breaks.

use std::collections::BTreeSet;
use std::time::Duration;

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::NumberState;
use dinhdanh::proto::v1::case_resolution::Answer;

use super::{Mission, row, row_of};
use crate::sides::stage::Stage;
use crate::support::births::{asking, birth, id};
use crate::support::calls::resolve;
use crate::support::proxy::Proxy;
use crate::support::until;

/// The mother of the child that is registered at home too.
const MOTHER: &str = "079198012345";
const TWICE: u64 = 7;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_child_has_one_number_in_the_end() {
    let stage = Stage::set().await;
    let mut mission = Mission::of(&stage.public_key());
    let (server, ends) = (stage.url(), super::tool::next_year());
    let reserve = [
        "reserve",
        "--country",
        "232",
        "--year",
        "2025",
        "--count",
        "30",
        "--until",
    ];
    mission.does(&[&reserve[..], &[&ends, "--server", &server]].concat());

    // Two months without a line; and meanwhile one child is registered at home.
    let rows = |births: std::ops::RangeInclusive<u64>| -> Vec<String> {
        let one = |n| {
            if n == TWICE {
                row_of(n, "FEMALE", MOTHER)
            } else {
                row(n)
            }
        };
        births.map(one).collect()
    };
    mission.on_day(20);
    let mut handed = mission.registers(&rows(1..=25), &[]);
    mission.on_day(50);
    handed.extend(mission.registers(&rows(26..=50), &[]));
    assert!(handed.iter().all(|[outcome, ..]| outcome == "handed_out"), "{handed:?}");
    let stage = stage.restart_ahead(55).await;
    let mut at_home = birth("26734", TWICE);
    at_home.mother.as_mut().unwrap().personal_number = MOTHER.into();
    let home = stage.commune.number(asking(id(1), at_home)).await;

    // A line that breaks again and again, and a machine that is switched off in the middle.
    mission.on_day(55);
    let wire = Proxy::to(stage.port()).await;
    wire.slow(Duration::from_millis(20));
    let through = format!("http://127.0.0.1:{}", wire.port());
    for breaks in [1, 3, 5] {
        let mut syncing = mission.start_sync(&through);
        for _ in 0..breaks {
            let passed = wire.passed();
            let over = until("something was answered", async || match syncing.try_wait().unwrap() {
                Some(_) => Some(true),
                None => (wire.passed() >= passed + 6).then_some(false),
            });
            if over.await {
                break;
            }
            wire.cut();
        }
        let _ = syncing.kill();
        syncing.wait().unwrap();
    }
    wire.slow(Duration::ZERO);
    mission.does(&["sync", "--server", &through]);

    let listed = mission.list();
    let twice: Vec<_> = listed.iter().filter(|item| item[2] != "settled").collect();
    assert_eq!((listed.len(), twice.len()), (50, 1));
    assert_eq!([&twice[0][0], &twice[0][2]], [&TWICE.to_string(), "under_review"]);
    let open = v1::ListCasesRequest {
        state: v1::CaseState::Open.into(),
        ..v1::ListCasesRequest::default()
    };
    let cases = stage.authority.does(open).await.cases;
    assert_eq!(cases.len(), 1);
    let same = Answer::SamePerson(home.clone());
    stage.authority.does(resolve(&cases[0], same)).await;
    mission.does(&["sync", "--server", &stage.url()]);

    // One number for each child: the mission's, or for one of them that of home, to which the printed one leads.
    let listed = mission.list();
    let mut standing = BTreeSet::new();
    for [entry, number, state, number_state, instead, _] in &listed {
        assert_eq!(state, "settled");
        let known = stage.authority.number_of(number).await;
        match *entry == TWICE.to_string() {
            true => {
                assert_eq!([number_state.as_str(), instead], ["REVOKED", &home]);
                assert_eq!((known.state(), &known.replaced_by), (NumberState::Revoked, &home));
                standing.insert(home.clone());
            }
            false => {
                assert_eq!([number_state.as_str(), instead], ["ISSUED", ""]);
                assert_eq!(known.state(), NumberState::Issued);
                standing.insert(number.clone());
            }
        }
    }
    assert_eq!(standing.len(), 50);
    stage.end().await;
}

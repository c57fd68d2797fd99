//! `FeedService`, about numbers with a history: an event tells what was registered since then, whenever it is read.

use dinhdanh::proto::v1;
use dinhdanh::proto::v1::EventKind::{CaseOpened, CivilStatus, Confirmed, Issued, Reissued};
use dinhdanh::proto::v1::{EventKind, Sex};

use super::stage::{COMMUNE, Stage};
use crate::support::births::{birth, request};
use crate::support::calls::{approve, confirm, correct, known, reissue};
use crate::support::desk::Desk;

/// Of each event its kind, and the name and sex it tells.
async fn events(desk: &Desk) -> Vec<(EventKind, String, Sex)> {
    let told = |event: v1::Event| {
        let facts = event.facts.clone().unwrap();
        (event.kind(), facts.full_name().to_owned(), facts.sex())
    };
    desk.events(&[]).await.into_iter().map(told).collect()
}

#[tokio::test]
async fn an_event_tells_what_was_registered_since_it_and_not_what_is_proposed_or_came_later() {
    let stage = Stage::set().await;
    let registered = birth(COMMUNE, 1);
    let child = registered.child.clone().unwrap();
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    stage.authority.does(confirm(&number)).await;
    let renamed = v1::Facts {
        full_name: Some("Trần Thị Mai".into()),
        ..v1::Facts::default()
    };
    let change = correct(&number, known(&registered), renamed, &["full_name"]);
    stage.commune.does(change).await;
    let mut corrected = registered.clone();
    let other_sex = match child.sex() {
        Sex::Female => Sex::Male,
        _ => Sex::Female,
    };
    let corrected_child = corrected.child.as_mut().unwrap();
    corrected_child.full_name = "Trần Thị Mai".into();
    corrected_child.sex = other_sex.into();
    let case = stage.commune.does(reissue(&number, corrected)).await.case.unwrap();
    let before_the_decision = events(&stage.authority).await;
    stage.authority.does(approve(&case)).await;

    let name = child.full_name.as_str();
    let told = |kind, name: &str, sex| (kind, name.to_owned(), sex);
    let expected = [
        told(Issued, name, child.sex()),
        told(Confirmed, name, child.sex()),
        told(CivilStatus, "Trần Thị Mai", child.sex()),
        told(CaseOpened, "Trần Thị Mai", child.sex()),
        told(Reissued, "Trần Thị Mai", other_sex),
    ];
    assert_eq!(before_the_decision, expected[..4]);
    for desk in [&stage.authority, &stage.commune] {
        assert_eq!(events(desk).await, expected);
    }
    stage.end().await;
}

//! Which number is handed out, and when none is.

use super::*;
use crate::mission::ItemState;

const CORRECT: Manner = Manner {
    not_printed: false,
    correct: true,
};

#[tokio::test]
async fn the_next_number_is_that_of_the_right_block_which_expires_first() {
    let mut scene = Scene::set().await;
    let later = scene.block(Sex::Female, 10..12, 60).await;
    let sooner = scene.block(Sex::Female, 20..22, 30).await;
    let boys = scene.block(Sex::Male, 30..31, 60).await;
    let (an, lan, mai) = (girl(1, "Nguyễn An"), girl(2, "Nguyễn Lan"), girl(3, "Nguyễn Mai"));
    assert_eq!(scene.register(&an).await, first(sooner[0]));
    assert_eq!(scene.register(&boy(9, "Nguyễn Bình")).await, first(boys[0]));
    assert_eq!(scene.register(&lan).await, first(sooner[1]));
    assert_eq!(scene.register(&mai).await, first(later[0]));
    // The same birth again, whatever happened meanwhile, and however its text is typed.
    scene.reopen().await;
    assert_eq!(scene.register(&girl(1, "nguyễn  an")).await, again(sooner[0]));
    // Nothing is left for boys, and it is said for whom, and why.
    let none = scene.register(&boy(10, "Nguyễn Cường")).await.unwrap_err();
    assert!(
        matches!(&none, Unfit::NoNumber { whom, .. } if whom == "boys born in 2026 in country 232"),
        "{none}"
    );
    assert!(none.to_string().contains("is used up"), "{none}");
}

#[tokio::test]
async fn nothing_is_handed_out_of_a_block_that_has_expired_even_if_the_clock_is_set_back() {
    let mut scene = Scene::set().await;
    let block = scene.block(Sex::Female, 0..3, 10).await;
    assert_eq!(scene.register(&girl(1, "Nguyễn An")).await, first(block[0]));
    scene.wait(9);
    assert_eq!(scene.register(&girl(2, "Nguyễn Lan")).await, first(block[1]));
    scene.wait(1);
    let late = girl(3, "Nguyễn Mai");
    let refused = scene.register(&late).await.unwrap_err();
    assert!(refused.to_string().contains("has expired"), "{refused}");
    scene.wait(-9);
    scene.reopen().await;
    assert!(matches!(scene.register(&late).await, Err(Unfit::NoNumber { .. })));
    // What was handed out before stays known.
    assert_eq!(scene.register(&girl(2, "Nguyễn Lan")).await, again(block[1]));
    // Until the service has shown that the clock is right.
    let now = scene.clock.as_microsecond();
    scene.journal.trust(now).await.unwrap();
    assert_eq!(scene.register(&late).await, first(block[2]));
}

#[tokio::test]
async fn a_birth_that_the_service_would_refuse_is_refused_here_and_takes_no_number() {
    let mut scene = Scene::set().await;
    let block = scene.block(Sex::Female, 0..1, 10).await;
    let mut nobody = girl(1, "");
    nobody.place_code = "999".into();
    let refused = scene.register(&nobody).await.unwrap_err();
    assert_eq!(
        refused.fields(),
        ["registration.place_code", "registration.child.full_name"]
    );
    let mut foreign = girl(1, "Marie Curie");
    foreign.child.as_mut().unwrap().nationalities = vec!["FR".into()];
    assert_eq!(scene.register(&foreign).await, Err(Unfit::NotEligible));
    let mut elsewhere = girl(1, "Nguyễn An");
    elsewhere.r#ref.as_mut().unwrap().office_code = "DSQ-PARIS".into();
    assert_eq!(scene.register(&elsewhere).await, Err(Unfit::OtherOffice));
    assert_eq!(scene.register(&girl(1, "Nguyễn An")).await, first(block[0]));
}

#[tokio::test]
async fn another_registration_under_the_same_entry_is_told_and_takes_no_number_unless_it_corrects() {
    let mut scene = Scene::set().await;
    let block = scene.block(Sex::Female, 0..3, 10).await;
    scene.block(Sex::Male, 5..6, 10).await;
    assert_eq!(scene.register(&girl(1, "Nguyễn Ann")).await, first(block[0]));
    let other = scene.register(&girl(1, "Nguyễn An")).await.unwrap_err();
    assert_eq!(other.fields(), ["registration.child.full_name"]);
    assert_eq!(scene.register_so(&girl(1, "Nguyễn An"), CORRECT).await, again(block[0]));
    assert_eq!(scene.register(&girl(1, "Nguyễn An")).await, again(block[0]));
    // A number says sex and year: it cannot be corrected into another child's.
    assert_eq!(
        scene.register_so(&boy(1, "Nguyễn An"), CORRECT).await,
        Err(Unfit::OtherPrefix)
    );
    assert_eq!(scene.register(&girl(2, "Nguyễn Lan")).await, first(block[1]));
    let now = scene.clock.as_microsecond();
    let sent = scene.journal.begin_sending(0, 10, now).await.unwrap();
    assert_eq!(sent.len(), 2);
    assert!(matches!(
        scene.register_so(&girl(2, "Nguyễn Liên"), CORRECT).await,
        Err(Unfit::Sent(_))
    ));
}

#[tokio::test]
async fn what_is_given_up_is_not_handed_out_again_and_its_entry_is_free() {
    let mut scene = Scene::set().await;
    let girls = scene.block(Sex::Female, 0..2, 10).await;
    let boys = scene.block(Sex::Male, 5..6, 10).await;
    let mistyped = girl(1, "Nguyễn An");
    assert_eq!(scene.register(&mistyped).await, first(girls[0]));
    let entry = crate::registration::Registration::from_content(&crate::registration::Content::of(&mistyped));
    let entry = entry.unwrap().reference;
    let now = scene.clock.as_microsecond();
    scene.journal.give_up(&entry, now).await.unwrap();
    assert!(matches!(
        scene.journal.give_up(&entry, now).await,
        Err(MissionError::NoEntry)
    ));
    assert_eq!(scene.register(&boy(1, "Nguyễn An")).await, first(boys[0]));
    assert_eq!(scene.register(&girl(2, "Nguyễn Lan")).await, first(girls[1]));
    // Nobody is told of it; the other two are sent, and may not be given up any more.
    let sent = scene.journal.begin_sending(0, 10, now).await.unwrap();
    let numbers: Vec<_> = sent.iter().map(|item| item.number().to_owned()).collect();
    assert_eq!(numbers, [boys[0].to_string(), girls[1].to_string()]);
    let refused = scene.journal.give_up(&entry, now).await.unwrap_err();
    assert!(matches!(refused, MissionError::NotToGiveUp("sent")), "{refused}");
}

#[tokio::test]
async fn a_paper_printed_later_is_told_as_printed_then() {
    let mut scene = Scene::set().await;
    let block = scene.block(Sex::Female, 0..1, 10).await;
    let aside = Manner {
        not_printed: true,
        correct: false,
    };
    let an = girl(1, "Nguyễn An");
    let printed_at = async |scene: &mut Scene| {
        let item = scene.journal.items().await.unwrap().pop().unwrap();
        assert_eq!(item.state, ItemState::Kept);
        item.content.handed().unwrap().handed_out_at
    };
    assert_eq!(scene.register_so(&an, aside).await, first(block[0]));
    assert_eq!(printed_at(&mut scene).await, None);
    scene.wait(2);
    assert_eq!(scene.register(&an).await, again(block[0]));
    let printed = printed_at(&mut scene).await.unwrap();
    assert_eq!(printed.seconds, scene.clock.as_second());
    // It was printed when it was.
    scene.wait(2);
    assert_eq!(scene.register(&an).await, again(block[0]));
    assert_eq!(printed_at(&mut scene).await, Some(printed));
}

//! Which answers to a reservation count.

use super::*;
use crate::mission::BlockState;

#[tokio::test]
async fn only_the_block_that_was_asked_for_signed_by_the_service_counts() {
    let mut scene = Scene::set().await;
    let wanted = scene.wanted(Sex::Female, 2, 10);
    scene.journal.want_blocks(std::slice::from_ref(&wanted)).await.unwrap();
    let held = scene.held(wanted.id).await;
    assert_eq!(held.state, BlockState::Asked);
    let number = |prefix, serial| Number::new(prefix, serial).unwrap();
    let girls = wanted.prefix;
    let boys = scene.wanted(Sex::Male, 2, 10).prefix;
    let good = [number(girls, 1), number(girls, 2)];
    let changed = |change: &dyn Fn(&mut Wanted)| {
        let mut other = wanted.clone();
        change(&mut other);
        other
    };
    let stranger = KeyRing::new(&[9; 32], &[2; 32], &[3; 32]).unwrap();
    let signed_by_another = {
        let note = scene.note(&wanted, &good);
        let (text, _) = note.split_once("\n\n").unwrap();
        stranger.note.sign(&format!("{text}\n")).unwrap()
    };
    let in_vain = [
        String::new(),
        signed_by_another,
        scene.note(&wanted, &good).replace("232326000001", "232326000003"),
        scene.note(&changed(&|other| other.id = Uuid::nil()), &good),
        scene.note(&changed(&|other| other.expires_at += 1), &good),
        scene.note(&wanted, &good[..1]),
        scene.note(&wanted, &[number(boys, 1), number(boys, 2)]),
        scene.note(&wanted, &good).replace(OFFICE, "DSQ-PARIS"),
    ];
    for note in in_vain {
        assert!(scene.journal.reserved(&held, &note).await.is_err(), "{note}");
        assert!(matches!(
            scene.register(&girl(1, "Nguyễn An")).await,
            Err(Unfit::NoNumber { .. })
        ));
    }
    let note = scene.note(&wanted, &good);
    scene.journal.reserved(&held, &note).await.unwrap();
    assert_eq!(scene.register(&girl(1, "Nguyễn An")).await, first(good[0]));
    // The same answer once more takes nothing back.
    scene.journal.reserved(&held, &note).await.unwrap();
    assert_eq!(scene.register(&girl(2, "Nguyễn Lan")).await, first(good[1]));
}

#[tokio::test]
async fn nothing_more_is_handed_out_of_a_block_that_is_to_be_closed_or_is_in_doubt() {
    let mut scene = Scene::set().await;
    let sooner = scene.block(Sex::Female, 0..5, 10).await;
    let later = scene.block(Sex::Female, 5..10, 20).await;
    assert_eq!(scene.register(&girl(1, "Nguyễn An")).await, first(sooner[0]));
    let blocks = scene.journal.blocks().await.unwrap();
    scene
        .journal
        .want_closed(blocks[0].id, random::uuid_v4())
        .await
        .unwrap();
    assert_eq!(scene.register(&girl(2, "Nguyễn Lan")).await, first(later[0]));
    scene.journal.stands(blocks[1].id, BlockState::Doubted).await.unwrap();
    assert!(matches!(
        scene.register(&girl(3, "Nguyễn Mai")).await,
        Err(Unfit::NoNumber { .. })
    ));
    // The id by which a block is closed stays the same.
    let closing = scene.held(blocks[0].id).await.closing;
    scene
        .journal
        .want_closed(blocks[0].id, random::uuid_v4())
        .await
        .unwrap();
    assert_eq!(scene.held(blocks[0].id).await.closing, closing);
    let unknown = scene.journal.want_closed(Uuid::nil(), random::uuid_v4()).await;
    assert!(matches!(unknown, Err(MissionError::NoBlock(_))));
}

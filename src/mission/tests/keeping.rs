//! How the journal is kept: for its owner alone, readable with the passphrase only, and for as long as it is to be.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::mission::{ItemState, Told};

#[tokio::test]
async fn the_file_is_its_owners_and_opens_only_with_its_passphrase() {
    let scene = Scene::set().await;
    let path = scene.path();
    let setup = scene.journal.setup().clone();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Journal::open(&path, PASSPHRASE).await.unwrap().setup(), &setup);
    let refused = async |path: &PathBuf, passphrase: &str| Journal::open(path, passphrase).await.err().unwrap();
    assert!(matches!(
        refused(&path, "hoa anh dao nu").await,
        MissionError::Passphrase
    ));
    assert!(matches!(
        refused(&path, "ngắn").await,
        MissionError::ShortPassphrase(12)
    ));
    let made = Journal::create(&path, PASSPHRASE, setup.clone(), 0).await;
    assert!(matches!(made.err().unwrap(), MissionError::Exists));
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        refused(&path, PASSPHRASE).await,
        MissionError::NotPrivate(0o640)
    ));

    let other = scene.folder.path().join("other");
    assert!(matches!(refused(&other, PASSPHRASE).await, MissionError::Missing));
    for content in [
        "",
        "not a database at all, but long enough to be looked at as if it were one. "
            .repeat(20)
            .as_str(),
    ] {
        fs::write(&other, content).unwrap();
        fs::set_permissions(&other, Permissions::from_mode(0o600)).unwrap();
        assert!(
            matches!(refused(&other, PASSPHRASE).await, MissionError::NotAJournal),
            "{content:.10}"
        );
    }
    // A journal that cannot be made leaves nothing.
    let short = scene.folder.path().join("short");
    assert!(Journal::create(&short, "ngắn", setup, 0).await.is_err());
    assert!(!short.exists());
}

/// Whatever stands on the disk beside and in the journal.
fn bytes(scene: &Scene) -> Vec<u8> {
    let files = fs::read_dir(scene.folder.path())
        .unwrap()
        .map(|file| file.unwrap().path());
    files.flat_map(|file| fs::read(file).unwrap()).collect()
}

fn holds(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|window| window == what.as_bytes())
}

#[tokio::test]
async fn nothing_of_a_child_can_be_read_in_the_file() {
    let mut scene = Scene::set().await;
    let block = scene.block(Sex::Female, 100_000..100_002, 10).await;
    scene.register(&girl(777_123, "Nguyễn Hoài An")).await.unwrap();
    let bytes = bytes(&scene);
    let secrets = ["Hoài", "Trần", "777123", OFFICE, PASSPHRASE];
    for secret in secrets
        .map(str::to_owned)
        .into_iter()
        .chain(block.iter().map(Number::to_string))
    {
        assert!(!holds(&bytes, &secret), "{secret}");
    }
}

#[tokio::test]
async fn what_was_settled_long_ago_is_wiped_and_its_entry_stays_taken() {
    let mut scene = Scene::set().await;
    let block = scene.block(Sex::Female, 0..3, 100).await;
    for (entry, name) in [(1, "Nguyễn An"), (2, "Nguyễn Lan"), (3, "Nguyễn Mai")] {
        scene.register(&girl(entry, name)).await.unwrap();
    }
    let now = scene.clock.as_microsecond();
    let items = scene.journal.begin_sending(0, 10, now).await.unwrap();
    let states = [ItemState::Settled, ItemState::UnderReview, ItemState::Settled];
    for (item, state) in items.iter().zip(states) {
        scene
            .journal
            .answered(item, (state, &Told::default()), now)
            .await
            .unwrap();
    }
    let told = Told {
        replaced_by: "232326999999".into(),
        ..Told::default()
    };
    scene
        .journal
        .answered(&items[2], (ItemState::Settled, &told), now)
        .await
        .unwrap();
    // A child that has another number is told that one.
    assert_eq!(
        scene.register(&girl(3, "Nguyễn Mai")).await.unwrap().number,
        "232326999999"
    );

    assert_eq!(scene.journal.purge(now).await.unwrap(), 0);
    assert_eq!(scene.journal.purge(now + 1).await.unwrap(), 2);
    let left = scene.journal.items().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].number(), block[1].to_string());
    assert_eq!(scene.journal.purged().await.unwrap(), 2);
    assert_eq!(scene.register(&girl(1, "Nguyễn An")).await, Err(Unfit::Purged));
}

#[tokio::test]
async fn what_was_changed_by_somebody_else_is_noticed() {
    let mut scene = Scene::set().await;
    scene.block(Sex::Female, 0..3, 100).await;
    scene.register(&girl(1, "Nguyễn An")).await.unwrap();
    scene.register(&girl(2, "Nguyễn Lan")).await.unwrap();
    let mut connection = sqlite(&scene).await;
    // Sealed content in another row, or in part, does not open.
    for change in [
        "UPDATE items SET content = (SELECT content FROM items ORDER BY turn LIMIT 1)",
        "UPDATE items SET content = substr(content, 2)",
    ] {
        sqlx::query(change).execute(&mut connection).await.unwrap();
        assert!(
            matches!(scene.journal.items().await, Err(MissionError::Tampered)),
            "{change}"
        );
    }
    // And the file itself takes no number back.
    for change in [
        "UPDATE blocks SET next = 0",
        "DELETE FROM items",
        "UPDATE items SET place = 2",
    ] {
        assert!(sqlx::query(change).execute(&mut connection).await.is_err(), "{change}");
    }
}

async fn sqlite(scene: &Scene) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(scene.path());
    options.connect().await.unwrap()
}

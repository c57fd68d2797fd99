//! The key of look-up digests is changed while births go on, by a command that is killed again and again.

use std::process::Stdio;

use dinhdanh::ledger::{Head, KeyId, KeyRing, Reindexing};
use dinhdanh::proto::v1;
use dinhdanh::protocol::Changes;
use dinhdanh::store::postgres::{PgOptions, PgReader, PgStore};
use dinhdanh::store::sqlite::{SqliteReader, SqliteStore};
use dinhdanh::store::{Reader, Store, Turn};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tonic::Code;

use super::{command, goes_without, indexes, kill_now_and_then, more, run, says, took_in};
use crate::support::births::{birth, changed, child, request};
use crate::support::calls::who_has;
use crate::support::desk::{Desk, given};
use crate::support::load::{Load, OFFICE, nth};
use crate::support::office::Office;
use crate::support::server::{Launch, Server};
use crate::support::{backend, ledger, setting, until};

async fn head(folder: &std::path::Path) -> Head {
    match backend::database(folder) {
        Some(url) => {
            let options = PgOptions::new(url.parse().unwrap());
            PgReader::open(&options).await.unwrap().head().await.unwrap()
        }
        None => SqliteReader::open(folder).await.unwrap().head().await.unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_index_key_under_births_loses_nothing_wherever_it_is_killed() {
    let seed = setting("DINHDANH_TEST_SEED", u64::from(std::process::id()));
    println!("DINHDANH_TEST_SEED={seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let channel = server.connect().await;
    let load = Load::new();
    // Few callers: what they add is to be gone through as well.
    let callers = load.start(&channel, 1, seed);
    more(&load, 500).await;

    says(folder.path(), &["keys", "new-index"]);
    let [old, new] = <[String; 2]>::try_from(indexes(folder.path())).unwrap();
    took_in(&server, &new).await;
    assert_eq!(
        head(folder.path()).await.reindexing,
        None,
        "nothing is digested with it yet"
    );
    kill_now_and_then(folder.path(), &mut random).await;
    // Whatever stage that was left in, everything that must hold holds.
    more(&load, 50).await;
    ledger::verify(folder.path(), &[]);
    // Two at once do no harm either.
    let mut other = command(folder.path(), &["rekey"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    says(folder.path(), &["rekey"]);
    assert!(other.wait().unwrap().success());
    let said = says(folder.path(), &["rekey"]);
    assert!(
        said.contains(&format!("rows are found by the index key {new}")),
        "{said}"
    );

    // Births went on, and go on.
    more(&load, 100).await;
    load.stop();
    callers.join_all().await;
    let after = head(folder.path()).await;
    assert_eq!((after.keys.index.to_string(), after.reindexing), (new.clone(), None));
    let changes = ledger::counts(folder.path()).await.get("change index key").copied();
    assert_eq!(changes, Some(1), "the change is one entry, however often it was begun");
    // As many rows as the entries call for: under the former key there is none any more.
    ledger::verify(folder.path(), &[]);

    // Nothing needs the former key any more but the digests in entries, and what was answered before is known without them.
    says(folder.path(), &["keys", "drop-indexes"]);
    assert_eq!(indexes(folder.path()), [new]);
    let said = says(folder.path(), &["verify"]);
    assert!(said.contains("entries were not compared"), "{said}");
    assert!(!said.contains(&old), "{said}");
    server.kill();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    load.resend(&channel, load.answered().into_iter().take(200)).await;
    drop(channel);
    server.stop().await;
    load.compare(folder.path()).await;
}

/// A server that takes no turn learns of the change from nobody: what it finds by keys must be right all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_at_rest_finds_what_there_is_after_the_change() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let office = Office::new(server.connect().await, OFFICE);
    let passport = v1::Identifier {
        r#type: v1::IdentifierType::Passport.into(),
        value: "C1234567".into(),
        country: String::new(),
    };
    let asked = changed(request(OFFICE, 1), |registration| {
        child(registration).existing_identifiers = vec![passport.clone()];
    });
    let number = office.number(asked.clone()).await;
    let registration = asked.registration.clone().unwrap();
    says(folder.path(), &["keys", "new-index"]);
    let new = indexes(folder.path()).pop().unwrap();
    took_in(&server, &new).await;
    let end = head(folder.path()).await.size();

    says(folder.path(), &["rekey"]);

    let who = v1::ResolveIdentifierRequest {
        identifier: Some(passport),
        ..who_has("", &registration)
    };
    let resolved = Desk::new(server.connect().await, OFFICE, "REGISTRAR").does(who).await;
    assert_eq!(resolved.number, number);
    assert_eq!(
        head(folder.path()).await.size(),
        end + 1,
        "the change, and nothing else"
    );
    let known = office.issuance_of(registration.r#ref.unwrap()).await.unwrap();
    assert_eq!(given(known).number, number);
    let unknown = office.issuance_of(birth(OFFICE, 2).r#ref.unwrap()).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    server.stop().await;
    ledger::verify(folder.path(), &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_the_new_index_key_takes_no_work_until_it_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let why = "is not among those of the key file";
    let (server, channel, _) = goes_without(folder.path(), elsewhere.path(), "new-index", why).await;
    // The child of before is known to it by the new keys: the same registration under another id is bound to it.
    let again = changed(request(OFFICE, 900), |registration| {
        *registration = nth(1).registration.unwrap();
    });
    let bound = Office::new(channel.clone(), OFFICE).issue(again).await.unwrap();
    assert!(bound.replayed, "{bound:?}");
    drop(channel);
    server.stop().await;
    ledger::verify(folder.path(), &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_index_key_may_be_given_up_and_no_key_in_need_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let load = Load::new();
    let callers = load.start(&channel, 8, 1);
    more(&load, 1_500).await;
    load.stop();
    callers.join_all().await;
    says(folder.path(), &["keys", "new-index"]);
    let [old, new] = <[String; 2]>::try_from(indexes(folder.path())).unwrap();
    took_in(&server, &new).await;

    // Cut off as soon as it has begun, long before its end.
    let mut rekey = command(folder.path(), &["rekey"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the change has begun", async || {
        head(folder.path()).await.reindexing.map(drop)
    })
    .await;
    rekey.kill().unwrap();
    rekey.wait().unwrap();
    if let Some(Reindexing::Adding { .. }) = head(folder.path()).await.reindexing {
        assert!(
            load.send(&channel, 5_000).await,
            "births go on, and are written under both"
        );
        let (well, said) = run(folder.path(), &["keys", "drop-indexes"]);
        assert!(
            !well && said.contains("the index key of the store is being changed"),
            "{said}"
        );
        ledger::verify(folder.path(), &[]);

        let said = says(folder.path(), &["rekey", "--give-up-index"]);
        assert!(
            said.contains(&format!("rows are found by the index key {old}, as before")),
            "{said}"
        );
        assert!(load.send(&channel, 5_001).await);
        ledger::verify(folder.path(), &[]);
        let counts = ledger::counts(folder.path()).await;
        assert!(!counts.contains_key("change index key"), "{counts:?}");
    }
    let said = says(folder.path(), &["rekey", "--give-up-index"]);
    assert!(said.contains("there was nothing to give up"), "{said}");
    // It is changed all the same, in the end, and then the file of before does not do.
    let keys = folder.path().join("keys.toml");
    let both = std::fs::read_to_string(&keys).unwrap();
    says(folder.path(), &["rekey"]);
    assert_eq!(head(folder.path()).await.keys.index.to_string(), new);
    drop(channel);
    server.stop().await;
    let secret = both.lines().find(|line| line.starts_with("    ")).unwrap();
    let (_, of_new) = both.split_once(secret).unwrap();
    let of_new = of_new.lines().find(|line| line.starts_with("    ")).unwrap();
    std::fs::write(&keys, both.replacen(&format!("{of_new}\n"), "", 1)).unwrap();
    let (status, said) = Launch::on(folder.path()).refused();
    assert!(
        !status.success() && said.contains(&format!("index key {new}")),
        "{said}"
    );
    std::fs::write(&keys, both).unwrap();
    load.compare(folder.path()).await;
}

/// What is left to do lies scattered among many rows that turns have written since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_begun_long_ago_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    for (births, begins) in [(300, true), (3_000, false)] {
        let load = Load::new();
        let callers = load.start(&channel, 8, births as u64);
        more(&load, births).await;
        load.stop();
        callers.join_all().await;
        if begins {
            says(folder.path(), &["keys", "new-index"]);
            took_in(&server, &indexes(folder.path())[1]).await;
            begin(folder.path()).await;
        }
    }
    says(folder.path(), &["rekey"]);
    ledger::verify(folder.path(), &[]);
    // It is the former key from now on that a change would go back to: that is another change, and no giving up.
    let (well, said) = run(folder.path(), &["rekey", "--give-up-index"]);
    assert!(well && said.contains("there was nothing to give up"), "{said}");
    drop(channel);
    server.stop().await;
}

/// Begins a change of the index key, as `rekey` does, and goes no further.
async fn begin(folder: &std::path::Path) {
    let keys = std::fs::read_to_string(folder.join("keys.toml")).unwrap();
    let ring = KeyRing::from_file_text(&keys).unwrap();
    let coming = ring.index.ids()[1];
    match backend::database(folder) {
        Some(url) => {
            let options = PgOptions::new(url.parse().unwrap());
            begin_on(&PgStore::open(options, ring.ids).await.unwrap(), coming, &ring).await;
        }
        None => begin_on(&SqliteStore::beside(folder).await.unwrap(), coming, &ring).await,
    }
}

async fn begin_on(store: &impl Store, coming: KeyId, ring: &KeyRing) {
    let turn = store.begin().await.unwrap();
    let changes = Changes::on(turn.head().clone());
    turn.commit(&changes.begin_reindexing(coming, ring).unwrap())
        .await
        .unwrap();
}

//! The key of sealing is changed while births go on, by a command that is killed again and again.

use std::collections::BTreeSet;
use std::process::Stdio;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::{command, goes_without, kill_now_and_then, more, run, says, sealed_with, seals, took_in};
use crate::support::load::Load;
use crate::support::server::{Launch, Server};
use crate::support::{ledger, setting, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_key_under_births_loses_nothing_wherever_it_is_killed() {
    let seed = setting("DINHDANH_TEST_SEED", u64::from(std::process::id()));
    println!("DINHDANH_TEST_SEED={seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let channel = server.connect().await;
    let load = Load::new();
    let callers = load.start(&channel, 8, seed);
    more(&load, 1_000).await;

    says(folder.path(), &["keys", "new-seal"]);
    let [old, new] = <[String; 2]>::try_from(seals(folder.path())).unwrap();
    took_in(&server, &new).await;
    assert_eq!(sealed_with(folder.path()).await, BTreeSet::from([old.clone()]));

    kill_now_and_then(folder.path(), &mut random).await;
    more(&load, 50).await;
    let said = says(folder.path(), &["rekey"]);
    assert!(said.contains(&format!("everything is sealed with {new}")), "{said}");
    assert!(says(folder.path(), &["rekey"]).contains("there is nothing to change"));

    // Births went on, and go on.
    more(&load, 100).await;
    load.stop();
    callers.join_all().await;
    assert_eq!(sealed_with(folder.path()).await, BTreeSet::from([new.clone()]));
    let changes = ledger::counts(folder.path()).await.get("change seal key").copied();
    assert_eq!(changes, Some(1), "the change is one entry, however often it was begun");
    ledger::verify(folder.path(), &[]);

    // Nothing needs the former key any more.
    says(folder.path(), &["keys", "drop-seals"]);
    assert_eq!(seals(folder.path()), [new]);
    server.kill();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    load.resend(&channel, load.answered().into_iter().take(200)).await;
    drop(channel);
    server.stop().await;
    load.compare(folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_the_new_key_takes_no_work_until_it_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let why = "is not among the seal keys of the key file";
    let (server, channel, load) = goes_without(folder.path(), elsewhere.path(), "new-seal", why).await;
    drop(channel);
    server.stop().await;
    load.compare(folder.path()).await;
    ledger::verify(folder.path(), &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_still_needed_is_not_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let channel = server.connect().await;
    let load = Load::new();
    let callers = load.start(&channel, 8, 1);
    more(&load, 600).await;
    load.stop();
    callers.join_all().await;
    drop(channel);
    server.stop().await;
    let keys = folder.path().join("keys.toml");
    let before = std::fs::read_to_string(&keys).unwrap();
    says(folder.path(), &["keys", "new-seal"]);
    let [old, new] = <[String; 2]>::try_from(seals(folder.path())).unwrap();

    // Cut off as soon as the change is made, long before its end.
    let mut rekey = command(folder.path(), &["rekey"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the change is made", async || {
        ledger::counts(folder.path())
            .await
            .contains_key("change seal key")
            .then_some(())
    })
    .await;
    rekey.kill().unwrap();
    rekey.wait().unwrap();
    if sealed_with(folder.path()).await.contains(&old) {
        let (well, said) = run(folder.path(), &["keys", "drop-seals"]);
        assert!(
            !well && said.contains("the seal key of the store is being changed"),
            "{said}"
        );
        ledger::verify(folder.path(), &[]);
        // By hand, all the same.
        let both = std::fs::read_to_string(&keys).unwrap();
        let secret = before.lines().find_map(|line| line.strip_prefix("seal = ")).unwrap();
        std::fs::write(&keys, both.replace(&format!("{secret},"), "")).unwrap();
        let (status, said) = Launch::on(folder.path()).refused();
        assert!(
            !status.success() && said.contains(&format!("sealed with the key {old}")),
            "{said}"
        );
        std::fs::write(&keys, both).unwrap();
    }
    // The file of before does not do either.
    let both = std::fs::read_to_string(&keys).unwrap();
    std::fs::write(&keys, before).unwrap();
    let (status, said) = Launch::on(folder.path()).refused();
    assert!(
        !status.success() && said.contains(&format!("sealed with the key {new}")),
        "{said}"
    );
    std::fs::write(&keys, both).unwrap();
    says(folder.path(), &["rekey"]);
    assert_eq!(sealed_with(folder.path()).await, BTreeSet::from([new]));
    load.compare(folder.path()).await;
}

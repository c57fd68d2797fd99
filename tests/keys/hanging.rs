//! A program that is to print the keys and does not come to an end.

use std::path::Path;
use std::process::Command;

use super::sources::{program, secrets, store};
use super::{listed, took_in};
use crate::support::load::Load;
use crate::support::process::send;
use crate::support::server::{BINARY, Launch};
use crate::support::until;

const SERVE: [&str; 4] = ["serve", "--dev", "--listen", "127.0.0.1:0"];

/// A folder with the text of a key file in it, as [`store`] makes one, and a file in which nothing will ever be.
fn paths(folder: &Path) -> [String; 2] {
    let empty = folder.join("empty");
    std::fs::write(&empty, "").unwrap();
    [folder.join("kept"), empty].map(|path| path.to_str().unwrap().to_owned())
}

/// The processes of the program of a folder, and of what it has started.
fn at_work(folder: &Path) -> Vec<u32> {
    let named = [folder.join("fetch-keys"), folder.join("empty")];
    let named = named.map(|path| path.into_os_string().into_encoded_bytes());
    let processes = std::fs::read_dir("/proc").unwrap();
    let processes = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes
        .filter(|process: &u32| {
            let words = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            words
                .split(|byte| *byte == 0)
                .any(|word| named.iter().any(|name| name == word))
        })
        .collect()
}

async fn nothing_is_left(folder: &Path) {
    until("nothing of the program is left", async || {
        at_work(folder).is_empty().then_some(())
    })
    .await;
}

/// Text of a program that stays, and so holds open whatever it was to print to.
fn stays(empty: &str) -> String {
    format!("tail -f '{empty}' 3>&1 >/dev/null")
}

/// A server on the store of a folder that has its keys from a program, which has so much time.
fn launch(folder: &Path, program: &Path, within: &str) -> Launch {
    launch_as(&SERVE, folder, program, within)
}

/// The same for another command than that of a server.
fn launch_as(words: &[&str], folder: &Path, program: &Path, within: &str) -> Launch {
    let data = folder.join("data");
    Launch::sharing(&[])
        .saying(words)
        .with(&["--data"])
        .with(&[data.to_str().unwrap()])
        .set("KEYS_COMMAND", program.to_str().unwrap())
        .set("KEYS_COMMAND_TIMEOUT", within)
}

fn shows_no_secret(text: &str, said: &str) {
    let shown = secrets(text).iter().any(|secret| said.contains(&secret[..16]));
    assert!(!shown, "a secret was shown: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_does_not_end_is_ended_with_all_it_started() {
    let (folder, text) = store().await;
    let [kept, empty] = paths(folder.path());
    let stays = stays(&empty);
    for script in [
        stays.clone(),
        format!("cat '{kept}'; {stays}"),
        format!("cat '{kept}'; exec >/dev/null; {stays}; :"),
        // It ends itself, but what it started could still print something.
        format!("{stays} & cat '{kept}'"),
    ] {
        let path = program(folder.path(), &script, 0o700);
        let expected = format!(
            "keys_command: {} did not end within 1s (keys_command_timeout)",
            path.display()
        );
        for words in [&["keys", "show"][..], &SERVE] {
            let (status, said) = launch_as(words, folder.path(), &path, "1s").refused();
            assert!(!status.success() && said.contains(&expected), "{script}: {said}");
            shows_no_secret(&text, &said);
            nothing_is_left(folder.path()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_program_no_longer_ends_goes_on_with_the_keys_it_has() {
    let (folder, text) = store().await;
    let [kept, empty] = paths(folder.path());
    let hangs = folder.path().join("hangs");
    let script = format!("[ ! -e '{}' ] || {}; cat '{kept}'", hangs.display(), stays(&empty));
    let path = program(folder.path(), &script, 0o700);
    let server = launch(folder.path(), &path, "1s").start();
    let channel = server.connect().await;
    let load = Load::new();
    assert!(load.send(&channel, 1).await);

    std::fs::write(&hangs, "").unwrap();
    server.signal("HUP");
    until("the server says what is wrong", async || {
        let said = server.said();
        (said.contains("did not end within 1s (keys_command_timeout)") && said.contains("the old keys stay in force"))
            .then_some(())
    })
    .await;
    nothing_is_left(folder.path()).await;
    assert!(load.send(&channel, 2).await);

    // The next time it ends, and prints one key more.
    std::fs::remove_file(&hangs).unwrap();
    let keys = |word: &str| {
        let mut command = Command::new(BINARY);
        let output = command.args(["keys", word, "--keys", &kept]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    keys("new-seal");
    let new = listed(&keys("show"), "seal ").pop().unwrap();
    server.signal("HUP");
    took_in(&server, &new).await;
    assert!(load.send(&channel, 3).await);
    shows_no_secret(&text, &server.said());
    drop(channel);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_while_its_program_hangs_leaves_nothing_of_it() {
    let (folder, _) = store().await;
    let [kept, empty] = paths(folder.path());
    let hangs = folder.path().join("hangs");
    let script = format!("[ ! -e '{}' ] || {}; cat '{kept}'", hangs.display(), stays(&empty));
    let path = program(folder.path(), &script, 0o700);
    let server = launch(folder.path(), &path, "1h").start();
    let channel = server.connect().await;
    assert!(Load::new().send(&channel, 1).await);
    drop(channel);
    std::fs::write(&hangs, "").unwrap();
    server.signal("HUP");
    until("the program and what it started are at work", async || {
        (at_work(folder.path()).len() == 2).then_some(())
    })
    .await;
    server.stop().await;
    nothing_is_left(folder.path()).await;
}

/// Whoever has changed the keys may tell a server so that has not come up yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_of_new_keys_while_it_waits_for_the_first_comes_up() {
    let (folder, _) = store().await;
    let [kept, _] = paths(folder.path());
    let hangs = folder.path().join("hangs");
    std::fs::write(&hangs, "").unwrap();
    let script = format!("while [ -e '{}' ]; do sleep 0.01; done; cat '{kept}'", hangs.display());
    let path = program(folder.path(), &script, 0o700);
    let launch = launch(folder.path(), &path, "1h");
    let starting = tokio::task::spawn_blocking(move || launch.start());
    until("the program is at work", async || {
        (!at_work(folder.path()).is_empty()).then_some(())
    })
    .await;
    let lock = std::fs::read_to_string(folder.path().join("data/lock")).unwrap();
    send("HUP", lock.trim().parse().unwrap());
    std::fs::remove_file(&hangs).unwrap();
    starting.await.unwrap().stop().await;
}

//! Backups: made of a store in use, whole, private, and without keys.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use dinhdanh::store::Reader;
use dinhdanh::store::sqlite::backup::{self, BackupError, MANIFEST_NAME};
use dinhdanh::store::sqlite::{FILE_NAME, SqliteReader};
use jiff::Timestamp;

use super::births::birth;
use super::sample::{Sample, check, engine, issue, keys_file};
use crate::support::server::BINARY;

const NOW: Timestamp = Timestamp::constant(1_795_500_000, 0);

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_store_in_use_is_whole_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let places = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let births: Vec<_> = (0..400).map(|entry| birth("079", entry)).collect();
    let load = async {
        for (index, births) in births.chunks(8).enumerate() {
            let calls = births
                .iter()
                .zip(index as u128 * 8 + 10..)
                .map(|(birth, id)| issue(&engine, id, birth));
            futures_util::future::join_all(calls).await;
        }
    };
    let copies = async {
        let mut sizes = Vec::new();
        for copy in ["1", "2", "3"] {
            let out = places.path().join("new").join(copy);
            let reader = SqliteReader::open(folder.path()).await.unwrap();

            let manifest = backup::make(&reader, &out, NOW).await.unwrap();

            assert_eq!(names(&out), [FILE_NAME, MANIFEST_NAME]);
            assert_eq!(
                [mode(&out), mode(&out.join(FILE_NAME)), mode(&out.join(MANIFEST_NAME))],
                [0o700, 0o600, 0o600]
            );
            assert_eq!(backup::check(&out).await.unwrap(), manifest);
            let report = check(&out).await;
            assert_eq!((report.findings(), report.size), ([].as_slice(), manifest.size));
            // Looking into it has left it as it was.
            assert_eq!(names(&out), [FILE_NAME, MANIFEST_NAME]);
            assert_eq!(backup::check(&out).await.unwrap(), manifest);
            sizes.push(manifest.size);
        }
        assert!(sizes.is_sorted());
    };
    tokio::join!(load, copies);
    engine.drain().await;
}

#[tokio::test]
async fn a_folder_that_holds_something_is_left_alone() {
    let store = Sample::make().await.copy().await;
    let out = tempfile::tempdir().unwrap();
    std::fs::write(out.path().join("mine"), "x").unwrap();
    let reader = SqliteReader::open(store.path()).await.unwrap();

    let outcome = backup::make(&reader, out.path(), NOW).await;

    assert!(matches!(outcome, Err(BackupError::NotEmpty(_))));
    assert_eq!(names(out.path()), ["mine"]);
}

#[tokio::test]
async fn whatever_happens_to_a_backup_is_told() {
    let sample = Sample::make().await;
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 7] = [
        ("a byte changed", |out| {
            let mut bytes = std::fs::read(out.join(FILE_NAME)).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            std::fs::write(out.join(FILE_NAME), bytes).unwrap();
        }),
        ("cut short", |out| {
            let bytes = std::fs::read(out.join(FILE_NAME)).unwrap();
            std::fs::write(out.join(FILE_NAME), &bytes[..bytes.len() / 2]).unwrap();
        }),
        ("the file gone", |out| {
            std::fs::remove_file(out.join(FILE_NAME)).unwrap()
        }),
        ("the manifest gone", |out| {
            std::fs::remove_file(out.join(MANIFEST_NAME)).unwrap()
        }),
        ("another size", |out| edit(out, "\"size\": 10", "\"size\": 11")),
        ("another format", |out| edit(out, "\"format\": 1", "\"format\": 2")),
        ("in use since", |out| {
            std::fs::write(out.join(format!("{FILE_NAME}-wal")), "x").unwrap()
        }),
    ];
    for (name, damage) in damages {
        let store = sample.copy().await;
        let out = tempfile::tempdir().unwrap();
        let reader = SqliteReader::open(store.path()).await.unwrap();
        let made = backup::make(&reader, out.path(), NOW).await.unwrap();
        let head = reader.head().await.unwrap();
        assert_eq!(
            (made.size, made.root),
            (10, dinhdanh::ledger::hex(&head.frontier.root()))
        );

        damage(out.path());

        assert!(backup::check(out.path()).await.is_err(), "{name}");
    }
}

fn edit(out: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(out.join(MANIFEST_NAME)).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(out.join(MANIFEST_NAME), text.replace(from, to)).unwrap();
}

#[tokio::test]
async fn the_command_says_that_the_keys_are_elsewhere() {
    let store = Sample::make().await.copy().await;
    keys_file(store.path());
    let out = tempfile::tempdir().unwrap();
    let run = |words: &[&std::ffi::OsStr]| {
        let output = Command::new(BINARY).arg("backup").args(words).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    let (data, out) = (store.path().as_os_str(), out.path().as_os_str());

    let (made, said) = run(&["--data".as_ref(), data, "--out".as_ref(), out]);
    let (good, _) = run(&["--check".as_ref(), out]);
    let (again, refused) = run(&["--data".as_ref(), data, "--out".as_ref(), out]);

    assert_eq!((made, good, again), (Some(0), Some(0), Some(1)));
    let keys = store.path().join("keys.toml");
    assert!(
        said.contains(&format!(
            "The keys are NOT in this backup. They are in {}.",
            keys.display()
        )),
        "{said}"
    );
    assert!(refused.contains("is not empty"), "{refused}");
    let verify = Command::new(BINARY)
        .arg("verify")
        .args(["--data".as_ref(), out])
        .arg("--keys")
        .arg(keys)
        .output();
    assert!(verify.unwrap().status.success());
}

#[tokio::test]
async fn the_command_warns_of_keys_that_do_not_belong_to_the_store() {
    let store = Sample::make().await.copy().await;
    let out = tempfile::tempdir().unwrap();

    let output = Command::new(BINARY)
        .args(["backup", "--data"])
        .arg(store.path())
        .arg("--out")
        .arg(out.path())
        .output()
        .unwrap();

    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success());
    assert!(said.contains("warning: the key file"), "{said}");
}

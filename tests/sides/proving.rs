//! The ledger as others check it: checkpoints, entries and proofs, by an implementation that is not ours.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dinhdanh::ledger::{NoteVerifier, TILE, hex};
use dinhdanh::proto::v1;
use serde_json::{Value, json};
use tonic::Code;

use super::stage::{AUTHORITY, COMMUNE, NEIGHBOUR, Stage};
use crate::support::births::request;
use crate::support::calls::{confirm, revoke};
use crate::support::desk::Desk;
use crate::support::server::BINARY;

async fn checkpoint(desk: &Desk) -> String {
    desk.does(v1::GetCheckpointRequest {}).await.note
}

fn size_of(note: &str) -> i64 {
    note.lines().nth(1).unwrap().parse().unwrap()
}

fn at(position: i64) -> v1::GetEntryRequest {
    v1::GetEntryRequest { position }
}

fn in_tree(position: i64, tree_size: i64) -> v1::GetInclusionProofRequest {
    v1::GetInclusionProofRequest { position, tree_size }
}

fn from_to(first_tree_size: i64, second_tree_size: i64) -> v1::GetConsistencyProofRequest {
    v1::GetConsistencyProofRequest {
        first_tree_size,
        second_tree_size,
    }
}

fn hashes(proof: &[Vec<u8>]) -> Vec<String> {
    proof.iter().map(|hash| hex(hash)).collect()
}

/// The bundle of an entry, made of answers as any client could make it.
async fn bundle(auditor: &Desk, position: i64, note: &str) -> Value {
    let entry = auditor.does(at(position)).await;
    let proof = auditor.does(in_tree(position, size_of(note))).await;
    assert_eq!((proof.leaf_index, proof.tree_size), (position - 1, size_of(note)));
    let time = entry.at.unwrap();
    json!({
        "format": 1,
        "entry": {
            "epoch": entry.epoch,
            "position": entry.position,
            "kind": entry.kind - 1,
            "at": time.seconds * 1_000_000 + i64::from(time.nanos / 1_000),
            "office": entry.office,
            "request_id": entry.request_id,
            "effects_commitment": hex(&entry.effects_commitment),
            "content_commitment": hex(&entry.content_commitment),
        },
        "checkpoint": note,
        "proof": hashes(&proof.hashes),
    })
}

/// What Go's own packages say to bundles and steps.
fn checked_by_go(key: &str, bundles: &[Value], steps: &[Value]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proofs");
    let mut checker = Command::new("go")
        .args(["run", "."])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = json!({ "key": key.trim(), "bundles": bundles, "consistency": steps });
    write!(checker.stdin.take().unwrap(), "{input}").unwrap();
    let told = checker.wait_with_output().unwrap();
    assert!(told.status.success(), "{told:?}");
    String::from_utf8(told.stdout).unwrap()
}

#[tokio::test]
async fn another_implementation_finds_every_kind_of_entry_in_the_tree_and_each_tree_to_go_on_from_the_last() {
    let stage = Stage::set().await;
    let mut notes = vec![checkpoint(&stage.auditor).await];
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    stage.authority.does(confirm(&number)).await;
    stage.commune.does(revoke(&number)).await;
    notes.push(checkpoint(&stage.auditor).await);
    // More than a tile of the tree holds.
    for entry in 2..=TILE + 9 {
        stage.commune.number(request(COMMUNE, entry)).await;
        if entry % 50 == 0 || entry > TILE {
            notes.push(checkpoint(&stage.auditor).await);
        }
    }
    let last = notes.last().unwrap();
    let mut bundles = Vec::new();
    for position in 1..=size_of(last) {
        bundles.push(bundle(&stage.auditor, position, last).await);
    }
    bundles.push(bundle(&stage.auditor, 2, &notes[1]).await);
    let mut steps = Vec::new();
    for pair in notes.windows(2) {
        let [first, second] = pair else { unreachable!() };
        let proof = stage.auditor.does(from_to(size_of(first), size_of(second))).await;
        steps.push(json!({ "first": first, "second": second, "proof": hashes(&proof.hashes) }));
    }
    let told = checked_by_go(&stage.public_key(), &bundles, &steps);
    assert_eq!(told.trim(), format!("{} bundles, {} steps", bundles.len(), steps.len()));
    stage.end().await;
}

#[tokio::test]
async fn a_bundle_tells_of_nobody_and_is_checked_without_the_service() {
    let stage = Stage::set().await;
    let number = stage.commune.number(request(COMMUNE, 1)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("birth.bundle.json");
    let url = stage.url();
    let prove = |number: &str, office: &str, file: &PathBuf| {
        let mut command = Command::new(BINARY);
        command.args(["prove", number, "--office", office, "--server", &url, "--out"]);
        command.arg(file).output().unwrap()
    };
    let told = prove(&number, COMMUNE, &file);
    assert!(told.status.success(), "{told:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    let sent = request(COMMUNE, 1).registration.unwrap();
    let child = sent.child.unwrap();
    for personal in [&number, &child.full_name, &sent.mother.unwrap().full_name] {
        assert!(!text.contains(personal.as_str()), "{personal}");
    }
    // It is not written over, and whoever may not know of the number is given none.
    assert!(!prove(&number, COMMUNE, &file).status.success());
    let others = folder.path().join("others");
    assert!(!prove(&number, NEIGHBOUR, &others).status.success());
    assert!(!others.exists());

    let key = stage.public_key();
    stage.end().await;
    let check = |key: &str| {
        let mut command = Command::new(BINARY);
        command.arg("check").arg(&file).args(["--key", key.trim()]);
        command.output().unwrap()
    };
    let told = check(&key);
    assert!(told.status.success(), "{told:?}");
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(
        told.contains("position    2 of 2\nkind        Issued\noffice      26734\n"),
        "{told}"
    );
    // Another key, or another office.
    let other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert!(!check(other).status.success());
    std::fs::write(&file, text.replace("26734", "26735")).unwrap();
    let told = check(&key);
    assert!(
        String::from_utf8(told.stderr)
            .unwrap()
            .contains("one of them was changed")
    );
    let bundle: Value = serde_json::from_str(&text).unwrap();
    checked_by_go(&key, &[bundle], &[]);
}

#[tokio::test]
async fn an_entry_is_shown_to_whom_it_concerns_and_to_auditors_without_its_content() {
    let stage = Stage::set().await;
    let sent = request(COMMUNE, 1);
    let request_id = sent.request_id.clone();
    let number = stage.commune.number(sent).await;
    let masked = format!("{}*********", &number[..3]);

    let own = stage.commune.does(at(2)).await;
    assert_eq!(own.event.as_ref().unwrap().number, number);
    assert!(own.event.unwrap().facts.is_some());
    let told = stage.auditor.does(at(2)).await;
    assert!(told.event.is_none());
    assert_eq!(told.kind(), v1::EntryKind::Issued);
    assert_eq!((&told.office, &told.request_id), (&COMMUNE.to_owned(), &request_id));
    assert_eq!((told.masked_number, told.leaf_hash), (masked, own.leaf_hash));
    assert!(stage.authority.does(at(2)).await.event.is_some());
    let refused = stage.neighbour.is_refused(at(2)).await;
    assert_eq!(refused.what(), (Code::NotFound, "NO_SUCH_ENTRY"));

    // An act of another office on it concerns both; the first entry of all, the auditor alone.
    stage.authority.does(confirm(&number)).await;
    assert_eq!(stage.commune.does(at(3)).await.office, AUTHORITY);
    assert_eq!(
        stage.neighbour.is_refused(at(3)).await.what(),
        (Code::NotFound, "NO_SUCH_ENTRY")
    );
    assert_eq!(stage.auditor.does(at(1)).await.kind(), v1::EntryKind::Genesis);
    // That an entry was looked at is an access to its number; that a proof was asked for is none.
    let asked = v1::ListAccessesRequest {
        subject: Some(v1::list_accesses_request::Subject::Number(number)),
        ..v1::ListAccessesRequest::default()
    };
    let looked = stage.auditor.does(asked).await.accesses;
    let looked: Vec<_> = looked
        .iter()
        .filter(|access| access.call.ends_with("/GetEntry"))
        .collect();
    assert_eq!(looked.len(), 3, "{}", looked.len());
    stage.end().await;
}

#[tokio::test]
async fn what_the_ledger_does_not_reach_is_refused_by_name() {
    let stage = Stage::set().await;
    stage.commune.number(request(COMMUNE, 1)).await;
    let auditor = &stage.auditor;
    for position in [3, i64::MAX] {
        let missing = (Code::NotFound, "NO_SUCH_ENTRY");
        assert_eq!(auditor.is_refused(at(position)).await.what(), missing);
        assert_eq!(auditor.is_refused(in_tree(position, 0)).await.what(), missing);
    }
    for size in [3, i64::MAX] {
        let ahead = (Code::OutOfRange, "CURSOR_AHEAD");
        assert_eq!(auditor.is_refused(in_tree(1, size)).await.what(), ahead);
        assert_eq!(auditor.is_refused(from_to(1, size)).await.what(), ahead);
    }
    for (position, size, field) in [
        (0, 0, "position"),
        (-1, 0, "position"),
        (1, -1, "tree_size"),
        (2, 1, "tree_size"),
    ] {
        assert_eq!(auditor.is_refused(in_tree(position, size)).await.fields(), [field]);
    }
    for (first, second, field) in [
        (-1, 0, "first_tree_size"),
        (1, -1, "second_tree_size"),
        (2, 1, "second_tree_size"),
    ] {
        assert_eq!(auditor.is_refused(from_to(first, second)).await.fields(), [field]);
    }
    assert_eq!(auditor.is_refused(at(0)).await.fields(), ["position"]);
    // Nothing is needed to go on from nothing, or from itself.
    assert!(auditor.does(from_to(0, 2)).await.hashes.is_empty());
    assert!(auditor.does(from_to(2, 2)).await.hashes.is_empty());
    assert_eq!(auditor.does(in_tree(1, 1)).await.hashes, Vec::<Vec<u8>>::new());
    NoteVerifier::parse(&stage.public_key())
        .unwrap()
        .open(&checkpoint(auditor).await)
        .unwrap();
    let subscriber = stage.subscriber();
    assert_eq!(
        subscriber.is_refused(v1::GetCheckpointRequest {}).await.what(),
        (Code::PermissionDenied, "ROLE")
    );
    stage.end().await;
}

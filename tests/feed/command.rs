//! What the command `follow` prints, says, and leaves in its cursor file.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Output, Stdio};

use super::{COMMUNE, Scene};
use crate::support::births::{birth, request};
use crate::support::following::{Following, Run, lines, positions};
use crate::support::office::Office;
use crate::support::server::Server;
use crate::support::until;

impl Scene {
    /// A reading of this scene by the command.
    fn following(&self) -> Following {
        Following::of(vec![url(&self.server)], self.folder.path())
    }

    /// Births of children `from` and so many after it.
    async fn births(&self, from: u64, count: u64) {
        let office = Office::new(self.channel.clone(), COMMUNE);
        for n in from..from + count {
            office.number(request(COMMUNE, n)).await;
        }
    }
}

fn url(server: &Server) -> String {
    format!("http://{}", server.address())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn each_event_is_a_line_and_the_next_run_goes_on_after_it() {
    let scene = Scene::set().await;
    scene.confirm(&scene.numbers[1], 100).await;
    let following = scene.following();
    let first = following.until_end(&[]);
    assert!(first.status.success(), "{}", said(&first));
    let printed = lines(&first);
    assert_eq!(positions(&printed), [2, 3, 4, 5]);
    let of_first: serde_json::Value = serde_json::from_str(&printed[0]).unwrap();
    let child = birth(COMMUNE, 1).child.unwrap();
    assert_eq!(of_first["kind"], "ISSUED");
    assert_eq!(of_first["number"], scene.numbers[0]);
    assert_eq!(of_first["ref"], format!("{COMMUNE}/BIRTH/2025/1"));
    assert_eq!(of_first["facts"]["full_name"], child.full_name);
    assert!(of_first["facts"].get("mother").is_none() && of_first.get("case_id").is_none());
    let of_last: serde_json::Value = serde_json::from_str(&printed[3]).unwrap();
    assert_eq!(
        (&of_last["kind"], &of_last["number"]),
        (&"CONFIRMED".into(), &scene.numbers[1].as_str().into())
    );
    assert_eq!(following.cursor(), "5\n");
    let mode = std::fs::metadata(&following.cursor).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    assert_eq!(lines(&following.until_end(&[])), Vec::<String>::new());
    scene.births(10, 2).await;
    assert_eq!(positions(&lines(&following.until_end(&[]))), [6, 7]);
    // Events of kinds that are not asked for are passed: progress moves the cursor too.
    scene.births(12, 1).await;
    scene.confirm(&scene.numbers[0], 101).await;
    scene.births(13, 1).await;
    let confirmed = following.until_end(&["--kinds", "CONFIRMED,REVOKED"]);
    assert_eq!(positions(&lines(&confirmed)), [9]);
    assert_eq!(following.cursor(), "10\n");
    scene.server.stop().await;
}

#[tokio::test]
async fn a_cursor_that_cannot_be_used_is_told_and_left_as_it_is() {
    let scene = Scene::set().await;
    let following = scene.following();
    let cases = [
        ("five\n", "does not hold a position"),
        ("-5\n", "does not hold a position"),
        ("", "does not hold a position"),
        ("5\n", "CURSOR_AHEAD"),
    ];
    for (text, words) in cases {
        std::fs::write(&following.cursor, text).unwrap();
        let refused = following.until_end(&[]);
        assert_eq!(refused.status.code(), Some(1), "{text:?}");
        assert!(said(&refused).contains(words), "{text:?}: {}", said(&refused));
        assert!(refused.stdout.is_empty());
        assert_eq!(following.cursor(), text);
    }
    std::fs::write(&following.cursor, "4\n").unwrap();
    let following = following.in_role("AUDITOR");
    let refused = following.until_end(&[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("PERMISSION_DENIED/ROLE"), "{}", said(&refused));
    assert_eq!(following.cursor(), "4\n");
    let unclear = following.until_end(&["--kinds", "BORN"]);
    assert_eq!(unclear.status.code(), Some(2), "{}", said(&unclear));
    assert!(said(&unclear).contains("ISSUED, UNDER_REVIEW,"), "{}", said(&unclear));
    let nobody = following.in_role("clerk").until_end(&[]);
    assert_eq!(nobody.status.code(), Some(2), "{}", said(&nobody));
    assert!(said(&nobody).contains("REGISTRAR, MISSION,"), "{}", said(&nobody));
    scene.server.stop().await;
}

#[tokio::test]
async fn one_that_waits_prints_what_comes_and_ends_well_when_it_is_asked_to() {
    let scene = Scene::set().await;
    let following = scene.following();
    let mut printed = 3;
    for signal in ["TERM", "INT"] {
        let mut run = following.start();
        scene.births(10 + printed as u64, 3).await;
        printed += 3;
        following.has_come_to(printed as i64 + 1).await;
        let second = following.until_end(&[]);
        assert!(said(&second).contains("in use"), "{}", said(&second));
        run.signal(signal);
        assert_eq!(run.ended().await, Some(0), "{}", following.said());
    }
    assert_eq!(positions(&following.printed()), (2..=10).collect::<Vec<_>>());
    scene.server.stop().await;
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_ends_it_and_nothing_after_that_counts_as_printed() {
    let scene = Scene::set().await;
    let following = scene.following();
    let mut child = following.command().stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..3 {
        output.read_line(&mut line).unwrap();
    }
    following.has_come_to(4).await;
    drop(output);
    scene.births(10, 1).await;
    let mut run = Run::of(child);
    assert_eq!(run.ended().await, Some(0));
    assert_eq!(following.cursor(), "4\n");
    assert_eq!(positions(&lines(&following.until_end(&[]))), [5]);
    scene.server.stop().await;
}

/// A pipe takes what it has room for, though nobody reads it.
#[tokio::test]
async fn one_that_nobody_reads_from_can_be_ended_and_loses_nothing() {
    let scene = Scene::set().await;
    scene.births(10, 250).await;
    let following = scene.following();
    let mut child = following.command().stdout(Stdio::piped()).spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    let run = Run::of(child);
    // Full when the cursor moves no more: each line has more than 300 bytes, and a pipe room for 65,536.
    let mut before = String::new();
    until("the pipe is full", async || {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let full = following.cursor() == before && before.len() > 3;
        before = following.cursor();
        full.then_some(())
    })
    .await;
    run.signal("TERM");
    let mut run = run;
    assert_eq!(run.ended().await, Some(0));
    let mut written = Vec::new();
    std::io::Read::read_to_end(&mut output, &mut written).unwrap();
    let written = String::from_utf8_lossy(&written).into_owned();
    let whole: Vec<String> = written
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .map(str::to_owned)
        .collect();
    let cursor: i64 = following.cursor().trim().parse().unwrap();
    assert!(cursor < 254, "the pipe never was full");
    assert_eq!(positions(&whole), (2..=cursor).collect::<Vec<_>>());
    assert_eq!(
        positions(&lines(&following.until_end(&[]))),
        (cursor + 1..=254).collect::<Vec<_>>()
    );
    scene.server.stop().await;
}

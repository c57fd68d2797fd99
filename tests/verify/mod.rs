//! The checker against stores that are whole, damaged and in use.

mod answers;
mod backup;
mod births;
mod command;
mod damages;
mod nodes;
mod register;
mod sample;

use std::collections::BTreeSet;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use dinhdanh::ledger::{FenceError, KeyRing};
use dinhdanh::protocol::{CROWD, ImportResult, Rules, Standing};
use dinhdanh::store::sqlite::{FILE_NAME, SqliteReader};
use dinhdanh::verify::{self, Check, Report, VerifyError};
use sqlx::{Connection, Row};

use self::births::{birth, entered_as, of_numbered_mother};
use self::damages::DAMAGES;
use self::sample::{OFFICE, Sample, check, disagree, engine, import, issue, reserve, ring, run, unguarded};

fn failed(report: &Report) -> BTreeSet<Check> {
    report.findings().iter().map(|finding| finding.check).collect()
}

/// Checks that no damage to the sample is needed for, or can be made by SQL alone.
const TOLD_ELSEWHERE: [Check; 3] = [Check::Contents, Check::Nodes, Check::Answers];

#[tokio::test]
async fn a_whole_store_has_nothing_to_report_and_every_check_was_made() {
    let copy = Sample::make().await.copy().await;

    let report = check(copy.path()).await;

    assert_eq!(report.findings(), []);
    assert_eq!(report.size, 10);
    // So small a ledger has no node to keep.
    let made = |check: &&Check| !matches!(check, Check::Answers | Check::Nodes);
    for check in Check::ALL.iter().filter(made) {
        assert!(report.checked(*check) > 0, "{} was not checked", check.name());
    }
}

#[tokio::test]
async fn every_damage_is_told_by_its_checks_and_no_others() {
    let sample = Sample::make().await;
    let mut wrong = Vec::new();
    for damage in DAMAGES {
        let copy = sample.copy().await;
        run(&mut unguarded(copy.path()).await, damage.sql).await;

        let report = check(copy.path()).await;

        let expected: BTreeSet<Check> = damage.told_by.iter().copied().collect();
        if failed(&report) != expected {
            wrong.push(format!("{}: {:#?}", damage.name, report.findings()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_has_a_damage_that_it_tells() {
    let told: BTreeSet<Check> = DAMAGES
        .iter()
        .flat_map(|damage| damage.told_by)
        .copied()
        .chain(TOLD_ELSEWHERE)
        .collect();

    assert_eq!(told, Check::ALL.iter().copied().collect());
}

#[tokio::test]
async fn findings_name_places_and_no_person() {
    let sample = Sample::make().await;
    for damage in DAMAGES {
        let copy = sample.copy().await;
        run(&mut unguarded(copy.path()).await, damage.sql).await;
        for finding in check(copy.path()).await.findings() {
            let text = finding.to_string();
            let digits = text
                .split(|c: char| !c.is_ascii_digit())
                .map(str::len)
                .max()
                .unwrap_or(0);
            let case = text.contains("case ");
            assert!(case || digits < 6, "{text}");
            assert!(!text.contains("Nguy") && !text.contains("Tr"), "{text}");
        }
    }
}

/// A block that was tampered with, in each of its parts.
#[tokio::test]
async fn a_block_that_is_not_what_was_reserved_is_told() {
    let folder = tempfile::TempDir::new().unwrap();
    let engine = engine(folder.path()).await;
    reserve(&engine).await;
    engine.drain().await;
    drop(engine);
    assert_eq!(check(folder.path()).await.findings(), []);
    let mut connection = unguarded(folder.path()).await;
    for (damage, mending) in [
        ("UPDATE blocks SET unused = 2", "UPDATE blocks SET unused = 3"),
        ("UPDATE blocks SET count = 4", "UPDATE blocks SET count = 3"),
        (
            "UPDATE blocks SET expires_at = expires_at + 1",
            "UPDATE blocks SET expires_at = expires_at - 1",
        ),
        (
            "UPDATE blocks SET last_slot = last_slot - 1",
            "UPDATE blocks SET last_slot = last_slot + 1",
        ),
        ("UPDATE blocks SET closed = 1, unused = 0", "DELETE FROM blocks"),
    ] {
        run(&mut connection, damage).await;
        assert_eq!(failed(&check(folder.path()).await), [Check::Blocks].into(), "{damage}");
        run(&mut connection, mending).await;
    }
    assert_eq!(
        failed(&check(folder.path()).await),
        [Check::Blocks].into(),
        "a block lost"
    );
}

/// Entries 2 to 5: a child with its number, one without, its number, and what contradicts the first.
#[tokio::test]
async fn an_import_that_is_not_what_was_brought_is_told() {
    let folder = tempfile::TempDir::new().unwrap();
    let engine = engine(folder.path()).await;
    let (numbered, bare) = (of_numbered_mother("079", 2), birth("079", 3));
    let number = |serial: u32| format!("079326{serial:06}");
    for (sequence, (birth, number, expected)) in [
        (&numbered, number(1), ImportResult::Imported),
        (&bare, String::new(), ImportResult::Imported),
        (&bare, number(2), ImportResult::Completed),
        (&numbered, number(3), ImportResult::Conflict),
    ]
    .into_iter()
    .enumerate()
    {
        let (result, position) = import(&engine, sequence as i64 + 1, birth, &number).await;
        assert_eq!((result, position), (expected, Some(sequence as i64 + 2)));
    }
    engine.drain().await;
    drop(engine);
    assert_eq!(check(folder.path()).await.findings(), []);
    for (damage, told_by) in [
        // What was brought is given, off the ledger; what is kept from everybody, too.
        ("UPDATE numbers SET state = 3 WHERE decision = 2", vec![Check::Numbers]),
        ("UPDATE numbers SET state = 2 WHERE decision = 5", vec![Check::Numbers]),
        (
            "UPDATE numbers SET registration = 2 WHERE decision = 4",
            vec![Check::Numbers],
        ),
        // A child who has a number is said to have none.
        (
            "UPDATE entries SET slot = NULL, number = NULL WHERE position = 2",
            vec![Check::Leaves, Check::Outcomes, Check::Numbers, Check::GivenOnce],
        ),
        (
            "UPDATE entries SET kind = 24 WHERE position = 5",
            vec![
                Check::Shapes,
                Check::Leaves,
                Check::Outcomes,
                Check::Numbers,
                Check::GivenOnce,
                Check::StrictKeys,
                Check::Cases,
            ],
        ),
        // A contradiction may be brought again as another one, and the books of a child be another's.
        ("DELETE FROM strict_keys WHERE decision = 5", vec![Check::StrictKeys]),
        ("DELETE FROM strict_keys WHERE decision = 3", vec![Check::StrictKeys]),
        (
            "DELETE FROM blocking_keys WHERE decision = 3",
            vec![Check::BlockingKeys],
        ),
        ("DELETE FROM cases", vec![Check::Cases]),
        ("UPDATE cases SET cause = 1", vec![Check::Cases]),
        // The picker would come upon what was brought.
        ("UPDATE prefixes SET held = 2", vec![Check::Prefixes]),
    ] {
        is_told(folder.path(), damage, told_by).await;
    }
}

/// Entries 2 and 3: two children. 4 and 5: that another registry has another name for the second, and lacks the first.
#[tokio::test]
async fn a_case_about_a_mismatch_that_is_not_as_it_was_reported_is_told() {
    let folder = tempfile::TempDir::new().unwrap();
    let engine = Arc::new(engine(folder.path()).await);
    issue(&engine, 2, &birth("001", 2)).await;
    let second = birth("079", 3);
    let Standing::Issued(row) = issue(&engine, 3, &second).await else {
        panic!("a number")
    };
    disagree(&engine, (row.number, &second)).await;
    engine.drain().await;
    drop(engine);
    assert_eq!(check(folder.path()).await.findings(), []);
    for (damage, told_by) in [
        ("UPDATE cases SET cause = 1 WHERE decision = 4", vec![Check::Cases]),
        ("UPDATE cases SET kind = 1 WHERE decision = 5", vec![Check::Cases]),
        ("DELETE FROM cases WHERE decision = 4", vec![Check::Cases]),
        ("DELETE FROM strict_keys WHERE decision = 4", vec![Check::StrictKeys]),
        ("UPDATE strict_keys SET decision = 4 WHERE decision = 5", vec![Check::StrictKeys]),
        // A report suspends nothing, and changes no number.
        ("UPDATE numbers SET state = 4 WHERE decision = 2", vec![Check::Numbers]),
        (
            "UPDATE numbers SET case_id = (SELECT case_id FROM cases WHERE decision = 4) WHERE decision = 3",
            vec![Check::Numbers],
        ),
        (
            "INSERT INTO number_history SELECT 5, slot, number, state, life, replaced_by, replaces, case_id, issued_at, decision,
                 decision, decision FROM numbers WHERE decision = 2",
            vec![Check::Leaves, Check::Numbers],
        ),
        (
            "UPDATE cases SET state = 2, version = 2, closed = 5 WHERE decision = 4",
            vec![Check::Cases],
        ),
    ] {
        is_told(folder.path(), damage, told_by).await;
    }
}

/// A copy of the store in this folder, damaged so, fails exactly these checks.
async fn is_told(folder: &Path, damage: &'static str, told_by: Vec<Check>) {
    let copy = tempfile::tempdir().unwrap();
    let reader = SqliteReader::open(folder).await.unwrap();
    reader.copy_to(&copy.path().join(FILE_NAME)).await.unwrap();
    run(&mut unguarded(copy.path()).await, damage).await;
    let report = check(copy.path()).await;
    assert_eq!(
        failed(&report),
        told_by.into_iter().collect(),
        "{damage}: {:?}",
        report.findings()
    );
}

/// Beyond a bound, those who share a key are no longer noted under it.
#[tokio::test]
async fn a_crowd_has_nothing_to_report() {
    let folder = tempfile::TempDir::new().unwrap();
    let engine = engine(folder.path()).await;
    for entry in 1..=CROWD as u32 + 6 {
        issue(&engine, entry.into(), &entered_as(birth("079", 1), entry)).await;
    }
    engine.drain().await;

    assert_eq!(check(folder.path()).await.findings(), []);
}

#[tokio::test]
async fn a_child_given_two_numbers_is_told() {
    let copy = Sample::make().await.copy().await;
    let mut connection = unguarded(copy.path()).await;
    // With its keys gone the child is a stranger.
    run(
        &mut connection,
        "DELETE FROM strict_keys WHERE decision = 2; DELETE FROM blocking_keys WHERE decision IN (2, 8)",
    )
    .await;
    let engine = engine(copy.path()).await;
    let second = issue(&engine, 99, &entered_as(of_numbered_mother("079", 2), 99)).await;
    engine.drain().await;
    assert!(matches!(second, Standing::Issued(_)));

    let report = check(copy.path()).await;

    assert_eq!(
        failed(&report),
        BTreeSet::from([Check::StrictKeys, Check::BlockingKeys])
    );
    let told = report
        .findings()
        .iter()
        .any(|finding| finding.to_string() == "strict_keys: position 2: its reference or child is held by position 11");
    assert!(told, "{:#?}", report.findings());
}

#[tokio::test]
async fn sealed_content_that_is_no_registration_is_told() {
    let copy = Sample::make().await.copy().await;
    let mut connection = unguarded(copy.path()).await;
    let row = sqlx::query("SELECT request_id FROM entries WHERE position = 4")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let binding = [row.get::<Vec<u8>, _>(0).as_slice(), OFFICE.as_bytes()].concat();
    let sealed = ring().seal.seal([0; 12], &binding, &[0; 32], &[1, 0xff]).unwrap();
    sqlx::query("UPDATE entries SET sealed = $1 WHERE position = 4")
        .bind(sealed.bytes)
        .execute(&mut connection)
        .await
        .unwrap();

    let report = check(copy.path()).await;

    assert_eq!(failed(&report), BTreeSet::from([Check::Contents, Check::Leaves]));
}

#[tokio::test]
async fn a_store_of_other_keys_is_not_checked() {
    let copy = Sample::make().await.copy().await;
    let reader = SqliteReader::open(copy.path()).await.unwrap();
    let other = KeyRing::new(&[9; 32], &[2; 32], &[3; 32]).unwrap();

    let outcome = verify::run(&reader, &other, &Rules::default(), 100).await;

    assert!(
        matches!(outcome, Err(VerifyError::Fence(FenceError::IndexKey(_)))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_damaged_page_of_the_file_is_told_whatever_it_held() {
    let sample = Sample::make().await;
    for table in [
        "head",
        "entries",
        "requests",
        "numbers",
        "prefixes",
        "strict_keys",
        "blocking_keys",
        "cases",
        "case_matches",
    ] {
        let copy = sample.copy().await;
        let mut connection = unguarded(copy.path()).await;
        let place =
            sqlx::query("SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = $1")
                .bind(table)
                .fetch_one(&mut connection)
                .await
                .unwrap();
        let (page, size) = (place.get::<i64, _>(0) as u64, place.get::<i64, _>(1) as u64);
        connection.close().await.unwrap();
        let file = std::fs::File::options()
            .write(true)
            .open(copy.path().join(FILE_NAME))
            .unwrap();
        file.write_all_at(&vec![0xff; size as usize], (page - 1) * size)
            .unwrap();

        let report = check(copy.path()).await;

        assert!(
            failed(&report).contains(&Check::Readable),
            "{table}: {:?}",
            report.findings()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_in_use_has_nothing_to_report() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path()).await;
    let births: Vec<_> = (0..1_200)
        .map(|entry| birth(["001", "079", "048"][entry as usize % 3], entry))
        .collect();
    let load = async {
        for (index, births) in births.chunks(8).enumerate() {
            let ids = (index as u128 * 8 + 10)..;
            let calls = births.iter().zip(ids).map(|(birth, id)| issue(&engine, id, birth));
            futures_util::future::join_all(calls).await;
            // The same registrations under further ids: bound entries come in between.
            issue(&engine, 100_000 + index as u128, &births[0]).await;
        }
    };
    let checks = async {
        let mut sizes = BTreeSet::new();
        for _ in 0..5 {
            let report = check(folder.path()).await;
            assert_eq!(report.findings(), []);
            sizes.insert(report.size);
        }
        sizes
    };
    let ((), sizes) = tokio::join!(load, checks);
    engine.drain().await;

    let report = check(folder.path()).await;

    assert_eq!(report.findings(), []);
    assert_eq!(report.size, 1 + 1_200 + 150);
    assert!(!sizes.is_empty());
}

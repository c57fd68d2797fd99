//! What the database refuses to those who come past the program, and how the program takes what they leave behind.

use dinhdanh::ledger::EntryKind;
use dinhdanh::protocol::NumberState;
use dinhdanh::store::{PlaceKeeper, Reader, Store, StoreError, Turn};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use super::super::Backend;
use super::super::draft::{Pen, request};
use super::super::turn;
use super::{furnished, key};
use crate::support::units::kept;

async fn run(connection: &mut PgConnection, statement: &str) -> Result<u64, sqlx::Error> {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

#[tokio::test]
async fn entries_are_never_changed_or_deleted_even_past_the_program() {
    let (backend, store) = furnished().await;
    let before = store.reader().entries_after(0, 10).await.unwrap();
    let mut other = backend.0.connection().await;
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = 'entries'::regclass AND attnum > 0",
    )
    .fetch_all(&mut other)
    .await
    .unwrap();
    assert_eq!(columns.len(), 16);
    for column in columns {
        let changed = run(&mut other, &format!("UPDATE entries SET {column} = {column}")).await;
        // Sealed content alone may be sealed anew.
        if ["sealed", "seal_key"].contains(&column.as_str()) {
            assert_eq!(changed.unwrap(), 2);
            continue;
        }
        let refused = changed.unwrap_err().to_string();
        assert!(
            refused.contains("ledger entries are never changed"),
            "{column}: {refused}"
        );
    }
    for statement in [
        "DELETE FROM entries",
        "DELETE FROM entries WHERE position = 2",
        "TRUNCATE entries",
    ] {
        let refused = run(&mut other, statement).await.unwrap_err().to_string();
        assert!(refused.contains("ledger entries are never deleted"), "{refused}");
    }
    assert_eq!(store.reader().entries_after(0, 10).await.unwrap(), before);
}

#[tokio::test]
async fn numbers_keep_their_digits_and_are_never_deleted() {
    let (backend, store) = furnished().await;
    let mut other = backend.0.connection().await;
    for statement in [
        "UPDATE numbers SET number = number + 1",
        "UPDATE numbers SET slot = slot + 1",
        "DELETE FROM numbers",
        "TRUNCATE numbers",
    ] {
        assert!(run(&mut other, statement).await.is_err(), "{statement}");
    }
    // What happens to a number's holder is written all the same.
    let changed = run(&mut other, "UPDATE numbers SET state = 3, life = 2").await;
    assert_eq!(changed.unwrap(), 1);
    assert_eq!(store.reader().numbers_after(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_side_that_proposed_a_case_does_not_decide_it() {
    let (backend, _store) = furnished().await;
    let mut other = backend.0.connection().await;
    let same = "UPDATE cases SET state = 2, closed = 2, decided_side = proposed_side";
    assert!(run(&mut other, same).await.is_err());
    let changed = "UPDATE cases SET state = 2, closed = 2, decided_side = 3 - proposed_side";
    let changed = run(&mut other, changed).await;
    assert_eq!(changed.unwrap(), 1);
}

/// A birth is stored in no more room than it had before there was a history.
#[tokio::test]
async fn a_number_given_to_its_own_registration_names_its_entry_once() {
    let (backend, _store) = furnished().await;
    let mut other = backend.0.connection().await;
    let named = "SELECT count(*) FROM numbers WHERE registration IS NOT NULL OR facts IS NOT NULL";
    let named: i64 = sqlx::query_scalar(named).fetch_one(&mut other).await.unwrap();
    assert_eq!(named, 0);
}

#[tokio::test]
async fn the_history_of_numbers_is_kept_and_what_was_revoked_stays_so() {
    let (backend, store) = furnished().await;
    let mut number = store.reader().numbers_after(None, 1).await.unwrap().remove(0);
    number.state = NumberState::Revoked;
    turn(&store, |changes| {
        Pen::on(changes).changed(3, EntryKind::CaseApproved, &number);
    })
    .await
    .unwrap();
    store.record(&[super::super::accesses::one()]).await.unwrap();
    backend.keeper().keep(&kept(1, "code")).await.unwrap();
    let mut other = backend.0.connection().await;
    for (statement, why) in [
        (
            "UPDATE number_history SET facts = 9",
            "the history of numbers is never changed",
        ),
        ("DELETE FROM number_history", "the history of numbers is never deleted"),
        ("TRUNCATE number_history", "the history of numbers is never deleted"),
        ("UPDATE numbers SET state = 2", "a revoked number stays revoked"),
        ("UPDATE accesses SET code = 0", "accesses are never changed"),
        ("DELETE FROM accesses", "accesses are never deleted"),
        ("TRUNCATE accesses", "accesses are never deleted"),
        ("UPDATE place_tables SET at = 0", "tables of places are never changed"),
        ("DELETE FROM place_tables", "tables of places are never deleted"),
        ("TRUNCATE place_tables", "tables of places are never deleted"),
    ] {
        let refused = run(&mut other, statement).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    assert_eq!(store.reader().history_after(0, 10).await.unwrap(), [(3, number)]);
}

/// One stored value each that this program never writes.
#[tokio::test]
async fn a_damaged_row_is_told_as_such_and_never_panics() {
    let damages = [
        ("UPDATE numbers SET state = 99", 1),
        ("UPDATE numbers SET life = 0", 1),
        ("UPDATE numbers SET replaced_by = -5", 1),
        ("UPDATE numbers SET replaces = 9999999999999", 1),
        ("UPDATE numbers SET case_id = '\\x01'", 1),
        ("UPDATE entries SET kind = 77", 1),
        ("UPDATE entries SET number = 12 WHERE position = 1", 1),
        ("UPDATE entries SET slot = -1 WHERE position = 1", 1),
        ("UPDATE entries SET office = '\\xff00fe'", 1),
        ("UPDATE cases SET kind = 50", 2),
        ("UPDATE cases SET state = 50, closed = 2", 2),
        ("UPDATE cases SET cause = 50", 2),
        ("UPDATE cases SET proposed_side = 50", 2),
        ("UPDATE cases SET slot = -1", 2),
        ("UPDATE cases SET other = -1", 2),
        ("UPDATE cases SET state = 2, closed = 2, decided_side = 50", 2),
    ];
    let (backend, store) = furnished().await;
    let mut other = backend.0.connection().await;
    run(&mut other, "DROP TRIGGER entries_are_never_changed ON entries")
        .await
        .unwrap();
    run(&mut other, "DROP TRIGGER numbers_keep_their_digits ON numbers")
        .await
        .unwrap();
    for (damage, position) in damages {
        run(
            &mut other,
            "CREATE TEMP TABLE kept_entries AS SELECT * FROM entries;
            CREATE TEMP TABLE kept_numbers AS SELECT * FROM numbers;
            CREATE TEMP TABLE kept_cases AS SELECT * FROM cases",
        )
        .await
        .unwrap();
        run(&mut other, damage).await.unwrap();
        assert_corrupt(store.reader().entries_after(0, 10).await, damage);
        assert_corrupt(store.reader().by_request(&request(position as u128)).await, damage);
        assert_corrupt(store.reader().by_strict_key(key(position as u128)).await, damage);
        assert_corrupt(store.reader().entries_at(&[position]).await, damage);
        assert_corrupt(store.begin().await.unwrap().known(&[position]).await, damage);
        run(
            &mut other,
            "UPDATE entries e SET kind = k.kind, number = k.number, slot = k.slot, office = k.office
                 FROM kept_entries k WHERE k.position = e.position;
             UPDATE numbers n SET state = k.state, life = k.life, replaced_by = k.replaced_by, replaces = k.replaces,
                 case_id = k.case_id FROM kept_numbers k WHERE k.slot = n.slot;
             UPDATE cases c SET kind = k.kind, state = k.state, cause = k.cause, proposed_side = k.proposed_side,
                 slot = k.slot, other = k.other, closed = k.closed, decided_side = k.decided_side
                 FROM kept_cases k WHERE k.case_id = c.case_id;
             DROP TABLE kept_entries, kept_numbers, kept_cases",
        )
        .await
        .unwrap();
    }
    assert_eq!(store.reader().entries_after(0, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_damaged_head_is_told_as_such_and_so_is_a_missing_one() {
    let (backend, store) = furnished().await;
    let mut other = backend.0.connection().await;
    run(&mut other, "CREATE TABLE kept AS SELECT * FROM head")
        .await
        .unwrap();
    for damage in ["frontier = '\\x00'", "frontier = ''", "size = -1", "size = 7"] {
        run(&mut other, &format!("UPDATE head SET {damage}")).await.unwrap();
        assert_corrupt(store.reader().head().await, damage);
        // A turn that does not begin does not stand in the way of the next.
        for _ in 0..2 {
            assert_corrupt(store.begin().await.map(|_| ()), damage);
        }
        run(&mut other, "DELETE FROM head; INSERT INTO head SELECT * FROM kept")
            .await
            .unwrap();
    }
    run(&mut other, "DELETE FROM head").await.unwrap();
    for _ in 0..2 {
        assert_corrupt(store.begin().await.map(|_| ()), "no head");
        assert_corrupt(store.reader().head().await, "no head");
    }
    run(&mut other, "INSERT INTO head SELECT * FROM kept").await.unwrap();
    assert_eq!(store.begin().await.unwrap().head().size(), 2);
}

#[tokio::test]
async fn a_conflict_names_the_constraint_and_quotes_no_row() {
    let (_backend, store) = furnished().await;
    let refused = turn(&store, |changes| changes.strict.push((key(1), 2))).await;
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("strict_keys_pkey"), "{said}");
    assert!(!said.contains('='), "{said}");
}

fn assert_corrupt<T: std::fmt::Debug>(read: Result<T, StoreError>, damage: &str) {
    assert!(matches!(read, Err(StoreError::Corrupt(_))), "{damage}: {read:?}");
}

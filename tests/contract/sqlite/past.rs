//! What the database refuses to those who come past the program, and how the program takes what they leave behind.

use dinhdanh::ledger::EntryKind;
use dinhdanh::protocol::NumberState;
use dinhdanh::store::{CasesAsked, PlaceKeeper, Reader, Store, StoreError, Turn};

use super::super::Backend;
use super::super::draft::{Pen, request};
use super::super::turn;
use super::{connection, furnished, run};
use crate::support::units::kept;

#[tokio::test]
async fn entries_are_never_changed_or_deleted_even_past_the_program() {
    let (backend, store) = furnished().await;
    let before = store.reader().entries_after(0, 10).await.unwrap();
    let mut other = connection(backend.0.path()).await;
    let columns = [
        "position",
        "epoch",
        "kind",
        "decision",
        "office",
        "request_id",
        "officer",
        "purpose",
        "digest",
        "slot",
        "number",
        "case_id",
        "at",
        "leaf",
    ];
    for column in columns {
        let refused = run(&mut other, &format!("UPDATE entries SET {column} = {column}"))
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("ledger entries are never changed"),
            "{column}: {refused}"
        );
    }
    for statement in ["DELETE FROM entries", "DELETE FROM entries WHERE position = 2"] {
        let refused = run(&mut other, statement).await.unwrap_err();
        assert!(
            refused.to_string().contains("ledger entries are never deleted"),
            "{refused}"
        );
    }
    // A row put in another's place is a deletion, and refused as such once SQLite is asked to tell.
    run(&mut other, "PRAGMA recursive_triggers = ON").await.unwrap();
    assert!(
        run(
            &mut other,
            "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE position = 1"
        )
        .await
        .is_err()
    );
    assert_eq!(store.reader().entries_after(0, 10).await.unwrap(), before);
    // Sealed content alone may be sealed anew.
    assert_eq!(
        run(&mut other, "UPDATE entries SET sealed = x'00', seal_key = 5")
            .await
            .unwrap(),
        2
    );
}

#[tokio::test]
async fn the_list_of_guarded_columns_leaves_none_out() {
    let (backend, _store) = furnished().await;
    let mut other = connection(backend.0.path()).await;
    let names = sqlx::query_scalar::<_, String>("SELECT name FROM pragma_table_info('entries')");
    for name in names.fetch_all(&mut other).await.unwrap() {
        let changed = run(&mut other, &format!("UPDATE entries SET {name} = {name}")).await;
        assert_eq!(
            changed.is_ok(),
            ["sealed", "seal_key"].contains(&name.as_str()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn numbers_keep_their_digits_and_are_never_deleted() {
    let (backend, store) = furnished().await;
    let mut other = connection(backend.0.path()).await;
    for statement in [
        "UPDATE numbers SET number = number + 1",
        "UPDATE numbers SET slot = slot + 1",
        "DELETE FROM numbers",
    ] {
        assert!(run(&mut other, statement).await.is_err(), "{statement}");
    }
    // What happens to a number's holder is written all the same.
    assert_eq!(
        run(&mut other, "UPDATE numbers SET state = 3, life = 2").await.unwrap(),
        1
    );
    assert_eq!(store.reader().numbers_after(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn accesses_and_tables_of_places_are_never_changed_or_deleted() {
    let (backend, store) = furnished().await;
    store.record(&[super::super::accesses::one()]).await.unwrap();
    backend.keeper().keep(&kept(1, "code")).await.unwrap();
    let mut other = connection(backend.0.path()).await;
    for (statement, why) in [
        ("UPDATE accesses SET code = 0", "accesses are never changed"),
        ("DELETE FROM accesses", "accesses are never deleted"),
        ("UPDATE place_tables SET at = 0", "tables of places are never changed"),
        ("DELETE FROM place_tables", "tables of places are never deleted"),
    ] {
        let refused = run(&mut other, statement).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
}

/// One stored value each that this program never writes.
#[tokio::test]
async fn a_damaged_row_is_told_as_such_and_never_panics() {
    let damages = [
        "UPDATE numbers SET state = 99",
        "UPDATE numbers SET life = 0",
        "UPDATE numbers SET replaced_by = -5",
        "UPDATE numbers SET replaces = 9999999999999",
        "UPDATE numbers SET case_id = x'01'",
        "UPDATE entries SET kind = 77",
        "UPDATE entries SET number = 12 WHERE position = 1",
        "UPDATE entries SET slot = -1 WHERE position = 1",
        "UPDATE entries SET office = CAST(x'ff00fe' AS TEXT)",
    ];
    for damage in damages {
        let (backend, store) = furnished().await;
        let mut other = connection(backend.0.path()).await;
        run(&mut other, "DROP TRIGGER entries_are_never_changed").await.unwrap();
        run(&mut other, damage).await.unwrap();
        assert_corrupt(store.reader().entries_after(0, 10).await, damage);
        assert_corrupt(store.reader().by_request(&request(1)).await, damage);
        assert_corrupt(store.reader().entries_at(&[1]).await, damage);
        assert_corrupt(store.begin().await.unwrap().known(&[1]).await, damage);
    }
}

#[tokio::test]
async fn a_damaged_case_prefix_or_head_is_told_as_such_too() {
    for damage in [
        "kind = 50",
        "state = 50, closed = 2",
        "cause = 50",
        "proposed_side = 50",
        "slot = -1",
        "other = -1",
        "state = 2, closed = 2, decided_side = 50",
    ] {
        let (backend, store) = furnished().await;
        run(
            &mut connection(backend.0.path()).await,
            &format!("UPDATE cases SET {damage}"),
        )
        .await
        .unwrap();
        assert_corrupt(store.reader().by_request(&request(2)).await, damage);
        assert_corrupt(store.reader().cases_after(None, 10).await, damage);
        assert_corrupt(
            store.reader().cases_opened_after(0, &CasesAsked::default(), 10).await,
            damage,
        );
    }
    let (backend, store) = furnished().await;
    run(
        &mut connection(backend.0.path()).await,
        "UPDATE prefixes SET prefix = 12345678",
    )
    .await
    .unwrap();
    assert_corrupt(store.reader().prefixes().await, "prefix");
    for damage in ["frontier = x'00'", "frontier = zeroblob(64)", "size = -1", "size = 7"] {
        let (backend, store) = furnished().await;
        run(
            &mut connection(backend.0.path()).await,
            &format!("UPDATE head SET {damage}"),
        )
        .await
        .unwrap();
        assert_corrupt(store.reader().head().await, damage);
        // A turn that does not begin does not stand in the way of the next.
        for _ in 0..2 {
            assert_corrupt(store.begin().await.map(|_| ()), damage);
        }
    }
}

fn assert_corrupt<T: std::fmt::Debug>(read: Result<T, StoreError>, damage: &str) {
    assert!(matches!(read, Err(StoreError::Corrupt(_))), "{damage}: {read:?}");
}

/// A birth is stored in no more room than it had before there was a history.
#[tokio::test]
async fn a_number_given_to_its_own_registration_names_its_entry_once() {
    let (backend, _store) = furnished().await;
    let mut other = connection(backend.0.path()).await;
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
    let mut other = connection(backend.0.path()).await;
    for (statement, why) in [
        (
            "UPDATE number_history SET facts = 9",
            "the history of numbers is never changed",
        ),
        ("DELETE FROM number_history", "the history of numbers is never deleted"),
        ("UPDATE numbers SET state = 2", "a revoked number stays revoked"),
    ] {
        let refused = run(&mut other, statement).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    assert_eq!(store.reader().history_after(0, 10).await.unwrap(), [(3, number)]);
}

#[tokio::test]
async fn a_damaged_history_or_attachment_is_told_as_such() {
    let (backend, store) = furnished().await;
    let number = store.reader().numbers_after(None, 1).await.unwrap().remove(0);
    turn(&store, |changes| {
        Pen::on(changes).changed(3, EntryKind::Confirmed, &number);
    })
    .await
    .unwrap();
    let mut other = connection(backend.0.path()).await;
    run(&mut other, "DROP TRIGGER number_history_is_never_changed")
        .await
        .unwrap();
    for damage in ["state = 0", "life = 9", "number = -1", "case_id = x'01'"] {
        run(&mut other, "CREATE TEMP TABLE kept AS SELECT * FROM number_history")
            .await
            .unwrap();
        run(&mut other, &format!("UPDATE number_history SET {damage}"))
            .await
            .unwrap();
        assert_corrupt(store.reader().history_after(0, 10).await, damage);
        assert_corrupt(store.reader().last_changes(&[number.slot]).await, damage);
        run(&mut other, "INSERT OR REPLACE INTO number_history SELECT * FROM kept")
            .await
            .unwrap();
        run(&mut other, "DROP TABLE kept").await.unwrap();
    }
    for attached in ["(1, -1, NULL)", "(1, 0, -1)"] {
        run(&mut other, &format!("INSERT INTO attachments VALUES {attached}"))
            .await
            .unwrap();
        assert_corrupt(store.reader().attachments_after(0, 10).await, attached);
        run(&mut other, "DELETE FROM attachments").await.unwrap();
    }
}

//! What a turn writes beside births: before them, in the same transaction.

use sqlx::SqliteConnection;

use super::pack::Packed;
use super::turn::{pack_case, pack_number};
use super::{sql, write_error};
use crate::number::Number;
use crate::protocol::Rare;
use crate::store::error::all_changed;
use crate::store::{StoreError, counted};

/// How many statements [`sql::WRITE_RARE`] consists of.
const WRITE_STATEMENTS: u64 = 4;

/// Writes it. After an error the transaction must not be committed.
pub(super) async fn write(connection: &mut SqliteConnection, rare: &Rare) -> Result<(), StoreError> {
    change(connection, sql::CHANGE_NUMBERS, &rare.numbers, pack_number).await?;
    change(connection, sql::CHANGE_CASES, &rare.cases, pack_case).await?;
    let history = Packed::of(&rare.history, |row, (position, number)| {
        row.int(*position);
        pack_number(row, number);
    });
    let attached = Packed::of(&rare.attached, |row, attachment| {
        row.int(attachment.registration);
        row.int(attachment.slot.value());
        row.int(attachment.former.map_or(-1, Number::value));
    });
    let parties = Packed::of(&rare.parties, |row, (office, opened)| {
        row.heap(&[office.as_bytes()]);
        row.int(*opened);
    });
    let blocks = Packed::of(&rare.blocks, |row, block| {
        row.heap(&[&block.request.binding()]);
        row.heap(&[block.request.office.as_bytes()]);
        for value in [
            block.opened,
            block.first.value(),
            block.last.value(),
            block.count,
            block.unused,
            block.expires_at,
            block.closed.unwrap_or(-1),
        ] {
            row.int(value);
        }
    });
    counted::statements(WRITE_STATEMENTS);
    sqlx::query(sql::WRITE_RARE)
        .bind(history.rows)
        .bind(history.records)
        .bind(attached.rows)
        .bind(attached.records)
        .bind(parties.rows)
        .bind(parties.records)
        .bind(parties.heap)
        .bind(blocks.rows)
        .bind(blocks.records)
        .bind(blocks.heap)
        .execute(connection)
        .await
        .map_err(|error| write_error(&error))?;
    Ok(())
}

/// Changes rows, each of which must be there.
async fn change<T>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    rows: &[T],
    pack: impl FnMut(&mut Packed, &T),
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let packed = Packed::of(rows, pack);
    counted::statements(1);
    let done = sqlx::query(statement)
        .bind(packed.rows)
        .bind(packed.records)
        .execute(connection)
        .await
        .map_err(|error| write_error(&error))?;
    all_changed(rows.len(), done.rows_affected() as usize)
}

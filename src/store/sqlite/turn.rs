//! One exclusive transaction on SQLite: three round trips to the connection's thread, whatever the size of the batch.

use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use tokio::sync::OwnedMutexGuard;

use super::look_up::{known_query, piece_query};
use super::pack::Packed;
use super::{Writer, rare, sql, unavailable, write_error};
use crate::ledger::{Hash, Head, Position, Sealed};
use crate::number::{Number, Slot};
use crate::protocol::{CaseRow, Changes, Found, Known, Loaded, Needs, NumberRow, Side, Wanted};
use crate::registration::Key;
use crate::store::decode::{self, Columns};
use crate::store::error::all_changed;
use crate::store::found::{Taken, collect, fill_prefixes};
use crate::store::loaded::{Piece, Pieces, load};
use crate::store::{Access, Mark, StoreError, TreeNode, Turn, counted, sql as portable};

/// How many statements [`sql::FIND`] and [`sql::COMMIT`] consist of.
const FIND_STATEMENTS: u64 = 4;
const COMMIT_STATEMENTS: u64 = 11;

/// A turn in hand.
pub struct SqliteTurn {
    writer: OwnedMutexGuard<Writer>,
    head: Head,
}

impl SqliteTurn {
    /// Takes the write lock and reads the head under it.
    pub(super) async fn begin(mut writer: OwnedMutexGuard<Writer>) -> Result<Self, StoreError> {
        if std::mem::replace(&mut writer.in_turn, true) {
            // The last turn was dropped before its end, or failed. Where SQLite has rolled it back already this is an
            // error without meaning; where it has not, the BEGIN below fails.
            let _ = sqlx::query(sql::ROLLBACK).execute(&mut writer.connection).await;
        }
        if writer.checkpoints.writer_must_help() {
            super::checkpoint::pass(&mut writer.connection).await?;
        }
        counted::statements(2);
        let row = sqlx::query(sql::BEGIN).fetch_one(&mut writer.connection).await;
        match row.map_err(unavailable).and_then(|row| decode::head(&row)) {
            Ok(head) => Ok(Self { writer, head }),
            Err(error) => {
                // The lock may have been taken before the head failed to be read.
                let _ = sqlx::query(sql::ROLLBACK).execute(&mut writer.connection).await;
                writer.in_turn = false;
                Err(error)
            }
        }
    }
}

impl SqliteTurn {
    /// Sets a mark, and nothing else.
    pub(super) async fn mark(mut self, mark: Mark, at: i64) -> Result<(), StoreError> {
        let set = sqlx::query(sql::MARK)
            .bind(mark.name())
            .bind(at)
            .execute(&mut self.writer.connection)
            .await;
        set.map_err(|error| write_error(&error))?;
        self.writer.in_turn = false;
        Ok(())
    }

    /// Keeps nodes of the tree, and does nothing else.
    pub(super) async fn keep_nodes(mut self, nodes: &[TreeNode]) -> Result<(), StoreError> {
        let packed = Packed::of(nodes, |row, node| {
            row.int(i64::from(node.level));
            row.int(node.place);
            row.fixed(&node.hash);
        });
        counted::statements(2);
        let kept = sqlx::query(sql::KEEP_NODES)
            .bind(packed.rows)
            .bind(packed.records)
            .execute(&mut self.writer.connection)
            .await;
        kept.map_err(|error| write_error(&error))?;
        self.writer.in_turn = false;
        self.writer.committed(nodes.len());
        Ok(())
    }

    /// Records accesses, and does nothing else.
    pub(super) async fn record(mut self, accesses: &[Access]) -> Result<(), StoreError> {
        let packed = Packed::of(accesses, |row, access| {
            for value in [access.at, access.id, access.slot.map_or(-1, Slot::value), access.code] {
                row.int(value);
            }
            for text in [
                &access.office,
                &access.role,
                &access.officer,
                &access.purpose,
                &access.call,
            ] {
                row.heap(&[text.as_bytes()]);
            }
        });
        counted::statements(2);
        let recorded = sqlx::query(sql::RECORD)
            .bind(packed.rows)
            .bind(packed.records)
            .bind(packed.heap)
            .execute(&mut self.writer.connection)
            .await;
        recorded.map_err(|error| write_error(&error))?;
        self.writer.in_turn = false;
        self.writer.committed(accesses.len());
        Ok(())
    }
}

impl Taken for SqliteTurn {
    async fn taken(&mut self, from: i64, end: i64, most: i64) -> Result<Vec<Slot>, StoreError> {
        counted::statements(1);
        let rows = sqlx::query(portable::TAKEN)
            .bind(from)
            .bind(end)
            .bind(most)
            .fetch_all(&mut self.writer.connection)
            .await
            .map_err(unavailable)?;
        rows.iter().map(|row| decode::slot(row.int(0)?)).collect()
    }
}

impl Pieces for SqliteTurn {
    type Row = SqliteRow;

    async fn rows(&mut self, piece: Piece<'_>) -> Result<Vec<SqliteRow>, StoreError> {
        counted::statements(1);
        let rows = piece_query(piece).fetch_all(&mut self.writer.connection).await;
        rows.map_err(unavailable)
    }
}

impl Turn for SqliteTurn {
    fn head(&self) -> &Head {
        &self.head
    }

    fn is_first_on_its_connection(&self) -> bool {
        // The file is this process' own, from its opening on.
        false
    }

    async fn find(&mut self, wanted: &Wanted) -> Result<Found, StoreError> {
        counted::statements(FIND_STATEMENTS);
        let rows = find_query(wanted)
            .fetch_all(&mut self.writer.connection)
            .await
            .map_err(unavailable)?;
        let mut found = collect(wanted, &rows)?;
        let beginning = (self.head.keys.picker, self.head.recovered);
        fill_prefixes(self, beginning, wanted, &mut found).await?;
        Ok(found)
    }

    async fn known(&mut self, decisions: &[Position]) -> Result<Vec<Known>, StoreError> {
        counted::statements(1);
        let rows = known_query(decisions)
            .fetch_all(&mut self.writer.connection)
            .await
            .map_err(unavailable)?;
        rows.iter().map(decode::known).collect()
    }

    async fn leaves_after(&mut self, after: Position, limit: i64) -> Result<Vec<Hash>, StoreError> {
        counted::statements(1);
        let query = sqlx::query(portable::LEAVES_AFTER).bind(after).bind(limit);
        let rows = query.fetch_all(&mut self.writer.connection).await;
        rows.map_err(unavailable)?.iter().map(decode::leaf).collect()
    }

    async fn look_up(&mut self, needs: &Needs) -> Result<Loaded, StoreError> {
        load(self, needs).await
    }

    async fn resealed(&mut self) -> Result<Position, StoreError> {
        counted::statements(1);
        let rows = sqlx::query(portable::RESEALED).fetch_all(&mut self.writer.connection);
        decode::progress(&rows.await.map_err(unavailable)?)
    }

    async fn reseal(mut self, sealed: &[(Position, Sealed)], up_to: Position) -> Result<(), StoreError> {
        let packed = Packed::of(sealed, |row, (position, sealed)| {
            row.int(*position);
            row.int(sealed.key.0);
            row.heap(&[&sealed.bytes]);
        });
        counted::statements(3);
        let changed = sqlx::query(sql::RESEAL)
            .bind(packed.rows)
            .bind(packed.records)
            .bind(packed.heap)
            .execute(&mut self.writer.connection)
            .await
            .map_err(|error| write_error(&error))?;
        all_changed(sealed.len(), changed.rows_affected() as usize)?;
        sqlx::query(sql::NOTE_RESEALED)
            .bind(up_to)
            .execute(&mut self.writer.connection)
            .await
            .map_err(|error| write_error(&error))?;
        counted::transaction();
        self.writer.in_turn = false;
        self.writer.committed(sealed.len());
        Ok(())
    }

    async fn reindexed(&mut self) -> Result<i64, StoreError> {
        counted::statements(1);
        let rows = sqlx::query(portable::REINDEXED).fetch_all(&mut self.writer.connection);
        decode::progress(&rows.await.map_err(unavailable)?)
    }

    async fn drop_keys(mut self, strict: &[Key], blocking: &[Key], up_to: i64) -> Result<(), StoreError> {
        let [packed_strict, packed_blocking] =
            [strict, blocking].map(|keys| Packed::of(keys, |row, key| row.fixed(key.as_bytes())));
        counted::statements(4);
        let dropped = sqlx::query(sql::DROP_KEYS)
            .bind(packed_strict.rows)
            .bind(packed_strict.records)
            .bind(packed_blocking.rows)
            .bind(packed_blocking.records)
            .bind(up_to)
            .execute(&mut self.writer.connection)
            .await;
        dropped.map_err(|error| write_error(&error))?;
        counted::transaction();
        self.writer.in_turn = false;
        self.writer.committed(strict.len() + blocking.len());
        Ok(())
    }

    async fn finish(mut self) -> Result<(), StoreError> {
        // What a turn sees has been flushed. The transaction is ended here, so that the next turn need not.
        let ended = sqlx::query(sql::ROLLBACK).execute(&mut self.writer.connection).await;
        self.writer.in_turn = ended.is_err();
        Ok(())
    }

    async fn commit(mut self, changes: &Changes) -> Result<(), StoreError> {
        // What is known before changes first, and so makes room: of the open cases about a number there is one at a time.
        if !changes.rare.is_empty() {
            rare::write(&mut self.writer.connection, &changes.rare).await?;
        }
        counted::statements(COMMIT_STATEMENTS);
        let written = write(&mut self.writer.connection, changes).await;
        match written {
            Ok(()) => {
                counted::transaction();
                self.writer.in_turn = false;
                self.writer.committed(changes.entries.len());
                Ok(())
            }
            Err(error) => Err(write_error(&error)),
        }
    }
}

/// The look-up of everything wanted, as one query.
pub(super) fn find_query(wanted: &Wanted) -> Query<'static, Sqlite, SqliteArguments> {
    let requests = Packed::of(&wanted.requests, |row, key| {
        row.heap(&[key.id.as_bytes(), key.office.as_bytes()])
    });
    let strict = Packed::of(&wanted.strict, |row, key| row.fixed(key.as_bytes()));
    let blocking = Packed::of(&wanted.blocking, |row, key| row.fixed(key.as_bytes()));
    let prefixes = Packed::of(&wanted.prefixes, |row, (prefix, _)| row.int(i64::from(prefix.value())));
    sqlx::query(sql::FIND)
        .bind(requests.rows)
        .bind(requests.records)
        .bind(requests.heap)
        .bind(strict.rows)
        .bind(strict.records)
        .bind(blocking.rows)
        .bind(blocking.records)
        .bind(prefixes.rows)
        .bind(prefixes.records)
}

async fn write(connection: &mut sqlx::SqliteConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    let head = &changes.head;
    let entries = pack_entries(changes);
    let requests = Packed::of(&changes.entries, |row, entry| {
        row.heap(&[entry.request.id.as_bytes(), entry.request.office.as_bytes()]);
        row.int(entry.decision);
    });
    let numbers = Packed::of(&changes.numbers, pack_number);
    let prefixes = Packed::of(&changes.prefixes, |row, (prefix, state)| {
        row.int(i64::from(prefix.value()));
        row.int(i64::from(state.next));
        row.int(i64::from(state.held));
        row.int(state.picker.0);
    });
    let [strict, moved, blocking] = [&changes.strict, &changes.moved, &changes.blocking].map(|keys| {
        Packed::of(keys, |row, (key, position)| {
            row.fixed(key.as_bytes());
            row.int(*position);
        })
    });
    let cases = Packed::of(&changes.cases, pack_case);
    let matches: Vec<_> = changes
        .cases
        .iter()
        .flat_map(|case| case.matches.iter().map(|position| (case.case_id, *position)))
        .collect();
    let matches = Packed::of(&matches, |row, (case_id, position)| {
        row.fixed(case_id.as_bytes());
        row.int(*position);
    });
    let (next, former, since) = decode::reindexing(head);
    sqlx::query(sql::COMMIT)
        .bind(entries.rows)
        .bind(entries.records)
        .bind(entries.heap)
        .bind(changes.entries.first().map_or(0, |entry| entry.position))
        .bind(head.epoch)
        .bind(head.at)
        .bind(head.keys.seal.0)
        .bind(requests.rows)
        .bind(requests.records)
        .bind(requests.heap)
        .bind(numbers.rows)
        .bind(numbers.records)
        .bind(prefixes.rows)
        .bind(prefixes.records)
        .bind(strict.rows)
        .bind(strict.records)
        .bind(moved.rows)
        .bind(moved.records)
        .bind(blocking.rows)
        .bind(blocking.records)
        .bind(cases.rows)
        .bind(cases.records)
        .bind(matches.rows)
        .bind(matches.records)
        .bind(head.size())
        .bind(head.frontier.encode())
        .bind(head.at)
        .bind(head.epoch)
        .bind(head.drawn)
        .bind(i64::from(head.recovered.skipped))
        .bind(i64::from(head.recovered.year))
        .bind(head.recovered.size)
        .bind(head.recovered.drawn)
        .bind(head.resealing.map(|resealing| resealing.former.0))
        .bind(head.resealing.map(|resealing| resealing.changed))
        .bind(head.keys.index.0)
        .bind(next)
        .bind(former)
        .bind(since)
        .bind(changes.reindexed)
        .bind(head.notes.map(|key| key.0))
        .execute(connection)
        .await?;
    Ok(())
}

fn pack_entries(changes: &Changes) -> Packed {
    Packed::of(&changes.entries, |row, entry| {
        let (slot, number) = entry
            .number
            .map_or((-1, -1), |(slot, number)| (slot.value(), number.value()));
        for value in [entry.kind.code(), entry.decision, slot, number] {
            row.int(value);
        }
        for text in [&entry.request.office, &entry.context.officer, &entry.context.purpose] {
            row.heap(&[text.as_bytes()]);
        }
        row.heap(&[&entry.sealed.bytes]);
        row.fixed(entry.request.id.as_bytes());
        row.fixed(&entry.digest);
        row.fixed(entry.case_id.unwrap_or_default().as_bytes());
        row.fixed(&entry.leaf);
        row.int(entry.sealed.key.0);
    })
}

/// Adds a number.
pub(super) fn pack_number(row: &mut Packed, number: &NumberRow) {
    for value in [
        number.slot.value(),
        number.number.value(),
        number.state.code(),
        number.life.code(),
        number.replaced_by.map_or(-1, Number::value),
        number.replaces.map_or(-1, Number::value),
        number.issued_at,
        number.decision,
        number.registration,
        number.facts,
    ] {
        row.int(value);
    }
    row.fixed(number.case_id.unwrap_or_default().as_bytes());
}

/// Adds a case, without its matches.
pub(super) fn pack_case(row: &mut Packed, case: &CaseRow) {
    row.fixed(case.case_id.as_bytes());
    for value in [
        case.kind.code(),
        case.state.code(),
        case.cause.code(),
        case.decision,
        case.proposed_side.code(),
        case.opened_at,
        case.version,
        case.slot.map_or(-1, Slot::value),
        case.other.map_or(-1, Number::value),
        case.closed.unwrap_or(-1),
        case.decided_side.map_or(-1, Side::code),
    ] {
        row.int(value);
    }
}

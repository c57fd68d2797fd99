//! Queries for lists of things, for turns and for readers.

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use super::pack::Packed;
use super::{sql, unavailable};
use crate::ledger::Position;
use crate::number::Slot;
use crate::protocol::{CaseKind, CaseState};
use crate::store::loaded::{Piece, Pieces};
use crate::store::{CasesAsked, StoreError, counted, sql as portable};

type Asking = Query<'static, Sqlite, SqliteArguments>;

/// A read that sees the store as of one moment.
pub(super) struct Moment(pub Transaction<'static, Sqlite>);

impl Pieces for Moment {
    type Row = SqliteRow;

    async fn rows(&mut self, piece: Piece<'_>) -> Result<Vec<SqliteRow>, StoreError> {
        counted::statements(1);
        let rows = piece_query(piece).fetch_all(&mut *self.0).await;
        rows.map_err(unavailable)
    }
}

/// One piece of what is needed.
pub(super) fn piece_query(piece: Piece<'_>) -> Asking {
    match piece {
        Piece::Known(positions) => known_query(positions),
        Piece::Numbers(slots) => by_slots(sql::NUMBERS_AT, slots),
        Piece::Attached(slots) => by_slots(sql::ATTACHED_TO, slots),
        Piece::Cases(ids) => by_ids(sql::CASES_AT, ids),
        Piece::Matches(ids) => by_ids(sql::MATCHES_OF, ids),
        Piece::Against(positions) => by_positions(sql::AGAINST, positions),
        Piece::Blocks(requests) => by_texts(sql::BLOCKS_AT, requests, |request| request.binding()),
        Piece::OpenBlocks(offices) => by_texts(sql::OPEN_BLOCKS_OF, offices, |office| office.as_bytes().to_vec()),
        Piece::Whole(positions) => by_positions(sql::NUMBERS_OF_BLOCKS, positions),
        Piece::Versions(slots) => by_slots(sql::VERSIONS_OF, slots),
    }
}

/// Decisions by position.
pub(super) fn known_query(decisions: &[Position]) -> Asking {
    by_positions(sql::KNOWN, decisions)
}

/// The offices that cases concern, by the positions at which they were opened.
pub(super) fn parties_query(opened: &[Position]) -> Asking {
    by_positions(sql::PARTIES, opened)
}

/// The last rows of the history of numbers.
pub(super) fn last_changes_query(slots: &[Slot]) -> Asking {
    by_slots(sql::LAST_CHANGES, slots)
}

/// Cases opened after a position.
pub(super) fn cases_query(after: Position, asked: &CasesAsked, limit: i64) -> Asking {
    let filtered = |statement| {
        sqlx::query(statement)
            .bind(after)
            .bind(limit)
            .bind(asked.state.map(CaseState::code))
            .bind(asked.kind.map(CaseKind::code))
            .bind(asked.waiting_for.map(|side| side.other().code()))
    };
    let Some(offices) = &asked.offices else {
        return filtered(portable::CASES_OPENED_AFTER);
    };
    let offices = Packed::of(offices, |row, office| row.heap(&[office.as_bytes()]));
    filtered(sql::CASES_OF_OFFICES)
        .bind(offices.rows)
        .bind(offices.records)
        .bind(offices.heap)
}

fn by_positions(statement: &'static str, positions: &[Position]) -> Asking {
    let list = Packed::of(positions, |row, position| row.int(*position));
    sqlx::query(statement).bind(list.rows).bind(list.records)
}

fn by_texts<T>(statement: &'static str, items: &[T], bytes: impl Fn(&T) -> Vec<u8>) -> Asking {
    let list = Packed::of(items, |row, item| row.heap(&[&bytes(item)]));
    sqlx::query(statement)
        .bind(list.rows)
        .bind(list.records)
        .bind(list.heap)
}

fn by_slots(statement: &'static str, slots: &[Slot]) -> Asking {
    let list = Packed::of(slots, |row, slot| row.int(slot.value()));
    sqlx::query(statement).bind(list.rows).bind(list.records)
}

fn by_ids(statement: &'static str, ids: &[Uuid]) -> Asking {
    let list = Packed::of(ids, |row, id| row.fixed(id.as_bytes()));
    sqlx::query(statement).bind(list.rows).bind(list.records)
}

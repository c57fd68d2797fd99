//! Queries for lists of things, for turns and for readers.

use std::time::Duration;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgBindIterExt, PgRow};
use sqlx::query::Query;
use uuid::Uuid;

use super::session::within;
use super::sql;
use crate::ledger::{Head, Position};
use crate::number::Slot;
use crate::protocol::{CaseKind, CaseState};
use crate::store::loaded::{Piece, Pieces};
use crate::store::{CasesAsked, StoreError, counted, decode, sql as portable};

type Asking<'q> = Query<'q, Postgres, PgArguments>;

/// A read that sees the store as of one moment.
///
/// Given up before its end, it has its connection closed. Back in the pool it could still be in the transaction, since
/// sqlx does not end one whose beginning was not yet answered when the caller went away; and whoever had the connection
/// next would be shown a moment long past.
pub(super) struct Moment<'c> {
    connection: &'c mut PoolConnection<Postgres>,
    /// How long a statement may take.
    phase: Duration,
    ended: bool,
}

impl<'c> Moment<'c> {
    /// Begins one on a connection.
    pub async fn begin(connection: &'c mut PoolConnection<Postgres>, phase: Duration) -> Result<Self, StoreError> {
        let mut moment = Self {
            connection,
            phase,
            ended: false,
        };
        moment.run(sql::BEGIN_MOMENT).await?;
        Ok(moment)
    }

    /// The head.
    pub async fn head(&mut self) -> Result<Head, StoreError> {
        let rows = self.ask(sqlx::query(portable::HEAD)).await?;
        let row = rows.first();
        decode::head(row.ok_or_else(|| StoreError::Corrupt("there is no head".to_owned()))?)
    }

    /// Ends it; the connection is as it was.
    pub async fn end(mut self) -> Result<(), StoreError> {
        self.run(sql::ROLLBACK).await?;
        self.ended = true;
        Ok(())
    }

    async fn run(&mut self, statement: &'static str) -> Result<(), StoreError> {
        counted::statements(1);
        within(self.phase, sqlx::raw_sql(statement).execute(&mut **self.connection)).await?;
        Ok(())
    }

    async fn ask(&mut self, query: Asking<'_>) -> Result<Vec<PgRow>, StoreError> {
        counted::statements(1);
        within(self.phase, query.fetch_all(&mut **self.connection)).await
    }
}

impl Drop for Moment<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}

impl Pieces for Moment<'_> {
    type Row = PgRow;

    async fn rows(&mut self, piece: Piece<'_>) -> Result<Vec<PgRow>, StoreError> {
        self.ask(piece_query(piece)).await
    }
}

/// One piece of what is needed.
pub(super) fn piece_query(piece: Piece<'_>) -> Asking<'_> {
    match piece {
        Piece::Known(positions) => known_query(positions),
        Piece::Numbers(slots) => by_slots(sql::NUMBERS_AT, slots),
        Piece::Attached(slots) => by_slots(sql::ATTACHED_TO, slots),
        Piece::Cases(ids) => by_ids(sql::CASES_AT, ids),
        Piece::Matches(ids) => by_ids(sql::MATCHES_OF, ids),
        Piece::Against(positions) => sqlx::query(sql::AGAINST).bind(positions),
        Piece::Blocks(requests) => {
            sqlx::query(sql::BLOCKS_AT).bind(requests.iter().map(|request| request.binding()).bind_iter())
        }
        Piece::OpenBlocks(offices) => {
            sqlx::query(sql::OPEN_BLOCKS_OF).bind(offices.iter().map(|office| office.as_bytes()).bind_iter())
        }
        Piece::Whole(positions) => sqlx::query(sql::NUMBERS_OF_BLOCKS).bind(positions),
        Piece::Versions(slots) => by_slots(sql::VERSIONS_OF, slots),
    }
}

/// Decisions by position.
pub(super) fn known_query(decisions: &[Position]) -> Asking<'_> {
    sqlx::query(sql::KNOWN).bind(decisions)
}

/// The offices that cases concern, by the positions at which they were opened.
pub(super) fn parties_query(opened: &[Position]) -> Asking<'_> {
    sqlx::query(sql::PARTIES).bind(opened)
}

/// The last rows of the history of numbers.
pub(super) fn last_changes_query(slots: &[Slot]) -> Asking<'_> {
    by_slots(sql::LAST_CHANGES, slots)
}

/// Cases opened after a position.
pub(super) fn cases_query(after: Position, asked: &CasesAsked, limit: i64) -> Asking<'_> {
    let filtered = |statement| {
        sqlx::query(statement)
            .bind(after)
            .bind(limit)
            .bind(asked.state.map(CaseState::code))
            .bind(asked.kind.map(CaseKind::code))
            .bind(asked.waiting_for.map(|side| side.other().code()))
    };
    match &asked.offices {
        None => filtered(portable::CASES_OPENED_AFTER),
        Some(offices) => {
            filtered(sql::CASES_OF_OFFICES).bind(offices.iter().map(|office| office.as_bytes()).bind_iter())
        }
    }
}

fn by_slots<'q>(statement: &'static str, slots: &'q [Slot]) -> Asking<'q> {
    sqlx::query(statement).bind(slots.iter().map(|slot| slot.value()).bind_iter())
}

fn by_ids<'q>(statement: &'static str, ids: &'q [Uuid]) -> Asking<'q> {
    sqlx::query(statement).bind(ids.iter().map(|id| &id.as_bytes()[..]).bind_iter())
}

//! One exclusive transaction on PostgreSQL: for a turn of fresh births four round trips (lock, find, write, commit),
//! whatever the size of the batch.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgBindIterExt, PgConnection, PgRow};
use sqlx::query::Query;
use tokio::sync::OwnedMutexGuard;

use super::durable::Durable;
use super::failure::{in_commit, in_turn, lost, outside};
use super::look_up::{known_query, piece_query};
use super::rare;
use super::session::{self, NO_STANDBY};
use super::write::{drop_keys, moves, reseal, write};
use super::{PgOptions, PgTimeouts, sql};
use crate::ledger::{Hash, Head, Position, Sealed};
use crate::number::Slot;
use crate::protocol::{Changes, Found, Known, Loaded, Needs, Rare, Wanted};
use crate::registration::Key;
use crate::store::decode::{self, Columns};
use crate::store::error::all_changed;
use crate::store::found::{Taken, collect, fill_prefixes};
use crate::store::loaded::{Piece, Pieces, load};
use crate::store::{StoreError, Turn, counted, sql as portable};

/// The place of the one connection that writes; empty while a turn has it, and after a turn that did not end well.
pub(super) type Writer = Option<PgConnection>;

/// Where the row of the head says whether commits wait for a standby: after its own columns.
const STANDBY: usize = 19;

/// A turn in hand. Its connection goes back to its place when the turn ends well. Otherwise it is dropped: that closes it
/// at once, whatever was being sent or read, and the database rolls back.
pub struct PgTurn {
    writer: OwnedMutexGuard<Writer>,
    connection: Option<PgConnection>,
    new_connection: bool,
    head: Head,
    durable: Arc<Durable>,
    timeouts: PgTimeouts,
}

impl PgTurn {
    /// Locks the head and reads it.
    pub(super) async fn begin(
        mut writer: OwnedMutexGuard<Writer>,
        options: &PgOptions,
        durable: Arc<Durable>,
    ) -> Result<Self, StoreError> {
        let anew = async || {
            lock_head(
                session::connect(options).await.map_err(Begin::Failed)?,
                options.timeouts.phase,
            )
            .await
        };
        let (new_connection, begun) = match writer.take() {
            Some(kept) => match lock_head(kept, options.timeouts.phase).await {
                // The database went away since the last turn: perhaps it is back.
                Err(Begin::Lost) => (true, anew().await),
                begun => (false, begun),
            },
            None => (true, anew().await),
        };
        let (connection, row) = begun.map_err(Begin::into_error)?;
        if options.standby_required && row.int(STANDBY)? == 0 {
            return Err(StoreError::Unavailable(NO_STANDBY.to_owned()));
        }
        Ok(Self {
            writer,
            head: decode::head(&row)?,
            new_connection,
            connection: Some(connection),
            durable,
            timeouts: options.timeouts,
        })
    }

    /// Sends one statement and reads its rows. After an error, or if the caller goes away, the turn has no connection
    /// any more.
    async fn ask(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<PgRow>, StoreError> {
        let mut connection = self.connection.take().ok_or_else(gone)?;
        counted::statements(1);
        match tokio::time::timeout(self.timeouts.phase, query.fetch_all(&mut connection)).await {
            Ok(Ok(rows)) => {
                self.connection = Some(connection);
                Ok(rows)
            }
            Ok(Err(error)) => Err(in_turn(&error)),
            Err(_) => Err(StoreError::OutcomeUnknown(
                "the database did not answer in time".to_owned(),
            )),
        }
    }

    /// Writes what births do not, each table only if there is something.
    async fn write_rare(&mut self, rare: &Rare) -> Result<(), StoreError> {
        if !rare.numbers.is_empty() {
            let changed = self.ask(rare::change_numbers(&rare.numbers)).await?;
            all_changed(rare.numbers.len(), changed.len())?;
        }
        if !rare.cases.is_empty() {
            let changed = self.ask(rare::change_cases(&rare.cases)).await?;
            all_changed(rare.cases.len(), changed.len())?;
        }
        if !rare.history.is_empty() {
            self.ask(rare::write_history(&rare.history)).await?;
        }
        if !rare.attached.is_empty() {
            self.ask(rare::attach(&rare.attached)).await?;
        }
        if !rare.parties.is_empty() {
            self.ask(rare::write_offices(&rare.parties)).await?;
        }
        if !rare.blocks.is_empty() {
            self.ask(rare::write_blocks(&rare.blocks)).await?;
        }
        Ok(())
    }

    /// Ends the turn by a commit that waits for disk and standby.
    async fn end(&mut self, statements: &'static str, count: u64) -> Result<(), StoreError> {
        let mut connection = self.connection.take().ok_or_else(gone)?;
        counted::statements(count);
        counted::transaction();
        let committed = sqlx::raw_sql(statements).execute(&mut connection);
        match tokio::time::timeout(self.timeouts.commit, committed).await {
            Ok(Ok(_)) => {
                *self.writer = Some(connection);
                Ok(())
            }
            Ok(Err(error)) => Err(in_commit(&error)),
            Err(_) => Err(StoreError::OutcomeUnknown(
                "the commit was not answered in time".to_owned(),
            )),
        }
    }
}

impl Taken for PgTurn {
    async fn taken(&mut self, from: i64, end: i64, most: i64) -> Result<Vec<Slot>, StoreError> {
        let query = sqlx::query(portable::TAKEN).bind(from).bind(end).bind(most);
        let rows = self.ask(query).await?;
        rows.iter().map(|row| decode::slot(row.int(0)?)).collect()
    }
}

impl Pieces for PgTurn {
    type Row = PgRow;

    async fn rows(&mut self, piece: Piece<'_>) -> Result<Vec<PgRow>, StoreError> {
        self.ask(piece_query(piece)).await
    }
}

impl Turn for PgTurn {
    fn head(&self) -> &Head {
        &self.head
    }

    fn is_first_on_its_connection(&self) -> bool {
        self.new_connection
    }

    async fn find(&mut self, wanted: &Wanted) -> Result<Found, StoreError> {
        let rows = self.ask(find_query(wanted)).await?;
        let mut found = collect(wanted, &rows)?;
        let beginning = (self.head.keys.picker, self.head.recovered);
        fill_prefixes(self, beginning, wanted, &mut found).await?;
        Ok(found)
    }

    async fn known(&mut self, decisions: &[Position]) -> Result<Vec<Known>, StoreError> {
        let rows = self.ask(known_query(decisions)).await?;
        rows.iter().map(decode::known).collect()
    }

    async fn leaves_after(&mut self, after: Position, limit: i64) -> Result<Vec<Hash>, StoreError> {
        let query = sqlx::query(portable::LEAVES_AFTER).bind(after).bind(limit);
        self.ask(query).await?.iter().map(decode::leaf).collect()
    }

    async fn look_up(&mut self, needs: &Needs) -> Result<Loaded, StoreError> {
        load(self, needs).await
    }

    async fn resealed(&mut self) -> Result<Position, StoreError> {
        let rows = self.ask(sqlx::query(portable::RESEALED)).await?;
        decode::progress(&rows)
    }

    async fn reseal(mut self, sealed: &[(Position, Sealed)], up_to: Position) -> Result<(), StoreError> {
        let changed = self.ask(reseal(sealed, up_to)).await?;
        all_changed(sealed.len(), changed.len())?;
        self.end(sql::COMMIT, 1).await
    }

    async fn reindexed(&mut self) -> Result<i64, StoreError> {
        let rows = self.ask(sqlx::query(portable::REINDEXED)).await?;
        decode::progress(&rows)
    }

    async fn drop_keys(mut self, strict: &[Key], blocking: &[Key], up_to: i64) -> Result<(), StoreError> {
        self.ask(drop_keys(strict, blocking, up_to)).await?;
        self.end(sql::COMMIT, 1).await
    }

    async fn finish(mut self) -> Result<(), StoreError> {
        let size = self.head.size();
        if !self.durable.covers(size) {
            self.end(sql::SETTLE_AND_COMMIT, 2).await?;
            self.durable.raise(size);
            return Ok(());
        }
        // All that was seen is durable, whatever becomes of the connection.
        if let Some(mut connection) = self.connection.take() {
            counted::statements(1);
            let ended = sqlx::raw_sql(sql::ROLLBACK).execute(&mut connection);
            if let Ok(Ok(_)) = tokio::time::timeout(self.timeouts.phase, ended).await {
                *self.writer = Some(connection);
            }
        }
        Ok(())
    }

    async fn commit(mut self, changes: &Changes) -> Result<(), StoreError> {
        // What is known before changes first, and so makes room: of the open cases about a number there is one at a time.
        self.write_rare(&changes.rare).await?;
        self.ask(write(changes)).await?;
        if !changes.moved.is_empty() {
            self.ask(moves(&changes.moved)).await?;
        }
        self.end(sql::COMMIT, 1).await?;
        self.durable.raise(changes.head.size());
        Ok(())
    }
}

/// Why a turn did not begin.
enum Begin {
    /// The connection was not, or no longer, good.
    Lost,
    Failed(StoreError),
}

impl Begin {
    fn into_error(self) -> StoreError {
        match self {
            Self::Lost => StoreError::Unavailable("the connection to the database was lost".to_owned()),
            Self::Failed(error) => error,
        }
    }
}

async fn lock_head(mut connection: PgConnection, phase: Duration) -> Result<(PgConnection, PgRow), Begin> {
    counted::statements(2);
    let asked = sqlx::raw_sql(sql::BEGIN).fetch_all(&mut connection);
    let rows = match tokio::time::timeout(phase, asked).await {
        Ok(Ok(rows)) => rows,
        Ok(Err(error)) if lost(&error) => return Err(Begin::Lost),
        Ok(Err(error)) => return Err(Begin::Failed(outside(&error))),
        Err(_) => {
            let late = "the database did not answer in time".to_owned();
            return Err(Begin::Failed(StoreError::Unavailable(late)));
        }
    };
    match rows.into_iter().next() {
        Some(row) => Ok((connection, row)),
        None => Err(Begin::Failed(StoreError::Corrupt("there is no head".to_owned()))),
    }
}

fn gone() -> StoreError {
    StoreError::OutcomeUnknown("the turn was cut off before".to_owned())
}

/// The look-up of everything wanted, as one query.
pub(super) fn find_query(wanted: &Wanted) -> Query<'_, Postgres, PgArguments> {
    let prefixes = wanted.prefixes.iter();
    sqlx::query(sql::FIND)
        .bind(wanted.requests.iter().map(|key| key.binding()).bind_iter())
        .bind(wanted.strict.iter().map(|key| &key.as_bytes()[..]).bind_iter())
        .bind(wanted.blocking.iter().map(|key| &key.as_bytes()[..]).bind_iter())
        .bind(prefixes.map(|(prefix, _)| i64::from(prefix.value())).bind_iter())
}

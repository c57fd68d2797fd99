//! The reading side: a pool of connections apart from the one that writes. Nothing leaves it that is not durable.

use std::sync::Arc;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use uuid::Uuid;

use super::durable::Durable;
use super::failure::outside;
use super::session::{look_over, set_up, within};
use super::turn::{find_query, known_query};
use super::{PgOptions, PgTimeouts, sql};
use crate::ledger::{EntryKind, Head, Position, RequestKey};
use crate::number::{Prefix, Slot};
use crate::protocol::{Found, Known, NumberRow, PrefixRow, Wanted};
use crate::registration::Key;
use crate::store::decode::Columns;
use crate::store::found::collect;
use crate::store::{CaseFile, KeyPage, KeyTable, Mark, Reader, StoreError, Totals, counted, decode, sql as portable};

/// The reading side of a PostgreSQL store.
pub struct PgReader {
    pool: PgPool,
    durable: Arc<Durable>,
    timeouts: PgTimeouts,
}

/// A read being made.
struct Reading<'a> {
    reader: &'a PgReader,
    connection: PoolConnection<Postgres>,
}

impl PgReader {
    /// The reading side of an existing store, without the writing one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database cannot be reached, is not as it must be, or holds no store.
    pub async fn open(options: &PgOptions) -> Result<Self, StoreError> {
        let reader = Self::over(options, Arc::default());
        drop(super::session::connect(options).await?);
        reader.head().await?;
        Ok(reader)
    }

    /// The reading side beside a writer, with which it shares the mark.
    pub(super) fn over(options: &PgOptions, durable: Arc<Durable>) -> Self {
        let standby_required = options.standby_required;
        let pool = PgPoolOptions::new()
            .max_connections(options.readers.max(1))
            .acquire_timeout(options.timeouts.connect)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    let good = look_over(connection, standby_required).await;
                    good.map_err(|error| sqlx::Error::Configuration(Box::new(error)))
                })
            })
            .connect_lazy_with(set_up(options));
        Self {
            pool,
            durable,
            timeouts: options.timeouts,
        }
    }

    async fn begin(&self) -> Result<Reading<'_>, StoreError> {
        let connection = self.pool.acquire().await.map_err(|error| outside(&error))?;
        Ok(Reading {
            reader: self,
            connection,
        })
    }

    /// One statement whose rows are decisions; `seen` tells how much of the ledger they show.
    async fn decisions(&self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<Known>, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading.ask(query).await?;
        let known: Vec<_> = rows.iter().map(decode::known).collect::<Result<_, _>>()?;
        reading
            .settle(last(known.iter().map(|known| known.entry.position)))
            .await?;
        Ok(known)
    }
}

/// The last of some positions; 0 of none.
fn last(positions: impl Iterator<Item = Position>) -> Position {
    positions.max().unwrap_or(0)
}

impl Reading<'_> {
    async fn ask(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<PgRow>, StoreError> {
        counted::statements(1);
        within(self.reader.timeouts.phase, query.fetch_all(&mut *self.connection)).await
    }

    async fn ask_one(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<PgRow, StoreError> {
        let row = self.ask(query).await?.into_iter().next();
        row.ok_or_else(|| StoreError::Corrupt("there is no head".to_owned()))
    }

    async fn head(&mut self) -> Result<Head, StoreError> {
        decode::head(&self.ask_one(sqlx::query(portable::HEAD)).await?)
    }

    /// Ends a read that has seen the ledger up to a position: returns when everything up to there is durable.
    ///
    /// The commit that makes sure of it runs apart, because it must not be left half-way: while the standby is away it
    /// waits, keeping its connection, and the caller is told by its own bound. So there are never more such commits than
    /// connections that read.
    async fn settle(self, seen: Position) -> Result<(), StoreError> {
        let durable = Arc::clone(&self.reader.durable);
        if durable.covers(seen) {
            return Ok(());
        }
        counted::statements(1);
        let (mut connection, bound) = (self.connection, self.reader.timeouts.commit);
        let committed = tokio::spawn(async move {
            let settled = within(bound, sqlx::query(sql::SETTLE).execute(&mut *connection)).await;
            match settled {
                Ok(_) => durable.raise(seen),
                // Closed, whatever state it is in.
                Err(_) => drop(connection.detach()),
            }
            settled.map(drop)
        });
        let committed = async {
            let ended = committed.await;
            ended.map_err(|error| StoreError::Unavailable(error.to_string()))?
        };
        within(self.reader.timeouts.phase, committed).await
    }
}

impl Reader for PgReader {
    async fn head(&self) -> Result<Head, StoreError> {
        let mut reading = self.begin().await?;
        let head = reading.head().await?;
        reading.settle(head.size()).await?;
        Ok(head)
    }

    async fn by_request(&self, key: &RequestKey) -> Result<Option<Known>, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading
            .ask(sqlx::query(portable::BY_REQUEST).bind(key.binding()))
            .await?;
        let Some(known) = rows.first().map(decode::known).transpose()? else {
            return Ok(None);
        };
        // A further id was bound to the decision by a later entry, which is not at hand.
        let seen = if known.entry.request == *key {
            known.entry.position
        } else {
            reading.head().await?.size()
        };
        reading.settle(seen).await?;
        Ok(Some(known))
    }

    async fn by_strict_key(&self, key: Key) -> Result<Option<Known>, StoreError> {
        let query = sqlx::query(portable::BY_STRICT_KEY).bind(&key.as_bytes()[..]);
        Ok(self.decisions(query).await?.pop())
    }

    async fn by_slot(&self, slot: Slot) -> Result<Option<Known>, StoreError> {
        let query = sqlx::query(portable::BY_SLOT).bind(slot.value());
        Ok(self.decisions(query).await?.pop())
    }

    async fn entries_after(&self, after: Position, limit: i64) -> Result<Vec<Known>, StoreError> {
        self.decisions(sqlx::query(portable::ENTRIES_AFTER).bind(after).bind(limit))
            .await
    }

    async fn numbers_after(&self, after: Option<Slot>, limit: i64) -> Result<Vec<NumberRow>, StoreError> {
        let mut reading = self.begin().await?;
        let after = after.map_or(-1, |slot| slot.value());
        let rows = reading
            .ask(sqlx::query(portable::NUMBERS_AFTER).bind(after).bind(limit))
            .await?;
        let numbers: Vec<_> = rows.iter().map(decode::numbered).collect::<Result<_, _>>()?;
        reading
            .settle(last(numbers.iter().map(|number| number.decision)))
            .await?;
        Ok(numbers)
    }

    async fn holders(&self, wanted: &Wanted) -> Result<Found, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading.ask(find_query(wanted)).await?;
        let found = collect(wanted, &rows)?;
        // Further request ids and prefixes move by later entries than those found.
        let seen = reading.head().await?.size();
        reading.settle(seen).await?;
        Ok(found)
    }

    async fn prefixes(&self) -> Result<Vec<(Prefix, PrefixRow)>, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading.ask(sqlx::query(portable::PREFIXES)).await?;
        let prefixes = rows.iter().map(decode::prefix).collect::<Result<_, _>>()?;
        let seen = reading.head().await?.size();
        reading.settle(seen).await?;
        Ok(prefixes)
    }

    async fn entries_at(&self, positions: &[Position]) -> Result<Vec<Known>, StoreError> {
        self.decisions(known_query(positions)).await
    }

    async fn cases_after(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<CaseFile>, StoreError> {
        let mut reading = self.begin().await?;
        let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        let rows = reading
            .ask(sqlx::query(portable::CASES_AFTER).bind(after).bind(limit))
            .await?;
        let mut files = rows.iter().map(decode::case_file).collect::<Result<Vec<_>, _>>()?;
        if let (Some(first), Some(end)) = (files.first(), files.last()) {
            let [first, end] = [first, end].map(|file| file.case.case_id.as_bytes().to_vec());
            let rows = reading
                .ask(sqlx::query(portable::MATCHES).bind(first).bind(end))
                .await?;
            decode::add_matches(&mut files, &rows)?;
        }
        reading
            .settle(last(files.iter().map(|file| file.case.decision)))
            .await?;
        Ok(files)
    }

    async fn touched_after(&self, after: Position, limit: i64) -> Result<Vec<(Position, Slot)>, StoreError> {
        let mut reading = self.begin().await?;
        let query = sqlx::query(portable::TOUCHED_AFTER)
            .bind(after)
            .bind(EntryKind::Issued.code())
            .bind(limit);
        let rows = reading.ask(query).await?;
        let touched: Vec<_> = rows.iter().map(decode::touched).collect::<Result<_, _>>()?;
        reading
            .settle(last(touched.iter().map(|(position, _)| *position)))
            .await?;
        Ok(touched)
    }

    async fn keys_after(&self, table: KeyTable, after: &[u8], limit: i64) -> Result<KeyPage, StoreError> {
        let mut reading = self.begin().await?;
        let query = sqlx::query(table.keys_after()).bind(after).bind(limit);
        let page = decode::keys(&reading.ask(query).await?)?;
        reading.settle(page.head.size()).await?;
        Ok(page)
    }

    async fn marked(&self, mark: Mark) -> Result<Option<i64>, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading.ask(sqlx::query(portable::MARKED).bind(mark.name())).await?;
        rows.first().map(|row| row.int(0)).transpose()
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let mut reading = self.begin().await?;
        let totals = decode::totals(&reading.ask_one(sqlx::query(portable::TOTALS)).await?)?;
        reading.settle(totals.head.size()).await?;
        Ok(totals)
    }
}

//! The reading side: a pool of connections apart from the one that writes. Nothing leaves it that is not durable.

use std::sync::Arc;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use uuid::Uuid;

use super::durable::Durable;
use super::failure::outside;
use super::look_up::{Moment, cases_query, known_query, last_changes_query, parties_query};
use super::session::{look_over, set_up, within};
use super::turn::find_query;
use super::{PgOptions, PgTimeouts, sql};
use crate::ledger::{Hash, Head, KeyId, Position, RequestKey};
use crate::number::{Prefix, Slot};
use crate::protocol::{Attachment, CaseRow, Found, Known, Loaded, Needs, NumberRow, PrefixRow, Wanted};
use crate::registration::Key;
use crate::store::decode::Columns;
use crate::store::found::collect;
use crate::store::loaded::load;
use crate::store::{
    Access, AccessSubject, AccessesAsked, CasesAsked, KeyPage, KeyTable, Mark, PlaceTable, PlaceVersion, Reader,
    StoreError, Totals, counted, decode, sql as portable,
};

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

    /// One statement whose rows are decisions.
    async fn decisions(&self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<Known>, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading.ask(query).await?;
        let (mut known, mut seen) = (Vec::with_capacity(rows.len()), 0);
        for row in &rows {
            let decision = decode::known(row)?;
            seen = seen.max(decode::seen(row, &decision)?);
            known.push(decision);
        }
        reading.settle(seen).await?;
        Ok(known)
    }

    /// One statement whose rows do not tell by which entry they were changed last.
    async fn rows(&self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<PgRow>, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading.ask(query).await?;
        reading.settle_all().await?;
        Ok(rows)
    }

    /// One statement whose rows are of the history of numbers.
    async fn history(&self, query: Query<'_, Postgres, PgArguments>) -> Result<Vec<(Position, NumberRow)>, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading.ask(query).await?;
        let history: Vec<_> = rows.iter().map(decode::history).collect::<Result<_, _>>()?;
        let seen = history.iter().map(|(position, _)| *position).max();
        reading.settle(seen.unwrap_or(0)).await?;
        Ok(history)
    }
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

    /// Loads all that is needed as of one moment, and tells how far the ledger had come then.
    async fn moment(&mut self, needs: &Needs) -> Result<(Loaded, Position), StoreError> {
        let mut moment = Moment::begin(&mut self.connection, self.reader.timeouts.phase).await?;
        let seen = moment.head().await?.size();
        let loaded = load(&mut moment, needs).await?;
        moment.end().await?;
        Ok((loaded, seen))
    }

    /// Ends a read of rows that may show anything up to now.
    async fn settle_all(mut self) -> Result<(), StoreError> {
        let seen = self.head().await?.size();
        self.settle(seen).await
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
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let known = decode::known(row)?;
        let seen = decode::seen(row, &known)?;
        if known.entry.request == *key {
            reading.settle(seen).await?;
        } else {
            // A further id was bound to the decision by a later entry, which is not at hand.
            reading.settle_all().await?;
        }
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
        let after = after.map_or(-1, |slot| slot.value());
        let query = sqlx::query(portable::NUMBERS_AFTER).bind(after).bind(limit);
        let rows = self.rows(query).await?;
        rows.iter().map(decode::numbered).collect()
    }

    async fn holders(&self, wanted: &Wanted) -> Result<Found, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading.ask(find_query(wanted)).await?;
        let found = collect(wanted, &rows)?;
        // Further request ids and prefixes move by later entries than those found.
        reading.settle_all().await?;
        Ok(found)
    }

    async fn prefixes(&self) -> Result<Vec<(Prefix, PrefixRow)>, StoreError> {
        let rows = self.rows(sqlx::query(portable::PREFIXES)).await?;
        rows.iter().map(decode::prefix).collect()
    }

    async fn entries_at(&self, positions: &[Position]) -> Result<Vec<Known>, StoreError> {
        self.decisions(known_query(positions)).await
    }

    async fn cases_after(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<CaseRow>, StoreError> {
        let mut reading = self.begin().await?;
        let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        let rows = reading
            .ask(sqlx::query(portable::CASES_AFTER).bind(after).bind(limit))
            .await?;
        let mut cases = rows.iter().map(decode::case).collect::<Result<Vec<_>, _>>()?;
        if let (Some(first), Some(end)) = (cases.first(), cases.last()) {
            let [first, end] = [first, end].map(|case| case.case_id.as_bytes().to_vec());
            let rows = reading
                .ask(sqlx::query(portable::MATCHES).bind(first).bind(end))
                .await?;
            decode::add_matches(&mut cases, &rows)?;
        }
        reading.settle_all().await?;
        Ok(cases)
    }

    async fn cases_opened_after(
        &self,
        after: Position,
        asked: &CasesAsked,
        limit: i64,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let rows = self.rows(cases_query(after, asked, limit)).await?;
        rows.iter().map(decode::case).collect()
    }

    async fn parties(&self, opened: &[Position]) -> Result<Vec<(String, Position)>, StoreError> {
        let rows = self.rows(parties_query(opened)).await?;
        rows.iter().map(decode::party).collect()
    }

    async fn look_up(&self, needs: &Needs) -> Result<Loaded, StoreError> {
        if needs.is_empty() {
            return Ok(Loaded::default());
        }
        let mut reading = self.begin().await?;
        let (loaded, seen) = reading.moment(needs).await?;
        reading.settle(seen).await?;
        Ok(loaded)
    }

    async fn history_after(&self, after: Position, limit: i64) -> Result<Vec<(Position, NumberRow)>, StoreError> {
        let query = sqlx::query(portable::HISTORY_AFTER).bind(after).bind(limit);
        self.history(query).await
    }

    async fn last_changes(&self, slots: &[Slot]) -> Result<Vec<(Position, NumberRow)>, StoreError> {
        self.history(last_changes_query(slots)).await
    }

    async fn leaves_after(&self, after: Position, limit: i64) -> Result<Vec<Hash>, StoreError> {
        let mut reading = self.begin().await?;
        let query = sqlx::query(portable::LEAVES_AFTER).bind(after).bind(limit);
        let rows = reading.ask(query).await?;
        let leaves: Vec<_> = rows.iter().map(decode::leaf).collect::<Result<_, _>>()?;
        // Positions have no gaps.
        reading.settle(after + leaves.len() as i64).await?;
        Ok(leaves)
    }

    async fn tree_nodes(&self, level: u8, from: i64, limit: i64) -> Result<Vec<Hash>, StoreError> {
        let query = sqlx::query(portable::TREE_NODES).bind(i64::from(level));
        let query = query.bind(from).bind(limit);
        decode::nodes(from, &self.begin().await?.ask(query).await?)
    }

    async fn kept_nodes(&self, level: u8) -> Result<i64, StoreError> {
        let query = sqlx::query(portable::LAST_TREE_NODE).bind(i64::from(level));
        decode::kept_nodes(&self.begin().await?.ask(query).await?)
    }

    async fn attachments_after(&self, after: Position, limit: i64) -> Result<Vec<Attachment>, StoreError> {
        let query = sqlx::query(portable::ATTACHMENTS_AFTER).bind(after).bind(limit);
        let rows = self.rows(query).await?;
        rows.iter().map(decode::attachment).collect()
    }

    async fn keys_after(&self, table: KeyTable, after: &[u8], limit: i64) -> Result<KeyPage, StoreError> {
        let mut reading = self.begin().await?;
        let query = sqlx::query(table.keys_after()).bind(after).bind(limit);
        let page = decode::keys(&reading.ask(query).await?)?;
        reading.settle(page.head.size()).await?;
        Ok(page)
    }

    async fn sealed_otherwise(&self, after: Position, up_to: Position, key: KeyId) -> Result<i64, StoreError> {
        let query = sqlx::query(portable::SEALED_OTHERWISE).bind(after);
        self.begin().await?.ask_one(query.bind(up_to).bind(key.0)).await?.int(0)
    }

    async fn marked(&self, mark: Mark) -> Result<Option<i64>, StoreError> {
        let mut reading = self.begin().await?;
        let rows = reading.ask(sqlx::query(portable::MARKED).bind(mark.name())).await?;
        rows.first().map(|row| row.int(0)).transpose()
    }

    async fn accesses(&self, asked: &AccessesAsked, limit: i64) -> Result<Vec<Access>, StoreError> {
        let query = match &asked.subject {
            AccessSubject::Number(slot) => sqlx::query(portable::ACCESSES_TO).bind(slot.value()),
            AccessSubject::Office(office) => sqlx::query(portable::ACCESSES_BY).bind(office.as_bytes()),
        };
        let (at, id) = asked.after;
        // Nothing is decided by an access, so it may be told before it is known to be durable.
        let mut reading = self.begin().await?;
        let rows = reading
            .ask(query.bind(at).bind(id).bind(asked.until).bind(limit))
            .await?;
        rows.iter().map(decode::access).collect()
    }

    async fn places_other_than(&self, known: Option<PlaceVersion>) -> Result<Option<PlaceTable>, StoreError> {
        let (number, digest) = known
            .map(|known| (known.number, known.digest.to_vec()))
            .unwrap_or_default();
        let mut reading = self.begin().await?;
        let query = sqlx::query(portable::OTHER_PLACES).bind(number).bind(digest);
        reading.ask(query).await?.first().map(decode::places).transpose()
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let mut reading = self.begin().await?;
        let totals = decode::totals(&reading.ask_one(sqlx::query(portable::TOTALS)).await?)?;
        reading.settle(totals.head.size()).await?;
        Ok(totals)
    }
}
